//! Figures + expectations → [`Verdict`]: one file per check, each a pure judgement, listed in [`CHECKS`].
//!
//! Fail beats unknown beats pass. An expectation that had nothing to judge is unknown, never met. Three rules stand
//! above the single checks:
//!
//! - **Baseline.** The expectations on requests (error rate, latency, load offered) must hold before the first fault.
//!   If they do not, a window cannot be blamed on its fault: whatever it measured is unknown, and so is the run. A window
//!   that expects more than the run is unknown where the baseline did not meet what this window expects.
//!   Answers lost, phantom or duplicated fail all the same. (Without windows the baseline is the whole run and is
//!   judged like one: what is violated fails.)
//! - **Cut short.** What a window that ended before its time says of the service is unknown.
//! - **Void.** A window whose fault never took hold says nothing: its figures are unknown, and nothing is met in it. Lost,
//!   phantom and duplicated answers fail all the same.
//!
//! A run that expects nothing passes when it was conducted as planned: load offered, evidence seen, faults healed, not
//! ended early. Its sentence says that nothing was expected.
//!
//! To add a check: a file with one `pub const CHECK`, and one line in [`CHECKS`]. A check knows nothing live.

mod blind_time;
mod capacity_restored;
mod complete;
mod error_rate;
mod error_rate_after;
mod evidence;
pub mod expected;
mod failover_time;
mod false_alarms;
mod flaps;
mod healed;
mod load_offered;
mod log_lines_lost;
mod lost_answers;
mod page;
mod page_p95;
mod phantom_answers;
mod prediction;
mod recovery;
mod recovery_time;
mod sentence;
mod student_gap;
mod subject;
mod time_to_detect;
mod verdict;
mod without_redundancy;
pub mod words;

pub use load_offered::NOT_OFFERED_MAX;
pub use subject::{Scope, Subject};
pub use verdict::{Finding, Judgement, Verdict};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::{Figures, Requests};
use crate::plan::Plan;
use crate::quantity::{length, percent};
use crate::scenario::Expectations;

/// Every check, in the order of the findings.
pub const CHECKS: &[Check] = &[
    load_offered::CHECK,
    error_rate::CHECK,
    error_rate_after::CHECK,
    student_gap::CHECK,
    page_p95::CHECK,
    page::CHECK,
    evidence::CHECK,
    healed::CHECK,
    failover_time::CHECK,
    time_to_detect::CHECK,
    prediction::CHECK,
    blind_time::CHECK,
    flaps::CHECK,
    false_alarms::CHECK,
    recovery::CHECK,
    recovery_time::CHECK,
    without_redundancy::CHECK,
    capacity_restored::CHECK,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    apply_baseline_rule(plan, figures, &mut findings);
    // Of what nobody measured before the first fault nothing follows for the windows.
    findings.extend(unjudged(plan, figures, &findings));
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
    // What is judged by a usual limit was not expected by the scenario.
    let written = |name: &&str| expected::named(subject.expect()).any(|(written, _)| written == *name);
    let expectation = check.expects.filter(|_| found.judgement != Judgement::Note).filter(written);
    let finding = Finding {
        check: check.name.to_owned(),
        about: check.about,
        expectation: expectation.map(str::to_owned),
        scope: subject.scope.clone(),
        judgement: found.judgement,
        expected: found.expected,
        found: found.found,
        cases: found.cases,
        advice: found.advice,
    };
    let Some(window) = subject.window() else { return finding };
    match &window.void {
        Some(why) if says_nothing(&finding) => withdraw(finding, &format!("the window is void: {why}")),
        None if check.about == About::Service && window.cut_short => withdraw(finding, "the window was cut short"),
        _ => finding,
    }
}

/// Whether a void window takes the ground from `finding`: what it says of the service, and that answers were kept.
fn says_nothing(finding: &Finding) -> bool {
    match finding.about {
        About::Service => true,
        About::Integrity => finding.judgement == Judgement::Pass,
        About::Conduct => false,
    }
}

/// What is expected and no check had anything to judge by, such as a failover time where nothing fails: unknown.
fn unjudged(plan: &Plan, figures: &Figures, findings: &[Finding]) -> Vec<Finding> {
    let judged = |name: &str| findings.iter().any(|finding| finding.expectation.as_deref() == Some(name));
    let mut unjudged = Vec::new();
    for scope in [Scope::Run, Scope::Baseline] {
        let subject = Subject { plan, figures, scope: &scope };
        for (name, expected) in expected::named(subject.expect()).filter(|(name, _)| !judged(name)) {
            let told = |finding: &Finding| finding.expectation.as_deref() == Some(name);
            let check = CHECKS.iter().find(|check| check.expects == Some(name));
            let Some(check) = check.filter(|_| !unjudged.iter().any(told)) else { continue };
            let why = match scope {
                Scope::Baseline if !figures.windows.is_empty() => "nothing to judge it by before the first fault",
                _ => "nothing to judge it by: no window",
            };
            let found = Found::new(Judgement::Unknown, expected, why);
            unjudged.push(finding(&subject, check, found));
        }
    }
    unjudged
}

/// Withdraws what the windows say of the service when a finding of the baseline is no pass.
fn apply_baseline_rule(plan: &Plan, figures: &Figures, findings: &mut [Finding]) {
    if figures.windows.is_empty() {
        return;
    }
    let mut met = true;
    for finding in findings.iter_mut().filter(|finding| finding.scope == Scope::Baseline) {
        met &= finding.judgement <= Judgement::Pass;
        finding.judgement = finding.judgement.min(Judgement::Unknown);
    }
    for finding in findings.iter_mut().filter(|finding| finding.about == About::Service) {
        let Some(window) = finding.scope.window().and_then(|index| plan.windows.get(index)) else { continue };
        if !met {
            *finding = withdraw(finding.clone(), "the baseline did not meet what is expected of it");
        } else if let Some(worse) = worse_before(&window.expect, &figures.baseline.requests) {
            *finding = withdraw(finding.clone(), &worse);
        }
    }
}

/// What of a window's own expectations on requests was not met before the first fault.
fn worse_before(expect: &Expectations, before: &Requests) -> Option<String> {
    let fewest = [expect.error_rate, expect.error_rate_after].into_iter().flatten();
    let fewest = fewest.min_by(|one, other| one.0.total_cmp(&other.0));
    let rate = before.first_tries.rate().zip(fewest).filter(|(rate, most)| *rate > most.0);
    let slow = before.latency.p95().zip(expect.page_p95).filter(|(p95, most)| *p95 > most.0);
    let rate = rate.map(|(rate, _)| format!("an error rate of {}", percent(rate)));
    let slow = slow.map(|(p95, _)| format!("a 95th percentile of {}", length(p95)));
    rate.or(slow)
        .or_else(|| page::violated(&expect.pages, before))
        .map(|worse| format!("the baseline had {worse} itself"))
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
