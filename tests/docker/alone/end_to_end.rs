//! The same class and freeze under two checks, by the real binary, at one time.

use anyhow::{Context, Result, ensure};
use wwchaos::exit;
use wwchaos::history::{Fact, History};
use wwchaos::measure::Detection;
use wwchaos::predict::Prediction;
use wwchaos::report::Report;

use crate::engine::{alone, engine};
use crate::program::Program;
use crate::run::{RUN, audited, down_during, report, scenario};

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
