//! How long detectors take to call a killed, a crashed and a frozen node down, against what their configuration predicts.
//! Measurements, not tests of a speed: by hand, on a quiet machine, each about four minutes,
//!
//! ```sh
//! cargo test --test docker detection -- --ignored --nocapture --test-threads 1
//! ```
//!
//! Injecting, watching, measuring and predicting are the program's own. The table, with its date: compose/README.md.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use wwchaos::clock::Stamp;
use wwchaos::fault;
use wwchaos::history::{Fact, Observation, Recorder};
use wwchaos::lease::Journal;
use wwchaos::measure::{Detection, WindowFigures, measure};
use wwchaos::plan::{Plan, Target, Window};
use wwchaos::predict::Prediction;
use wwchaos::run::{configuration, healing, windows};
use wwchaos::settings::{Values, duration_text};
use wwchaos::topology::{Detector, Topology};
use wwchaos::watch;

use crate::engine::{alone, engine};
use crate::place::{Draft, Place};

/// So that faults hit every moment between two checks alike.
const JITTER_MS: u64 = 5_000;

/// Six nodes are hit at the same time, two by each fault, with twelve balancers of different settings watching.
#[tokio::test]
#[ignore = "a measurement of four minutes on a quiet machine"]
async fn detection_by_balancers_with_settings_of_their_own() -> Result<()> {
    let service = |name: &str| Target::Service { service: name.to_owned() };
    let series = |name, fault| Series { target: service(name), fault, rounds: 5, hold: secs(28), rest: secs(15) };
    let victims = [("web1", "kill"), ("web2", "kill"), ("web3", "crash"), ("web4", "crash"), ("web5", "freeze")];
    let victims = victims.into_iter().chain([("web6", "freeze")]);
    measured("detection", victims.map(|(name, fault)| series(name, fault)).collect(), Wanted::AsPredicted).await
}

#[tokio::test]
#[ignore = "a measurement of five minutes on a quiet machine"]
async fn detection_of_a_killed_primary() -> Result<()> {
    measured("two-node", vec![primary("kill", secs(8))], Wanted::AsPredicted).await
}

#[tokio::test]
#[ignore = "a measurement of five minutes on a quiet machine"]
async fn detection_of_a_frozen_primary() -> Result<()> {
    measured("two-node", vec![primary("freeze", secs(8))], Wanted::AsPredicted).await
}

#[tokio::test]
#[ignore = "a measurement of five minutes on a quiet machine"]
async fn detection_of_a_primary_whose_server_crashed() -> Result<()> {
    measured("two-node", vec![primary("crash", secs(14))], Wanted::NotModelled).await
}

/// Injections of one fault, one after the other.
struct Series {
    target: Target,
    fault: &'static str,
    rounds: u32,
    /// Longer than any detector needs that notices at all.
    hold: Duration,
    /// From one injection's end to the next, if healing takes no longer.
    rest: Duration,
}

/// What every window must come to, by every detector that watches its target. A void window comes to nothing.
#[derive(Clone, Copy)]
enum Wanted {
    /// What was measured is as predicted.
    AsPredicted,
    /// It was detected, and the prediction says that it is not modelled.
    NotModelled,
}

impl Wanted {
    fn is_met(self, window: &WindowFigures) -> bool {
        let expected = window.expected_detections.first();
        expected.is_some_and(|expected| match self {
            Self::AsPredicted => expected.agrees == Some(true),
            Self::NotModelled => {
                matches!(expected.prediction, Prediction::NotModelled { .. })
                    && matches!(window.detection, Detection::After { .. })
            }
        })
    }
}

/// What was done in a series.
struct Done {
    fault: &'static str,
    target: Target,
    plan: Plan,
    marks: Vec<Observation>,
}

fn primary(fault: &'static str, hold: Duration) -> Series {
    Series { target: Target::Primary { role: "db".to_owned() }, fault, rounds: 10, hold, rest: secs(22) }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

async fn measured(scenario: &str, series: Vec<Series>, wanted: Wanted) -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _alone = alone().await;
    let draft = Draft::new(engine, scenario).await?;
    let (plan, topology) = (draft.plan().clone(), draft.topology().clone());
    let place = draft.up().await?;
    let stop = CancellationToken::new();
    let (recorder, watched) = Recorder::channel();
    let mut watchers = watch::start(&place.cluster, &recorder, &stop);
    configuration::read(&place.cluster, &recorder).await;
    let zero = Stamp::now() + secs(3);
    let series = series.into_iter().enumerate();
    let done = join_all(series.map(|(seed, series)| drive(&place, &plan, seed as u64, series, zero))).await;
    stop.cancel();
    while watchers.join_next().await.is_some() {}
    drop(recorder);
    let ended = place.end().await;
    let otherwise = print(&topology, &all(watched), done.into_iter().collect::<Result<Vec<_>>>()?, wanted);
    ensure!(otherwise.is_empty(), "not every window came to what it must: {}", otherwise.join(", "));
    ended
}

async fn drive(place: &Place, plan: &Plan, seed: u64, series: Series, zero: Stamp) -> Result<Done> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let windows = (0..series.rounds).map(|round| {
        let jitter = Duration::from_millis(random.random_range(0..JITTER_MS));
        let start = (series.hold + series.rest) * round + jitter;
        Window {
            fault: series.fault.to_owned(),
            values: Values::defaults(&fault::kind(series.fault).map(|kind| (kind.settings)()).unwrap_or_default()),
            written: String::new(),
            target: series.target.clone(),
            also: Vec::new(),
            start,
            end: start + series.hold,
            submissions: 0,
            expect: plan.expect.clone(),
        }
    });
    let plan = Plan { windows: windows.collect(), deadline: secs(3600), ..plan.clone() };
    let (recorder, marks) = Recorder::channel();
    recorder.record(Fact::LoadStarted { zero });
    let journal = Journal::nowhere();
    let driven =
        windows::drive(&plan, place.cluster.as_ref(), (&recorder, &journal), zero, &CancellationToken::new()).await;
    let unhealed = healing::heal_again(place.cluster.as_ref(), (&recorder, &journal), driven).await;
    ensure!(unhealed.is_empty(), "not healed: {unhealed:?}");
    recorder.record(Fact::LoadEnded { complete: true, why: None });
    drop(recorder);
    Ok(Done { fault: series.fault, target: series.target, plan, marks: all(marks) })
}

fn all(mut receiver: UnboundedReceiver<Observation>) -> Vec<Observation> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// One line for each detector and each fault of what it watches, in Markdown. Each detector is measured as if it were the
/// only one. Where not every window comes to what is wanted, which detector and fault; and any series that nobody watched.
fn print(topology: &Topology, seen: &[Observation], done: Vec<Done>, wanted: Wanted) -> Vec<String> {
    let unwatched = done.iter().filter(|done| !topology.detectors.iter().any(|one| done.is_watched(topology, one)));
    let mut otherwise: Vec<_> = unwatched.map(|done| format!("{} by nobody", done.fault)).collect();
    println!("| detector | fault | predicted, s | measured, s: least, median, most | n | as predicted | settings |");
    println!("|---|---|---|---|---|---|---|");
    for detector in &topology.detectors {
        let only = Topology { detectors: vec![detector.clone()], ..topology.clone() };
        let mut windows: BTreeMap<&str, Vec<WindowFigures>> = BTreeMap::new();
        for done in done.iter().filter(|done| done.is_watched(topology, detector)) {
            let mut history: Vec<_> = done.marks.iter().chain(seen).cloned().collect();
            history.sort_by_key(|observation| observation.at);
            let figures = measure(&done.plan, &only, history.iter().cloned().collect()).windows;
            windows.entry(done.fault).or_default().extend(figures);
        }
        for (fault, windows) in &windows {
            println!("| {} | {fault} | {}", detector.name, line(windows));
            let met = windows.iter().filter(|window| wanted.is_met(window)).count();
            if met < windows.len() {
                otherwise.push(format!("{fault} by {}: {met} of {}", detector.name, windows.len()));
            }
        }
    }
    otherwise
}

impl Done {
    /// Whether `detector` watches the role of what was hit.
    fn is_watched(&self, topology: &Topology, detector: &Detector) -> bool {
        let role = match &self.target {
            Target::Service { service } => topology.role_of(service).map(|(role, _)| role),
            Target::Primary { role } | Target::Replica { role, .. } => Some(role.as_str()),
            Target::Volume { .. } => None,
        };
        role == Some(detector.watches.as_str())
    }
}

/// Windows whose time to detect is as predicted, or is not.
fn agreeing(windows: &[WindowFigures], wanted: bool) -> usize {
    let expected = windows.iter().filter_map(|window| window.expected_detections.first());
    expected.filter(|expected| expected.agrees == Some(wanted)).count()
}

fn line(windows: &[WindowFigures]) -> String {
    let mut times = Vec::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for window in windows {
        match &window.detection {
            Detection::After { time, .. } => times.push(time.as_secs_f64()),
            Detection::Never { .. } => *others.entry("never".to_owned()).or_default() += 1,
            other => *others.entry(format!("{other:?} {:?}", window.void)).or_default() += 1,
        }
    }
    times.sort_by(f64::total_cmp);
    let found = times.first().map(|least| {
        let middle = f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2]);
        format!("{least:.2}, {middle:.2}, {:.2}", times[times.len() - 1])
    });
    let others = others.iter().map(|(what, count)| format!("{what} ({count})"));
    let measured: Vec<_> = found.into_iter().chain(others).collect();
    let expected = windows.iter().find_map(|window| window.expected_detections.first());
    let (predicted, settings) = match expected.map(|expected| &expected.prediction) {
        Some(Prediction::Within { from, to, settings }) => {
            (format!("{} to {}", from.as_secs_f64(), to.as_secs_f64()), settings.clone())
        }
        Some(Prediction::Never { change, gives, .. }) => {
            let gives = gives.map(|gain| format!("{} to {}", duration_text(gain.from), duration_text(gain.to)));
            ("never".to_owned(), format!("{change}: {}", gives.unwrap_or_default()))
        }
        Some(Prediction::NotModelled { why }) => ("not modelled".to_owned(), why.clone()),
        None => ("nothing".to_owned(), String::new()),
    };
    let (yes, no) = (agreeing(windows, true), agreeing(windows, false));
    format!("{predicted} | {} | {} | {yes} of {} | {settings} |", measured.join("; "), windows.len(), yes + no)
}
