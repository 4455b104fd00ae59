//! The figures of one window in every sitting → median and range.
//!
//! Median and range are those of an order, not of numbers: an outage that did not end is longer than any that did, and
//! a detector that never spoke is slower than any that did; a service that was not seen to recover took longer than any
//! that was. The median is the nearest rank, so it is always a figure that was measured. Void windows, windows that were cut
//! short, and figures that could not be measured, are left out; `of` says how many are in.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Window};
use crate::settings::millis;

use super::cases::{Answers, lost_share_upper_bound};
use super::detected::{Blind, Detection};
use super::figures::{Count, Latency, Requests, WindowFigures};
use super::latency::nearest_rank;
use super::outage::{Failover, Recovery};
use super::requests::as_count;

/// One window of the scenario over all sittings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Fault and target as written, for example `freeze web.any`.
    pub title: String,
    /// The windows, by their index.
    pub windows: Vec<usize>,
    /// Share of first tries that failed.
    pub error_rate: Option<Range<f64>>,
    /// Share of students with an error.
    pub students_hit: Option<Range<f64>>,
    /// 95th percentile of the time to a page.
    #[serde(default)]
    pub page_p95_ms: Option<Range<u64>>,
    /// 99th percentile of the time to a page.
    #[serde(default)]
    pub page_p99_ms: Option<Range<u64>>,
    /// Failover time of pages.
    pub failover: Option<Range<Failover>>,
    /// Failover time of writes.
    pub failover_write: Option<Range<Failover>>,
    /// Time to detect.
    pub detection: Option<Range<Detection>>,
    /// Blind time.
    pub blind: Option<Range<Blind>>,
    /// Time in which no entry probe succeeded.
    pub unavailable_ms: Option<Range<u64>>,
    /// Time in which some failed and some succeeded.
    pub degraded_ms: Option<Range<u64>>,
    /// Time weighted by the share of failed entry probes.
    #[serde(default)]
    pub weighted_ms: Option<Range<u64>>,
    /// Recovery.
    pub recovery: Option<Range<Recovery>>,
    /// The worst gap of any one student.
    pub worst_gap_ms: Option<Range<u64>>,
    /// Time without redundancy.
    pub without_redundancy_ms: Option<Range<u64>>,
    /// The audit, summed.
    pub answers: SpreadAnswers,
}

/// Submissions under way in the windows of a [`Spread`], summed over those whose audit says something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpreadAnswers {
    /// Windows whose audit says something.
    pub of: u64,
    /// Acknowledged.
    pub acknowledged: u64,
    /// Lost.
    pub lost: u64,
    /// Indeterminate.
    pub indeterminate: u64,
    /// Upper bound of the share of lost submissions at 95 % confidence when none was lost: 3/n.
    pub lost_share_upper_bound: Option<f64>,
    /// Lines of `answer.log` that should be there.
    pub log_lines_expected: u64,
    /// Those of them that are missing.
    pub log_lines_lost: u64,
}

/// Least, median and most of some measured figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range<T> {
    /// How many were measured.
    pub of: u64,
    /// The smallest.
    pub least: T,
    /// The nearest rank to the middle.
    pub median: T,
    /// The largest.
    pub most: T,
}

/// The spread of each window of the scenario; nothing when the class sat once.
pub fn spreads(plan: &Plan, windows: &[WindowFigures]) -> Vec<Spread> {
    if plan.repeat < 2 { Vec::new() } else { every_spread(plan, windows) }
}

/// The spread of each window of the scenario, however often the class sat: that of one sitting is its only figure.
pub fn every_spread(plan: &Plan, windows: &[WindowFigures]) -> Vec<Spread> {
    plan.repeats().into_iter().map(|repeats| spread(plan, windows, repeats)).collect()
}

fn spread(plan: &Plan, windows: &[WindowFigures], repeats: Vec<usize>) -> Spread {
    let all: Vec<_> = repeats.iter().filter_map(|index| windows.get(*index)).filter(|window| window.counts()).collect();
    let written = repeats.first().and_then(|index| plan.windows.get(*index));
    let requests = |share: fn(&Requests) -> Option<f64>| {
        range(all.iter().filter_map(|window| share(window.requests.as_ref()?)).collect(), |share| micros(*share))
    };
    let times = |time: fn(&WindowFigures) -> Option<Duration>| {
        range(all.iter().filter_map(|window| time(window).map(millis::count)).collect(), |time| *time)
    };
    let pages = |percentile: fn(&Latency) -> Option<f64>| {
        let found = all.iter().filter_map(|window| percentile(&window.requests.as_ref()?.latency));
        range(found.filter_map(Latency::time).map(millis::count).collect(), |time| *time)
    };
    let outages = |outage: fn(&WindowFigures) -> &Failover| {
        let measured = all.iter().map(|window| outage(window).clone()).filter(|one| *one != Failover::NotMeasured);
        range(measured.collect(), Failover::order)
    };
    Spread {
        title: written.map_or_else(String::new, Window::as_written),
        error_rate: requests(|requests| requests.first_tries.rate()),
        students_hit: requests(|requests| {
            Count { total: requests.students, failed: requests.students_with_error }.rate()
        }),
        page_p95_ms: pages(|latency| latency.ms_p95),
        page_p99_ms: pages(|latency| latency.ms_p99),
        failover: outages(|window| &window.failover),
        failover_write: outages(|window| &window.failover_write),
        detection: range(
            all.iter().map(|window| window.detection.clone()).filter(|one| detection_order(one).is_some()).collect(),
            detection_order,
        ),
        blind: range(all.iter().filter_map(|window| window.blind).collect(), blind_order),
        unavailable_ms: times(|window| window.availability.map(|availability| availability.unavailable)),
        degraded_ms: times(|window| window.availability.map(|availability| availability.degraded)),
        weighted_ms: times(|window| window.availability.map(|availability| availability.weighted)),
        recovery: range(
            all.iter().map(|window| window.recovery.clone()).filter(|one| recovery_order(one).is_some()).collect(),
            recovery_order,
        ),
        worst_gap_ms: times(|window| window.worst_gap.and_then(|gap| gap.max)),
        without_redundancy_ms: times(|window| window.without_redundancy),
        answers: answers(all.iter().map(|window| &window.answers)),
        windows: repeats,
    }
}

/// The range of `values` in the order of `key`; none when there is no value.
fn range<T: Clone, K: Ord>(mut values: Vec<T>, key: impl Fn(&T) -> K) -> Option<Range<T>> {
    values.sort_by_key(|value| key(value));
    let sorted: Vec<&T> = values.iter().collect();
    Some(Range {
        of: as_count(values.len()),
        least: values.first()?.clone(),
        median: nearest_rank(&sorted, 0.5)?.clone(),
        most: values.last()?.clone(),
    })
}

/// An order of detections; none for one that says nothing.
fn detection_order(detection: &Detection) -> Option<(u8, Duration)> {
    match detection {
        Detection::After { time, .. } => Some((0, *time)),
        Detection::Never { .. } => Some((1, Duration::ZERO)),
        Detection::NoDetector | Detection::NotMeasured { .. } => None,
    }
}

/// An order of blind times: of a failure that was detected, and at least so long.
fn blind_order(blind: &Blind) -> (bool, Duration) {
    (blind.never_detected, blind.time)
}

/// An order of recoveries; none for one that says nothing.
fn recovery_order(recovery: &Recovery) -> Option<(u8, Duration)> {
    match recovery {
        Recovery::NeverLeft => Some((0, Duration::ZERO)),
        Recovery::After { time } => Some((1, *time)),
        // It was watched until the next window, and was not there yet.
        Recovery::NotSeen { watched, .. } => Some((2, *watched)),
        Recovery::Metastable => Some((3, Duration::ZERO)),
        Recovery::NotMeasured => None,
    }
}

fn answers<'a>(all: impl Iterator<Item = &'a Answers>) -> SpreadAnswers {
    let mut sum = SpreadAnswers::default();
    for answers in all.filter(|answers| answers.unknown.is_none()) {
        sum.of += 1;
        sum.acknowledged += answers.acknowledged;
        sum.lost += answers.lost;
        sum.indeterminate += answers.indeterminate;
        sum.log_lines_expected += answers.log_lines_expected;
        sum.log_lines_lost += answers.log_lines_lost;
    }
    sum.lost_share_upper_bound = lost_share_upper_bound(sum.lost, sum.acknowledged);
    sum
}

/// A share as a number that has an order.
fn micros(share: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
    let micros = (share * 1e6).round() as u64;
    micros
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn after(seconds: u64) -> Failover {
        Failover::After { time: S(seconds), late: Duration::ZERO, effect_doubt: Duration::ZERO }
    }

    #[test]
    fn an_outage_without_end_is_longer_than_any_other() {
        let outages = vec![Failover::DidNot { at_least: S(30) }, after(40), Failover::NoOutage, after(12)];
        let range = range(outages, Failover::order).unwrap();
        assert_eq!((range.of, range.least, range.median), (4, Failover::NoOutage, after(12)));
        assert_eq!(range.most, Failover::DidNot { at_least: S(30) });
        assert_eq!(super::range(Vec::new(), Failover::order), None);
    }

    #[test]
    fn a_detector_that_never_spoke_is_slower_than_any() {
        let spoke = Detection::After { detector: "balancer".into(), time: S(11), flaps: 0, within: None };
        let never = Detection::Never { detector: "balancer".into(), health_check: true };
        let all = vec![never.clone(), spoke.clone(), never.clone()];
        let range = range(all, detection_order).unwrap();
        assert_eq!((range.least, range.median, range.most), (spoke, never.clone(), never));
    }

    #[test]
    fn answers_add_up_to_one_bound() {
        let audit = |acknowledged, lost| Answers { acknowledged, lost, ..Answers::default() };
        let unread = Answers { unknown: Some("not read".into()), ..audit(1000, 0) };
        let sum = answers([audit(40, 0), audit(60, 0), unread].iter());
        assert_eq!((sum.of, sum.acknowledged, sum.lost_share_upper_bound), (2, 100, Some(0.03)));
        assert_eq!(answers([audit(40, 1)].iter()).lost_share_upper_bound, None);
    }
}
