//! [`Matrix`] → Markdown: to be read as it is, or pasted into a README.

use std::fmt::Write;

use super::{cells, runs, titles, words};
use crate::matrix::Matrix;
use crate::report::markdown::{escaped, head, row};

/// The matrix as a page.
pub fn render(matrix: &Matrix) -> String {
    let mut page = "# What faults cost, topology by topology\n\n".to_owned();
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("**{}**\n", escaped(&words::matrix_gist(matrix))));
    line(&head(titles(matrix).iter().map(String::as_str)));
    matrix.rows.iter().for_each(|one| line(&row(cells(one).into_iter())));
    line("");
    words::matrix_caveats(matrix).iter().for_each(|text| line(&format!("- {}", escaped(text))));
    line("\n| topology | run |\n|---|---|");
    runs(matrix).for_each(|(topology, run)| line(&format!("| {} | {} |", escaped(topology), escaped(run))));
    page
}
