//! The own scenarios of the forum's clusters, run by the real binary: each shows what it is there to show, and passes or fails for that
//! reason alone. What compose/*/measured.md says of a run is what is held here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use wwchaos::check::Judgement;
use wwchaos::exit;
use wwchaos::library::Library;
use wwchaos::measure::{CapacityRestored, Detection, Failover};
use wwchaos::report::Report;

use crate::convict::{Case, FAIL, hold, window};
use crate::engine::{alone, engine};

/// Longest time that a run may take: the longest is planned for 10 minutes.
const RUN: Duration = Duration::from_secs(900);

/// The clusters, and for each the test that runs its cases; the name of an own scenario begins with that of its cluster.
macro_rules! clusters {
    ($($test:ident $cluster:literal $ignored:literal,)*) => {
        const CLUSTERS: &[&str] = &[$($cluster),*];
        $(
            #[tokio::test]
            #[ignore = $ignored]
            async fn $test() -> Result<()> {
                all_of($cluster).await
            }
        )*
    };
}

clusters! {
    gage "gage" "7 minutes; `make forum`",
    metts "metts" "45 minutes; `make forum`",
    lounds "lounds" "20 minutes; `make forum`",
    tony_box "box" "20 minutes; `make forum`",
    glin "glin" "15 minutes; `make forum`",
}

const CASES: &[Case] = &[
    // The web server, the database, the machine: nothing takes over.
    passes("gage-restart", |report| (0..3).try_for_each(|number| until_heal(report, number))),
    // Two checks, 30 s apart.
    passes("metts-check", |report| detected_after(report, 0, Duration::from_secs(30))),
    // As long as is configured, at least.
    passes("metts-database", |report| match window(report, 0)?.failover_write {
        Failover::After { time, .. } if time >= Duration::from_secs(40) => Ok(()),
        ref other => bail!("{other:?}"),
    }),
    fails("metts-files", &[('W', "failover_time", FAIL)], |report| {
        until_heal(report, 0)?;
        detected_after(report, 1, Duration::from_secs(30))
    }),
    // Two checks, 30 s apart.
    passes("metts-local", |report| detected_after(report, 0, Duration::from_secs(30))),
    passes("metts-slow", |report| {
        let slow = |number: usize| -> Result<f64> {
            let requests = window(report, number)?.requests.as_ref().context("no request")?;
            requests.latency.ms_p95.context("no latency")
        };
        let before = report.figures.baseline.requests.latency.ms_p95.context("no latency before")?;
        let (late, narrow) = (slow(0)?, slow(1)?);
        ensure!(late > 3.0 * before && narrow > 3.0 * before, "{before} ms before, {late} and {narrow} ms");
        Ok(())
    }),
    passes("lounds-quorum", |report| until_heal(report, 0)),
    fails("lounds-myisam", &[('W', "failover_time", FAIL)], |report| until_heal(report, 0)),
    Case {
        follow: &[("lost_answers", FAIL)],
        ..fails("lounds-crashes", &[('R', "lost_answers", FAIL)], |report| {
            ensure!(report.figures.answers.lost > 0, "{:?}", report.figures.answers);
            Ok(())
        })
    },
    // Rows without any key.
    passes("lounds-keys", |report| dearer(report, ("update_ms", "none"), 3.0)),
    fails("box-files-frozen", &[('W', "failover_time", FAIL)], |report| until_heal(report, 0)),
    fails("box-lying-check", &[('W', "time_to_detect", FAIL)], |report| never_detected(report, 0)),
    passes("box-replaced", replaced),
    passes("box-two-dropped", replaced),
    fails("glin-oom", &[('W', "time_to_detect", FAIL)], |report| never_detected(report, 0)),
    // A file on Gluster.
    passes("glin-library", |report| dearer(report, ("create_ms", "gluster"), 3.0)),
    passes("glin-brick-killed", |_| Ok(())),
];

const fn passes(scenario: &'static str, said: fn(&Report) -> Result<()>) -> Case {
    Case { scenario, code: exit::PASS, convicts: &[], follow: &[], said }
}

const fn fails(
    scenario: &'static str,
    convicts: &'static [(char, &'static str, Judgement)],
    said: fn(&Report) -> Result<()>,
) -> Case {
    Case { scenario, code: exit::FAIL, convicts, follow: &[], said }
}

/// Scenarios without a case.
const NO_CASE: &[(&str, &str)] = &[
    (
        "glin-brick-frozen",
        "the one run that is told had other clusters beside it: what it must show is not known well enough",
    ),
    ("glin-split", "run once: whether the log is unread or lines of it are missing may differ"),
];

#[test]
fn every_scenario_of_a_topologys_own_has_a_case() {
    let library = Library::default();
    let topologies = library.topologies();
    let own = |name: &String| topologies.iter().any(|topology| is_of(topology, name));
    let names: BTreeSet<_> = library.scenarios().into_iter().filter(own).collect();
    let run = names.iter().filter(|name| !CLUSTERS.iter().any(|cluster| is_of(cluster, name)));
    assert_eq!(run.collect::<Vec<_>>(), Vec::<&String>::new(), "no test runs these");
    let cases = CASES.iter().map(|case| case.scenario).chain(NO_CASE.iter().map(|(name, _)| *name));
    assert_eq!(cases.map(str::to_owned).collect::<BTreeSet<_>>(), names);
}

fn is_of(cluster: &str, scenario: &str) -> bool {
    scenario.strip_prefix(cluster).is_some_and(|rest| rest.starts_with('-'))
}

/// One after the other; what was wrong with any of them.
async fn all_of(cluster: &str) -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let mut wrong = Vec::new();
    for case in CASES.iter().filter(|case| is_of(cluster, case.scenario)) {
        if let Err(error) = hold(case, Path::new(env!("CARGO_MANIFEST_DIR")), RUN).await {
            wrong.push(format!("{error:#}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

/// Pages did not come back before heal.
fn until_heal(report: &Report, number: usize) -> Result<()> {
    let failover = &window(report, number)?.failover;
    ensure!(matches!(failover, Failover::DidNot { .. }), "window {number}: {failover:?}");
    Ok(())
}

/// Whoever is responsible noticed, and no sooner than that.
fn detected_after(report: &Report, number: usize, least: Duration) -> Result<()> {
    let detection = &window(report, number)?.detection;
    ensure!(matches!(detection, Detection::After { time, .. } if *time >= least), "window {number}: {detection:?}");
    Ok(())
}

fn never_detected(report: &Report, number: usize) -> Result<()> {
    let detection = &window(report, number)?.detection;
    ensure!(matches!(detection, Detection::Never { .. }), "window {number}: {detection:?}");
    Ok(())
}

/// Another node took the place of a lost one.
fn replaced(report: &Report) -> Result<()> {
    let restored = &window(report, 0)?.capacity_restored;
    ensure!(matches!(restored, CapacityRestored::After { replaces: true, .. }), "{restored:?}");
    Ok(())
}

/// What was timed as `name` takes at least so many times as long at `place` as at the best.
fn dearer(report: &Report, (name, place): (&str, &str), times: f64) -> Result<()> {
    let values = report.figures.timings.iter().flat_map(|timing| &timing.values).filter(|value| value.name == name);
    let mut places = values.flat_map(|value| &value.places).filter(|timed| timed.place == place);
    ensure!(places.any(|timed| timed.times.is_some_and(|found| found >= times)), "{:?}", report.figures.timings);
    Ok(())
}
