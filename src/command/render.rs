//! `check` and `report`: a stored run judged again and rendered again, and the same for a run that just ended.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;

use super::say;
use crate::check::{Judgement, judge};
use crate::cli::Usage;
use crate::exit;
use crate::measure::{Facts, measure};
use crate::report::terminal::Style;
use crate::report::{self, Report};
use crate::store::{self, Damaged, Folder, Kept};

/// Judges a stored run again and prints the verdict.
pub fn check(reports: &Path, run: &str) -> Result<u8> {
    let kept = find(reports, run)?;
    let mut report = load_kept(&kept)?;
    if matches!(kept, Kept::Report(_)) {
        let verdict = judge(&report.plan, &report.figures);
        let left = std::mem::replace(&mut report.verdict, verdict).left_behind;
        let new: Vec<_> = left.into_iter().filter(|left| !report.verdict.left_behind.contains(left)).collect();
        report.verdict.left_behind.extend(new);
    }
    print(&report);
    Ok(code(&report))
}

/// Renders a stored run in one format, to standard output.
pub fn report(reports: &Path, run: &str, format: &str) -> Result<u8> {
    let known = || Usage(format!("unknown format `{format}`; known: {}", report::names().join(", ")));
    let format = report::format(format).ok_or_else(known)?;
    let loaded = load_kept(&find(reports, run)?)?;
    if format.name == report::terminal::FORMAT.name {
        print(&loaded);
        return Ok(exit::PASS);
    }
    say::coloured(&(format.render)(&loaded)?);
    Ok(exit::PASS)
}

/// Prints a report for the terminal that standard output is, if it is one.
pub fn print(report: &Report) {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    say::coloured(report::terminal::render(report, Style { colour, ..Style::default() }).as_bytes());
}

fn find(reports: &Path, run: &str) -> Result<Kept> {
    let mut found = Kept::all(reports, run).map_err(|error| Usage(format!("{error:#}")))?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(Usage(format!("`{run}` names several runs; expected one")).into()),
    }
}

/// The report of a stored run: its history measured and judged, or what was stored of it where no more is kept.
pub fn load_kept(kept: &Kept) -> Result<Report> {
    match kept {
        Kept::Folder(folder) => load(folder, None),
        Kept::Report(path) => Ok(stored(path)?),
    }
}

/// A report as it was stored.
pub fn stored(path: &Path) -> Result<Report, Damaged> {
    /// What tells of which version the rest is.
    #[derive(Deserialize)]
    struct Head {
        schema: u32,
    }
    let damaged = |why: String| Damaged(format!("{}: {why}", path.display()));
    let head: Head = store::read(path)?;
    if head.schema != report::SCHEMA {
        return Err(damaged(format!("expected a report of schema {}, got {}", report::SCHEMA, head.schema)));
    }
    let report: Report = store::read(path)?;
    let impossible = |why| damaged(format!("no plan has this: {why} (hint: the file was damaged)"));
    report.plan.impossible().map_or(Ok(report), |why| Err(impossible(why)))
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
