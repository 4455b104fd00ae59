//! `reports/<scenario>/<time>/`: the plan before, the history during, the verdict after a run; `latest` points to
//! the newest with a report. Knows no format.

mod named;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use named::Kept;

use crate::clock::Stamp;
use crate::digest;
use crate::file;
use crate::foreign::pretty;
use crate::history::{Fact, Observation, Reader};
use crate::plan::Plan;
use crate::settings::{shown, suggestion};
use crate::setup::Setup;
use crate::topology::Topology;

/// Makes the folder `reports` where it is missing, and fails where no run could be kept in it. To be asked before
/// anything is started.
pub fn open(reports: &Path) -> Result<()> {
    let opened =
        fs::create_dir_all(reports).and_then(|()| Ok(rustix::fs::access(reports, rustix::fs::Access::WRITE_OK)?));
    opened.map_err(|error| anyhow!("reports folder {}: {error} (hint: --reports DIR)", reports.display()))
}

/// What points to the newest run of a scenario.
pub const LATEST: &str = "latest";
/// Most bytes of `plan.json` and of `preface.json`.
const JSON_MAX: u64 = 64 << 20;
/// How far from the first observation of a history anything may be that it tells.
const SPAN_MAX: Duration = Duration::from_secs(24 * 3600);
/// How far an observation may lie before the one that was recorded before it: when a wwchaos that was stopped goes on, it hears
/// of what its class did meanwhile.
const OUT_OF_ORDER_MAX: Duration = Duration::from_secs(3600);

/// A stored run cannot be read: a file of it is missing, damaged or of another run.
#[derive(Debug, thiserror::Error)]
#[error("{}", shown(.0, SAID_MAX))]
pub struct Damaged(pub String);

impl Damaged {
    /// The file at `path` is no JSON that this version writes.
    pub fn json(path: &Path, error: &serde_json::Error) -> Self {
        let (shown, line) = (path.display(), error.line());
        let why = error.to_string().replace(&format!(" at line {line} column {}", error.column()), "");
        let hint = "hint: the file was damaged, or another version wrote it";
        Self(format!("{shown}:{line}: not what this version writes: {why} ({hint})"))
    }
}

/// What stands in a JSON file of a stored run.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Damaged> {
    file::bytes(path, JSON_MAX).map_err(|refusal| Damaged(format!("{}: {refusal}", path.display())))
}

/// Longest thing that is said of a damaged file; what stands in it may be repeated.
const SAID_MAX: usize = 1200;

/// A run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// What is known before a run begins, beside its plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preface {
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// Who made it.
    pub tool: String,
    /// What it was made on and of.
    pub setup: Setup,
    /// The topology as it was then.
    pub topology: Topology,
}

impl Folder {
    /// A new folder below `reports`, for a run of `scenario` that begins now.
    pub fn create(reports: &Path, scenario: &str) -> Result<Self> {
        let parent = reports.join(scenario);
        fs::create_dir_all(&parent).with_context(|| format!("create {} (hint: --reports DIR)", parent.display()))?;
        let stamp = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace([':', '-'], "");
        for attempt in 0..100 {
            let name = if attempt == 0 { stamp.clone() } else { format!("{stamp}-{attempt}") };
            let path = parent.join(&name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| format!("create {}", path.display())),
            }
        }
        bail!("{}: a hundred runs began in this second", parent.display())
    }

    /// The folder that `named` means: a path, `<scenario>` for its newest run, or `<scenario>/<time>` below `reports`.
    pub fn find(reports: &Path, named: &str) -> Result<Self> {
        let below = reports.join(named);
        let mut candidates = vec![PathBuf::from(named), below.clone(), below.join(LATEST)];
        candidates.extend(runs(&below).pop());
        let Some(found) = candidates.iter().find(|path| is_run(path)) else {
            let hint = known(reports, named);
            bail!(
                "no run `{named}`: expected a folder with plan.json, or a scenario with runs below {} ({hint})",
                reports.display()
            );
        };
        Ok(Self(found.canonicalize().unwrap_or_else(|_| found.clone())))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a folder of a run of its own in it.
    pub fn part(&self, name: &str) -> Result<Self> {
        self.make(name).map(Self)
    }

    /// Makes a folder in it; its path.
    pub fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::create_dir(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(path)
    }

    /// Path of the history in it.
    pub fn history_path(&self) -> PathBuf {
        self.0.join("history.jsonl")
    }

    /// Writes what is known before the run. The fact that the history is to begin with says of which plan it is.
    pub fn write_before(&self, plan: &Plan, preface: &Preface) -> Result<Fact> {
        self.write("plan.json", &pretty(plan)?)?;
        self.write("preface.json", &pretty(preface)?)?;
        self.write("history.jsonl", b"")?;
        Ok(self.origin()?)
    }

    /// What its history is to begin with: of which plan and preface, byte for byte, it is.
    pub fn origin(&self) -> Result<Fact, Damaged> {
        Ok(Fact::Origin { hash: self.hash()? })
    }

    /// Lets `latest` point here. Only a run with a report is worth that: one that did not come up would hide it.
    pub fn become_latest(&self) {
        if let (Some(parent), Some(name)) = (self.0.parent(), self.0.file_name()) {
            point(&parent.join(LATEST), &name.to_string_lossy());
        }
    }

    /// Writes one file, whole or not at all.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (path, part) = (self.0.join(name), self.0.join(format!("{name}.part")));
        let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written.with_context(|| format!("write {}", path.display()))
    }

    /// Reads what was stored of a run; its history is read when it is asked for.
    pub fn read(&self) -> Result<(Plan, Preface, Stored), Damaged> {
        let (plan, preface): (Plan, Preface) = (self.read_json("plan.json")?, self.read_json("preface.json")?);
        if let Some(why) = plan.impossible() {
            let path = self.0.join("plan.json");
            return Err(Damaged(format!("{}: no plan has this: {why} (hint: the file was damaged)", path.display())));
        }
        Ok((plan, preface, Stored::open(self.history_path(), self.hash()?)?))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, Damaged> {
        let path = self.0.join(name);
        serde_json::from_slice(&bytes(&path)?).map_err(|error| Damaged::json(&path, &error))
    }

    /// A hash of the plan and the preface, byte for byte.
    fn hash(&self) -> Result<String, Damaged> {
        let mut hasher = Sha256::new();
        for name in ["plan.json", "preface.json"] {
            hasher.update(Sha256::digest(bytes(&self.0.join(name))?));
        }
        Ok(digest::hex(hasher, 8))
    }
}

/// The history of a stored run, one observation after the other. What is damaged, or is not of one run, is an error.
#[derive(Debug)]
pub struct Stored {
    path: PathBuf,
    reader: Reader,
    /// Hash of the plan and the preface beside it.
    origin: String,
    first: Option<Stamp>,
    last: Option<Stamp>,
    /// Whether nothing of the run has been read yet.
    empty: bool,
    /// Whether the run that the history says it is of is that of the folder; nothing was said yet where that is none.
    own: Option<bool>,
}

impl Stored {
    fn open(path: PathBuf, origin: String) -> Result<Self, Damaged> {
        let reader = Reader::open(&path).map_err(|error| Damaged(format!("{error:#}")))?;
        Ok(Self { path, reader, origin, first: None, last: None, empty: true, own: None })
    }

    /// Number of the last line when it was cut off, as after a crash; reading leaves it out. Known when all is read.
    pub fn cut_line(&self) -> Option<usize> {
        self.reader.cut_line()
    }

    /// Refuses what is not of the run.
    fn accept(&mut self, observation: &Observation) -> Result<(), Damaged> {
        let path = self.path.display();
        // Recorded before the run, and nothing of it.
        if let Fact::Origin { hash } = &observation.fact {
            self.own = Some(*hash == self.origin && self.own.unwrap_or(true));
            return Ok(());
        }
        self.empty = false;
        match self.own {
            Some(true) => {}
            Some(false) => {
                return Err(Damaged(format!(
                    "{path}: of another run than the plan.json and preface.json beside it (hint: a run is kept, copied and \
                     replaced as a whole folder)"
                )));
            }
            None => {
                return Err(Damaged(format!(
                    "{path}:{}: expected the fact `origin` first, which says of which run this is (hint: the beginning was \
                     lost)",
                    self.reader.line()
                )));
            }
        }
        // Observations of the class arrive a moment after they were made, or when a wwchaos that was stopped goes on.
        let last = self.last.replace(observation.at);
        if last.is_some_and(|last| last.since(observation.at) > OUT_OF_ORDER_MAX) {
            return Err(Damaged(format!("{path}:{}: goes back in time", self.reader.line())));
        }
        let first = *self.first.get_or_insert(observation.at);
        let strange = |moment: Stamp| moment.since(first).max(first.since(moment)) > SPAN_MAX;
        if observation.moments().into_iter().flatten().any(strange) {
            let (line, hours) = (self.reader.line(), SPAN_MAX.as_secs() / 3600);
            return Err(Damaged(format!(
                "{path}:{line}: tells of a moment more than {hours} h from the first observation; no run lasts so long"
            )));
        }
        Ok(())
    }
}

impl Iterator for Stored {
    type Item = Result<Observation, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.next() {
            Some(Ok(observation)) => Some(self.accept(&observation).map(|()| observation)),
            Some(Err(error)) => Some(Err(Damaged(format!("{error:#}")))),
            None if std::mem::take(&mut self.empty) => {
                Some(Err(Damaged(format!("{}: empty: nothing of the run was recorded", self.path.display()))))
            }
            None => None,
        }
    }
}

fn is_run(path: &Path) -> bool {
    path.join("plan.json").is_file()
}

/// The runs in a scenario's folder, oldest first.
fn runs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut runs: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| !path.is_symlink() && is_run(path)).collect();
    runs.sort();
    runs
}

/// A hint for who named a run that there is not: what there is.
fn known(reports: &Path, named: &str) -> String {
    let known = scenarios(reports);
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let hint = suggestion(named, &known).unwrap_or_else(|| match known.as_slice() {
        [] => "`wwchaos run SCENARIO` makes one".to_owned(),
        known => format!("there are runs of {}", known.join(", ")),
    });
    format!("hint: {hint}")
}

/// Scenarios that have runs below `reports`.
fn scenarios(reports: &Path) -> Vec<String> {
    let entries = fs::read_dir(reports).into_iter().flatten().filter_map(Result::ok);
    let with_runs = entries.filter(|entry| !runs(&entry.path()).is_empty());
    let mut names: Vec<_> = with_runs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Lets `link` point to `name`; a file system without links goes without.
fn point(link: &Path, name: &str) {
    let _ = fs::remove_file(link);
    let _ = std::os::unix::fs::symlink(name, link);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_names_its_latest_run() {
        let reports = tempfile::tempdir().unwrap();
        let first = Folder::create(reports.path(), "quiz").unwrap();
        let second = Folder::create(reports.path(), "quiz").unwrap();
        assert_ne!(first, second);
        first.write("plan.json", b"{}").unwrap();
        assert_eq!(Folder::find(reports.path(), "quiz").unwrap().path(), first.path().canonicalize().unwrap());
        second.write("plan.json", b"{}").unwrap();
        point(&reports.path().join("quiz/latest"), &first.path().file_name().unwrap().to_string_lossy());
        let found = Folder::find(reports.path(), "quiz").unwrap();
        assert_eq!(
            found.path(),
            first.path().canonicalize().unwrap(),
            "a run without a report hides none that has one"
        );
        fs::remove_file(reports.path().join("quiz/latest")).unwrap();
        let found = Folder::find(reports.path(), "quiz").unwrap();
        assert_eq!(found.path(), second.path().canonicalize().unwrap());
        let said = |named| Folder::find(reports.path(), named).unwrap_err().to_string();
        assert!(said("other").ends_with("(hint: there are runs of quiz)"), "{}", said("other"));
        assert!(said("quit").ends_with("(hint: did you mean `quiz`?)"), "{}", said("quit"));
    }
}
