//! End to end through the real binary: a class, faults, exit code, report, history, audit, and nothing left.

use anyhow::{Context, Result, ensure};
use wwchaos::check::Judgement;
use wwchaos::exit;
use wwchaos::history::History;
use wwchaos::measure::Detection;

use crate::engine::{engine, half};
use crate::program::Program;
use crate::run::{RUN, audited, down_during, marks, report, scenario};

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
