//! Student requests → error rates, error classes, latency. Probes are never counted here.
//!
//! The error rate of a window is failed over all requests whose interval from intended send to end overlaps the
//! window (`t_inject` to `t_heal`, see `timeline`). First tries and retries stand apart, since a student who retries
//! a dead page ten times is one failure, not ten. The baseline counts the requests that had ended when the first
//! fault was injected: one that was still under way then may have failed by the fault.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::history::{Outcome, Request};

use super::facts::{Facts, Span};
use super::figures::{Requests, class_name};
use super::latency::latency;

/// What is sent this long after it should have been counts as late.
pub const LATE: Duration = Duration::from_millis(250);

/// Requests that overlap `span`.
pub fn overlapping(facts: &Facts<'_>, span: Span) -> Requests {
    summary(facts, span, |request| span.overlaps(request.intended, request.end))
}

/// Requests that began and ended within `span`.
pub fn within(facts: &Facts<'_>, span: Span) -> Requests {
    summary(facts, span, |request| span.from <= request.intended && request.end < span.to)
}

fn summary(facts: &Facts<'_>, span: Span, belongs: impl Fn(&Request) -> bool) -> Requests {
    let lagging = facts.requests.iter().copied().zip(facts.lags.iter().copied());
    let (chosen, lags): (Vec<&Request>, Vec<Duration>) = lagging.filter(|(request, _)| belongs(request)).unzip();
    let mut sums = Requests::default();
    let (mut students, mut hurt) = (BTreeSet::new(), BTreeSet::new());
    for (request, lag) in chosen.iter().zip(lags) {
        students.insert(request.student.as_str());
        let tries = if request.retry == 0 { &mut sums.first_tries } else { &mut sums.retries };
        tries.total += 1;
        if let Outcome::Failed(class) = &request.outcome {
            tries.failed += 1;
            hurt.insert(request.student.as_str());
            count(&mut sums.classes, class_name(class));
        }
        if lag > LATE {
            sums.late += 1;
        } else if request.retry == 0 && request.sent - request.intended > LATE {
            sums.held_up += 1;
        }
        if let Some(node) = &request.node {
            count(&mut sums.by_node, node.clone());
        }
    }
    let fine = || chosen.iter().filter(|request| request.outcome.is_success());
    sums.latency = latency(fine().map(|request| request.end - request.intended));
    sums.latency_raw = latency(fine().map(|request| request.end - request.sent));
    sums.students = as_count(students.len());
    sums.students_with_error = as_count(hurt.len());
    sums.not_offered = as_count(facts.never_sent.iter().filter(|due| span.contains(**due)).count());
    sums
}

/// A number of things as the figures hold it.
pub fn as_count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn count(map: &mut BTreeMap<String, u64>, key: String) {
    *map.entry(key).or_default() += 1;
}
