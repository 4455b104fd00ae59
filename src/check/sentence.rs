//! The verdict in one sentence that the head of a department understands.
//!
//! `pass: web1 froze for 30 s during a quiz of 40 students: 17 saw an error, pages failed over in 11.6 s, and no answer
//! was lost (0 of 31; at most 9.7%, 95% bound)`. Of pages and writes the one that was out longer is named. With several
//! windows the worst one is told: the worst judged, then the longest out, then the one that hit most students; answers
//! and lines of `answer.log` are those of the whole run.

use std::time::Duration;

use crate::fault;
use crate::history::ProbeKind;
use crate::measure::{Answers, Failover, Figures, WindowFigures};
use crate::plan::Plan;
use crate::quantity::{length, number};
use crate::scenario::Expectations;

use super::words::{bound, failover, log_lines};
use super::{About, Finding, Judgement, Scope, load_offered};

/// The sentence of a verdict.
pub fn sentence(plan: &Plan, figures: &Figures, judgement: Judgement, findings: &[Finding]) -> String {
    let students = number(u64::from(plan.class.students), "student");
    let quiz = if plan.repeat > 1 {
        format!("{} quizzes of {students}", plan.repeat)
    } else {
        format!("a quiz of {students}")
    };
    let answers = answers(&figures.answers);
    let story = match figures.windows.as_slice() {
        [] => {
            let hurt = errors(figures.requests.students_with_error);
            format!("no fault during {quiz}: {hurt}, and {answers}")
        }
        [only] => format!("{} during {quiz}: {}, and {answers}", happened(only), effect(figures, only)),
        several => {
            let worst = worst(several, findings).unwrap_or(&several[0]);
            let count: usize = several.iter().map(|window| window.faults().count()).sum();
            let (what, hurt) = (happened(worst), effect(figures, worst));
            format!("{count} faults during {quiz}; at worst {what}: {hurt}; in all, {answers}")
        }
    };
    format!("{story}{}", reason(plan, figures, judgement, findings))
}

/// `web1 froze for 30 s`.
fn happened(window: &WindowFigures) -> String {
    let verb =
        |fault: &str| fault::kind(fault).map_or_else(|| format!("had `{fault}`"), |kind| kind.happened.to_owned());
    // Only of one by itself it may be unknown whom it hit.
    let unknown = window.target.is_none().then_some((window.fault.as_str(), window.title.as_str()));
    let hits: Vec<_> = unknown.into_iter().chain(window.hits()).collect();
    if window.void.is_some() {
        let (faults, targets): (Vec<_>, Vec<_>) = hits.into_iter().unzip();
        let (targets, faults) = (targets.join(", "), faults.join("`, `"));
        return match window.timeline.effect {
            None => format!("{targets} was not seen to be hit by `{faults}`"),
            // Something was seen: another fault of the window was not, or the fault ended, or nobody knows whether it lasted.
            Some(_) => format!("{targets} may not have been hit by `{faults}` as planned"),
        };
    }
    let (inject, heal) = (window.timeline.inject, window.timeline.heal);
    let lasted =
        inject.zip(heal).map(|(from, to)| Duration::from_secs_f64(to.saturating_sub(from).as_secs_f64().round()));
    let what = listed(&hits.iter().map(|(fault, target)| format!("{target} {}", verb(fault))).collect::<Vec<_>>());
    lasted.map_or_else(|| what.clone(), |lasted| format!("{what} for {}", length(lasted)))
}

/// `web1 vanished`, `web1 vanished and db1 froze`, `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => all.concat(),
    }
}

/// `17 saw an error, pages failed over in 11.6 s ± 129 ms`.
fn effect(figures: &Figures, window: &WindowFigures) -> String {
    let same = failover(&window.failover, None) == failover(&window.failover_write, None);
    let longest = longest(window);
    let (path, kind) = match longest {
        _ if same => ("pages and writes", ProbeKind::Entry),
        longest if *longest == window.failover => ("pages", ProbeKind::Entry),
        _ => ("writes", ProbeKind::Write),
    };
    let told = || failover(longest, figures.probes.iter().find(|setting| setting.kind == kind));
    let outage = match longest {
        Failover::NoOutage => "there was no outage".to_owned(),
        Failover::After { .. } => format!("{path} failed over in {}", told()),
        // In words of somebody who knows of no failover.
        Failover::DidNot { at_least } => {
            format!("{path} did not come back until the fault was ended (at least {})", length(*at_least))
        }
        Failover::NotMeasured => "the failover time was not measured".to_owned(),
    };
    let hurt = window.requests.as_ref().map(|requests| errors(requests.students_with_error));
    let later = window.requests_after.as_ref().map_or(0, |after| after.students_with_error);
    let later = if later > 0 { format!(", after heal {later} saw an error") } else { String::new() };
    hurt.map_or(outage.clone(), |hurt| format!("{hurt}, {outage}")) + &later
}

fn errors(students: u64) -> String {
    if students == 0 { "nobody saw an error".to_owned() } else { format!("{students} saw an error") }
}

/// `no answer was lost (0 of 31; at most 9.7%, 95% bound)`, and how many lines of `answer.log` were, if any.
fn answers(answers: &Answers) -> String {
    let lines = (answers.log_lines_lost > 0).then(|| log_lines(answers));
    let were = if answers.log_lines_lost == 1 { "was" } else { "were" };
    if answers.lost > 0 {
        let was = if answers.lost == 1 { "was" } else { "were" };
        let lines = lines.map(|lines| format!(", and so {were} {lines}")).unwrap_or_default();
        return format!("{} of {} acknowledged answers {was} lost{lines}", answers.lost, answers.acknowledged);
    }
    let told = match (&answers.unknown, bound(answers)) {
        (None, Some(bound)) => format!("no answer was lost (0 of {}; {bound})", answers.acknowledged),
        (Some(why), _) => format!("whether an answer was lost is not known ({why})"),
        (None, None) => "whether an answer was lost is not known".to_owned(),
    };
    lines.map_or_else(|| told.clone(), |lines| format!("{told}, but {lines} {were} lost"))
}

/// The longer outage of the two paths.
fn longest(window: &WindowFigures) -> &Failover {
    if window.failover_write.order() > window.failover.order() { &window.failover_write } else { &window.failover }
}

fn worst<'a>(windows: &'a [WindowFigures], findings: &[Finding]) -> Option<&'a WindowFigures> {
    let judged =
        |index: usize| findings.iter().filter(|one| one.scope.window() == Some(index)).map(|one| one.judgement).max();
    let rank = |(index, window): &(usize, &WindowFigures)| {
        let hurt = window.requests.as_ref().map(|requests| requests.students_with_error);
        (judged(*index), longest(window).order(), hurt)
    };
    // The first of equals: `max_by_key` takes the last.
    windows.iter().enumerate().rev().max_by_key(rank).map(|(_, window)| window)
}

/// What was not met; or the first thing that stood in the way of judging.
fn reason(plan: &Plan, figures: &Figures, judgement: Judgement, findings: &[Finding]) -> String {
    match judgement {
        Judgement::Note | Judgement::Pass => {
            let nothing = Expectations::default();
            let parts = [Some(&plan.expect), plan.expect_baseline.as_ref(), plan.expect_run.as_ref()];
            let windows = plan.windows.iter().map(|window| &window.expect);
            let expected = parts.into_iter().flatten().chain(windows).any(|expect| *expect != nothing);
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
            let root =
                findings.iter().filter(|finding| finding.judgement == judgement).min_by_key(|one| depth(figures, one));
            root.map_or_else(String::new, |one| {
                format!("; not judged: {}: {} (expected: {})", one.scope, one.found, one.expected)
            })
        }
    }
}

/// An order of findings by what withdraws what: the baseline and the conduct of the run stand before the service. Load that
/// was not offered because pages failed stands behind what was expected of these pages.
fn depth(figures: &Figures, finding: &Finding) -> u8 {
    let hindered = finding.check == load_offered::CHECK.name && load_offered::is_hindered(&figures.baseline.requests);
    match (&finding.scope, finding.about) {
        (Scope::Baseline, _) if hindered => 1,
        (Scope::Baseline, _) => 0,
        (_, About::Conduct) => 1,
        _ => 2,
    }
}
