//! [`Report`] → bytes, one file per format, listed in [`FORMATS`].
//!
//! This room computes no figure, judges nothing and does not know where bytes go. What a figure is called and
//! how it is worded stands in [`words`] and nowhere else, so that every format says the same.
//!
//! # To add a format
//!
//! Write one file with a `pub const FORMAT: Format` (copy `json.rs`) and add one line to [`FORMATS`]. Take
//! wording from [`words`] and the table of windows from [`overview`].

pub mod capacity;
mod columns;
pub mod comparison;
pub mod hdr;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod overview;
pub mod profile;
pub mod regression;
pub mod set;
pub mod spreads;
pub mod terminal;
pub mod trend;
pub mod words;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Verdict;
use crate::foreign::plain;
use crate::measure::Figures;
use crate::plan::Plan;
use crate::setup::Setup;

/// Version of [`Report`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;

/// Every format, in the order in which a run writes them.
pub const FORMATS: &[Format] =
    &[terminal::FORMAT, html::FORMAT, json::FORMAT, junit::FORMAT, markdown::FORMAT, hdr::FORMAT];

/// A way to render a report.
#[derive(Debug)]
pub struct Format {
    /// The name on the command line.
    pub name: &'static str,
    /// The file that a run stores it in.
    pub file: &'static str,
    /// What it is for, in one line.
    pub does: &'static str,
    /// The report in this format.
    pub render: fn(&Report) -> Result<Vec<u8>>,
}

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// All names, for error texts.
pub fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name).collect()
}

/// A way to render something else than one run: a set, how runs differ, how they went.
#[derive(Debug)]
pub struct Rendering<T> {
    /// The name on the command line, or that of the file that it is kept in.
    pub name: &'static str,
    /// It in this format.
    pub render: fn(&T) -> Result<Vec<u8>>,
}

/// A text as it may be shown, whoever wrote a part of it.
fn shown(text: &str) -> Vec<u8> {
    plain(text).into_owned().into_bytes()
}

/// Everything that a format may show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// What the run was made on and of.
    pub setup: Setup,
    /// What was planned.
    pub plan: Plan,
    /// What was measured.
    pub figures: Figures,
    /// What it came to.
    pub verdict: Verdict,
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
