//! [`Comparison`] → Markdown: to be read as it is, or pasted into an issue.

use std::fmt::Write;

use super::{cells, runs, titles, words};
use crate::compare::Comparison;
use crate::report::escaped;

/// The comparison as a page.
pub fn render(comparison: &Comparison) -> String {
    let mut page = format!("# {}: {}\n\n", escaped(&comparison.set), escaped(&comparison.title));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("Topology {}, seed {}.\n", comparison.topology, comparison.seed));
    line(&format!("**{}**\n", escaped(&words::recommendation(comparison))));
    let titles: Vec<_> = titles(comparison).iter().map(|title| escaped(title)).collect();
    line(&format!("| {} |", titles.join(" | ")));
    line(&format!("|{}", "---|".repeat(titles.len())));
    for row in comparison.rows.iter().enumerate() {
        let cells = cells(comparison, row).into_iter();
        let cells = cells.map(|lines| lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>"));
        line(&format!("| {} |", cells.collect::<Vec<_>>().join(" | ")));
    }
    line("");
    words::caveats(comparison).iter().for_each(|text| line(&format!("- {}", escaped(text))));
    line("\n| settings | run |\n|---|---|");
    runs(comparison).for_each(|(settings, run)| line(&format!("| {} | {} |", escaped(&settings), escaped(&run))));
    page
}
