//! The verdict in one sentence that the head of a department understands.
//!
//! `pass: web1 froze for 30 s during a quiz of 40 students: 17 saw an error, the service failed over in 11.6 s, and no
//! answer was lost (0 of 31, at most 9.7%)`. With several windows the worst one is told: the worst judged, then the
//! longest out, then the one that hit most students; the answers are those of the whole run.

use std::time::Duration;

use crate::fault;
use crate::measure::{Answers, Failover, Figures, WindowFigures};
use crate::plan::Plan;
use crate::scenario::Expectations;

use super::subject::BASELINE;
use super::words::{number, percent, seconds};
use super::{About, CHECKS, Finding, Judgement};

/// The sentence of a verdict.
pub fn sentence(plan: &Plan, figures: &Figures, judgement: Judgement, findings: &[Finding]) -> String {
    let quiz = format!("a quiz of {}", number(u64::from(plan.class.students), "student"));
    let answers = answers(&figures.answers);
    let story = match figures.windows.as_slice() {
        [] => {
            let hurt = errors(figures.requests.students_with_error);
            format!("no fault during {quiz}: {hurt}, and {answers}")
        }
        [only] => format!("{} during {quiz}: {}, and {answers}", happened(only), effect(only)),
        several => {
            let worst = worst(several, findings).unwrap_or(&several[0]);
            let count = several.len();
            format!("{count} faults during {quiz}; at worst {}: {}; in all, {answers}", happened(worst), effect(worst))
        }
    };
    format!("{story}{}", reason(plan, judgement, findings))
}

/// `web1 froze for 30 s`.
fn happened(window: &WindowFigures) -> String {
    let verb =
        fault::kind(&window.fault).map_or_else(|| format!("had `{}`", window.fault), |kind| kind.happened.to_owned());
    let target = window.target.as_deref().unwrap_or(&window.title);
    if window.void.is_some() {
        return format!("{target} was not seen to be hit by `{}`", window.fault);
    }
    let (inject, heal) = (window.timeline.inject, window.timeline.heal);
    let lasted =
        inject.zip(heal).map(|(from, to)| Duration::from_secs_f64(to.saturating_sub(from).as_secs_f64().round()));
    lasted.map_or_else(|| format!("{target} {verb}"), |lasted| format!("{target} {verb} for {}", seconds(lasted)))
}

/// `17 saw an error, the service failed over in 11.6 s`.
fn effect(window: &WindowFigures) -> String {
    let outage = match longest(window) {
        Failover::NoOutage => "there was no outage".to_owned(),
        Failover::After { time } => format!("the service failed over in {}", seconds(*time)),
        Failover::DidNot { at_least } => {
            format!("the service did not fail over (at least {}; ended by heal)", seconds(*at_least))
        }
        Failover::NotMeasured => "the failover time was not measured".to_owned(),
    };
    let hurt = window.requests.as_ref().map(|requests| errors(requests.students_with_error));
    hurt.map_or(outage.clone(), |hurt| format!("{hurt}, {outage}"))
}

fn errors(students: u64) -> String {
    if students == 0 { "nobody saw an error".to_owned() } else { format!("{students} saw an error") }
}

/// `no answer was lost (0 of 31, at most 9.7%)`.
fn answers(answers: &Answers) -> String {
    if answers.lost > 0 {
        let was = if answers.lost == 1 { "was" } else { "were" };
        return format!("{} of {} acknowledged answers {was} lost", answers.lost, answers.acknowledged);
    }
    match (&answers.unknown, answers.lost_share_upper_bound) {
        (None, Some(bound)) => {
            format!("no answer was lost (0 of {}, at most {})", answers.acknowledged, percent(bound))
        }
        (Some(why), _) => format!("whether an answer was lost is not known ({why})"),
        (None, None) => "whether an answer was lost is not known".to_owned(),
    }
}

/// The longer outage of the two paths.
fn longest(window: &WindowFigures) -> &Failover {
    if length(&window.failover_write) > length(&window.failover) { &window.failover_write } else { &window.failover }
}

/// An order of outages: not measured, none, by length, not ended.
fn length(failover: &Failover) -> (u8, Duration) {
    match failover {
        Failover::NotMeasured => (0, Duration::ZERO),
        Failover::NoOutage => (1, Duration::ZERO),
        Failover::After { time } => (2, *time),
        Failover::DidNot { at_least } => (3, *at_least),
    }
}

fn worst<'a>(windows: &'a [WindowFigures], findings: &[Finding]) -> Option<&'a WindowFigures> {
    let judged = |index: usize| findings.iter().filter(|one| one.window == Some(index)).map(|one| one.judgement).max();
    let rank = |(index, window): &(usize, &WindowFigures)| {
        let hurt = window.requests.as_ref().map(|requests| requests.students_with_error);
        (judged(*index), length(longest(window)), hurt)
    };
    // The first of equals: `max_by_key` takes the last.
    windows.iter().enumerate().rev().max_by_key(rank).map(|(_, window)| window)
}

/// What was not met; or the first thing that stood in the way of judging.
fn reason(plan: &Plan, judgement: Judgement, findings: &[Finding]) -> String {
    match judgement {
        Judgement::Pass => {
            let nothing = Expectations::default();
            let expected = plan.expect != nothing || plan.windows.iter().any(|window| window.expect != nothing);
            if expected { String::new() } else { " (nothing was expected of it)".to_owned() }
        }
        Judgement::Fail => {
            let mut violated: Vec<&str> = Vec::new();
            for finding in findings.iter().filter(|finding| finding.judgement == judgement) {
                if !violated.contains(&finding.expected.as_str()) {
                    violated.push(&finding.expected);
                }
            }
            format!("; not met: {}", violated.join(", "))
        }
        Judgement::Unknown => {
            let root = findings.iter().filter(|finding| finding.judgement == judgement).min_by_key(|one| depth(one));
            root.map_or_else(String::new, |one| {
                format!("; not judged: {}: {} (expected: {})", one.scope, one.found, one.expected)
            })
        }
    }
}

/// An order of findings by what withdraws what: the baseline and the conduct of the run stand before the service.
fn depth(finding: &Finding) -> u8 {
    let conduct = CHECKS.iter().any(|check| check.name == finding.check && check.about == About::Conduct);
    if finding.scope == BASELINE {
        0
    } else if conduct {
        1
    } else {
        2
    }
}
