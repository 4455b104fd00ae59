//! Plan + history → [`Figures`]: pure, and the only place where a figure is computed. Definitions stand beside
//! each figure and in ARCHITECTURE.md.
//!
//! One file per subject; each turns the sorted history ([`facts`]) and the marks of a window ([`timeline`]) into its
//! figures and knows nothing of expectations. To add a figure: a field in `figures.rs`, a file that computes it, one
//! line in [`measure`] or in `window`. A history may stop anywhere: what it does not tell is absent, never zero.

mod alarms;
mod already_out;
mod answers;
mod availability;
mod behind;
mod capacity_restored;
mod cases;
mod change;
mod charted;
mod class;
mod cost;
mod detected;
mod detection;
mod encoded;
mod expected;
mod facts;
mod failover;
mod figures;
mod gap;
mod inside;
mod intervals;
mod latency;
mod name;
mod offered;
mod outage;
mod probes;
mod recovery;
mod requests;
mod rush;
mod samples;
mod series;
mod spending;
mod spread;
mod stamps;
mod stores;
mod student;
mod submission;
mod thin;
mod timeline;
mod timings;
mod usage;
mod wall;

use std::collections::BTreeMap;
use std::time::Duration;

pub use alarms::{Alarms, FalseAlarm};
pub use capacity_restored::CapacityRestored;
pub use cases::{AnswerCase, Answers, CaseKind, StoreRead};
pub use class::{ClassFigures, LastMinute, STEADY, STEADY_WITHIN, Starts};
pub use cost::{ByKind, costliest};
pub use detected::{Blind, Detection, ExpectedDetection};
pub use encoded::{Encoded, NoHistogram};
pub use facts::Facts;
pub use figures::{
    Baseline, Count, Figures, Latency, ProbeSetting, ProbeShare, Requests, Spending, StartedAgain, Unmeasured,
    WindowFigures, class_name,
};
pub use inside::{Inside, Statements};
pub use intervals::{Ended, Intervals, SPREAD_MS};
pub use latency::{in_ms, nearest_rank};
pub use outage::{Availability, Failover, Recovery, WorstGap};
pub use rush::RushFigures;
pub use samples::Sample;
pub use series::{Second, Series};
pub use spread::{Range, Spread, every_spread, spreads};
pub use stamps::{Source, Timeline};
pub use student::StudentFigures;
pub use timings::{TimedPlace, TimedValue, TimingFigures};
pub use usage::{Busiest, InHand, ServiceUsage, Usage, Work};

use crate::fault;
use crate::history::{ProbeKind, Process};
use crate::plan::{Plan, Window};
use crate::topology::Topology;

use alarms::Quiet;
use answers::Audit;
use facts::Span;
use recovery::Band;
use timeline::{Concluded, Marks};

/// All figures of the run of `plan` that `facts` tell: a history, collected.
pub fn measure(plan: &Plan, topology: &Topology, facts: Facts) -> Figures {
    let mut facts = facts.close(plan);
    if let Some(only) = topology.alone() {
        requests::attribute(&mut facts, only);
    }
    let marks: Vec<_> =
        plan.windows.iter().enumerate().map(|(index, window)| Marks::read(&facts, index, window)).collect();
    let audit = Audit::new(&facts, marks.iter().map(Marks::faulted).collect());
    let whole = Span { from: facts.zero, to: facts.end + Duration::from_nanos(1) };
    let before = baseline_span(plan, &facts);
    let band = Band::of(&facts, before);
    let alarms = alarms::alarms(&facts, &Quiet::new(&facts, &marks), topology);
    let context = Context { topology, facts: &facts, audit: &audit, band: band.as_ref() };
    let windows: Vec<_> = plan.windows.iter().zip(marks).map(|(window, marks)| context.window(window, marks)).collect();
    let requests = requests::overlapping(&facts, whole);
    let series = series::series(&facts);
    Figures {
        baseline: Baseline {
            requests: requests::within(&facts, before),
            failed_probes: failover::shares_ended(&facts, before),
            length: before.length(),
        },
        spreads: spreads(plan, &windows),
        windows,
        rushes: rush::rushes(&facts, topology, alarms.as_ref()),
        alarms,
        samples: facts.samples.overlapping(whole, &requests.classes, facts.zero),
        requests,
        answers: audit.whole(),
        stores: facts.reads.clone(),
        probes: probe_settings(&facts),
        class: Some(class::class(plan, &facts, &audit)),
        usage: usage::usage(&facts, &series.seconds),
        series,
        spending: facts.accounts.spending(),
        timings: timings::timings(&facts.timed),
        unmeasured: unmeasured(&facts, &audit),
        interrupted: facts.interrupted,
        stopped: facts.stopped.clone(),
        unfinished: facts.unfinished.clone().filter(|_| !facts.interrupted),
        clock_drift: facts.clock_drift(),
        class_started: facts.since_epoch(facts.zero),
    }
}

/// From the class's start to the first injection, or to a rush before it; to its planned moment when the run never got
/// there; to the end of the class when nothing was planned.
fn baseline_span(plan: &Plan, facts: &Facts) -> Span {
    let end = facts.load_end.unwrap_or(facts.end);
    let first = timeline::inject_of(facts, 0);
    let planned = plan.windows.first().map(|window| facts.zero + window.start);
    let to = first.or(planned.map(|moment| moment.min(end))).unwrap_or(end);
    let to = facts.rushes.first().map_or(to, |rush| rush.from.min(to));
    Span { from: facts.zero, to: to.max(facts.zero) }
}

/// What every window is measured with.
struct Context<'a> {
    topology: &'a Topology,
    facts: &'a Facts,
    audit: &'a Audit<'a>,
    band: Option<&'a Band>,
}

impl Context<'_> {
    fn window(&self, planned: &Window, marks: Marks) -> WindowFigures {
        let facts = self.facts;
        let serving = self.topology.serving().len();
        let (failover, route) = failover::failover(facts, &marks, ProbeKind::Entry, serving);
        let (failover_write, _) = failover::failover(facts, &marks, ProbeKind::Write, serving);
        let said = detection::each(facts, &marks, self.topology);
        let (detection, detect) = detection::combined(facts, &marks, &said);
        let (recovery, recover) = recovery::recovery(facts, &marks, self.band);
        let faulted = marks.faulted();
        let students = faulted.map(|span| student::each(facts, self.audit, span)).unwrap_or_default();
        let requests = faulted.map(|span| requests::overlapping(facts, span));
        let samples = faulted.zip(requests.as_ref());
        WindowFigures {
            samples: samples
                .map(|(span, requests)| facts.samples.overlapping(span, &requests.classes, facts.zero))
                .unwrap_or_default(),
            title: marks.target.as_ref().map_or_else(|| planned.title(), |target| planned.titled(target)),
            fault: planned.fault.clone(),
            also: planned.also.clone(),
            planned: planned.end.saturating_sub(planned.start),
            timeline: timeline::timeline(facts, &marks, self.topology, &Concluded { detect, route, recover }),
            failed_probes: marks.effect().map(|span| failover::shares(facts, span)).unwrap_or_default(),
            blind: detection::blind(facts, &marks, &detection, self.topology),
            expected_detections: expected::detections(facts, &marks, planned, &said),
            probes_after_failover: route.zip(faulted).map(|(from, span)| failover::entry(facts, Span { from, ..span })),
            all_out: marks.reach().map(|reach| alarms::all_out_within(facts, self.topology, reach)).unwrap_or_default(),
            failover,
            failover_write,
            detection,
            availability: marks.reach().map(|reach| availability::availability(facts, reach, serving)),
            requests,
            requests_after: marks.after().map(|span| requests::within(facts, span)),
            worst_gap: faulted.map(|_| gap::worst_gap(&students)),
            students,
            recovery,
            without_redundancy: without_redundancy(planned, &marks),
            capacity_restored: capacity_restored::capacity_restored(
                facts,
                self.topology,
                &marks,
                costs_redundancy(planned),
            ),
            answers: faulted.map_or_else(never_injected, |span| self.audit.of(span)),
            oom_victims: oom_victims(facts, &marks),
            already_out: marks
                .inject
                .map(|inject| already_out::already_out(facts, self.topology, inject))
                .unwrap_or_default(),
            started_again: marks
                .started_again
                .into_iter()
                .map(|(at, target)| StartedAgain { target, at: facts.offset(at) })
                .collect(),
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

/// From effect to restored; none for a fault that leaves every service to rely on, and when restoring was not seen.
fn without_redundancy(planned: &Window, marks: &Marks) -> Option<Duration> {
    let effect = marks.effect().filter(|_| costs_redundancy(planned))?;
    marks.restored.map(|restored| restored - effect.from)
}

fn costs_redundancy(planned: &Window) -> bool {
    planned.faults().filter_map(fault::kind).any(|kind| kind.costs_redundancy)
}

/// Processes of the targets that the kernel ended from the injection until the fault was seen gone, by kind.
fn oom_victims(facts: &Facts, marks: &Marks) -> BTreeMap<Process, u64> {
    let mut victims = BTreeMap::new();
    let Some(from) = marks.inject else { return victims };
    let span = Span { from, to: marks.healed.unwrap_or(marks.reach_end) };
    for (at, service, process) in &facts.oom_kills {
        if span.contains(*at) && marks.targets().any(|target| target == &**service) {
            *victims.entry(*process).or_default() += 1;
        }
    }
    victims
}

fn probe_settings(facts: &Facts) -> Vec<ProbeSetting> {
    let setting = |(kind, rate): (&ProbeKind, &(Duration, Duration))| ProbeSetting {
        kind: *kind,
        resolution: rate.0,
        limit: rate.1,
    };
    facts.rates.iter().map(setting).collect()
}

fn unmeasured(facts: &Facts, audit: &Audit<'_>) -> Vec<Unmeasured> {
    let told = facts.unmeasured.iter().cloned();
    let log = audit.log_unread().map(|why| ("lines of answer.log".to_owned(), why.to_owned()));
    told.chain(log).map(|(what, why)| Unmeasured { what, why }).collect()
}

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
