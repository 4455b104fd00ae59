//! `reports/<scenario>/<time>/`: the plan before, the history during, the verdict after a run; `latest` points to
//! the newest. Knows no format.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::history::{self, History};
use crate::plan::Plan;
use crate::setup::Setup;
use crate::topology::Topology;

/// Makes the folder `reports` where it is missing, and fails where no run could be kept in it. To be asked before
/// anything is started.
pub fn open(reports: &Path) -> Result<()> {
    let opened =
        fs::create_dir_all(reports).and_then(|()| Ok(rustix::fs::access(reports, rustix::fs::Access::WRITE_OK)?));
    opened.map_err(|error| anyhow!("reports folder {}: {error} (hint: --reports DIR)", reports.display()))
}

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

    /// The folder that `named` means: a path, `<scenario>`, or `<scenario>/<time>` below `reports`.
    pub fn find(reports: &Path, named: &str) -> Result<Self> {
        let candidates = [PathBuf::from(named), reports.join(named), reports.join(named).join("latest")];
        let found = candidates.iter().find(|path| path.join("plan.json").is_file());
        let found = found.with_context(|| {
            format!(
                "no run `{named}`: expected a folder with plan.json, or the name of a scenario below {}",
                reports.display()
            )
        })?;
        Ok(Self(found.canonicalize().unwrap_or_else(|_| found.clone())))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the history in it.
    pub fn history_path(&self) -> PathBuf {
        self.0.join("history.jsonl")
    }

    /// Writes what is known before the run, and lets `latest` point to it.
    pub fn write_before(&self, plan: &Plan, preface: &Preface) -> Result<()> {
        self.write("plan.json", &to_json(plan)?)?;
        self.write("preface.json", &to_json(preface)?)?;
        self.write("history.jsonl", b"")?;
        if let (Some(parent), Some(name)) = (self.0.parent(), self.0.file_name()) {
            point(&parent.join("latest"), &name.to_string_lossy());
        }
        Ok(())
    }

    /// Writes one file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.0.join(name);
        fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
    }

    /// Reads everything that was stored of a run.
    pub fn read(&self) -> Result<(Plan, Preface, History)> {
        Ok((self.read_json("plan.json")?, self.read_json("preface.json")?, history::read(&self.history_path())?))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let path = self.0.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not what this version writes", path.display()))
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(value)?)
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
        second.write("plan.json", b"{}").unwrap();
        point(&reports.path().join("quiz/latest"), &second.path().file_name().unwrap().to_string_lossy());
        let found = Folder::find(reports.path(), "quiz").unwrap();
        assert_eq!(found.path(), second.path().canonicalize().unwrap());
        assert!(Folder::find(reports.path(), "other").unwrap_err().to_string().contains("no run `other`"));
    }
}
