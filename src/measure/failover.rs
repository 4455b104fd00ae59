//! Probes → failover time of one path.
//!
//! *Failover time*: from `t_effect` to the intended time of the first probe that begins an unbroken run of successes
//! of at least 3 s and at least 2 probes per serving node, begun before heal is issued. (With round robin over n nodes,
//! 2n probes in a row show that each node, or its substitute, was asked twice.)
//!
//! - The outage begins with the first failed probe that was due after the injection was issued: evidence may be
//!   seen a moment after the fault bites. A run of successes before that first failure ends nothing. A run that begins
//!   before the evidence was seen gives a failover time of zero.
//! - A late outage, one before which such a run was seen after the effect, is counted from its first failed probe: a
//!   fault that first bites after a while would otherwise be charged with the time in which it did not. When less than
//!   3 s of it were left before heal, it cannot be judged: not measured.
//! - The figure is true to the time between two probes, to how late the probe that begins the run was sent (all its
//!   stamps are its intended time, but what it saw it saw later), and to how long before `t_effect` the fault may have
//!   come, which was at some moment since the last look that did not see it. A late outage is not counted from there.
//! - A failed probe that the prober itself sent late says nothing of the service: it opens no outage, and does not break
//!   a run of successes before one. A run that would end an outage is broken by it, for nobody knows that it would have
//!   succeeded in time; when such probes alone keep the service from having failed over, it is not measured.
//! - What came after such a run is counted beside it, until heal: a service that came back may fail again.
//! - No failed probe before heal: no outage, within the resolution and the limit of the probe. Only a window that lasted
//!   as planned can say so.
//! - The run may end after heal was issued, as long as it began before.
//! - A run begun only after heal: did not fail over, at least `t_effect` to `t_heal`.
//! - Every failed probe before heal was sent late by the prober: not measured, for what failed may be the prober.
//! - Heal never issued (the run was ended) and no run seen: not measured, for it might have come a moment later.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::ProbeKind;

use super::facts::{Facts, Span};
use super::figures::{Count, ProbeShare};
use super::outage::Failover;
use super::probes::{Path, Probe};
use super::requests::as_count;
use super::timeline::Marks;

/// A shorter run of successes ends no outage.
const RUN: Duration = Duration::from_secs(3);
/// Fewest probes of a run, per serving node.
const RUN_PROBES_PER_NODE: usize = 2;

/// The failover of the path that `kind` asks, and the moment at which the run of successes began.
pub fn failover(facts: &Facts, marks: &Marks, kind: ProbeKind, serving: usize) -> (Failover, Option<Stamp>) {
    let (Some(effect), Some(faulted)) = (marks.effect(), marks.faulted()) else { return (Failover::NotMeasured, None) };
    let reach = Span { from: faulted.from, to: facts.end };
    let probes = facts.probes.within(kind, reach);
    let before_heal = probes.partition_point(|probe| probe.intended < faulted.to);
    if !probes[..before_heal].iter().any(|probe| effect.contains(probe.intended)) {
        return (Failover::NotMeasured, None);
    }
    let before = &probes[..before_heal];
    let Some(first) = before.iter().find(|probe| probe.failed && !probe.late()) else {
        let fine = marks.lasted() && !before.iter().any(|probe| probe.failed);
        return (if fine { Failover::NoOutage } else { Failover::NotMeasured }, None);
    };
    let certain = |probe: &Probe| !probe.failed || !probe.late();
    let all = |_: &Probe| true;
    let least = RUN_PROBES_PER_NODE * serving.max(1);
    let late = first_run(probes, Span { from: effect.from, to: first.intended }, least, certain).is_some();
    let from = if late { first.intended } else { effect.from };
    let outage = Span { from: first.intended, to: faulted.to };
    let left = Span { from, to: effect.to }.length();
    match first_run(probes, outage, least, all) {
        Some(probe) => {
            let effect_doubt = marks.doubt().filter(|_| !late).unwrap_or_default();
            let after = Failover::After { time: probe.intended - from, late: probe.lateness(), effect_doubt };
            (after, Some(probe.intended))
        }
        None if marks.lasted() && (!late || left >= RUN) && first_run(probes, outage, least, certain).is_none() => {
            (Failover::DidNot { at_least: left }, None)
        }
        None => (Failover::NotMeasured, None),
    }
}

/// The first probe that begins a long enough run of those that `counts` chooses; the run begins within `starts`.
fn first_run(probes: &[Probe], starts: Span, least: usize, counts: impl Fn(&Probe) -> bool) -> Option<&Probe> {
    let from = probes.partition_point(|probe| probe.intended < starts.from);
    let mut run: Option<(&Probe, usize)> = None;
    for probe in probes[from..].iter().filter(|probe| counts(probe)) {
        if probe.intended >= starts.to && (probe.failed || run.is_none()) {
            return None;
        }
        if probe.failed {
            run = None;
            continue;
        }
        let (first, length) = run.map_or((probe, 1), |(first, length)| (first, length + 1));
        if length >= least && probe.intended - first.intended >= RUN {
            return Some(first);
        }
        run = Some((first, length));
    }
    None
}

/// All and failed probes through the balancer that were due within `span`.
pub fn entry(facts: &Facts, span: Span) -> Count {
    let probes = facts.probes.within(ProbeKind::Entry, span);
    let failed = probes.iter().filter(|probe| probe.failed && !probe.late()).count();
    Count { total: as_count(probes.len()), failed: as_count(failed) }
}

/// All and failed probes that were due within `span`, by kind and path.
pub fn shares(facts: &Facts, span: Span) -> Vec<ProbeShare> {
    shares_of(facts, span, |_| true)
}

/// The same of probes that had ended within `span`: one still under way at its end may have failed by what came then.
pub fn shares_ended(facts: &Facts, span: Span) -> Vec<ProbeShare> {
    shares_of(facts, span, |probe| probe.end() < span.to)
}

fn shares_of(facts: &Facts, span: Span, counts: impl Fn(&Probe) -> bool) -> Vec<ProbeShare> {
    let share = |path: &Path| {
        let count = |chosen: fn(&Probe) -> bool| {
            as_count(path.within(span).iter().filter(|probe| counts(probe) && chosen(probe)).count())
        };
        ProbeShare {
            kind: path.kind,
            path: path.node.clone(),
            probes: Count { total: count(|_| true), failed: count(|probe| probe.failed) },
            late: count(|probe| probe.late()),
        }
    };
    let mut shares: Vec<_> = facts.probes.paths.iter().map(share).filter(|share| share.probes.total > 0).collect();
    shares.sort_by(|one, other| (one.kind, &one.path).cmp(&(other.kind, &other.path)));
    shares
}
