//! [`Comparison`] → bytes, one file per format, listed in [`FILES`]. Wording comes from [`words`], as in a report of one run.

mod html;
mod markdown;
pub mod terminal;

use super::{Rendering, json, shown, words};
use crate::compare::{Comparison, Row};

/// Every file that is written of a comparison.
pub const FILES: &[Rendering<Comparison>] = &[
    Rendering { name: "comparison.md", render: |comparison| Ok(shown(&markdown::render(comparison))) },
    Rendering { name: "comparison.html", render: |comparison| Ok(shown(&html::render(comparison))) },
    Rendering { name: "comparison.json", render: json::lines },
];

/// Headers of the table.
fn titles(comparison: &Comparison) -> Vec<String> {
    let first = comparison.varied.first().cloned().unwrap_or_default();
    let windows = comparison.windows.iter().cloned();
    std::iter::once(first).chain(windows).chain(["Without a fault", "By the rule"].map(str::to_owned)).collect()
}

/// The cells of a row, each in lines.
fn cells(comparison: &Comparison, (place, row): (usize, &Row)) -> Vec<Vec<String>> {
    let windows = (0..comparison.windows.len()).map(|window| words::cell_lines(row, window));
    let first = std::iter::once(words::setting_lines(comparison, row));
    first.chain(windows).chain([words::rush_lines(row), vec![words::standing_text(comparison, place)]]).collect()
}

/// Where each row comes from: its settings, and the folder of its run or why there is none.
fn runs(comparison: &Comparison) -> impl Iterator<Item = (String, String)> {
    comparison.rows.iter().map(|row| {
        let run = row.run.clone().or_else(|| row.not_measured.clone()).unwrap_or_default();
        (words::setting_lines(comparison, row).join(" "), run)
    })
}

#[cfg(test)]
mod tests;
