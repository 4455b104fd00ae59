//! Student requests → how long the unluckiest student got nothing done.
//!
//! A student's gap begins when the first request that fails was intended and ends when the next one succeeds, whatever
//! it asks for: the time in which the student tried and had nothing. Thinking before the first failure is no part of it.
//! Gaps count that hold a failed request overlapping the window; they may reach beyond it. A student who never succeeded
//! again counts to the last thing that is known of that student: at least so long.

use std::time::Duration;

use crate::clock::Stamp;

use super::facts::{Request, Span};
use super::latency::nearest_rank;
use super::outage::WorstGap;
use super::student::StudentFigures;

/// The gaps of the students who were hit.
pub fn worst_gap(students: &[StudentFigures]) -> WorstGap {
    let mut gaps: Vec<Duration> = students.iter().filter_map(|student| student.worst_gap).collect();
    gaps.sort_unstable();
    WorstGap { p50: nearest_rank(&gaps, 0.5), p95: nearest_rank(&gaps, 0.95), max: gaps.last().copied() }
}

/// The longest gap of one student that holds a failure in `span`; none when nothing failed in it.
pub fn gap<'a>(requests: impl Iterator<Item = &'a Request>, span: Span) -> Option<Duration> {
    let mut longest = None;
    let mut open: Option<Stamp> = None;
    let mut counts = false;
    let mut known = Stamp::default();
    for request in requests {
        known = known.max(request.end);
        if request.outcome.is_success() {
            let gap = open.take().filter(|_| counts).map(|from| request.end - from);
            longest = longest.max(gap);
            counts = false;
        } else {
            open = open.or(Some(request.intended));
            counts |= span.overlaps(request.intended, request.end);
        }
    }
    longest.max(open.filter(|_| counts).map(|from| known - from))
}
