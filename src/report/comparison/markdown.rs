//! [`Comparison`] → Markdown: to be read as it is, or pasted into an issue.

use std::fmt::Write;

use super::{cells, runs, titles, words};
use crate::compare::Comparison;

/// The comparison as a page.
pub fn render(comparison: &Comparison) -> String {
    let mut page = format!("# {}: {}\n\n", comparison.set, comparison.title);
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("Topology {}, seed {}.\n", comparison.topology, comparison.seed));
    line(&format!("**{}**\n", words::recommendation(comparison)));
    let titles = titles(comparison);
    line(&format!("| {} |", titles.join(" | ")));
    line(&format!("|{}", "---|".repeat(titles.len())));
    for row in comparison.rows.iter().enumerate() {
        let cells = cells(comparison, row).into_iter().map(|lines| lines.join("<br>").replace('|', "\\|"));
        line(&format!("| {} |", cells.collect::<Vec<_>>().join(" | ")));
    }
    line("");
    words::caveats(comparison).iter().for_each(|text| line(&format!("- {text}")));
    line("\n| settings | run |\n|---|---|");
    runs(comparison).for_each(|(settings, run)| line(&format!("| {settings} | {} |", run.replace('|', "\\|"))));
    page
}
