//! [`Comparison`] → a table and a few sentences for a terminal.

use comfy_table::{ContentArrangement, Table, presets};

use super::{cells, titles, words};
use crate::compare::Comparison;
use crate::quantity::solid;
use crate::report::columns::{drawn, wrap};

/// The comparison as text of at most `width` columns.
pub fn render(comparison: &Comparison, width: u16) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width).force_no_tty();
    table.set_header(titles(comparison));
    for row in comparison.rows.iter().enumerate() {
        table.add_row(cells(comparison, row).into_iter().map(|lines| solid(&lines.join("\n"))));
    }
    let mut text = format!("{}: {}\n\n", comparison.set, comparison.title);
    text.push_str(&drawn(&table));
    text.push('\n');
    let sentences = std::iter::once(words::recommendation(comparison)).chain(words::caveats(comparison));
    for sentence in sentences {
        text.extend(
            wrap(&solid(&sentence), usize::from(width)).iter().map(|line| format!("{}\n", line.replace('\u{a0}', " "))),
        );
    }
    text
}
