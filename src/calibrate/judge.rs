//! Figures and truth → what the measurement is off by: pure. No length is measured here; the figure is the failover time
//! as [`measure`](crate::measure) gives it for any run.

use std::time::Duration;

use serde::Serialize;

use super::kind::{KINDS, Kind, Truth};
use super::stall::Recovered;
use crate::clock::Stamp;
use crate::history::{Fact, Observation, ProbeKind};
use crate::measure::{Failover, Figures, in_ms, nearest_rank};

/// Allowed beside the time between two probes.
const SLACK: Duration = Duration::from_millis(20);
/// One outage of so many may be beyond the goal.
const ONE_OF: usize = 100;

/// What a calibration found. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Where every drawn number comes from.
    pub seed: u64,
    /// Time between two probes.
    pub resolution_ms: f64,
    /// A probe fails after this time.
    pub limit_ms: f64,
    /// The most that a failover time may be off by: one resolution and 20 ms.
    pub goal_ms: f64,
    /// The class beside the outages.
    pub class: Beside,
    /// By kind, and of all (`kind` is null).
    pub kinds: Vec<Row>,
    /// Each outage, in order of time.
    pub outages: Vec<Measured>,
    /// Each known stall.
    pub stalls: Vec<Recovered>,
    /// Whether 99 of 100 outages, and every stall, are within the goal.
    pub met: bool,
}

/// The class at work beside the outages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Beside {
    /// How many.
    pub students: u32,
    /// What they asked.
    pub requests: u64,
    /// What of it failed.
    pub failed: u64,
    /// What of it was sent more than 250 ms late.
    pub late: u64,
    /// Requests a second, from the first outage to the end of the last.
    pub per_second: f64,
}

/// One outage as measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// How the service was away.
    pub kind: Kind,
    /// When, from the class's start.
    pub at_ms: f64,
    /// How long it was away.
    pub length_ms_true: f64,
    /// Its failover time; none when the measurement gave none.
    pub length_ms_measured: Option<f64>,
    /// Measured less true.
    pub error_ms: Option<f64>,
    /// How late the prober sent the probe that ended it. One that is due before the true end and sent after it makes the
    /// outage shorter by at most this.
    pub late_ms: Option<f64>,
    /// Whether the error is within the goal.
    pub within: bool,
}

/// The outages of one kind, or all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The kind; none for all.
    pub kind: Option<Kind>,
    /// How many.
    pub outages: usize,
    /// How many of them are within the goal.
    pub within: usize,
    /// Median (nearest rank) of measured less true, of those that were measured.
    pub error_ms_median: Option<f64>,
    /// The least.
    pub error_ms_min: Option<f64>,
    /// The most.
    pub error_ms_max: Option<f64>,
}

/// A run of outages, measured.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Students beside them, and where every drawn number came from.
    pub order: (u32, u64),
    /// Offset zero of the figures.
    pub zero: Stamp,
    /// What was recorded.
    pub history: &'a [Observation],
    /// What `measure` made of it.
    pub figures: &'a Figures,
    /// What the outages really were.
    pub truths: &'a [Truth],
}

/// What the outages of `run`, and `stalls`, come to.
pub fn judge(run: &Run<'_>, stalls: Vec<Recovered>) -> Calibration {
    let Run { order: (students, seed), figures, truths, .. } = *run;
    let setting = figures.probes.iter().find(|setting| setting.kind == ProbeKind::Entry);
    let (resolution, limit) = setting.map(|setting| (setting.resolution, setting.limit)).unwrap_or_default();
    let goal = resolution + SLACK;
    let outages: Vec<Measured> = (0..).zip(truths).map(|(index, truth)| measured(run, index, truth, goal)).collect();
    let kinds = KINDS.iter().copied().map(Some).chain([None]);
    let kinds = kinds.map(|kind| row(kind, &outages)).filter(|row| row.outages > 0).collect();
    let beyond = outages.iter().filter(|outage| !outage.within).count();
    let met = beyond <= outages.len() / ONE_OF && stalls.iter().all(|stall| stall.within);
    let class = beside(figures, truths, students);
    Calibration {
        seed,
        resolution_ms: in_ms(resolution),
        limit_ms: in_ms(limit),
        goal_ms: in_ms(goal),
        class,
        kinds,
        outages,
        stalls,
        met,
    }
}

fn measured(run: &Run<'_>, index: usize, truth: &Truth, goal: Duration) -> Measured {
    let window = run.figures.windows.get(index);
    let length = truth.to - truth.from;
    let found = match window.map(|window| &window.failover) {
        Some(Failover::After { time, .. }) => Some(*time),
        _ => None,
    };
    let effect = window.and_then(|window| window.timeline.effect).unwrap_or_default();
    Measured {
        kind: truth.kind,
        at_ms: in_ms(effect),
        length_ms_true: in_ms(length),
        length_ms_measured: found.map(in_ms),
        error_ms: found.map(|found| in_ms(found) - in_ms(length)),
        late_ms: window.and_then(|window| window.timeline.route).and_then(|route| late(run, route)).map(in_ms),
        within: found.is_some_and(|found| found.abs_diff(length) <= goal),
    }
}

/// How late the prober sent the probe that was due at `offset`.
fn late(run: &Run<'_>, offset: Duration) -> Option<Duration> {
    let due = run.zero + offset;
    run.history.iter().find_map(|observation| match &observation.fact {
        Fact::Probe(probe) if probe.intended == due => Some(probe.sent - probe.intended),
        _ => None,
    })
}

fn row(kind: Option<Kind>, outages: &[Measured]) -> Row {
    let chosen = || outages.iter().filter(|outage| kind.is_none_or(|kind| kind == outage.kind));
    let mut errors: Vec<f64> = chosen().filter_map(|outage| outage.error_ms).collect();
    errors.sort_by(f64::total_cmp);
    Row {
        kind,
        outages: chosen().count(),
        within: chosen().filter(|outage| outage.within).count(),
        error_ms_median: nearest_rank(&errors, 0.5),
        error_ms_min: errors.first().copied(),
        error_ms_max: errors.last().copied(),
    }
}

fn beside(figures: &Figures, truths: &[Truth], students: u32) -> Beside {
    let asked = &figures.requests;
    let (first, retries) = (asked.first_tries, asked.retries);
    let whole = truths.first().zip(truths.last()).map(|(first, last)| last.to - first.from).unwrap_or_default();
    let from = figures.windows.first().and_then(|window| window.timeline.effect).unwrap_or_default();
    let place = |span: Duration| usize::try_from(span.as_secs()).unwrap_or(usize::MAX);
    let during = figures.series.seconds.iter().skip(place(from)).take(place(whole).max(1));
    let seconds = during.clone().count().max(1);
    let count: u64 = during.map(|second| second.ok + second.failed.values().sum::<u64>()).sum();
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let per_second = count as f64 / seconds as f64;
    Beside {
        students,
        requests: first.total + retries.total,
        failed: first.failed + retries.failed,
        late: asked.late,
        per_second,
    }
}

#[cfg(test)]
mod tests;
