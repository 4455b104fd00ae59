//! `trend`: how the last runs of a scenario went.

use std::path::Path;

use anyhow::{Result, anyhow};

use super::regression::{near, reduced, rendering};
use super::{render, say};
use crate::cli::Usage;
use crate::exit;
use crate::regression::{Skipped, Trend};
use crate::report::{self, Report};
use crate::setup::TOOL;
use crate::store::Folder;

/// Prints the last runs of `scenario`, at most so many.
pub fn trend(reports: &Path, scenario: &str, last: u32, format: &str) -> Result<u8> {
    let format = rendering(report::trend::FORMATS, format)?;
    let folders = Folder::all_newest_first(reports, scenario).map_err(|error| Usage(format!("{error:#}")))?;
    let (mut runs, mut skipped) = (Vec::new(), Vec::new());
    for folder in folders {
        if runs.len() >= last as usize {
            break;
        }
        match quick(&folder) {
            Ok(report) => runs.push(reduced(folder.path(), &report)),
            Err(error) => {
                skipped.push(Skipped { run: near(folder.path()).display().to_string(), why: format!("{error:#}") });
            }
        }
    }
    runs.reverse();
    let tried = skipped.len();
    let last = skipped.last().map(|one: &Skipped| format!("{}: {}", one.run, one.why)).unwrap_or_default();
    let none = || Usage(format!("none of the {tried} runs of `{scenario}` can be shown; the oldest, {last}"));
    let trend = Trend::new(&runs, skipped).ok_or_else(none)?;
    say::coloured(&(format.render)(&trend)?);
    Ok(exit::PASS)
}

/// The report of a run: as it was stored where this version stored it, else measured again.
fn quick(folder: &Folder) -> Result<Report> {
    if !folder.has_recorded() {
        return Err(anyhow!("nothing of the run was recorded"));
    }
    match render::stored(&folder.report_path()) {
        // Without its history there is no other.
        Ok(report) if report.tool == TOOL || !folder.history_path().exists() => Ok(report),
        _ => render::load(folder, None),
    }
}
