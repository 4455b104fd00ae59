//! [`Matrix`] → a table and a few sentences for a terminal.

use comfy_table::{ContentArrangement, Table, presets};

use super::{cells, titles, words};
use crate::matrix::Matrix;
use crate::quantity::solid;
use crate::report::columns::{drawn, wrap};

/// The matrix as text of at most `width` columns.
pub fn render(matrix: &Matrix, width: u16) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width).force_no_tty();
    table.set_header(titles(matrix));
    for row in &matrix.rows {
        table.add_row(cells(row).into_iter().map(|lines| solid(&lines.join("\n"))));
    }
    let mut text = drawn(&table);
    text.push('\n');
    for sentence in std::iter::once(words::matrix_gist(matrix)).chain(words::matrix_caveats(matrix)) {
        let lines = wrap(&solid(&sentence), usize::from(width));
        text.extend(lines.iter().map(|line| format!("{}\n", line.replace('\u{a0}', " "))));
    }
    text
}
