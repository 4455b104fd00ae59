//! [`Trend`] → a table of runs and a spark line for each figure, for a terminal.

use super::{TITLES, legend, places, words};
use crate::quantity::number;
use crate::regression::Trend;
use crate::report::columns::{self, Page};

/// Columns that it uses.
pub const WIDTH: usize = 100;
/// Columns of the name of a figure.
const NAME: usize = 26;

/// The trend as text of at most `width` columns.
pub fn render(trend: &Trend, width: usize) -> String {
    let mut page = Page::new(width);
    page.text = format!("{}: the last {}, oldest first\n\n", trend.scenario, number(trend.runs.len(), "run"));
    page.text.push_str(&table(trend, width));
    page.line("", legend());
    for (place, courses) in places(trend) {
        page.blank();
        page.line("", &words::place_text(place));
        for course in courses {
            let lead = format!("  {:<NAME$}{}  ", words::figure_text(course.figure), words::spark(course));
            page.line(&lead, &words::course_text(course));
        }
    }
    page.blank();
    page.line("", &words::spark_legend());
    trend.skipped.iter().for_each(|one| page.line("", &format!("skipped {}: {}", one.run, one.why)));
    page.text
}

fn table(trend: &Trend, width: usize) -> String {
    let mut table = columns::table(&TITLES, Some(width));
    for run in trend.runs.iter().enumerate() {
        table.add_row(words::run_cells(trend, run).map(|lines| columns::cell(&lines)));
    }
    columns::spaced(table, 1)
}
