//! End to end through the real binary: a class, faults, exit code, report, history, audit, and nothing left.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wwchaos::check::Judgement;
use wwchaos::exit;
use wwchaos::history::{Fact, History, Mark};
use wwchaos::measure::Detection;
use wwchaos::predict::Prediction;
use wwchaos::report::Report;
use wwchaos::store::Folder;

use crate::ask;
use crate::engine::{alone, engine, share, until};
use crate::program::Program;

/// Longest time that a cluster may take to be up on a busy machine.
const UP: Duration = Duration::from_secs(240);
/// Longest time that a whole run may take.
pub const RUN: Duration = Duration::from_secs(480);
/// Longest time from Ctrl-C to the end.
const STOP: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_class_meets_a_kill_and_a_freeze_and_loses_no_answer() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let ended = Program::start(&["run", &scenario("kill-freeze"), "--seed", "7"])?.end(RUN).await?;
    ended.expect(exit::PASS)?;
    let folder = ended.folder("kill-freeze")?;
    let report = report(&folder)?;
    ensure!(report.verdict.judgement == Judgement::Pass);
    let history: History = folder.read()?.2.collect::<Result<_, _>>()?;
    for window in 0..2 {
        let marks = marks(&history, window);
        ensure!(
            marks == ["target", "inject issued", "effect seen", "still there", "heal issued", "heal confirmed"],
            "{marks:?}"
        );
        let target = report.figures.windows[window].target.clone().context("no target")?;
        ensure!(down_during(&history, window, &target), "nobody said that {target} was down in window {window}");
        let detection = &report.figures.windows[window].detection;
        ensure!(matches!(detection, Detection::After { .. }), "{detection:?}");
    }
    audited(&report, &history)?;
    for service in ["lb", "web1", "web2", "db1", "db2", "quorum", "fencer"] {
        let log = folder.path().join(format!("logs/{service}.log"));
        ensure!(log.is_file(), "no {}", log.display());
    }
    ensure!(ended.said.contains("report.html"), "no way to the report:\n{}", ended.said);
    Ok(())
}

/// The same freeze, the same seed: the check decides whether the balancer notices. Both runs at one time, as two
/// runs may live on one machine.
#[tokio::test]
async fn a_freeze_is_never_detected_by_a_tcp_check_and_two_runs_live_on_one_machine() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let file = scenario("freeze");
    let tcp = Program::start(&["run", &file, "--seed", "7", "--set", "check=tcp"])?;
    let content = Program::start(&["run", &file, "--seed", "7"])?;
    let (tcp, content) = tokio::join!(tcp.end(RUN), content.end(RUN));
    let (tcp, content) = (tcp?, content?);
    for (ended, seen) in [(&tcp, false), (&content, true)] {
        let folder = ended.folder("freeze")?;
        let (report, history) = (report(&folder)?, folder.read()?.2.collect::<Result<History, _>>()?);
        let detection = &report.figures.windows[0].detection;
        ensure!(matches!(detection, Detection::After { .. }) == seen, "{detection:?}:\n{}", ended.said);
        ensure!(seen || matches!(detection, Detection::Never { .. }), "{detection:?}:\n{}", ended.said);
        ensure!(down_during(&history, 0, "web1") == seen, "web1 down: not {seen}");
        predicted(&report, &history, seen)?;
        audited(&report, &history)?;
        ended.expect(exit::PASS)?;
    }
    Ok(())
}

/// The balancer's configuration was read from its container, and says whether the freeze can be seen.
fn predicted(report: &Report, history: &History, seen: bool) -> Result<()> {
    let read = history.iter().find_map(|observation| match &observation.fact {
        Fact::Configuration { detector, text, .. } if detector == "balancer" => Some(text.as_str()),
        _ => None,
    });
    let text = read.context("no configuration of the balancer")?;
    ensure!(text.contains("option httpchk") == seen && text.contains("  server web1 10."), "read:\n{text}");
    let expected = report.figures.windows[0].expected_detections.first().context("nothing was predicted")?;
    match &expected.prediction {
        Prediction::Within { .. } if seen => {}
        Prediction::Never { gives: Some(_), .. } if !seen => {}
        other => anyhow::bail!("{other:?} of:\n{text}"),
    }
    // No test asserts a speed; that nothing is ever said is none.
    ensure!(seen || expected.agrees == Some(true), "{expected:?}, measured {:?}", report.figures.windows[0].detection);
    Ok(())
}

#[tokio::test]
async fn ctrl_c_in_a_window_heals_reports_and_removes() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    let mut program = Program::start(&["run", &scenario("freeze"), "--seed", "7"])?;
    program.says("freeze web1: there", UP * 2).await?;
    let container = format!("{}-web1", program.run()?);
    ensure!(ask::inspect(&container, ".State.Paused").await? == "true", "{container} is not paused");
    program.interrupt()?;
    let ended = program.end(STOP).await?;
    ended.expect(exit::INTERRUPTED)?;
    let folder = ended.folder("freeze")?;
    let report = report(&folder)?;
    ensure!(report.figures.interrupted, "the report does not say that it was interrupted");
    let history: History = folder.read()?.2.collect::<Result<_, _>>()?;
    let marks = marks(&history, 0);
    ensure!(marks.last() == Some(&"heal confirmed"), "{marks:?}");
    ensure!(history.iter().any(|seen| seen.fact == Fact::Interrupted), "the history does not say so");
    Ok(())
}

#[tokio::test]
async fn ctrl_c_while_the_cluster_starts_leaves_nothing() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    for words in ["making volume", "starting services", "waiting for the db primary", "seeding", "signing the probes"] {
        let mut program = Program::start(&["run", &scenario("freeze")])?;
        program.says(words, UP).await?;
        program.interrupt()?;
        let ended = program.end(STOP).await.with_context(|| format!("interrupted at `{words}`"))?;
        ended.expect(exit::INTERRUPTED).with_context(|| format!("interrupted at `{words}`"))?;
    }
    Ok(())
}

/// A job's time is up: SIGTERM, to the program alone, while its Compose has made some containers and not all.
#[tokio::test]
async fn sigterm_while_compose_is_at_work_leaves_nothing() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    for _ in 0..3 {
        let mut program = Program::start(&["run", &scenario("freeze")])?;
        program.says("starting services", UP).await?;
        first_container(&program).await?;
        program.terminate()?;
        program.end(STOP).await?.expect(exit::INTERRUPTED)?;
    }
    Ok(())
}

/// The moment at which Compose has made some of the containers.
async fn first_container(program: &Program) -> Result<()> {
    let label = format!("label=wwchaos.run={}", program.run()?);
    let some = async || {
        let names = ask::docker(&["ps", "--all", "--filter", &label, "--format", "{{.Names}}"]).await?;
        Ok(names.lines().any(|name| !name.contains("-disk-")).then_some(()))
    };
    until("the first container", UP, some).await
}

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

/// Answers were acknowledged, every store was read, none is missing.
fn audited(report: &Report, history: &History) -> Result<()> {
    let answers = &report.figures.answers;
    ensure!(answers.acknowledged > 0 && answers.lost == 0, "{answers:?}");
    let during: u64 = report.figures.windows.iter().map(|window| window.answers.acknowledged).sum();
    ensure!(during > 0, "nothing was acknowledged during a window");
    let reads = history.iter().filter_map(|seen| match &seen.fact {
        Fact::AuditRead { source, rows, failed } => Some((source, *rows, failed)),
        _ => None,
    });
    let reads: Vec<_> = reads.collect();
    let whole = reads.iter().filter(|(_, rows, failed)| *rows >= answers.acknowledged && failed.is_none()).count();
    ensure!(whole >= 3, "expected three stores to be read: {reads:?}");
    Ok(())
}

fn marks(history: &History, index: usize) -> Vec<&'static str> {
    let word = |mark: &Mark| match mark {
        Mark::Target { .. } => "target",
        Mark::InjectIssued => "inject issued",
        Mark::EffectSeen { .. } => "effect seen",
        Mark::Void { .. } => "void",
        Mark::StillThere { .. } => "still there",
        Mark::EndedEarly { .. } => "ended early",
        Mark::HealIssued => "heal issued",
        Mark::HealConfirmed => "heal confirmed",
        Mark::HealFailed { .. } => "heal failed",
        Mark::Gone => "gone",
        Mark::Restored { .. } => "restored",
    };
    let marks = history.iter().filter_map(|seen| match &seen.fact {
        Fact::Window { window, mark } if *window == index => Some(word(mark)),
        _ => None,
    });
    marks.filter(|word| *word != "restored").collect()
}

/// Whether a detector said that `service` was down between effect and heal of a window.
fn down_during(history: &History, index: usize, service: &str) -> bool {
    let at = |wanted: fn(&Mark) -> bool| {
        let found = history
            .iter()
            .position(|seen| matches!(&seen.fact, Fact::Window { window, mark } if *window == index && wanted(mark)));
        found.unwrap_or(history.len())
    };
    let effect = at(|mark| matches!(mark, Mark::EffectSeen { .. }));
    let heal = at(|mark| *mark == Mark::HealIssued);
    let during = history.get(effect..heal).unwrap_or_default();
    during.iter().any(|seen| matches!(&seen.fact, Fact::Detector { service: node, up: false, .. } if node == service))
}
