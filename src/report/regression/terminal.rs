//! [`Regression`] → a table for each place and a few sentences, for a terminal.

use comfy_table::{ColumnConstraint, Width};

use super::{TITLES, cells, origins, words};
use crate::foreign::plain;
use crate::regression::{Regression, Section};
use crate::report::columns::{self, Page};

/// Columns that it uses.
pub const WIDTH: usize = 100;
/// Width of the text in each column.
const WIDTHS: [u16; 5] = [18, 20, 20, 14, 19];

/// The comparison as text of at most `width` columns.
pub fn render(regression: &Regression, width: usize) -> String {
    let mut page = Page::new(width);
    page.line("", &format!("{}: how the new run stands against the base", regression.scenario));
    origins(regression).iter().for_each(|(name, said)| page.line(&format!("  {name:<4}  "), said));
    if !regression.changed.is_empty() {
        page.line("", "What else differs, and may be the cause:");
        words::changed_texts(&regression.changed).iter().for_each(|said| page.line("  - ", said));
    }
    page.text.extend(regression.sections.iter().map(table));
    page.blank();
    words::rule_texts(regression).iter().for_each(|said| page.line("", said));
    page.blank();
    page.line("", &words::gist(regression));
    page.text
}

fn table(section: &Section) -> String {
    let mut table = columns::table(&TITLES, None);
    for difference in &section.differences {
        table.add_row(cells(difference).map(|lines| columns::cell(&lines)));
    }
    for (column, width) in table.column_iter_mut().zip(WIDTHS) {
        column.set_padding((0, 1)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + 1)));
    }
    format!("\n{}\n{}", plain(&words::place_text(&section.place)), columns::drawn(&table))
}
