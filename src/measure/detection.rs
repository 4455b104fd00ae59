//! Detectors → time to detect and blind time.
//!
//! *Time to detect*: from `t_effect` until a detector that is responsible for the target (its `watches` is the role
//! of the target's service) said that it is down, before heal was issued. A detector that noticed between the command
//! and the evidence took no time. One that had said down before the injection could not detect this fault, and one that
//! could not be read may have said so unheard: then the figure is not measured.
//!
//! A time to detect is true to how long before it was heard the verdict may have been given: since the detector was last
//! known to think otherwise. The lines of a log that is followed are heard as they are delivered, and by how much that is
//! late is not known. How long before `t_effect` the fault may have come stands apart, in the timeline.
//!
//! Where several are responsible each has a time of its own, and the window's is that of the first to speak, unless
//! another could not be read until then. *Never* is said only when all of them were silent.
//!
//! *Blind time*: the 100 ms buckets from `t_effect` to `t_heal` in which an entry or write probe or a student request
//! that later counts as failed was in flight while every detector said that every node was up. Direct probes of a node
//! are left out: they pass the balancer, so no user is hurt when they fail. A bucket in which a detector said down for
//! any part is not blind; of the last bucket only what lies before heal counts. While a detector could not be read nobody knows what it said, and the figure is not measured.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::ProbeKind;
use crate::topology::{Detector, Topology};

use super::change::Change;
use super::detected::{Blind, Detection};
use super::facts::{Facts, Span, Unread};

use super::timeline::Marks;

/// Width of a bucket, and the time between two questions to a balancer.
pub const BUCKET: Duration = Duration::from_millis(100);

/// What one responsible detector said of the target.
#[derive(Debug)]
pub struct Said<'a> {
    /// The detector.
    pub detector: &'a Detector,
    /// Its own time to detect.
    pub detection: Detection,
    /// When it said that the target is down.
    pub at: Option<Stamp>,
}

/// What each detector that is responsible for the target said, in the topology's order.
pub fn each<'a>(facts: &Facts, marks: &Marks, topology: &'a Topology) -> Vec<Said<'a>> {
    let target = marks.target.as_deref().unwrap_or_default();
    let role = topology.role_of(target).map(|(name, _)| name);
    let responsible = topology.detectors.iter().filter(|one| Some(one.watches.as_str()) == role);
    let said = |detector| {
        let (detection, at) = of_one(facts, marks, target, detector);
        Said { detector, detection, at }
    };
    responsible.map(said).collect()
}

fn not_measured(why: impl Into<String>) -> Detection {
    Detection::NotMeasured { why: why.into() }
}

fn of_one(facts: &Facts, marks: &Marks, target: &str, detector: &Detector) -> (Detection, Option<Stamp>) {
    let (Some(effect), Some(faulted)) = (marks.effect(), marks.faulted()) else {
        return (not_measured("the window is void"), None);
    };
    let name = &detector.name;
    let about = |change: &&Change| &*change.service == target && *change.detector == **name;
    if called_down(facts, detector, target, faulted.from) {
        return (not_measured(format!("the {name} had said down before the fault")), None);
    }
    let found = facts.changes.iter().filter(about).find(|change| change.is_down() && faulted.contains(change.at));
    let heard = Span { from: effect.from, to: found.map_or(effect.to, |down| down.at) };
    if let Some(unread) = unread(facts, heard).find(|unread| unread.detector == *name) {
        return (could_not_be_read(unread), None);
    }
    match found {
        Some(down) => {
            let flaps = flaps(facts, Span { from: down.at, to: faulted.to }, down);
            let within = down.not_before.map(|otherwise| down.at - otherwise);
            let time = down.at - effect.from;
            (Detection::After { detector: name.clone(), time, flaps, within }, Some(down.at))
        }
        None if marks.lasted() => {
            let health_check = detector.source.has_health_checks();
            (Detection::Never { detector: name.clone(), health_check }, None)
        }
        None => (not_measured("the window was cut short"), None),
    }
}

/// Whether the last word of `detector` on `service` before `moment` was that it is down.
pub fn called_down(facts: &Facts, detector: &Detector, service: &str, moment: Stamp) -> bool {
    let about = |change: &&Change| &*change.service == service && *change.detector == *detector.name;
    facts.changes.iter().filter(about).rfind(|change| change.at < moment).is_some_and(Change::is_down)
}

fn could_not_be_read(unread: &Unread) -> Detection {
    not_measured(format!("the {} could not be read: {}", unread.detector, unread.why))
}

/// The detection of a window in which the responsible detectors spoke like this, and its moment.
pub fn combined(facts: &Facts, marks: &Marks, said: &[Said<'_>]) -> (Detection, Option<Stamp>) {
    let Some(effect) = marks.effect() else { return (not_measured("the window is void"), None) };
    let first = said.iter().filter_map(|one| Some((one.at?, one))).min_by_key(|(at, _)| *at);
    if let Some((at, first)) = first {
        // Another may have spoken sooner, unheard.
        let until = Span { from: effect.from, to: at };
        let deaf = unread(facts, until).find(|unread| said.iter().any(|one| one.detector.name == unread.detector));
        return deaf.map_or_else(|| (first.detection.clone(), Some(at)), |unread| (could_not_be_read(unread), None));
    }
    let mut silent: Vec<&str> = Vec::new();
    let mut by_health_check = false;
    for one in said {
        match &one.detection {
            Detection::Never { detector, health_check } => {
                silent.push(detector);
                by_health_check |= health_check;
            }
            other => return (other.clone(), None),
        }
    }
    if silent.is_empty() {
        return (Detection::NoDetector, None);
    }
    (Detection::Never { detector: silent.join(" and "), health_check: by_health_check }, None)
}

/// The times within `span` in which a detector could not be read.
pub fn unread(facts: &Facts, span: Span) -> impl Iterator<Item = &Unread> {
    facts.unread.iter().filter(move |unread| span.overlaps(unread.span.from, unread.span.to))
}

/// Changes of mind after `down`, by the same detector about the same service.
fn flaps(facts: &Facts, span: Span, down: &Change) -> u64 {
    let same = |change: &&Change| change.service == down.service && change.detector == down.detector;
    let mut up = false;
    let mut flaps = 0;
    for change in facts.changes.iter().filter(same).filter(|change| span.contains(change.at)) {
        // A node that it judges no longer is in no other state than before.
        let Some(said) = change.up else { continue };
        flaps += u64::from(said != up);
        up = said;
    }
    flaps
}

/// The blind time of a window; none when it cannot be said. A detector in a service that is hit says nothing to anybody, and what it
/// would have said is not missing.
pub fn blind(facts: &Facts, marks: &Marks, detection: &Detection, topology: &Topology) -> Option<Blind> {
    let span = marks.effect()?;
    let service = |name: &str| topology.detectors.iter().find(|one| one.name == name).map(|one| one.service.as_str());
    let is_hit = |name: &str| service(name).is_some_and(|service| marks.targets().any(|target| target == service));
    if unread(facts, span).any(|unread| !is_hit(&unread.detector)) {
        return None;
    }
    let mut buckets = vec![false; span.buckets(BUCKET).len()];
    for (from, to) in failed_flights(facts).filter(|(from, to)| span.overlaps(*from, *to)) {
        set(&mut buckets, span, from, to, true);
    }
    let mut said_down = false;
    for (from, to) in down_spans(facts).into_iter().filter(|(from, to)| span.overlaps(*from, *to)) {
        set(&mut buckets, span, from, to, false);
        said_down = true;
    }
    let time =
        span.buckets(BUCKET).zip(&buckets).filter(|(_, blind)| **blind).map(|(length, _)| length).sum::<Duration>();
    let never_detected = match detection {
        Detection::Never { .. } => true,
        // Another one may have noticed what became of it.
        Detection::NoDetector => !time.is_zero() && !said_down,
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
fn failed_flights(facts: &Facts) -> impl Iterator<Item = (Stamp, Stamp)> {
    let paths = facts.probes.paths.iter().filter(|path| path.kind != ProbeKind::Node);
    let probes = paths.flat_map(|path| &path.probes).filter(|probe| probe.failed);
    let requests = facts.requests.iter().filter(|request| !request.outcome.is_success());
    probes.map(|probe| (probe.intended, probe.end())).chain(requests.map(|request| (request.intended, request.end)))
}

/// The spans in which some detector said that some node was down.
fn down_spans(facts: &Facts) -> Vec<(Stamp, Stamp)> {
    let mut spans = Vec::new();
    for (index, down) in facts.changes.iter().enumerate().filter(|(_, change)| change.is_down()) {
        let same = |change: &&Change| change.service == down.service && change.detector == down.detector;
        let no_longer = facts.changes[index + 1..].iter().filter(same).find(|change| !change.is_down());
        spans.push((down.at, no_longer.map_or(facts.end, |change| change.at)));
    }
    spans
}
