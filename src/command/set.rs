//! What the lines of a set came to together: one report of all, and a comparison of those that differ in settings.

use std::path::Path;

use anyhow::Result;

use super::progress::{self, Manner};
use super::run::{Call, Ended};
use super::{render, say};
use crate::compare::Comparison;
use crate::exit;
use crate::library::Set;
use crate::live::Event;
use crate::plan::Plan;
use crate::report;
use crate::report::set::{Part, SetReport};
use crate::setup::TOOL;
use crate::store::Folder;

/// Columns of a printed comparison: it has one for each fault.
const COMPARISON_WIDTH: u16 = 140;

/// Prints and stores what the lines of `set` came to. `comparing` are the settings in which they differ, with the plan of the
/// first.
pub fn tell(call: &Call<'_>, set: &Set, comparing: Option<(&Plan, Vec<String>)>, ended: Vec<Ended>) -> Result<()> {
    let spoken = call.manner != Manner::Events;
    if spoken && ended.len() > 1 {
        say::out("\n");
        for (line, one) in set.lines.iter().zip(&ended).filter(|(_, one)| one.row.run.is_some()) {
            say::out(format_args!("{line}: {}\n", exit::meaning(one.code)));
        }
    }
    let folder = Folder::create(call.reports, &set.name)?;
    if let Some((plan, varied)) = comparing {
        compared(call, &folder, &set.name, (plan, varied), &ended)?;
    }
    let parts = set.lines.iter().zip(ended).map(|(line, one)| part(line.to_string(), one)).collect();
    let whole = SetReport { set: set.name.clone(), tool: TOOL.to_owned(), parts };
    render::keep(&folder, report::set::FILES, &whole)?;
    folder.become_latest();
    let path = folder.path().display().to_string();
    if spoken {
        say::out(format_args!("report of the set: {path}/report.html\n"));
    }
    progress::tell(call.manner, call.start, Event::Set { folder: path });
    Ok(())
}

fn part(name: String, ended: Ended) -> Part {
    let why = || ended.row.not_measured.clone().unwrap_or_else(|| exit::meaning(ended.code).to_owned());
    let beside = |run: &String| {
        let path = Path::new(run);
        let names = [path.parent()?.file_name()?, path.file_name()?];
        Some(format!("../../{}/{}", names[0].display(), names[1].display()))
    };
    Part {
        folder: ended.row.run.as_ref().and_then(beside),
        meaning: exit::meaning(ended.code),
        report: ended.report.ok_or_else(why),
        name,
    }
}

/// Prints and stores what the lines came to, side by side.
fn compared(
    call: &Call<'_>,
    folder: &Folder,
    set: &str,
    (plan, varied): (&Plan, Vec<String>),
    ended: &[Ended],
) -> Result<()> {
    let app = ended.iter().find_map(|one| one.report.as_ref()).map(|report| report.setup.app.clone());
    let rows = ended.iter().map(|one| one.row.clone()).collect();
    let comparison = Comparison::new(set, plan, varied, app, rows);
    let stored = render::keep(folder, report::comparison::FILES, &comparison);
    // What cannot be stored can still be printed.
    let spoken = call.manner != Manner::Events;
    let path = folder.path().display().to_string();
    if spoken {
        say::out(format_args!("\n{}", report::comparison::terminal::render(&comparison, COMPARISON_WIDTH)));
    }
    stored?;
    if spoken {
        say::out(format_args!("comparison: {path}\n"));
    }
    progress::tell(call.manner, call.start, Event::Comparison { folder: path });
    Ok(())
}
