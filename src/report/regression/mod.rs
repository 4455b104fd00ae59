//! [`Regression`] → bytes, one file per format, listed in [`FORMATS`]. Wording comes from [`words`], as in a report of one run.

mod html;
mod junit;
mod markdown;
pub mod terminal;

use super::json::lines;
use super::{Rendering, shown, words};
use crate::regression::{Difference, Regression};

/// Every format.
pub const FORMATS: &[Rendering<Regression>] = &[
    Rendering { name: "terminal", render: |one| Ok(shown(&terminal::render(one, terminal::WIDTH))) },
    Rendering { name: "html", render: |one| Ok(shown(&html::render(one))) },
    Rendering { name: "markdown", render: |one| Ok(shown(&markdown::render(one))) },
    Rendering { name: "json", render: lines },
    Rendering { name: "junit", render: |one| Ok(shown(&junit::render(one)?)) },
];

/// What is written of a run that was held against a baseline.
pub const FILES: &[Rendering<Regression>] = &[
    Rendering { name: "baseline.md", render: |one| Ok(shown(&markdown::render(one))) },
    Rendering { name: "baseline.json", render: lines },
    Rendering { name: "baseline.xml", render: |one| Ok(shown(&junit::render(one)?)) },
];

/// Headers of the table.
const TITLES: [&str; 5] = ["Figure", "Base", "New", "Difference", "Outcome"];

/// The cells of a row, each in lines.
fn cells(difference: &Difference) -> [Vec<String>; 5] {
    let figure = difference.figure;
    let side = |side| words::side_lines(figure, side);
    [
        vec![words::figure_text(figure).to_owned()],
        side(&difference.base),
        side(&difference.new),
        vec![words::change_text(difference)],
        words::outcome_lines(difference),
    ]
}

/// What is compared with what, each run in a line after the name of its side.
fn origins(regression: &Regression) -> Vec<(&'static str, String)> {
    let side = |name, runs: &[_]| runs.iter().map(move |one| (name, words::origin_text(one))).collect::<Vec<_>>();
    [side("base", &regression.base), side("new", &regression.new)].concat()
}

#[cfg(test)]
mod tests;
