//! Requests and probes → when the service was as good as on the baseline.
//!
//! *t_recover* is the first moment, once the service had left the baseline's 99 % band, that is followed by 5 s
//! within it. A service that first leaves the band when the fault has been seen gone left it for another reason.
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

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{ProbeKind, Step};

use super::detection::BUCKET;
use super::facts::{Facts, Span};
use super::figures::Recovery;
use super::latency::nearest_rank;
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
    pub fn of(facts: &Facts<'_>, baseline: Span) -> Option<Self> {
        let mut band = Self::default();
        let requests = || facts.requests.iter().filter(|one| one.intended >= baseline.from && one.end < baseline.to);
        let mut times: BTreeMap<Step, Vec<Duration>> = BTreeMap::new();
        for request in requests().filter(|request| request.outcome.is_success()) {
            times.entry(request.step).or_default().push(request.end - request.intended);
        }
        band.steps = times.into_iter().filter_map(|(step, times)| Some((step, p95(times)?))).collect();
        let ended = |probe: &&crate::history::Probe| probe.end < baseline.to;
        let probes: Vec<_> = facts.probes_in(ProbeKind::Entry, baseline).filter(ended).collect();
        let fine = probes.iter().filter(|probe| !facts.failed(probe)).map(|probe| probe.end - probe.intended);
        band.probe_p95 = p95(fine.collect());
        if band.probe_p95.is_none() && band.steps.is_empty() {
            return None;
        }
        let failed = requests().filter(|request| !request.outcome.is_success()).count();
        band.student_error_rate = share(failed, requests().count());
        band.probe_error_rate = share(probes.iter().filter(|probe| facts.failed(probe)).count(), probes.len());
        let (students, _) = band.buckets(facts, baseline);
        band.offered_max = windowed(&students).iter().map(|tally| tally.offered).max().unwrap_or_default();
        Some(band)
    }

    /// What students and probes asked within `span`, by bucket.
    fn buckets(&self, facts: &Facts<'_>, span: Span) -> (Vec<Tally>, Vec<Tally>) {
        let width = BUCKET.as_millis();
        let length = usize::try_from(span.length().as_millis() / width).unwrap_or_default();
        let (mut students, mut probes) = (vec![Tally::default(); length], vec![Tally::default(); length]);
        let index = |moment: Stamp| usize::try_from((moment - span.from).as_millis() / width).unwrap_or(usize::MAX);
        for request in facts.requests.iter().filter(|request| span.contains(request.intended)) {
            let Some(tally) = students.get_mut(index(request.intended)) else { continue };
            let limit = self.steps.get(&request.step).copied();
            tally.add(Tally {
                offered: u64::from(request.retry == 0),
                ..Tally::one(request.outcome.is_success(), request.end - request.intended, limit)
            });
        }
        for probe in facts.probes_in(ProbeKind::Entry, span) {
            let Some(tally) = probes.get_mut(index(probe.intended)) else { continue };
            tally.add(Tally::one(!facts.failed(probe), probe.end - probe.intended, self.probe_p95));
        }
        (students, probes)
    }
}

/// The recovery of a window, and its moment.
pub fn recovery(facts: &Facts<'_>, marks: &Marks, band: Option<&Band>) -> (Recovery, Option<Stamp>) {
    let (Some(band), Some(reach), Some(faulted)) = (band, marks.reach(), marks.faulted()) else {
        return (Recovery::NotMeasured, None);
    };
    let (students, probes) = band.buckets(facts, reach);
    let (students, probes) = (windowed(&students), windowed(&probes));
    let within = |index: usize, beyond: f64| {
        in_band(students[index], band.student_error_rate, beyond)
            && in_band(probes[index], band.probe_error_rate, beyond)
    };
    let disjoint = f64::from(u32::try_from(students.len().div_ceil(BUCKETS)).unwrap_or(u32::MAX));
    let by_chance = BEYOND / JUDGEMENTS / disjoint.max(1.0);
    let moment = |index: usize| reach.from + BUCKET * u32::try_from(index).unwrap_or(u32::MAX);
    let needed = PATIENCE.max(2 * faulted.length());
    let ill_until = marks.healed.unwrap_or(faulted.to);
    let mut ill = (0..students.len()).take_while(|index| moment(*index) < ill_until);
    let Some(left) = ill.find(|index| !within(*index, by_chance)) else {
        let nothing = Recovery::NotSeen { watched: Duration::ZERO, needed };
        return (if students.is_empty() { nothing } else { Recovery::NeverLeft }, None);
    };
    let back = (left..students.len()).find(|index| within(*index, BEYOND));
    let calm = |index: &usize| moment(*index) >= faulted.to && students[*index].offered <= band.offered_max;
    let waited = (left..back.unwrap_or(students.len())).filter(calm).count();
    let waited = BUCKET * u32::try_from(waited).unwrap_or(u32::MAX);
    if marks.heal.is_some() && waited >= needed {
        return (Recovery::Metastable, back.map(moment));
    }
    match back {
        Some(index) => (Recovery::After { time: moment(index) - reach.from }, Some(moment(index))),
        None => (Recovery::NotSeen { watched: waited, needed }, None),
    }
}

fn in_band(tally: Tally, error_rate: f64, beyond: f64) -> bool {
    tally.failed <= binomial_quantile(tally.asked, error_rate, beyond)
        && tally.slow <= binomial_quantile(tally.timed, SLOW, beyond)
}

/// Sums over 5 s, one for each bucket that is followed by 5 s of buckets.
fn windowed(buckets: &[Tally]) -> Vec<Tally> {
    let sum = |window: &[Tally]| {
        window.iter().fold(Tally::default(), |mut sum, tally| {
            sum.add(*tally);
            sum
        })
    };
    buckets.windows(BUCKETS).map(sum).collect()
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
