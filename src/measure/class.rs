//! Requests and submissions of students → what the class as a whole got: the test in time, its pages, its last submissions.
//!
//! - *Start*: from the moment at which a student meant to ask for the first page until a start of the test succeeded.
//! - *Last minute*: graded submissions that the plan has in the minute before the deadline of a sitting. One is recorded when it
//!   was sent, and the stores hold it whole, whatever the student was told.
//! - *Steady*: 5 s of entry probes of which none fails, begun within 30 s after the last student's request was over. Probes end
//!   when a run does, so most runs do not tell.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::Audit;
use super::facts::{Facts, Request, Span};
use super::figures::Latency;
use super::latency::latency;
use super::requests::as_count;
use crate::clock::Stamp;
use crate::history::{ProbeKind, Step};
use crate::plan::Plan;
use crate::settings::millis;

/// Before a deadline.
const LAST: Duration = Duration::from_secs(60);
/// Time without a failed probe that is steady.
pub const STEADY: Duration = Duration::from_secs(5);
/// Longest time until it has begun.
pub const STEADY_WITHIN: Duration = Duration::from_secs(30);

/// What the class as a whole got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassFigures {
    /// Time to a page of the test (start, view, turn, preview, grade), from intended send to last byte, successes only.
    pub test_pages: Latency,
    /// How students got their test.
    pub starts: Starts,
    /// Submissions of the last minute; none when the stores could not be read.
    pub last_minute: Option<LastMinute>,
    /// Whether the service was steady after the class; none when the history does not tell.
    pub steady_after: Option<bool>,
}

/// How students got their test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Starts {
    /// Students of the plan who were to start while the history lasts.
    pub due: u64,
    /// How long each took who got the test, in milliseconds, shortest first.
    pub took_ms: Vec<u64>,
}

/// Submissions that the plan has in the last minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastMinute {
    /// All.
    pub planned: u64,
    /// Those that the stores hold.
    pub recorded: u64,
}

/// What the class of `plan` got.
pub fn class(plan: &Plan, facts: &Facts, audit: &Audit<'_>) -> ClassFigures {
    let pages = facts.requests.iter().filter(|request| request.step.is_of_the_test() && request.outcome.is_success());
    ClassFigures {
        test_pages: latency(pages.map(|request| request.end - request.intended)),
        starts: starts(plan, facts),
        last_minute: last_minute(plan, facts, audit),
        steady_after: steady_after(facts),
    }
}

fn starts(plan: &Plan, facts: &Facts) -> Starts {
    let begun = |login: &str| facts.requests_of(login).map(|request| request.intended).min();
    let started = |request: &&Request| request.step == Step::Start && request.outcome.is_success();
    let got = |login: &str| facts.requests_of(login).filter(started).map(|request| request.end).min();
    let of_class = plan.students.iter().filter(|student| student.rush_until.is_none());
    let (mut due, mut took_ms) = (0, Vec::new());
    for student in of_class {
        let planned = student.actions.iter().find(|action| action.step == Step::Start);
        due += u64::from(planned.is_some_and(|action| facts.zero + action.at < facts.end));
        let took = begun(&student.login).zip(got(&student.login));
        took_ms.extend(took.map(|(begun, got)| millis::count(got - begun)));
    }
    took_ms.sort_unstable();
    Starts { due, took_ms }
}

fn last_minute(plan: &Plan, facts: &Facts, audit: &Audit<'_>) -> Option<LastMinute> {
    let mut last = LastMinute::default();
    // The number of a submission is its place among those of the student's plan.
    let mut wanted: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for student in plan.students.iter().filter(|student| student.rush_until.is_none()) {
        let grades = student.actions.iter().filter(|action| action.step == Step::Grade);
        for (number, action) in (1..).zip(grades) {
            if is_last(plan, action.at) && facts.zero + action.at < facts.end {
                wanted.entry(&student.login).or_default().push(number);
                last.planned += 1;
            }
        }
    }
    last.recorded = as_count(
        audit.recorded(|student, number| wanted.get(student).is_some_and(|numbers| numbers.contains(&number)))?,
    );
    Some(last)
}

/// Whether a moment of the plan lies in the last minute before the deadline of its sitting, or after that.
fn is_last(plan: &Plan, at: Duration) -> bool {
    let deadline = plan.sitting_deadline();
    let sittings = plan.repeat.max(1);
    // Sittings follow each other at equal distances, the last one's deadline being the plan's.
    let apart = if sittings > 1 { (plan.deadline - deadline) / (sittings - 1) } else { Duration::ZERO };
    let within = |number: u32| {
        let deadline = deadline + apart * number;
        let from = deadline.saturating_sub(LAST);
        from <= at && at <= deadline + LAST
    };
    (0..sittings).any(within)
}

fn steady_after(facts: &Facts) -> Option<bool> {
    let over = facts.requests.iter().map(|request| request.end).max()?;
    let path = facts.probes.through_balancer(ProbeKind::Entry)?;
    let asked = path.probes.iter().filter(|probe| probe.intended >= over).map(|probe| (probe.intended, probe.failed));
    steady(over, asked)
}

/// Whether 5 s without a failed probe begin within 30 s after `over`; none when the probes end before that is told.
fn steady(over: Stamp, probes: impl Iterator<Item = (Stamp, bool)>) -> Option<bool> {
    let limit = Span { from: over, to: over + STEADY_WITHIN };
    let (mut since, mut last) = (over, over);
    for (at, failed) in probes {
        last = at;
        if failed {
            since = at;
        } else if at - since >= STEADY {
            return Some(true);
        }
        if !limit.contains(since) {
            return Some(false);
        }
    }
    (last >= limit.to + STEADY).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Stamp {
        Stamp(ms * 1_000_000)
    }

    /// Probes each 500 ms from `from` to `to`, which fail where `fails` says so.
    fn probes(from: u64, to: u64, fails: impl Fn(u64) -> bool) -> Vec<(Stamp, bool)> {
        (from..to).step_by(500).map(|ms| (at(ms), fails(ms))).collect()
    }

    #[test]
    fn five_seconds_without_a_failure_are_steady() {
        let told = |list: Vec<_>| steady(at(1000), list.into_iter());
        assert_eq!(told(probes(1000, 7000, |_| false)), Some(true));
        assert_eq!(told(probes(1000, 5000, |_| false)), None, "too few to tell");
        assert_eq!(told(probes(1000, 60_000, |ms| ms < 20_000)), Some(true));
        assert_eq!(told(probes(1000, 60_000, |ms| ms < 33_000)), Some(false), "later than half a minute");
        assert_eq!(told(probes(1000, 60_000, |ms| ms % 4000 == 0)), Some(false), "never for 5 s");
    }
}
