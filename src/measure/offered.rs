//! Plan + requests → what the load generator did not offer, or not in time.
//!
//! - *Lag* of a request: from the moment at which it should have been sent until it was. A first try should be sent when
//!   the plan wants it, but not before the student's page before has been there for [`REACTION`]: a student waits for a
//!   slow page, and that is the service's doing. A retry should be sent when the student decided to reload.
//! - *Never sent*: what a student told of as not sendable (no test could be started), and every planned action after the
//!   last one that the student began. Students act in order, so whatever comes before was sent.
//! - *Hindered* is what was never sent because of the service: the student told so, or a page of theirs had failed before, or was
//!   not there yet when it was due. The rest is for the load generator to answer for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::Step;
use crate::plan::{Plan, REACTION};

use super::facts::{Facts, Request};

/// The lag of each of `requests`, in their order. They must stand in the order of their intended time.
pub fn lags(requests: &[Request]) -> Vec<Duration> {
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|index| requests[*index].sent);
    let mut lags = vec![Duration::ZERO; requests.len()];
    let mut free: BTreeMap<&str, Stamp> = BTreeMap::new();
    for index in order {
        let request = &requests[index];
        let before = free.insert(&request.student, request.end).filter(|_| request.retry == 0);
        let should = before.map_or(request.intended, |end| request.intended.max(end + REACTION));
        lags[index] = request.sent - should;
    }
    lags
}

/// An action that was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsent {
    /// When it was due.
    pub due: Stamp,
    /// Whether the service kept the student from it.
    pub hindered: bool,
}

/// Each action that was never sent, in order of time.
pub fn never_sent(plan: &Plan, facts: &Facts) -> Vec<Unsent> {
    let mut all: Vec<Unsent> = facts.not_offered.iter().map(|(_, due)| Unsent { due: *due, hindered: true }).collect();
    for student in plan.students.iter().filter(|student| student.rush_until.is_none()) {
        let tried = |due: Stamp| facts.not_offered.iter().any(|(login, at)| **login == *student.login && *at == due);
        let began = |step: Step, due: Stamp| {
            facts.requests_of(&student.login).any(|request| request.step == step && request.intended >= due)
        };
        let begun = student.actions.iter().rposition(|action| {
            let due = facts.zero + action.at;
            tried(due) || began(action.step, due)
        });
        // From then on the student is not where the plan has them.
        let failed = facts.requests_of(&student.login).find(|request| !request.outcome.is_success());
        let last = facts.requests_of(&student.login).map(|request| request.end + REACTION).max();
        let hinders = |due: Stamp| failed.is_some_and(|one| one.intended <= due) || last.is_some_and(|end| end > due);
        let rest = &student.actions[begun.map_or(0, |index| index + 1)..];
        all.extend(rest.iter().map(|action| facts.zero + action.at).map(|due| Unsent { due, hindered: hinders(due) }));
    }
    all.sort_unstable();
    all
}
