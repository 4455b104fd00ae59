//! A run's own logs: imported, played again by a cluster, and imported from there, they tell the same class.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wwchaos::exit;
use wwchaos::import::{Chosen, Import};
use wwchaos::library;
use wwchaos::profile::{Measured, Pause, Subject, Tally, distance_beyond, pairs};

use crate::engine::{alone, engine};
use crate::place::folder;
use crate::program::{Ended, Program};
use crate::run::RUN;

/// Of how many samples one may lie elsewhere in what was replayed than in what was recorded, where the resolution of the logs counts as
/// equal: of samples near the end of a second any number lie in the next one when pages take some milliseconds longer.
const ONE_IN: usize = 10;
/// What must be told of: what a student does when, and the pauses that differ most.
const TOLD: &[Subject] = &[
    Subject::Arrivals,
    Subject::LastGrade,
    Subject::Stay,
    Subject::Pause(Pause::Preview),
    Subject::Pause(Pause::Grade),
];
/// How far the time from the first arrival to the last submission may be off: by the time of a page.
const LENGTH_OFF: f64 = 2.0;
/// A class for less than a minute.
const RECORDED: &str = r#"
title = "A small class that is recorded"
topology = "two-node"
length = "50s"

[class]
students = 20
problems = 2
grade_every = 1
arrival = "15s"
deadline_spike = "8s"
"#;
/// The same as its logs tell it.
const REPLAYED: &str = r#"
title = "A small class that is played again"
topology = "two-node"

[load]
profile = "own.toml"
replay = true

[class]
problems = 2
"#;

/// Runs `text`; the logs of the run, and what keeps them.
async fn run(place: &Path, name: &str, text: &str) -> Result<(Ended, Vec<String>)> {
    let file = place.join(format!("{name}.toml"));
    fs::write(&file, text)?;
    let program = Program::of(&folder(), &["run", &file.display().to_string(), "--seed", "7"])?;
    let ended = program.end(RUN).await?;
    ended.expect(exit::PASS)?;
    let logs = ended.reports.path().join(name).join("latest/logs");
    let logs = ["lb.log", "web1-answer.log", "web1-login.log"].map(|log| logs.join(log).display().to_string());
    Ok((ended, logs.into()))
}

#[tokio::test]
async fn a_run_that_was_recorded_imported_and_replayed_is_the_same_class() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let place = tempfile::tempdir()?;
    let own: PathBuf = place.path().join("own.toml");
    let (_recorded, logs) = run(place.path(), "recorded", RECORDED).await?;
    let import = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"))
        .args(["import", "--replay", "--out"])
        .arg(&own)
        .args(&logs)
        .output()?;
    ensure!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));

    let (_replayed, logs) = run(place.path(), "replayed", REPLAYED).await?;
    let mut import = Import::new();
    for log in &logs {
        import.read(BufReader::new(File::open(log)?))?;
    }
    let again = import.finish(&Chosen::default())?;
    let recorded = library::recorded(&own)?.replay.context("no recorded actions")?;
    let [before, after] =
        [&recorded.journeys, &again.journeys].map(|journeys| Measured::of(journeys, again.resolution));
    let tallies = [&before, &after].map(Tally::of);
    ensure!(tallies[0].students == 20 && tallies[1].students == 20, "{tallies:?}");
    let grades = tallies[0].grades.zip(tallies[1].grades).context("no submissions")?;
    ensure!((grades.0 - grades.1).abs() < f64::EPSILON, "{tallies:?}");
    let off = tallies[0].length.as_secs_f64() - tallies[1].length.as_secs_f64();
    ensure!(off.abs() < LENGTH_OFF, "{tallies:?}");
    let pairs = pairs(before, after);
    let has = |subject| pairs.iter().any(|pair| pair.subject == subject);
    ensure!(has(Subject::Arrivals) && has(Subject::LastGrade), "{pairs:?}");
    for pair in &pairs {
        println!("{:?}: {:?}", pair.subject, pair.distance);
    }
    let told: Vec<_> = pairs.iter().filter(|pair| pair.recorded.len() >= 20).collect();
    for subject in TOLD {
        ensure!(told.iter().any(|pair| pair.subject == *subject), "{subject:?} of {pairs:?}");
    }
    for pair in told {
        ensure!(pair.recorded.len() == pair.other.len(), "{:?}: {:?}", pair.subject, pair.distance);
        let beyond = distance_beyond(&pair.recorded, &pair.other, again.resolution).context("no samples")?;
        // A share of samples, as a whole number of them: 2 of 20 is not more than a tenth.
        let samples = pair.recorded.len();
        let elsewhere = (beyond * samples as f64).round() as usize;
        ensure!(
            elsewhere * ONE_IN <= samples,
            "{:?}: {elsewhere} beyond {:?}, {:?}",
            pair.subject,
            again.resolution,
            pair.distance
        );
    }
    Ok(())
}
