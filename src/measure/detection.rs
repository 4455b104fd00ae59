//! Detectors → time to detect and blind time.
//!
//! *Time to detect*: from `t_effect` until a detector that is responsible for the target (its `watches` is the role
//! of the target's service) said that it is down, before heal was issued. A detector that noticed between the command
//! and the evidence took no time. One that had said down before the injection could not detect this fault, and one that
//! could not be read may have said so unheard: then the figure is not measured.
//!
//! *Blind time*: the 100 ms buckets from `t_effect` to `t_heal` in which an entry or write probe or a student request
//! that later counts as failed was in flight while every detector said that every node was up. Direct probes of a node
//! are left out: they pass the balancer, so no user is hurt when they fail. A bucket in which a detector said down for
//! any part is not blind. While a detector could not be read nobody knows what it said, and the figure is not measured.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::ProbeKind;
use crate::topology::Topology;

use super::facts::{Change, Facts, Span, Unread};
use super::figures::{Blind, Detection};
use super::timeline::Marks;

/// Width of a bucket.
pub const BUCKET: Duration = Duration::from_millis(100);

/// The detection of a window, and its moment.
pub fn detection(facts: &Facts<'_>, marks: &Marks, topology: &Topology) -> (Detection, Option<Stamp>) {
    let not_measured = |why: String| (Detection::NotMeasured { why }, None);
    let (Some(effect), Some(faulted)) = (marks.effect(), marks.faulted()) else {
        return not_measured("the window is void".to_owned());
    };
    let target = marks.target.as_deref().unwrap_or_default();
    let role = topology.role_of(target).map(|(name, _)| name);
    let responsible: Vec<&str> = topology
        .detectors
        .iter()
        .filter(|one| Some(one.watches.as_str()) == role)
        .map(|one| one.name.as_str())
        .collect();
    let Some(first) = responsible.first() else { return (Detection::NoDetector, None) };
    let about = |change: &&Change<'_>| change.service == target && responsible.contains(&change.detector);
    let before = facts.changes.iter().filter(about).rfind(|change| change.at < faulted.from);
    if let Some(change) = before.filter(|change| !change.up) {
        return not_measured(format!("the {} had said down before the fault", change.detector));
    }
    let found = facts.changes.iter().filter(about).find(|change| !change.up && faulted.contains(change.at));
    let heard = Span { from: effect.from, to: found.map_or(effect.to, |down| down.at) };
    if let Some(unread) = unread(facts, heard).find(|unread| responsible.contains(&unread.detector)) {
        return not_measured(format!("the {} could not be read: {}", unread.detector, unread.why));
    }
    match found {
        Some(down) => {
            let rest = Span { from: down.at, to: faulted.to };
            let flaps = flaps(facts, rest, down);
            let time = down.at - effect.from;
            (Detection::After { detector: down.detector.to_owned(), time, flaps }, Some(down.at))
        }
        None if marks.lasted() => (Detection::Never { detector: (*first).to_owned() }, None),
        None => not_measured("the window was cut short".to_owned()),
    }
}

/// The times within `span` in which a detector could not be read.
fn unread<'a>(facts: &'a Facts<'_>, span: Span) -> impl Iterator<Item = &'a Unread<'a>> {
    facts.unread.iter().filter(move |unread| span.overlaps(unread.span.from, unread.span.to))
}

/// Changes of mind after `down`, by the same detector about the same service.
fn flaps(facts: &Facts<'_>, span: Span, down: &Change<'_>) -> u64 {
    let same = |change: &&Change<'_>| change.service == down.service && change.detector == down.detector;
    let mut up = false;
    let mut flaps = 0;
    for change in facts.changes.iter().filter(same).filter(|change| span.contains(change.at)) {
        flaps += u64::from(change.up != up);
        up = change.up;
    }
    flaps
}

/// The blind time of a window; none when it cannot be said.
pub fn blind(facts: &Facts<'_>, marks: &Marks, detection: &Detection) -> Option<Blind> {
    let span = marks.effect()?;
    if unread(facts, span).next().is_some() {
        return None;
    }
    let count = span.length().as_millis().div_ceil(BUCKET.as_millis());
    let mut buckets = vec![false; usize::try_from(count).unwrap_or_default()];
    for (from, to) in failed_flights(facts).filter(|(from, to)| span.overlaps(*from, *to)) {
        set(&mut buckets, span, from, to, true);
    }
    for (from, to) in down_spans(facts) {
        if span.overlaps(from, to) {
            set(&mut buckets, span, from, to, false);
        }
    }
    let time = BUCKET * u32::try_from(buckets.iter().filter(|blind| **blind).count()).unwrap_or(u32::MAX);
    let never_detected = match detection {
        Detection::Never { .. } => true,
        Detection::NoDetector => !time.is_zero(),
        _ => false,
    };
    Some(Blind { time, never_detected })
}

fn bucket(span: Span, moment: Stamp) -> usize {
    usize::try_from((moment - span.from).as_millis() / BUCKET.as_millis()).unwrap_or(usize::MAX)
}

fn set(buckets: &mut [bool], span: Span, from: Stamp, to: Stamp, value: bool) {
    let last = bucket(span, to.min(span.to));
    let end = (last + 1).min(buckets.len());
    buckets[bucket(span, from).min(end)..end].fill(value);
}

/// From intended send to end, of every probe and student request that failed.
fn failed_flights<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (Stamp, Stamp)> + 'a {
    let probes = facts.probes.iter().filter(|probe| probe.kind != ProbeKind::Node && facts.failed(probe));
    let requests = facts.requests.iter().filter(|request| !request.outcome.is_success());
    probes.map(|probe| (probe.intended, probe.end)).chain(requests.map(|request| (request.intended, request.end)))
}

/// The spans in which some detector said that some node was down.
fn down_spans(facts: &Facts<'_>) -> Vec<(Stamp, Stamp)> {
    let mut spans = Vec::new();
    for (index, down) in facts.changes.iter().enumerate().filter(|(_, change)| !change.up) {
        let same = |change: &&Change<'_>| change.service == down.service && change.detector == down.detector;
        let up = facts.changes[index + 1..].iter().filter(same).find(|change| change.up);
        spans.push((down.at, up.map_or(facts.end, |change| change.at)));
    }
    spans
}
