//! Figures + expectations → [`Verdict`]: one file per check, each a pure judgement, listed in [`CHECKS`].
//!
//! Fail beats unknown beats pass. An expectation that had nothing to judge is unknown, never met. Two rules stand
//! above the single checks:
//!
//! - **Baseline.** The expectations on requests (error rate, latency, load offered) must hold before the first fault.
//!   If they do not, a window cannot be blamed on its fault: whatever it measured is unknown, and so is the run.
//!   Answers lost, phantom or duplicated fail all the same. (Without windows the baseline is the whole run and is
//!   judged like one: what is violated fails.)
//! - **Void.** A window whose fault never took hold says nothing: its figures are unknown, with the same exception.
//!
//! A run that expects nothing passes when it was conducted as planned: load offered, evidence seen, faults healed, not
//! ended early. Its sentence says that nothing was expected.
//!
//! To add a check: a file with one `pub const CHECK`, and one line in [`CHECKS`]. A check knows nothing live.

mod complete;
mod error_rate;
mod evidence;
pub mod expected;
mod failover_time;
mod healed;
mod load_offered;
mod log_lines_lost;
mod lost_answers;
mod page_p95;
mod phantom_answers;
mod prediction;
mod sentence;
mod subject;
mod time_to_detect;
mod verdict;
pub mod words;

pub use subject::{Scope, Subject};
pub use verdict::{Finding, Judgement, Verdict};

use serde::{Deserialize, Serialize};

use crate::measure::Figures;
use crate::plan::Plan;

/// Every check, in the order of the findings.
pub const CHECKS: &[Check] = &[
    load_offered::CHECK,
    error_rate::CHECK,
    page_p95::CHECK,
    evidence::CHECK,
    healed::CHECK,
    failover_time::CHECK,
    time_to_detect::CHECK,
    prediction::CHECK,
    lost_answers::CHECK,
    phantom_answers::CHECK,
    log_lines_lost::CHECK,
    complete::CHECK,
];

/// One judgement.
#[derive(Debug)]
pub struct Check {
    /// The name in findings.
    pub name: &'static str,
    /// What it judges, as one sentence.
    pub judges: &'static str,
    /// What kind of statement it makes.
    pub about: About,
    /// The expectation of a scenario that it judges; none when it judges whether anything is expected or not.
    pub expects: Option<&'static str>,
    /// The finding on one scope; none when nothing is expected there.
    pub judge: fn(&Subject<'_>) -> Option<Found>,
}

/// What kind of statement a check makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// How the service behaved: unknown in every window when the baseline was not met.
    Service,
    /// Whether answers are what students were told: fails whatever the baseline was.
    Integrity,
    /// Whether the run was conducted as planned.
    Conduct,
}

/// What a check found on one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it came to.
    pub judgement: Judgement,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The submissions that speak against it, each in a line.
    pub cases: Vec<String>,
    /// What to change, where one can say.
    pub advice: Option<String>,
}

impl Found {
    /// A finding without advice.
    pub fn new(judgement: Judgement, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { judgement, expected: expected.into(), found: found.into(), cases: Vec::new(), advice: None }
    }

    /// Pass when the expectation was met, else fail.
    pub fn met(met: bool, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(if met { Judgement::Pass } else { Judgement::Fail }, expected, found)
    }

    /// The same with the submissions that speak against it.
    pub fn naming(mut self, cases: Vec<String>) -> Self {
        self.cases = cases;
        self
    }

    /// The same with advice.
    pub fn advise(mut self, advice: Option<&str>) -> Self {
        self.advice = advice.map(str::to_owned);
        self
    }
}

/// The verdict on `figures`.
pub fn judge(plan: &Plan, figures: &Figures) -> Verdict {
    let mut findings = Vec::new();
    for scope in Scope::all(figures) {
        let subject = Subject { plan, figures, scope: &scope };
        let judged = CHECKS.iter().filter_map(|check| (check.judge)(&subject).map(|found| (check, found)));
        findings.extend(judged.map(|(check, found)| finding(&subject, check, found)));
    }
    apply_baseline_rule(figures, &mut findings);
    let worst = findings.iter().map(|finding| finding.judgement).max();
    // What is only worth noting says nothing of the run.
    let judgement = worst.filter(|worst| *worst != Judgement::Note).unwrap_or(Judgement::Unknown);
    let left_behind = figures.windows.iter().filter(|window| window.timeline.healed.is_none());
    Verdict {
        judgement,
        sentence: sentence::sentence(plan, figures, judgement, &findings),
        left_behind: left_behind
            .filter_map(|window| window.heal_failed.as_ref().map(|why| format!("{}: {why}", window.title)))
            .collect(),
        findings,
    }
}

fn finding(subject: &Subject<'_>, check: &Check, found: Found) -> Finding {
    let finding = Finding {
        check: check.name.to_owned(),
        about: check.about,
        expectation: check.expects.filter(|_| found.judgement != Judgement::Note).map(str::to_owned),
        scope: subject.scope.clone(),
        judgement: found.judgement,
        expected: found.expected,
        found: found.found,
        cases: found.cases,
        advice: found.advice,
    };
    let void = subject.window().and_then(|window| window.void.as_ref());
    match void {
        Some(why) if check.about == About::Service => withdraw(finding, &format!("the window is void: {why}")),
        None if check.about == About::Service && subject.window().is_some_and(|window| window.cut_short) => {
            withdraw(finding, "the window was cut short")
        }
        _ => finding,
    }
}

/// Withdraws what the windows say of the service when a finding of the baseline is no pass.
fn apply_baseline_rule(figures: &Figures, findings: &mut [Finding]) {
    if figures.windows.is_empty() {
        return;
    }
    let mut met = true;
    for finding in findings.iter_mut().filter(|finding| finding.scope == Scope::Baseline) {
        met &= finding.judgement <= Judgement::Pass;
        finding.judgement = finding.judgement.min(Judgement::Unknown);
    }
    for finding in findings.iter_mut().filter(|_| !met) {
        if finding.scope.window().is_some() && finding.about == About::Service {
            *finding = withdraw(finding.clone(), "the baseline did not meet what is expected of requests");
        }
    }
}

/// The finding as one that cannot be judged, for this reason. What is only worth noting was never judged.
fn withdraw(finding: Finding, why: &str) -> Finding {
    if finding.judgement == Judgement::Note {
        return finding;
    }
    let found = format!("{}; not judged: {why}", finding.found);
    Finding { judgement: Judgement::Unknown, found, advice: None, ..finding }
}

#[cfg(test)]
mod tests;
