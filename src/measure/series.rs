//! History → values over time, for charts.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::history::{Outcome, ProbeKind};
use crate::settings::millis;

use super::behind::missed;
use super::charted::{moment, used_share};
use super::facts::Facts;
use super::figures::{ErrorClassName, class_name};
use super::intervals::{Ended, Intervals};
use super::latency::{in_ms, nearest_rank};
use super::probes::Probe;
use super::thin;
use super::usage::{self, Work};

/// Values over time, for charts. A list of more than 10 000 points is thinned out: of each of 3000 spans of equal length
/// the lowest and the highest value stay, and of probes the fastest and the slowest success and a failure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Student requests that ended in each second, counted from the class's start.
    pub seconds: Vec<Second>,
    /// Student requests by the interval in which they ended.
    #[serde(default)]
    pub intervals: Intervals,
    /// Entry probes, each as (intended ms, latency ms, ok).
    pub entry_probes: Vec<(u64, f64, bool)>,
    /// How many probes each of `entry_probes` stands for; empty when each stands for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry_probe_counts: Vec<u32>,
    /// Write probes through the balancer, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_probes: Vec<(u64, f64, bool)>,
    /// How many probes each of `write_probes` stands for; empty when each stands for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_probe_counts: Vec<u32>,
    /// Changes of mind of detectors: (ms, detector, service, up); null when it judges the node no longer.
    pub detectors: Vec<(u64, String, String, Option<bool>)>,
    /// Who accepts writes: (ms, role, service, whether it does from then on).
    pub primaries: Vec<(u64, String, String, bool)>,
    /// Transactions that a database was behind the furthest one, by service: (ms, transactions).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub behind: BTreeMap<String, Vec<(u64, u64)>>,
    /// Memory by service: (ms, used bytes, limit bytes).
    pub memory: BTreeMap<String, Vec<(u64, u64, u64)>>,
    /// Level by volume: (ms, used share).
    pub levels: BTreeMap<String, Vec<(u64, f64)>>,
    /// How much services and nodes had to do.
    #[serde(default, skip_serializing_if = "Work::is_empty")]
    pub work: Work,
}

/// One second of student requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Second {
    /// Successes that ended in it.
    pub ok: u64,
    /// Failures that ended in it, by class.
    pub failed: BTreeMap<ErrorClassName, u64>,
    /// Median time to a page, in milliseconds.
    pub ms_p50: Option<f64>,
    /// 95th percentile.
    pub ms_p95: Option<f64>,
    /// Students at work: between their first and last action.
    pub active: u64,
}

/// A chart shows at most a day; a later stamp is no time of this run.
const SECONDS_MAX: usize = 86_400;

/// The series of a run.
pub fn series(facts: &Facts) -> Series {
    let ms = |moment: Stamp| millis::count(facts.offset(moment));
    let point = |probe: &Probe| (ms(probe.intended), in_ms(probe.took()), !probe.failed);
    let probes = |kind| {
        let path = facts.probes.through_balancer(kind);
        thin::probes(path.map_or(&[][..], |path| &path.probes), point)
    };
    let (entry_probes, entry_probe_counts) = probes(ProbeKind::Entry);
    let (write_probes, write_probe_counts) = probes(ProbeKind::Write);
    let changes = facts.changes.iter();
    let primaries = facts.charted.primaries.iter();
    let memory = facts.charted.memory.iter().map(|(service, samples)| {
        let samples = thin::extremes(samples, moment, used_share);
        (service.clone(), samples.iter().map(|(at, (used, limit))| (ms(*at), *used, *limit)).collect())
    });
    let levels = facts.charted.levels.iter().map(|(volume, samples)| {
        let samples = thin::extremes(samples, moment, |sample| sample.1);
        (volume.clone(), samples.iter().map(|(at, used)| (ms(*at), *used)).collect())
    });
    let behind = facts.charted.behind.by_service().map(|(service, samples)| {
        let samples = thin::extremes(samples, moment, missed);
        (service.clone(), samples.iter().map(|(at, missed)| (ms(*at), *missed)).collect())
    });
    let intervals = intervals(facts);
    Series {
        seconds: seconds(facts),
        work: usage::work(facts, &intervals),
        intervals,
        entry_probes,
        entry_probe_counts,
        write_probes,
        write_probe_counts,
        detectors: changes
            .map(|change| (ms(change.at), change.detector.to_string(), change.service.to_string(), change.up))
            .collect(),
        primaries: primaries.map(|(at, role, service, does)| (ms(*at), role.clone(), service.clone(), *does)).collect(),
        behind: behind.collect(),
        memory: memory.collect(),
        levels: levels.collect(),
    }
}

/// Student requests by the interval in which they ended.
fn intervals(facts: &Facts) -> Intervals {
    let day = Duration::from_secs(SECONDS_MAX as u64);
    let ended = facts.requests.iter().map(|request| Ended {
        step: request.step,
        at: facts.offset(request.end),
        took: request.outcome.is_success().then(|| request.end - request.intended),
        node: request.node.as_deref(),
    });
    let of_run = || ended.clone().filter(|one| one.at < day);
    Intervals::of(of_run().map(|one| one.at).max().unwrap_or_default(), of_run())
}

/// Student requests by the second in which they ended.
fn seconds(facts: &Facts) -> Vec<Second> {
    let index = |moment: Stamp| usize::try_from(facts.offset(moment).as_secs()).unwrap_or(usize::MAX);
    let length = facts.requests.iter().map(|request| index(request.end).saturating_add(1)).max().unwrap_or_default();
    let mut seconds = vec![Second::default(); length.min(SECONDS_MAX)];
    // In few bytes, for a long run has many: the second of each success, and how long it took in microseconds.
    let mut times: Vec<(usize, u32)> = Vec::new();
    let mut active: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for request in &facts.requests {
        let end = index(request.end);
        let Some(second) = seconds.get_mut(end) else { continue };
        match &request.outcome {
            Outcome::Success => {
                second.ok += 1;
                let took = (request.end - request.intended).as_micros();
                times.push((end, u32::try_from(took).unwrap_or(u32::MAX)));
            }
            Outcome::Failed(class) => *second.failed.entry(class_name(class)).or_default() += 1,
        }
        let span = active.entry(&request.student).or_insert((index(request.intended), end));
        span.1 = span.1.max(end);
    }
    for (from, to) in active.into_values() {
        seconds[from.min(to)..=to].iter_mut().for_each(|second| second.active += 1);
    }
    times.sort_unstable();
    for of_one in times.chunk_by(|one, other| one.0 == other.0) {
        let Some(second) = of_one.first().and_then(|(index, _)| seconds.get_mut(*index)) else { continue };
        let ms = |share| nearest_rank(of_one, share).map(|(_, micros)| in_ms(Duration::from_micros(micros.into())));
        (second.ms_p50, second.ms_p95) = (ms(0.5), ms(0.95));
    }
    seconds
}
