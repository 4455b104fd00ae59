//! Student requests → how long the unluckiest student got nothing done.
//!
//! A student's gap is the longest time between two successes (from the end of one to the end of the next) that holds
//! a failed request overlapping the window: mere thinking is no gap. It may reach beyond the window. A student who
//! never succeeded before counts from the failed request's intended time; one who never succeeded again counts to the
//! last thing that is known of that student.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::Request;

use super::facts::{Facts, Span};
use super::figures::WorstGap;
use super::latency::nearest_rank;

/// The gaps of the students with an error in `span`.
pub fn worst_gap(facts: &Facts<'_>, span: Span) -> WorstGap {
    let mut students: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in facts.requests.iter().copied() {
        students.entry(request.student.as_str()).or_default().push(request);
    }
    let mut gaps: Vec<Duration> = students.values().filter_map(|requests| gap(requests, span)).collect();
    gaps.sort_unstable();
    WorstGap { p50: nearest_rank(&gaps, 0.5), p95: nearest_rank(&gaps, 0.95), max: gaps.last().copied() }
}

/// The longest gap of one student that holds a failure in `span`; none when nothing failed in it.
fn gap(requests: &[&Request], span: Span) -> Option<Duration> {
    let mut longest = None;
    let mut last_success: Option<Stamp> = None;
    let mut open: Option<Stamp> = None;
    for request in requests {
        if request.outcome.is_success() {
            longest = longest.max(open.take().map(|from| request.end - from));
            last_success = Some(request.end);
        } else if span.overlaps(request.intended, request.end) {
            open = open.or(last_success).or(Some(request.intended));
        }
    }
    let known = requests.iter().map(|request| request.end).max();
    longest.max(open.zip(known).map(|(from, to)| to - from))
}
