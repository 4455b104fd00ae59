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

use super::words::{number, percent, seconds};
use super::{Finding, Judgement};

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
    format!("{judgement}: {story}{}", reason(plan, judgement, findings))
}

/// `web1 froze for 30 s`.
fn happened(window: &WindowFigures) -> String {
    let verb =
        fault::kind(&window.fault).map_or_else(|| format!("had `{}`", window.fault), |kind| kind.happened.to_owned());
    let timeline = &window.timeline;
    let lasted = timeline.inject.zip(timeline.heal).map_or(window.planned, |(from, to)| to.saturating_sub(from));
    let lasted = Duration::from_secs_f64(lasted.as_secs_f64().round());
    let target = window.target.as_deref().unwrap_or(&window.title);
    if window.void.is_some() {
        return format!("{target} should have been hit by `{}` and was not", window.fault);
    }
    format!("{target} {verb} for {}", seconds(lasted))
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
    format!("{}, {outage}", errors(window.requests.students_with_error))
}

fn errors(students: u64) -> String {
    if students == 0 { "nobody saw an error".to_owned() } else { format!("{students} saw an error") }
}

/// `no answer was lost (0 of 31, at most 9.7%)`.
fn answers(answers: &Answers) -> String {
    if answers.lost > 0 {
        let was = if answers.lost == 1 { "answer was" } else { "answers were" };
        return format!("{} of {} acknowledged {was} lost", answers.lost, answers.acknowledged);
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
        (judged(*index), length(longest(window)), window.requests.students_with_error)
    };
    // The first of equals: `max_by_key` takes the last.
    windows.iter().enumerate().rev().max_by_key(rank).map(|(_, window)| window)
}

/// What was not met or not known, in the words of the first finding that decided.
fn reason(plan: &Plan, judgement: Judgement, findings: &[Finding]) -> String {
    if judgement == Judgement::Pass {
        let nothing = Expectations::default();
        let expected = plan.expect != nothing || plan.windows.iter().any(|window| window.expect != nothing);
        return if expected { String::new() } else { " (nothing was expected of it)".to_owned() };
    }
    let Some(finding) = findings.iter().find(|finding| finding.judgement == judgement) else { return String::new() };
    let word = if judgement == Judgement::Fail { "not met" } else { "not known" };
    format!("; {word}: {} ({}: {})", finding.expected, finding.scope, finding.found)
}
