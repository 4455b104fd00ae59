//! `compare` and `run --baseline`: stored runs held against others.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{render, say};
use crate::cli::{Against, Usage};
use crate::exit;
use crate::plan::Plan;
use crate::regression::{Conditions, NotComparable, Regression, Run, THRESHOLD, comparable};
use crate::report::{self, Rendering, Report};
use crate::store::{Folder, Kept};
use crate::topology::Topology;

/// What a new run is held against.
pub struct Held {
    base: Vec<Run>,
    threshold: f64,
}

/// Prints how the runs that `new` names stand against those that `base` names.
pub fn compare(reports: &Path, (base, new): (&str, &str), threshold: f64, fail: bool, format: &str) -> Result<u8> {
    let format = rendering(report::regression::FORMATS, format)?;
    let (base, new) = (find(reports, base)?, find(reports, new)?);
    if let Some(both) = base.iter().find(|one| new.contains(one)) {
        let message = format!("{} is on both sides; expected other runs to compare it with", both.path().display());
        return Err(Usage(message).into());
    }
    let (base, new) = (load(&base)?, load(&new)?);
    let regression =
        Regression::new(&base, &new, threshold).map_err(|why| Usage(format!("{why}; nothing to compare")))?;
    say::coloured(&(format.render)(&regression)?);
    Ok(if fail { code(&regression) } else { exit::PASS })
}

/// What each of `plans` is held against, so that every new figure has something to be held against. Before anything starts.
pub fn hold(reports: &Path, against: &Against, plans: &[(Topology, Plan)]) -> Result<Vec<Option<Held>>> {
    let Some(named) = &against.baseline else { return Ok(plans.iter().map(|_| None).collect()) };
    let refused = |why: String| anyhow::Error::from(Usage(format!("--baseline {named}: {why}")));
    let mut names: Vec<_> = plans.iter().map(|(_, plan)| plan.scenario.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|two| two[0] == two[1]) {
        let why = "expected a set of different scenarios (hint: its lines are compared with each other)";
        return Err(refused(format!("the set has `{}` more than once; {why}", twice[0])));
    }
    let held = plans.iter().map(|(_, plan)| {
        let kept = base(reports, named, plan, plans.len() > 1).map_err(|error| refused(format!("{error:#}")))?;
        let base = load(&kept)?;
        comparable(&base, &Conditions::of(plan)).map_err(|why| refused(format!("{why}; nothing to compare")))?;
        Ok(Some(Held { base, threshold: against.threshold.unwrap_or(THRESHOLD) }))
    });
    held.collect()
}

/// The runs that `named` means for `plan`. A folder that is no run holds runs of scenarios, as the folder of reports does.
fn base(reports: &Path, named: &str, plan: &Plan, of_set: bool) -> Result<Vec<Kept>> {
    let folder = Path::new(named);
    if folder.is_dir() && Kept::find(reports, named).is_err() {
        return Kept::find(folder, &plan.scenario).map(|one| vec![one]);
    }
    if of_set {
        anyhow::bail!("expected a folder with runs of each scenario of the set, as `reports` is");
    }
    Kept::all(reports, named)
}

impl Held {
    /// Prints how the run in `folder` stands where it is `spoken`, stores the same beside its report, and says with which code
    /// a gate ends.
    pub fn judge(&self, folder: &Folder, report: &Report, spoken: bool) -> u8 {
        let regression = match self.regression(folder, report) {
            Ok(regression) => regression,
            Err(why) => {
                say::err(format_args!("wwchaos: not held against the baseline: {why}\n"));
                return exit::UNKNOWN;
            }
        };
        if spoken {
            let text = report::regression::terminal::render(&regression, report::regression::terminal::WIDTH);
            say::coloured(format!("\n{text}").as_bytes());
        }
        match render::keep(folder, report::regression::FILES, &regression) {
            Ok(()) => code(&regression),
            Err(error) => {
                say::err(format_args!("wwchaos: {error:#}\n"));
                exit::BUG
            }
        }
    }

    fn regression(&self, folder: &Folder, report: &Report) -> Result<Regression, NotComparable> {
        Regression::new(&self.base, &[reduced(folder.path(), report)], self.threshold)
    }
}

/// With which code a gate ends.
fn code(regression: &Regression) -> u8 {
    match regression {
        regression if regression.is_worse() => exit::FAIL,
        regression if regression.is_blind() => exit::UNKNOWN,
        _ => exit::PASS,
    }
}

fn find(reports: &Path, named: &str) -> Result<Vec<Kept>> {
    Kept::all(reports, named).map_err(|error| Usage(format!("{error:#}")).into())
}

/// Each run, one after the other: of a long one much more is read than is kept.
fn load(kept: &[Kept]) -> Result<Vec<Run>> {
    kept.iter().map(|one| Ok(reduced(one.path(), &render::load_kept(one)?))).collect()
}

/// What is compared of a report.
pub fn reduced(path: &Path, report: &Report) -> Run {
    let (started, tool) = (report.started.clone(), report.tool.clone());
    let measured = (&report.plan, &report.figures, report.verdict.judgement);
    Run::new(near(path).display().to_string(), (started, tool), report.setup.clone(), measured)
}

/// The path as one would type it here.
pub fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}

/// The format called `name`.
pub fn rendering<T>(all: &'static [Rendering<T>], name: &str) -> Result<&'static Rendering<T>> {
    let known = || all.iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
    let found = all.iter().find(|one| one.name == name);
    found.ok_or_else(|| Usage(format!("unknown format `{name}`; known: {}", known())).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::Outcome;

    fn golden(name: &str) -> Kept {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        Kept::find(Path::new("none"), path.to_str().unwrap()).unwrap()
    }

    /// With which code a run of these histories ends beside such a baseline, and what is stored of it.
    fn judged(base: &str, new: &str, threshold: f64) -> (u8, Regression) {
        let held = Held { base: load(&[golden(base)]).unwrap(), threshold };
        let reports = tempfile::tempdir().unwrap();
        let folder = Folder::create(reports.path(), "paper").unwrap();
        let found = held.regression(&folder, &render::load_kept(&golden(new)).unwrap()).unwrap();
        render::keep(&folder, report::regression::FILES, &found).unwrap();
        let said = std::fs::read_to_string(folder.path().join("baseline.md")).unwrap();
        let stored = std::fs::read(folder.path().join("baseline.json")).unwrap();
        let stored: Regression = serde_json::from_slice(&stored).unwrap();
        assert!(said.contains(&format!("{} unchanged", stored.count(&Outcome::Unchanged))), "{said}");
        assert_eq!(stored, found);
        (code(&found), stored)
    }

    #[test]
    fn a_run_is_held_against_its_baseline_and_what_came_of_it_is_kept() {
        let (code, stored) = judged("clean", "degraded", THRESHOLD);
        assert_eq!((code, stored.is_worse(), stored.base.len()), (exit::FAIL, true, 1));
        assert_eq!(judged("degraded", "clean", THRESHOLD).0, exit::PASS);
        assert_eq!(judged("clean", "clean", THRESHOLD).0, exit::PASS);
        assert_eq!(judged("clean", "interrupted", THRESHOLD).0, exit::UNKNOWN);
    }

    #[test]
    fn what_lies_here_is_named_as_one_would_type_it() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(near(&here.join("reports/quiz/1")), Path::new("reports/quiz/1"));
        assert_eq!(near(Path::new("/elsewhere/quiz")), Path::new("/elsewhere/quiz"));
    }
}
