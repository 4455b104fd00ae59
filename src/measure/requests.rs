//! Student requests → error rates, error classes, latency. Probes are never counted here.
//!
//! The error rate of a window is failed over all first tries whose interval from intended send to end overlaps the
//! window (`t_inject` to `t_heal`, see `timeline`). First tries and retries stand apart, since a student who retries
//! a dead page ten times is one failure, not ten. The baseline counts the requests that had ended when the first
//! fault was injected: one that was still under way then may have failed by the fault.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::history::Outcome;

use super::facts::{Facts, Request, Span};
use super::figures::{Count, ErrorClassName, Requests, class_name};
use super::latency::latency;
use super::name::Name;

/// What is sent this long after it should have been counts as late.
pub const LATE: Duration = Duration::from_millis(250);

/// Gives `node` what was answered and names no node, which only a balancer does: where none stands before it, it answered all.
pub fn attribute(facts: &mut Facts, node: &str) {
    let node = Name::from(node);
    let all = facts.requests.iter_mut().chain(&mut facts.rush_requests);
    for request in all.filter(|request| request.node.is_none() && request.outcome.is_answer()) {
        request.node = Some(Name::clone(&node));
    }
}

/// Requests that overlap `span`.
pub fn overlapping(facts: &Facts, span: Span) -> Requests {
    summary(facts, span, |request| span.overlaps(request.intended, request.end))
}

/// Requests that began and ended within `span`.
pub fn within(facts: &Facts, span: Span) -> Requests {
    summary(facts, span, |request| span.from <= request.intended && request.end < span.to)
}

/// All of `requests`, none of which the plan wanted at a time of its own.
pub fn all(requests: &[Request]) -> Requests {
    sums(&requests.iter().map(|request| (request, Duration::ZERO)).collect::<Vec<_>>())
}

fn summary(facts: &Facts, span: Span, belongs: impl Fn(&Request) -> bool) -> Requests {
    let lagging = facts.requests.iter().zip(facts.lags.iter().copied());
    let chosen: Vec<_> = lagging.filter(|(request, _)| belongs(request)).collect();
    let unsent = || facts.never_sent.iter().filter(|unsent| span.contains(unsent.due));
    let hindered = as_count(unsent().filter(|unsent| unsent.hindered).count());
    Requests { not_offered: as_count(unsent().count()), hindered, ..sums(&chosen) }
}

/// The figures of requests, each with its lag.
fn sums(chosen: &[(&Request, Duration)]) -> Requests {
    let mut sums = Requests::default();
    let (mut students, mut hurt) = (BTreeSet::new(), BTreeSet::new());
    for (request, lag) in chosen {
        students.insert(&*request.student);
        tally(request, &mut sums.first_tries, &mut sums.retries, &mut sums.classes);
        if !request.outcome.is_success() {
            hurt.insert(&*request.student);
        }
        sums.warned += u64::from(request.warned);
        if *lag > LATE {
            sums.late += 1;
        } else if request.retry == 0 && request.sent - request.intended > LATE {
            sums.held_up += 1;
        }
        if let Some(node) = &request.node {
            count(&mut sums.by_node, node.to_string());
        }
    }
    let fine = || chosen.iter().map(|(request, _)| request).filter(|request| request.outcome.is_success());
    sums.latency = latency(fine().map(|request| request.end - request.intended));
    sums.latency_raw = latency(fine().map(|request| request.end - request.sent));
    let mut by_step: BTreeMap<_, Vec<Duration>> = BTreeMap::new();
    fine().for_each(|request| by_step.entry(request.step).or_default().push(request.end - request.intended));
    sums.by_step = by_step.into_iter().map(|(step, times)| (step, latency(times))).collect();
    sums.students = as_count(students.len());
    sums.students_with_error = as_count(hurt.len());
    sums
}

/// Counts a request among first tries or retries, and a failed one by its class.
pub fn tally(
    request: &Request,
    first_tries: &mut Count,
    retries: &mut Count,
    classes: &mut BTreeMap<ErrorClassName, u64>,
) {
    let tries = if request.retry == 0 { first_tries } else { retries };
    tries.total += 1;
    if let Outcome::Failed(class) = &request.outcome {
        tries.failed += 1;
        count(classes, class_name(class));
    }
}

/// A number of things as the figures hold it.
pub fn as_count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn count(map: &mut BTreeMap<String, u64>, key: String) {
    *map.entry(key).or_default() += 1;
}
