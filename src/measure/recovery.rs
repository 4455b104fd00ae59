//! Requests and probes → when the service was as good as on the baseline.
//!
//! *t_recover* is the first moment, once the service had left the baseline's 99 % band, that is followed by 5 s
//! within it. It has left with the first 5 s beyond the band that begin before the fault was seen gone. A service that
//! first leaves the band later left it for another reason: *never left* says no more than "not before it was healed",
//! and such an outage stands in the availability.
//! Moments are looked at every 100 ms; what was due in the 5 s counts, by intended time.
//!
//! **The band.** Of n things asked in 5 s, f failed and s of the n - f successes were slow. On the baseline a share
//! p of all failed, and by definition one success in twenty was slow, for "slow" means longer than the baseline's
//! 95th percentile. Then
//!
//! - the error rate is within the band when f is at most the 99 % quantile of the binomial law (n, p);
//! - the 95th percentile is within the band when s is at most the 99 % quantile of the binomial law (n - f, 5 %), which
//!   needs no assumption on how latencies are distributed.
//!
//! So the band is as wide as chance makes it for as few requests as 5 s hold: of 10 successes, 3 may be slow. On a
//! baseline without a failure any failure leaves the band. Students and entry probes are judged apart, each by its own
//! baseline, and both must be within: students ask seldom but tell who is hurt, probes always ask the same. "Slow" is
//! judged for each step of the journey by that step's own percentile, since the baseline sees many logins and a window
//! many grades; a step of which the baseline has fewer than 20 is not judged by its time.
//!
//! Of the many spans of a window one in a hundred lies beyond the band by chance alone. So the service has *left* the
//! band only when a span lies beyond what chance gives in one window of a hundred: the quantile for that is 1 % shared
//! by the disjoint spans of the window and the four judgements of each.
//!
//! **Metastable**: not recovered within max(30 s, 2 × window) after heal with the offered load back at the baseline's.
//! The offered load is what the plan wanted sent: retries are not counted, since they are what keeps a metastable
//! failure alive. Time in which the 5 s held more first tries than any 5 s of the baseline does not count. Where the run
//! leaves less time than that, *not seen* stands with the time watched and the time needed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{ProbeKind, Step};

use super::detection::BUCKET;
use super::facts::{Facts, Span};
use super::latency::nearest_rank;
use super::outage::Recovery;
use super::probes::Probe;
use super::timeline::Marks;

/// Buckets that must be within the band: 5 s.
const BUCKETS: usize = 50;
/// Fewest successes of the baseline that make a percentile.
const SAMPLES: usize = 20;
/// Shortest time after heal before a service is called metastable.
const PATIENCE: Duration = Duration::from_secs(30);
/// Share of the baseline's successes that are slow, by definition.
const SLOW: f64 = 0.05;
/// The part of all chances that lies beyond the band.
const BEYOND: f64 = 0.01;
/// Judgements of a span: errors and times of students and of probes.
const JUDGEMENTS: f64 = 4.0;

/// What was due in some time.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    asked: u64,
    failed: u64,
    /// Successes that the baseline has a percentile for.
    timed: u64,
    /// Those of them that were slow.
    slow: u64,
    /// First tries of students.
    offered: u64,
}

impl Tally {
    /// One thing asked, with the time beyond which it is slow.
    fn one(fine: bool, took: Duration, limit: Option<Duration>) -> Self {
        let slow = limit.filter(|_| fine).map(|limit| took > limit);
        let count = u64::from;
        Self {
            asked: 1,
            failed: count(!fine),
            timed: count(slow.is_some()),
            slow: count(slow == Some(true)),
            offered: 0,
        }
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.failed += other.failed;
        self.timed += other.timed;
        self.slow += other.slow;
        self.offered += other.offered;
    }

    fn subtract(&mut self, other: Self) {
        self.asked -= other.asked;
        self.failed -= other.failed;
        self.timed -= other.timed;
        self.slow -= other.slow;
        self.offered -= other.offered;
    }
}

/// What the baseline was like.
#[derive(Debug, Default)]
pub struct Band {
    student_error_rate: f64,
    probe_error_rate: f64,
    /// The 95th percentile of each step.
    steps: BTreeMap<Step, Duration>,
    probe_p95: Option<Duration>,
    /// Most first tries that fell into 5 s.
    offered_max: u64,
}

impl Band {
    /// The band of `baseline`; none when it holds too little to compare with.
    pub fn of(facts: &Facts, baseline: Span) -> Option<Self> {
        let mut band = Self::default();
        let requests = || facts.requests.iter().filter(|one| one.intended >= baseline.from && one.end < baseline.to);
        let mut times: BTreeMap<Step, Vec<Duration>> = BTreeMap::new();
        for request in requests().filter(|request| request.outcome.is_success()) {
            times.entry(request.step).or_default().push(request.end - request.intended);
        }
        band.steps = times.into_iter().filter_map(|(step, times)| Some((step, p95(times)?))).collect();
        let probes = || facts.probes.within(ProbeKind::Entry, baseline).iter().filter(|one| one.end() < baseline.to);
        let fine = probes().filter(|probe| !probe.failed).map(Probe::took);
        band.probe_p95 = p95(fine.collect());
        if band.probe_p95.is_none() && band.steps.is_empty() {
            return None;
        }
        let failed = requests().filter(|request| !request.outcome.is_success()).count();
        band.student_error_rate = share(failed, requests().count());
        band.probe_error_rate = share(probes().filter(|probe| probe.failed).count(), probes().count());
        let offered = windowed(band.buckets(facts, baseline)).map(|(students, _)| students.offered).max();
        band.offered_max = offered.unwrap_or_default();
        Some(band)
    }

    /// What students and probes asked within `span`, bucket by bucket.
    fn buckets(&self, facts: &Facts, span: Span) -> impl ExactSizeIterator<Item = (Tally, Tally)> {
        let place = move |moment: Stamp| usize::try_from((moment - span.from).as_millis() / BUCKET.as_millis());
        let first = facts.requests.partition_point(|request| request.intended < span.from);
        let mut requests = facts.requests[first..].iter().peekable();
        let mut probes = facts.probes.within(ProbeKind::Entry, span).iter().peekable();
        (0..place(span.to).unwrap_or_default()).map(move |bucket| {
            let (mut by_students, mut by_probes) = (Tally::default(), Tally::default());
            while let Some(request) = requests.next_if(|request| place(request.intended) == Ok(bucket)) {
                let limit = self.steps.get(&request.step).copied();
                by_students.add(Tally {
                    offered: u64::from(request.retry == 0),
                    ..Tally::one(request.outcome.is_success(), request.end - request.intended, limit)
                });
            }
            while let Some(probe) = probes.next_if(|probe| place(probe.intended) == Ok(bucket)) {
                by_probes.add(Tally::one(!probe.failed, probe.took(), self.probe_p95));
            }
            (by_students, by_probes)
        })
    }
}

/// The recovery of a window, and its moment.
pub fn recovery(facts: &Facts, marks: &Marks, band: Option<&Band>) -> (Recovery, Option<Stamp>) {
    let (Some(band), Some(reach), Some(faulted)) = (band, marks.reach(), marks.faulted()) else {
        return (Recovery::NotMeasured, None);
    };
    let length = band.buckets(facts, reach).len().saturating_sub(BUCKETS - 1);
    let within = |(students, probes): (Tally, Tally), beyond: f64| {
        in_band(students, band.student_error_rate, beyond) && in_band(probes, band.probe_error_rate, beyond)
    };
    let disjoint = f64::from(u32::try_from(length.div_ceil(BUCKETS)).unwrap_or(u32::MAX));
    let by_chance = BEYOND / JUDGEMENTS / disjoint.max(1.0);
    let moment = |index: usize| reach.from + BUCKET * u32::try_from(index).unwrap_or(u32::MAX);
    let needed = PATIENCE.max(2 * faulted.length());
    let ill_until = marks.healed.unwrap_or(faulted.to);
    let mut spans = (0..).map(moment).zip(windowed(band.buckets(facts, reach))).peekable();
    while spans.next_if(|(at, span)| *at < ill_until && within(*span, by_chance)).is_some() {}
    if spans.peek().is_none_or(|(at, _)| *at >= ill_until) {
        let nothing = Recovery::NotSeen { watched: Duration::ZERO, needed };
        // What was not watched until it was healed cannot be said to have stayed.
        return (if length == 0 || marks.heal.is_none() { nothing } else { Recovery::NeverLeft }, None);
    }
    let mut waited = Duration::ZERO;
    // 5 s in which nothing was asked are no sign of health.
    let well = |span: (Tally, Tally)| span.0.asked + span.1.asked > 0 && within(span, BEYOND);
    while let Some((at, (students, _))) = spans.next_if(|(_, span)| !well(*span)) {
        if at >= faulted.to && students.offered <= band.offered_max {
            waited += BUCKET;
        }
    }
    let back = spans.next().map(|(at, _)| at);
    if marks.heal.is_some() && waited >= needed {
        return (Recovery::Metastable, back);
    }
    match back {
        Some(at) => (Recovery::After { time: at - reach.from }, back),
        None => (Recovery::NotSeen { watched: waited, needed }, None),
    }
}

fn in_band(tally: Tally, error_rate: f64, beyond: f64) -> bool {
    tally.failed <= binomial_quantile(tally.asked, error_rate, beyond)
        && tally.slow <= binomial_quantile(tally.timed, SLOW, beyond)
}

/// Sums over 5 s, one for each bucket that is followed by 5 s of buckets.
fn windowed(buckets: impl Iterator<Item = (Tally, Tally)>) -> impl Iterator<Item = (Tally, Tally)> {
    let mut summed: VecDeque<(Tally, Tally)> = VecDeque::with_capacity(BUCKETS + 1);
    let mut sum = (Tally::default(), Tally::default());
    buckets.filter_map(move |bucket| {
        sum.0.add(bucket.0);
        sum.1.add(bucket.1);
        summed.push_back(bucket);
        if summed.len() > BUCKETS {
            let gone = summed.pop_front()?;
            sum.0.subtract(gone.0);
            sum.1.subtract(gone.1);
        }
        (summed.len() == BUCKETS).then_some(sum)
    })
}

fn p95(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    nearest_rank(&times, 1.0 - SLOW).filter(|_| times.len() >= SAMPLES)
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The smallest k that all draws of the binomial law (`n`, `p`) but a share of `beyond` do not exceed.
fn binomial_quantile(n: u64, p: f64, beyond: f64) -> u64 {
    if p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let of = |number: u64| number as f64;
    // In logarithms: (1 - p)^n of a busy 5 s is below what a float holds.
    let odds = (p / (1.0 - p)).ln();
    let mut log_mass = of(n) * (1.0 - p).ln();
    let mut below = log_mass.exp();
    for k in 0..n {
        if below >= 1.0 - beyond {
            return k;
        }
        log_mass += (of(n - k) / of(k + 1)).ln() + odds;
        below += log_mass.exp();
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_as_wide_as_chance() {
        for (n, p, expected) in [(0, 0.05, 0), (10, 0.05, 3), (100, 0.05, 11), (20_000, 0.05, 1072), (50, 0.0, 0)] {
            assert_eq!(binomial_quantile(n, p, BEYOND), expected, "{n} {p}");
        }
        assert_eq!(binomial_quantile(100, 0.05, 0.0001), 15);
        assert_eq!(binomial_quantile(7, 1.0, BEYOND), 7);
    }
}
