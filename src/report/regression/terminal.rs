//! [`Regression`] → a table for each place and a few sentences, for a terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableComponent, Width, presets};

use super::{TITLES, cells, origins, words};
use crate::foreign::plain;
use crate::quantity::solid;
use crate::regression::{Regression, Section};
use crate::report::terminal::wrap;

/// Columns that it uses.
pub const WIDTH: usize = 100;
/// Width of the text in each column.
const WIDTHS: [u16; 5] = [18, 20, 20, 14, 19];

/// The comparison as text of at most `width` columns.
pub fn render(regression: &Regression, width: usize) -> String {
    let mut text = String::new();
    let mut line = |lead: &str, said: &str| {
        let indent = " ".repeat(lead.chars().count());
        for (place, part) in wrap(&solid(&plain(said)), width - indent.len()).iter().enumerate() {
            text.push_str(if place == 0 { lead } else { &indent });
            text.push_str(&part.replace('\u{a0}', " "));
            text.push('\n');
        }
    };
    line("", &format!("{}: how the new run stands against the base", regression.scenario));
    origins(regression).iter().for_each(|(name, said)| line(&format!("  {name:<4}  "), said));
    if !regression.changed.is_empty() {
        line("", "What else differs, and may be the cause:");
        words::changed_texts(&regression.changed).iter().for_each(|said| line("  - ", said));
    }
    let tables: String = regression.sections.iter().map(table).collect();
    text.push_str(&tables);
    let mut line = |said: &str| {
        text.extend(wrap(&solid(&plain(said)), width).iter().map(|part| format!("{}\n", part.replace('\u{a0}', " "))));
    };
    line("");
    words::rule_texts(regression).iter().for_each(|said| line(said));
    line("");
    line(&words::gist(regression));
    text
}

fn table(section: &Section) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
    table.set_header(TITLES);
    for difference in &section.differences {
        table.add_row(cells(difference).map(|lines| solid(&plain(&lines.join("\n")))));
    }
    for (column, width) in table.column_iter_mut().zip(WIDTHS) {
        column.set_padding((0, 1)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + 1)));
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end().replace('\u{a0}', " ")));
    format!("\n{}\n{}", plain(&words::place_text(&section.place)), lines.collect::<String>())
}
