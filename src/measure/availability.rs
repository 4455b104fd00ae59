//! Entry probes → unavailable, degraded and weighted time, in buckets of 100 ms.
//!
//! Over the reach of a window (`t_effect` to the next injection or the end of the class): *unavailable* is the time in
//! which no probe succeeded, *degraded* the time in which some failed and some succeeded, *weighted* the time times the
//! share of failed probes. A probe belongs to the bucket of its intended time. A bucket in which none was due takes
//! the state of the bucket before, for at most two intervals of the probe, so that a slow prober does not hide an
//! outage and a silent one does not prolong it.

use std::time::Duration;

use crate::history::ProbeKind;

use super::detection::BUCKET;
use super::facts::{Facts, Span};
use super::figures::Count;

/// Time without and with reduced service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// No probe succeeded.
    pub unavailable: Duration,
    /// Some failed, some succeeded.
    pub degraded: Duration,
    /// Time times the share of failed probes.
    pub weighted: Duration,
}

/// The availability over `span`.
pub fn availability(facts: &Facts<'_>, span: Span) -> Availability {
    let width = BUCKET.as_millis();
    let length = usize::try_from(span.length().as_millis().div_ceil(width)).unwrap_or_default();
    let mut buckets = vec![Count::default(); length];
    for probe in facts.probes_in(ProbeKind::Entry, span) {
        let index = usize::try_from((probe.intended - span.from).as_millis() / width).unwrap_or(usize::MAX);
        if let Some(bucket) = buckets.get_mut(index) {
            bucket.total += 1;
            bucket.failed += u64::from(facts.failed(probe));
        }
    }
    let carry = (2 * facts.interval(ProbeKind::Entry)).as_millis().div_ceil(width);
    sum(&buckets, u64::try_from(carry).unwrap_or(u64::MAX))
}

fn sum(buckets: &[Count], carry: u64) -> Availability {
    let mut sum = Availability::default();
    let (mut last, mut empty) = (Count::default(), 0);
    for bucket in buckets {
        if bucket.total > 0 {
            (last, empty) = (*bucket, 0);
        } else {
            empty += 1;
        }
        let Some(share) = last.rate().filter(|_| empty <= carry) else { continue };
        if last.failed == last.total {
            sum.unavailable += BUCKET;
        } else if last.failed > 0 {
            sum.degraded += BUCKET;
        }
        sum.weighted += BUCKET.mul_f64(share);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(buckets: &[(u64, u64)], carry: u64, expected: (u64, u64, u64)) {
        let counts: Vec<Count> =
            buckets.iter().map(|(total, failed)| Count { total: *total, failed: *failed }).collect();
        let sum = sum(&counts, carry);
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        assert_eq!((ms(sum.unavailable), ms(sum.degraded), ms(sum.weighted)), expected, "{buckets:?}");
    }

    #[test]
    fn buckets_are_whole_half_or_not_served() {
        check(&[], 1, (0, 0, 0));
        check(&[(2, 0), (2, 1), (2, 2)], 1, (100, 100, 150));
    }

    #[test]
    fn an_empty_bucket_takes_the_state_before_it_for_a_while() {
        check(&[(1, 1), (0, 0), (0, 0), (0, 0)], 1, (200, 0, 200));
        check(&[(0, 0), (1, 0)], 1, (0, 0, 0));
    }
}
