//! Stored runs as a command line names them, several at once too, and a report that was stored alone.
//!
//! - a folder of a run, or a scenario's name for its newest run: [`Folder::find`];
//! - a file: the `report.json` of a run or of a search for capacity, wherever it is kept, or a folder with no more of it than that;
//! - `NAME@N`: the run of the scenario that is N before its newest, `NAME@0` being the newest;
//! - `NAME@N..M`: all from N to M before it;
//! - several of these with commas between them.
//!
//! Runs that recorded nothing, since their cluster did not come up, do not count.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Folder, LATEST, is_run, known, runs};

/// Most runs that one word names.
const RUNS_MAX: usize = 1000;

/// The report of a run that programs read.
const REPORT: &str = "report.json";

/// A stored run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In its folder.
    Folder(Folder),
    /// Its report alone.
    Report(PathBuf),
}

impl Kept {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder.path(),
            Self::Report(path) => path,
        }
    }

    /// The one run that `text` names: a file, a folder or a scenario.
    pub fn find(reports: &Path, text: &str) -> Result<Self> {
        let below = reports.join(text);
        let folders = [PathBuf::from(text), below.join(LATEST), below];
        let alone = |folder: PathBuf| {
            let report = folder.join(REPORT);
            (report.is_file() && !is_run(&folder)).then_some(report)
        };
        let file = Some(PathBuf::from(text)).filter(|path| path.is_file());
        match file.or_else(|| folders.into_iter().find_map(alone)) {
            Some(path) => Ok(Self::Report(path.canonicalize().unwrap_or(path))),
            None => Folder::find(reports, text).map(Self::Folder),
        }
    }

    /// Every run that `text` names, none twice.
    pub fn all(reports: &Path, text: &str) -> Result<Vec<Self>> {
        // A path may have a comma or an @ in it.
        if text.is_empty() || Path::new(text).exists() || reports.join(text).exists() {
            return Self::find(reports, text).map(|one| vec![one]);
        }
        let mut all: Vec<Self> = Vec::new();
        for part in text.split(',') {
            for one in Self::part(reports, part)? {
                if all.contains(&one) {
                    bail!("{} is named twice in `{text}`; expected each run once", one.path().display());
                }
                all.push(one);
            }
        }
        Ok(all)
    }

    fn part(reports: &Path, part: &str) -> Result<Vec<Self>> {
        let Some((scenario, span)) = part.rsplit_once('@').filter(|_| !Path::new(part).exists()) else {
            return Self::find(reports, part).map(|one| vec![one]);
        };
        let (from, to) = match span.split_once("..") {
            Some((from, to)) => (from.parse().ok(), to.parse().ok()),
            None => (span.parse().ok(), span.parse().ok()),
        };
        let Some((from, to)) = from.zip(to).filter(|(from, to): &(usize, usize)| from <= to && *to < RUNS_MAX) else {
            bail!(
                "`{part}`: expected NAME@N or NAME@N..M with N at most M and M below {RUNS_MAX} (hint: {scenario}@0 is the \
                 newest run, {scenario}@1..5 the five before it)"
            );
        };
        let found = Folder::newest_first(reports, scenario)?;
        if to >= found.len() {
            bail!("`{part}`: expected a run so long ago; {scenario} has {} that recorded anything", found.len());
        }
        Ok(found.into_iter().skip(from).take(to - from + 1).map(Self::Folder).collect())
    }
}

impl Folder {
    /// The runs of a scenario that recorded anything, newest first. At least one.
    pub fn newest_first(reports: &Path, scenario: &str) -> Result<Vec<Self>> {
        let all = Self::all_newest_first(reports, scenario)?;
        let recorded: Vec<_> = all.into_iter().filter(Self::has_recorded).collect();
        if recorded.is_empty() {
            bail!("no run of `{scenario}` below {} recorded anything", reports.display());
        }
        Ok(recorded)
    }

    /// All runs of a scenario, newest first. At least one.
    pub fn all_newest_first(reports: &Path, scenario: &str) -> Result<Vec<Self>> {
        let mut found = runs(&reports.join(scenario));
        found.reverse();
        if found.is_empty() || scenario.is_empty() {
            bail!(
                "no run of `{scenario}`: expected a scenario with runs below {} ({})",
                reports.display(),
                known(reports, scenario)
            );
        }
        Ok(found.into_iter().map(|path| Self(path.canonicalize().unwrap_or(path))).collect())
    }

    /// Whether its history tells more than of which run it is.
    pub fn has_recorded(&self) -> bool {
        let Ok(file) = fs::File::open(self.history_path()) else { return self.report_path().is_file() };
        let mut lines = BufReader::new(file);
        let line = |lines: &mut BufReader<fs::File>| lines.skip_until(b'\n').is_ok_and(|length| length > 0);
        line(&mut lines) && line(&mut lines)
    }

    /// Path of the report in it that programs read.
    pub fn report_path(&self) -> PathBuf {
        self.0.join(REPORT)
    }
}
