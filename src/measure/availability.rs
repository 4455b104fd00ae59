//! Entry probes → unavailable, degraded and weighted time, in buckets of 100 ms.
//!
//! A bucket is wider where the probe is slow, so that it holds one probe for each serving node: under round robin, half
//! of the nodes failing is degraded, not unavailable half of the time.
//!
//! Over the reach of a window (`t_effect` to the next injection or the end of the class): *unavailable* is the time in
//! which no probe succeeded, *degraded* the time in which some failed and some succeeded, *weighted* the time times the
//! share of failed probes. A probe belongs to the bucket of its intended time. A bucket in which none was due takes
//! the state of the bucket before, once, so that a jolt of the prober does not hide an outage and a silent prober does
//! not prolong it. Of the last bucket only what lies in the reach counts.

use std::time::Duration;

use crate::history::ProbeKind;

use super::detection::BUCKET;
use super::facts::{Facts, Span};
use super::figures::Count;
use super::outage::Availability;

/// The availability over `span` of an entry behind which `serving` nodes take turns.
pub fn availability(facts: &Facts, span: Span, serving: usize) -> Availability {
    let turns = u32::try_from(serving).unwrap_or(1).max(1);
    let width = BUCKET.max(facts.interval(ProbeKind::Entry) * turns);
    let index = |length: Duration| usize::try_from(length.as_nanos() / width.as_nanos()).unwrap_or_default();
    let mut probes = facts.probes.within(ProbeKind::Entry, span).iter().peekable();
    let buckets = span.buckets(width).enumerate().map(|(bucket, length)| {
        let mut count = Count::default();
        while let Some(probe) = probes.next_if(|probe| index(probe.intended - span.from) == bucket) {
            count.total += 1;
            count.failed += u64::from(probe.failed);
        }
        (count, length)
    });
    sum(buckets)
}

/// The availability over buckets in which so many were asked and failed, and that are so long.
fn sum(buckets: impl Iterator<Item = (Count, Duration)>) -> Availability {
    let mut sum = Availability::default();
    let mut before = Count::default();
    for (bucket, length) in buckets {
        let state = if bucket.total > 0 { bucket } else { before };
        before = bucket;
        let Some(share) = state.rate() else { continue };
        if state.failed == state.total {
            sum.unavailable += length;
        } else if state.failed > 0 {
            sum.degraded += length;
        }
        sum.weighted += length.mul_f64(share);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(buckets: &[(u64, u64)], expected: (u64, u64, u64)) {
        let sum = sum(buckets.iter().map(|(total, failed)| (Count { total: *total, failed: *failed }, BUCKET)));
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        assert_eq!((ms(sum.unavailable), ms(sum.degraded), ms(sum.weighted)), expected, "{buckets:?}");
    }

    #[test]
    fn buckets_are_whole_half_or_not_served() {
        check(&[], (0, 0, 0));
        check(&[(2, 0), (2, 1), (2, 2)], (100, 100, 150));
    }

    #[test]
    fn an_empty_bucket_takes_the_state_before_it_once() {
        check(&[(1, 1), (0, 0), (0, 0), (0, 0)], (200, 0, 200));
        check(&[(0, 0), (1, 0)], (0, 0, 0));
    }
}
