//! `check` and `report`: a stored run judged again and rendered again, and the same for a run that just ended.

use std::path::Path;

use anyhow::Result;

use super::{say, terminal};
use crate::check::{Judgement, judge};
use crate::cli::Usage;
use crate::exit;
use crate::measure::{Facts, measure};
use crate::report::terminal::Style;
use crate::report::{self, Report};
use crate::store::Folder;

/// Judges a stored run again and prints the verdict.
pub fn check(reports: &Path, run: &str) -> Result<u8> {
    let report = load(&find(reports, run)?, None)?;
    print(&report);
    Ok(code(&report))
}

/// Renders a stored run in one format, to standard output.
pub fn report(reports: &Path, run: &str, format: &str) -> Result<u8> {
    let known = || Usage(format!("unknown format `{format}`; known: {}", report::names().join(", ")));
    let format = report::format(format).ok_or_else(known)?;
    let loaded = load(&find(reports, run)?, None)?;
    if format.name == report::terminal::FORMAT.name {
        print(&loaded);
        return Ok(exit::PASS);
    }
    say::coloured(&(format.render)(&loaded)?);
    Ok(exit::PASS)
}

/// Prints the JSON Schema of the format `json`.
pub fn schema() -> Result<u8> {
    say::coloured(&report::json::schema()?);
    Ok(exit::PASS)
}

/// Prints a report for the terminal that standard output is, if it is one.
pub fn print(report: &Report) {
    let colour = terminal::colours_out();
    say::coloured(report::terminal::render(report, Style { colour, ..Style::default() }).as_bytes());
}

fn find(reports: &Path, run: &str) -> Result<Folder> {
    Folder::find(reports, run).map_err(|error| Usage(format!("{error:#}")).into())
}

/// The report of a stored run: its history measured and judged. `cut` says why it ends before the run did, where that is
/// known.
pub fn load(folder: &Folder, cut: Option<&str>) -> Result<Report> {
    let (plan, preface, mut history) = folder.read()?;
    let facts = history.by_ref().collect::<Result<Facts, _>>()?;
    if let Some(line) = history.cut_line() {
        let path = folder.history_path();
        say::err(format_args!("wwchaos: {}:{line}: the last line is cut off and left out\n", path.display()));
    }
    let mut figures = measure(&plan, &preface.topology, facts);
    if let Some(why) = cut {
        figures.interrupted = true;
        figures.stopped.get_or_insert(format!("its history could not be kept: {why}"));
    }
    let verdict = judge(&plan, &figures);
    Ok(Report {
        schema: report::SCHEMA,
        tool: preface.tool,
        started: preface.started,
        setup: preface.setup,
        plan,
        figures,
        verdict,
    })
}

/// The exit code of a report.
pub fn code(report: &Report) -> u8 {
    match report.verdict.judgement {
        _ if !report.verdict.left_behind.is_empty() => exit::LEFT_BEHIND,
        Judgement::Note | Judgement::Pass => exit::PASS,
        Judgement::Unknown => exit::UNKNOWN,
        Judgement::Fail => exit::FAIL,
    }
}
