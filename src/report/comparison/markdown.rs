//! [`Comparison`] → Markdown: to be read as it is, or pasted into an issue.

use std::fmt::Write;

use super::{cells, runs, titles, words};
use crate::compare::Comparison;
use crate::report::markdown::{escaped, head, row};

/// The comparison as a page.
pub fn render(comparison: &Comparison) -> String {
    let mut page = format!("# {}: {}\n\n", escaped(&comparison.set), escaped(&comparison.title));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("Topology {}, seed {}.\n", comparison.topology, comparison.seed));
    line(&format!("**{}**\n", escaped(&words::recommendation(comparison))));
    line(&head(titles(comparison).iter().map(String::as_str)));
    comparison.rows.iter().enumerate().for_each(|one| line(&row(cells(comparison, one).into_iter())));
    line("");
    words::caveats(comparison).iter().for_each(|text| line(&format!("- {}", escaped(text))));
    line("\n| settings | run |\n|---|---|");
    runs(comparison).for_each(|(settings, run)| line(&format!("| {} | {} |", escaped(&settings), escaped(&run))));
    page
}
