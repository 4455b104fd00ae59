//! [`Trend`] → a table of runs and a spark line for each figure, for a terminal.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};

use super::{TITLES, legend, places, words};
use crate::foreign::plain;
use crate::quantity::{number, solid};
use crate::regression::Trend;
use crate::report::terminal::wrap;

/// Columns that it uses.
pub const WIDTH: usize = 100;
/// Columns of the name of a figure.
const NAME: usize = 26;

/// The trend as text of at most `width` columns.
pub fn render(trend: &Trend, width: usize) -> String {
    let mut text = format!("{}: the last {}, oldest first\n\n", trend.scenario, number(trend.runs.len(), "run"));
    text.push_str(&table(trend, width));
    let mut line = |lead: &str, said: &str| {
        let indent = " ".repeat(lead.chars().count());
        for (place, part) in wrap(&solid(&plain(said)), width.saturating_sub(indent.len()).max(20)).iter().enumerate() {
            text.push_str(if place == 0 { lead } else { &indent });
            text.push_str(&part.replace('\u{a0}', " "));
            text.push('\n');
        }
    };
    line("", legend());
    for (place, courses) in places(trend) {
        line("", "");
        line("", &words::place_text(place));
        for course in courses {
            let lead = format!("  {:<NAME$}{}  ", words::figure_text(course.figure), words::spark(course));
            line(&lead, &words::course_text(course));
        }
    }
    line("", "");
    line("", &words::spark_legend());
    trend.skipped.iter().for_each(|one| line("", &format!("skipped {}: {}", one.run, one.why)));
    text
}

fn table(trend: &Trend, width: usize) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(TITLES);
    for run in trend.runs.iter().enumerate() {
        table.add_row(words::run_cells(trend, run).map(|lines| solid(&plain(&lines.join("\n")))));
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    table.lines().map(|line| format!("{}\n", line.trim_end().replace('\u{a0}', " "))).collect()
}
