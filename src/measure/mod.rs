//! Plan + history → [`Figures`]: pure, and the only place where a figure is computed. Definitions stand beside
//! each figure and in ARCHITECTURE.md.
//!
//! One file per subject; each turns the sorted history ([`facts`]) and the marks of a window ([`timeline`]) into its
//! figures and knows nothing of expectations. To add a figure: a field in `figures.rs`, a file that computes it, one
//! line in [`measure`] or in `window`. A history may stop anywhere: what it does not tell is absent, never zero.

mod answers;
mod availability;
mod cases;
mod detection;
mod facts;
mod failover;
mod figures;
mod gap;
mod latency;
mod offered;
mod recovery;
mod requests;
mod series;
mod stores;
mod submission;
mod timeline;

use std::collections::BTreeMap;
use std::time::Duration;

pub use cases::{AnswerCase, Answers, CaseKind};
pub use figures::{
    Availability, Baseline, Blind, Count, Detection, Failover, Figures, Latency, ProbeSetting, ProbeShare, Recovery,
    Requests, Timeline, Unmeasured, WindowFigures, WorstGap, class_name,
};
pub use series::{Second, Series};

use crate::history::{Observation, ProbeKind, Process};
use crate::plan::{Plan, Target, Window};
use crate::topology::Topology;

use answers::Audit;
use facts::{Facts, Span};
use recovery::Band;
use timeline::Marks;

/// All figures of the run that `history` tells.
pub fn measure(plan: &Plan, topology: &Topology, history: &[Observation]) -> Figures {
    let facts = Facts::new(plan, history);
    let audit = Audit::new(&facts);
    let whole = Span { from: facts.zero, to: facts.end + Duration::from_nanos(1) };
    let before = baseline_span(plan, &facts);
    let band = Band::of(&facts, before);
    let context = Context { topology, facts: &facts, audit: &audit, band: band.as_ref() };
    Figures {
        baseline: Baseline {
            requests: requests::within(&facts, before),
            failed_probes: failover::shares(&facts, before),
            length: before.length(),
        },
        windows: plan.windows.iter().enumerate().map(|(index, window)| context.window(index, window)).collect(),
        requests: requests::overlapping(&facts, whole),
        answers: audit.whole(),
        probes: probe_settings(&facts),
        series: series::series(&facts),
        unmeasured: unmeasured(&facts, &audit),
        interrupted: facts.interrupted,
        unfinished: facts.unfinished.filter(|_| !facts.interrupted).map(str::to_owned),
        clock_drift: facts.clock_drift(),
    }
}

/// From the class's start to the first injection; to its planned moment when the run never got there; to the end of
/// the class when nothing was planned.
fn baseline_span(plan: &Plan, facts: &Facts<'_>) -> Span {
    let end = facts.load_end.unwrap_or(facts.end);
    let first = timeline::inject_of(facts, 0);
    let planned = plan.windows.first().map(|window| facts.zero + window.start);
    let to = first.or(planned.map(|moment| moment.min(end))).unwrap_or(end);
    Span { from: facts.zero, to: to.max(facts.zero) }
}

/// What every window is measured with.
struct Context<'a> {
    topology: &'a Topology,
    facts: &'a Facts<'a>,
    audit: &'a Audit<'a>,
    band: Option<&'a Band>,
}

impl Context<'_> {
    fn window(&self, index: usize, planned: &Window) -> WindowFigures {
        let facts = self.facts;
        let marks = Marks::read(facts, index, planned);
        let serving = self.topology.serving().len();
        let (failover, route) = failover::failover(facts, &marks, ProbeKind::Entry, serving);
        let (failover_write, _) = failover::failover(facts, &marks, ProbeKind::Write, serving);
        let (detection, detect) = detection::detection(facts, &marks, self.topology);
        let (recovery, recover) = recovery::recovery(facts, &marks, self.band);
        let offset = |moment: Option<crate::clock::Stamp>| moment.map(|moment| facts.offset(moment));
        let faulted = marks.faulted();
        WindowFigures {
            title: marks
                .target
                .as_ref()
                .map_or_else(|| planned.title(), |target| format!("{} {target}", planned.fault)),
            fault: planned.fault.clone(),
            planned: planned.end.saturating_sub(planned.start),
            timeline: Timeline {
                detect: offset(detect),
                route: offset(route),
                recover: offset(recover),
                ..timeline::timeline(facts, &marks)
            },
            failed_probes: marks.effect().map(|span| failover::shares(facts, span)).unwrap_or_default(),
            blind: detection::blind(facts, &marks, &detection),
            failover,
            failover_write,
            detection,
            availability: marks.reach().map(|reach| availability::availability(facts, reach, serving)),
            requests: faulted.map(|span| requests::overlapping(facts, span)),
            worst_gap: faulted.map(|span| gap::worst_gap(facts, span)),
            recovery,
            without_redundancy: without_redundancy(planned, &marks),
            answers: faulted.map_or_else(never_injected, |span| self.audit.of(span)),
            oom_victims: oom_victims(facts, &marks),
            target: marks.target,
            void: marks.void,
            ended_early: marks.ended_early,
            cut_short: marks.cut_short,
            heal_failed: marks.heal_failed,
            evidence: marks.evidence,
        }
    }
}

fn never_injected() -> Answers {
    Answers { unknown: Some("the fault was never injected".to_owned()), ..Answers::default() }
}

/// From effect to restored; none for a volume, which has no second one to lose, and when restoring was not seen.
fn without_redundancy(planned: &Window, marks: &Marks) -> Option<Duration> {
    if matches!(planned.target, Target::Volume { .. }) {
        return None;
    }
    let effect = marks.effect()?;
    marks.restored.map(|restored| restored - effect.from)
}

/// Processes of the target that the kernel ended from the injection until the fault was seen gone, by kind.
fn oom_victims(facts: &Facts<'_>, marks: &Marks) -> BTreeMap<Process, u64> {
    let mut victims = BTreeMap::new();
    let Some(from) = marks.inject else { return victims };
    let span = Span { from, to: marks.healed.unwrap_or(marks.reach_end) };
    for (at, service, process) in &facts.oom_kills {
        if span.contains(*at) && marks.target.as_deref() == Some(service) {
            *victims.entry(*process).or_default() += 1;
        }
    }
    victims
}

fn probe_settings(facts: &Facts<'_>) -> Vec<ProbeSetting> {
    let setting = |(kind, rate): (&ProbeKind, &(Duration, Duration))| ProbeSetting {
        kind: *kind,
        resolution: rate.0,
        limit: rate.1,
    };
    facts.rates.iter().map(setting).collect()
}

fn unmeasured(facts: &Facts<'_>, audit: &Audit<'_>) -> Vec<Unmeasured> {
    let told = facts.unmeasured.iter().map(|(what, why)| ((*what).to_owned(), (*why).to_owned()));
    let log = audit.log_unread().map(|why| ("lines of answer.log".to_owned(), why.to_owned()));
    told.chain(log).map(|(what, why)| Unmeasured { what, why }).collect()
}

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
