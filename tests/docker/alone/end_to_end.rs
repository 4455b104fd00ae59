//! End to end through the real binary: a class, faults, exit code, report, history, audit, and nothing left.

use anyhow::{Context, Result, ensure};
use wwchaos::check::Judgement;
use wwchaos::exit;
use wwchaos::history::{Fact, History, Mark};
use wwchaos::measure::Detection;
use wwchaos::predict::Prediction;
use wwchaos::report::Report;

use crate::engine::{alone, engine, half};
use crate::program::Program;
use crate::run::{RUN, marks, report, scenario};

#[tokio::test]
async fn a_class_meets_a_kill_and_a_freeze_and_loses_no_answer() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _half = half().await;
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
    during
        .iter()
        .any(|seen| matches!(&seen.fact, Fact::Detector { service: node, up: Some(false), .. } if node == service))
}
