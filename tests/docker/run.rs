//! What tests of whole runs have in common: how long they may take, where their scenarios are, and what they leave.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wwchaos::history::{Fact, History, Mark};
use wwchaos::report::Report;
use wwchaos::store::Folder;

/// Longest time that a cluster may take to be up on a busy machine.
pub const UP: Duration = Duration::from_secs(240);
/// Longest time that a whole run may take.
pub const RUN: Duration = Duration::from_secs(480);

/// A scenario of these tests, as a file.
pub fn scenario(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/scenarios");
    folder.join(format!("{name}.toml")).display().to_string()
}

/// The report as programs read it; every other file of a run's folder is there too.
pub fn report(folder: &Folder) -> Result<Report> {
    for name in ["plan.json", "preface.json", "history.jsonl", "report.html"] {
        let path = folder.path().join(name);
        ensure!(path.metadata().is_ok_and(|file| file.len() > 0), "no {}", path.display());
    }
    let text = std::fs::read_to_string(folder.path().join("report.json"))?;
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
    let again = program.arg("report").arg(folder.path()).args(["--format", "json"]).output()?;
    ensure!(again.stdout == text.as_bytes(), "report.json is not what rendering the stored run again gives");
    serde_json::from_str(&text).context("report.json")
}

/// What was marked of a window, in order.
pub fn marks(history: &History, index: usize) -> Vec<&'static str> {
    let word = |mark: &Mark| match mark {
        Mark::Target { .. } => "target",
        Mark::InjectIssued => "inject issued",
        Mark::EffectSeen { .. } => "effect seen",
        Mark::Void { .. } => "void",
        Mark::AlsoSeen { .. } => "also seen",
        Mark::StillThere { .. } => "still there",
        Mark::EndedEarly { .. } => "ended early",
        Mark::HealIssued => "heal issued",
        Mark::HealConfirmed => "heal confirmed",
        Mark::HealFailed { .. } => "heal failed",
        Mark::StartedAgain { .. } => "started again",
        Mark::Gone => "gone",
        Mark::Restored { .. } => "restored",
    };
    let marks = history.iter().filter_map(|seen| match &seen.fact {
        Fact::Window { window, mark } if *window == index => Some(word(mark)),
        _ => None,
    });
    marks.filter(|word| *word != "restored").collect()
}
