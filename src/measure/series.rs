//! History → values over time, for charts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::history::{Fact, Outcome, ProbeKind};

use super::facts::Facts;
use super::figures::{ErrorClassName, class_name};
use super::latency::{in_ms, nearest_rank};

/// Values over time, for charts. Each entry covers one second from `index` seconds after the class's start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Student requests that ended in the second.
    pub seconds: Vec<Second>,
    /// Entry probes, each as (intended ms, latency ms, ok).
    pub entry_probes: Vec<(u64, f64, bool)>,
    /// Changes of mind of detectors: (ms, detector, service, up).
    pub detectors: Vec<(u64, String, String, bool)>,
    /// Who accepts writes: (ms, role, service, whether it does from then on).
    pub primaries: Vec<(u64, String, String, bool)>,
    /// Memory by service: (ms, used bytes, limit bytes).
    pub memory: BTreeMap<String, Vec<(u64, u64, u64)>>,
    /// Level by volume: (ms, used share).
    pub levels: BTreeMap<String, Vec<(u64, f64)>>,
}

/// One second of student requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
pub fn series(facts: &Facts<'_>) -> Series {
    let ms = |moment: Stamp| u64::try_from(facts.offset(moment).as_millis()).unwrap_or(u64::MAX);
    let probes = facts.probes.iter().filter(|probe| probe.kind == ProbeKind::Entry);
    let mut series = Series {
        seconds: seconds(facts),
        entry_probes: probes
            .map(|probe| (ms(probe.intended), in_ms(probe.end - probe.intended), !facts.failed(probe)))
            .collect(),
        detectors: facts
            .changes
            .iter()
            .map(|change| (ms(change.at), change.detector.to_owned(), change.service.to_owned(), change.up))
            .collect(),
        ..Series::default()
    };
    for observation in &facts.charted {
        let at = ms(observation.at);
        match &observation.fact {
            Fact::Primary { role, service, writable } => {
                series.primaries.push((at, role.clone(), service.clone(), *writable));
            }
            Fact::Memory { service, used_bytes, limit_bytes } => {
                series.memory.entry(service.clone()).or_default().push((at, *used_bytes, *limit_bytes));
            }
            Fact::Level { volume, used_share, .. } => {
                series.levels.entry(volume.clone()).or_default().push((at, *used_share));
            }
            _ => {}
        }
    }
    series
}

/// Student requests by the second in which they ended.
fn seconds(facts: &Facts<'_>) -> Vec<Second> {
    let index = |moment: Stamp| usize::try_from(facts.offset(moment).as_secs()).unwrap_or(usize::MAX);
    let length = facts.requests.iter().map(|request| index(request.end).saturating_add(1)).max().unwrap_or_default();
    let mut seconds = vec![Second::default(); length.min(SECONDS_MAX)];
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); seconds.len()];
    let mut active: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for request in &facts.requests {
        let end = index(request.end);
        let (Some(second), Some(times)) = (seconds.get_mut(end), times.get_mut(end)) else { continue };
        match &request.outcome {
            Outcome::Success => {
                second.ok += 1;
                times.push(request.end - request.intended);
            }
            Outcome::Failed(class) => *second.failed.entry(class_name(class)).or_default() += 1,
        }
        let span = active.entry(&request.student).or_insert((index(request.intended), end));
        span.1 = span.1.max(end);
    }
    for (from, to) in active.into_values() {
        seconds[from.min(to)..=to].iter_mut().for_each(|second| second.active += 1);
    }
    for (second, mut times) in seconds.iter_mut().zip(times) {
        times.sort_unstable();
        second.ms_p50 = nearest_rank(&times, 0.5).map(in_ms);
        second.ms_p95 = nearest_rank(&times, 0.95).map(in_ms);
    }
    seconds
}
