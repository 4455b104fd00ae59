//! Requests that ended → how many there were in each of the last seconds, and how many of them failed.

use std::time::Duration;

use crate::history::Request;

/// Seconds that are kept: two minutes, and some that are not over.
const KEPT: u64 = 128;

/// Requests that ended within some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that were first tries.
    pub first: u64,
    /// First tries that failed: these make the error rate.
    pub first_failed: u64,
}

/// The requests of the last seconds, by the second in which they ended. Seconds count from the first arrival.
#[derive(Clone, Debug)]
pub struct Traffic {
    newest: u64,
    seconds: Vec<Count>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { newest: 0, seconds: vec![Count::default(); place(KEPT - 1) + 1] }
    }
}

impl Traffic {
    /// Counts a request that ended at `offset`; one that ended too long ago is not shown any more.
    pub fn add(&mut self, offset: Duration, request: &Request) {
        let second = offset.as_secs();
        let begin = (self.newest + 1).max((second + 1).saturating_sub(KEPT));
        (begin..=second).for_each(|new| self.seconds[place(new)] = Count::default());
        self.newest = self.newest.max(second);
        if second + KEPT <= self.newest {
            return;
        }
        let (count, failed) = (&mut self.seconds[place(second)], u64::from(!request.outcome.is_success()));
        count.requests += 1;
        count.failed += failed;
        if request.retry == 0 {
            count.first += 1;
            count.first_failed += failed;
        }
    }

    /// The requests that ended in `length` seconds from second `from` on.
    pub fn over(&self, from: u64, length: u64) -> Count {
        let known = (from..from + length).filter(|second| *second <= self.newest && second + KEPT > self.newest);
        known.fold(Count::default(), |sum, second| {
            let one = &self.seconds[place(second)];
            Count {
                requests: sum.requests + one.requests,
                failed: sum.failed + one.failed,
                first: sum.first + one.first,
                first_failed: sum.first_failed + one.first_failed,
            }
        })
    }
}

fn place(second: u64) -> usize {
    usize::try_from(second % KEPT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::history::{ErrorClass, Outcome, Step};

    fn request(retry: u32, outcome: Outcome) -> Request {
        let at = Stamp(0);
        Request {
            student: "stu001".to_owned(),
            step: Step::View,
            retry,
            intended: at,
            sent: at,
            first_byte: None,
            end: at,
            outcome,
            node: None,
            warned: false,
            submission: None,
            shown: None,
            sample: None,
        }
    }

    #[test]
    fn a_second_counts_what_ended_in_it_and_is_forgotten_after_two_minutes() {
        let mut traffic = Traffic::default();
        let failed = || request(0, Outcome::Failed(ErrorClass::Timeout));
        traffic.add(Duration::from_millis(5999), &request(0, Outcome::Success));
        traffic.add(Duration::from_millis(6000), &failed());
        traffic.add(Duration::from_millis(6001), &request(1, Outcome::Success));
        // It was told late.
        traffic.add(Duration::from_millis(5000), &request(2, Outcome::Failed(ErrorClass::Reset)));
        assert_eq!(traffic.over(5, 1), Count { requests: 2, failed: 1, first: 1, first_failed: 0 });
        assert_eq!(traffic.over(6, 10), Count { requests: 2, failed: 1, first: 1, first_failed: 1 });
        assert_eq!(traffic.over(0, 100), Count { requests: 4, failed: 2, first: 2, first_failed: 1 });
        traffic.add(Duration::from_secs(6 + KEPT), &failed());
        assert_eq!(traffic.over(0, 1000).requests, 1);
        traffic.add(Duration::from_secs(6), &failed());
        assert_eq!(traffic.over(0, 1000).requests, 1, "too late");
        // A day without any.
        traffic.add(Duration::from_secs(86_400), &failed());
        assert_eq!(traffic.over(86_400 - KEPT, KEPT + 1).requests, 1);
    }
}
