//! [`Capacity`] → bytes, one file per format, listed in [`FORMATS`]. Wording comes from [`words`] and `capacity::words`.

mod chart;
mod html;
mod markdown;
pub mod terminal;

use anyhow::Result;

use super::json::{described, lines};
use super::{Rendering, shown, words};
use crate::capacity::{Capacity, SCHEMA};

/// The JSON Schema (draft 2020-12) of `report.json`, of a search.
pub fn schema() -> Result<Vec<u8>> {
    described::<Capacity>("capacity", SCHEMA)
}

/// Every format.
pub const FORMATS: &[Rendering<Capacity>] = &[
    Rendering { name: terminal::NAME, render: |one| Ok(shown(&terminal::render(one, terminal::WIDTH))) },
    Rendering { name: "html", render: |one| Ok(shown(&html::render(one))) },
    Rendering { name: "markdown", render: |one| Ok(shown(&markdown::render(one))) },
    Rendering { name: "json", render: lines },
];

/// What is written of a search that ended.
pub const FILES: &[Rendering<Capacity>] = &[
    Rendering { name: "report.html", render: |one| Ok(shown(&html::render(one))) },
    Rendering { name: "report.json", render: lines },
    Rendering { name: "report.md", render: |one| Ok(shown(&markdown::render(one))) },
];

/// Headers of the table of states.
const STATE_TITLES: [&str; 5] = ["State", "Students held", "Bottleneck", "By the model", "Took"];
/// Headers of a table of trials.
const TRIAL_TITLES: [&str; 7] =
    ["Students", "Answer", "Errors", "p95", "Slowest start", "Last minute", "Pages a second"];
/// Headers of the table of predictions.
const PREDICTION_TITLES: [&str; 5] =
    ["Predicted for", "Students", "Test pages a second", "Limited by", "What it is worth"];

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
