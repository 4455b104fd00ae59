//! `check` and `report`: a stored run judged again and rendered again, and the same for a run that just ended.

use std::path::Path;

use anyhow::Result;

use super::{capacity, matrix, say, terminal};
use crate::check::{Judgement, judge};
use crate::cli::{Schema, Usage};
use crate::exit;
use crate::measure::{Facts, measure};
use crate::report::json::Unreadable;
use crate::report::terminal::Style;
use crate::report::{self, Rendering, Report};
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
    let kept = find(reports, run)?;
    if let Kept::Report(path) = &kept
        && let Some(capacity) = capacity::stored(path)?
    {
        return capacity::render(&capacity, format);
    }
    if let Kept::Report(path) = &kept
        && let Some(matrix) = matrix::stored(path)?
    {
        return matrix::show(&matrix, format);
    }
    let known = || Usage(format!("unknown format `{format}`; known: {}", report::names().join(", ")));
    let format = report::format(format).ok_or_else(known)?;
    let loaded = load_kept(&kept)?;
    if format.name == report::terminal::FORMAT.name {
        print(&loaded);
        return Ok(exit::PASS);
    }
    say::coloured(&(format.render)(&loaded)?);
    Ok(exit::PASS)
}

/// Writes `what` into `folder`, a file for each of `files`.
pub fn keep<T>(folder: &Folder, files: &[Rendering<T>], what: &T) -> Result<()> {
    files.iter().try_for_each(|file| folder.write(file.name, &(file.render)(what)?))
}

/// Prints the JSON Schema of a file.
pub fn schema(of: Schema) -> Result<u8> {
    say::coloured(&match of {
        Schema::Report => report::json::schema()?,
        Schema::Capacity => report::capacity::schema()?,
    });
    Ok(exit::PASS)
}

/// Prints a report for the terminal that standard output is, if it is one.
pub fn print(report: &Report) {
    let usual = Style::default();
    let style = Style { colour: terminal::colours_out(), width: terminal::columns_out(usual.width) };
    say::coloured(report::terminal::render(report, style).as_bytes());
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
    report::json::read(&store::bytes(path)?).map_err(|why| match why {
        Unreadable::Json(error) => Damaged::json(path, &error),
        why => Damaged(format!("{}: {why}", path.display())),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::places;
    use crate::regression::{Run, THRESHOLD};
    use crate::report::FORMATS;

    /// A report that somebody gave us is a file like any other: whatever number stands in it, it is refused or shown.
    #[test]
    fn no_number_of_a_stored_report_ends_the_program() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/degraded");
        let report = load_kept(&Kept::find(Path::new("none"), golden.to_str().unwrap()).unwrap()).unwrap();
        let whole = serde_json::to_value(&report).unwrap();
        let places: Vec<_> = places(&whole["figures"]).iter().map(|place| format!("/figures{place}")).collect();
        assert!(places.len() > 150, "{}", places.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let reduced = |report: &Report| super::super::regression::reduced(&path, report);
        let base = [reduced(&report)];
        let shown = |report: &Report| {
            FORMATS.iter().for_each(|format| drop((format.render)(report)));
            drop(judge(&report.plan, &report.figures));
            let new: [Run; 1] = [reduced(report)];
            if let Ok(found) = crate::regression::Regression::new(&base, &new, THRESHOLD) {
                report::regression::FORMATS.iter().for_each(|format| drop((format.render)(&found)));
            }
        };
        let mut ended = Vec::new();
        for (place, hostile) in places.iter().enumerate() {
            for number in [0.0, 1e13, 1e15, -1.0].into_iter().skip(place % 2).step_by(2) {
                let mut altered = whole.clone();
                *altered.pointer_mut(hostile).unwrap() =
                    if number < 0.0 { (-1).into() } else { (number as u64).into() };
                std::fs::write(&path, altered.to_string()).unwrap();
                if let Ok(report) = stored(&path) {
                    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shown(&report)));
                    if result.is_err() {
                        ended.push(format!("{hostile} = {number:e}"));
                    }
                }
            }
        }
        assert!(ended.is_empty(), "{ended:#?}");
    }
}
