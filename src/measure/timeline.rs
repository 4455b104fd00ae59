//! The marks of a window → its stamps, and the spans that the figures refer to.
//!
//! Three spans, because the definitions need three:
//!
//! - *faulted*, `t_inject` to `t_heal` (the first heal step is issued): student requests and submissions belong to a
//!   window when they overlap it. It begins with the command, since the first student may be hit before the evidence
//!   is seen; it ends with the command to heal, since what follows is the way back.
//! - *effect*, `t_effect` to `t_heal`: failover, detection, blind time, shares of failed probes.
//! - *reach*, `t_effect` to the next window's injection or the end of the class: unavailable and degraded time and
//!   recovery, for an outage does not end because healing began. It ends with the start of a rush, too: what that does is
//!   not the fault's doing.
//!
//! When the run ended before heal was issued, the spans end with the history.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{Mark, Outcome, ProbeKind};
use crate::plan::Window;
use crate::topology::Topology;

use super::facts::{Facts, Span};
use super::figures::class_name;
use super::stamps::{Source, Timeline};

/// What the history says of one window.
#[derive(Debug, Default)]
pub struct Marks {
    /// The target, once known.
    pub target: Option<String>,
    /// The first inject step was issued.
    pub inject: Option<Stamp>,
    /// The evidence was seen.
    pub effect: Option<Stamp>,
    /// The fault came no sooner: the last look that did not see it began then.
    pub not_before: Option<Stamp>,
    /// The first heal step was issued.
    pub heal: Option<Stamp>,
    /// The evidence was seen gone.
    pub healed: Option<Stamp>,
    /// Every service was ready, every role that has a primary had one, and the balancer kept no node out.
    pub restored: Option<Stamp>,
    /// What was missing in the look before that.
    pub awaited: Option<String>,
    /// When which target was put out again after heal, and started.
    pub started_again: Vec<(Stamp, String)>,
    /// Whom the window's other faults hit.
    pub also: Vec<String>,
    /// The evidence in its own words.
    pub evidence: Option<String>,
    /// Why the window says nothing.
    pub void: Option<String>,
    /// What was seen when the fault was gone although nobody had healed it.
    pub ended_early: Option<String>,
    /// Why healing could not be confirmed.
    pub heal_failed: Option<String>,
    /// The next window's injection, or the end of what is known.
    pub reach_end: Stamp,
    /// Whether the user ended the run before the window had lasted as long as planned, or the history stops within it.
    pub cut_short: bool,
}

impl Marks {
    /// Everybody who is hit, as far as that is known.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.target.iter().chain(&self.also).map(String::as_str)
    }

    /// The marks of window number `index`.
    pub fn read(facts: &Facts, index: usize, planned: &Window) -> Self {
        let also = planned.also.iter().map(|hit| hit.target.clone()).collect();
        let mut marks = Self { target: planned.target.named().map(str::to_owned), also, ..Self::default() };
        for (at, mark) in facts.marks.get(&index).into_iter().flatten() {
            marks.take(*at, mark);
        }
        let short = |from: Stamp, heal: Stamp| facts.interrupted && heal - from < planned.end - planned.start;
        // A history that stops before heal says nothing of how long the fault was there.
        marks.cut_short = marks.inject.is_some_and(|from| marks.heal.is_none_or(|heal| short(from, heal)));
        // One that was never injected ends nothing.
        let next = facts.marks.range(index + 1..).filter_map(|(later, _)| inject_of(facts, *later)).min();
        let rush =
            facts.rushes.iter().map(|rush| rush.from).find(|from| marks.inject.is_some_and(|inject| inject < *from));
        let last = next.into_iter().chain(rush).min().or(facts.load_end).unwrap_or(facts.end);
        marks.reach_end = last.max(marks.heal.unwrap_or_default());
        if marks.void.is_none() {
            marks.void = match (marks.inject, marks.effect) {
                (None, _) => Some("the run ended before the fault was injected".to_owned()),
                (_, None) => Some("the run ended before the fault was seen to be there".to_owned()),
                _ => None,
            };
        }
        if let (Some(healed), Some(next)) = (marks.healed, next)
            && healed > next
        {
            marks.heal_failed = Some("seen to be healed only after the next window had begun".to_owned());
        }
        marks
    }

    fn take(&mut self, at: Stamp, mark: &Mark) {
        match mark {
            Mark::Target { target } => self.target = Some(target.clone()),
            Mark::InjectIssued => self.inject = self.inject.or(Some(at)),
            Mark::EffectSeen { detail, not_before } => {
                if self.effect.is_none() {
                    (self.effect, self.not_before) = (Some(at), *not_before);
                }
                self.evidence.get_or_insert_with(|| detail.clone());
            }
            Mark::AlsoSeen { detail, .. } => {
                let evidence = self.evidence.get_or_insert_default();
                *evidence = format!("{evidence}; {detail}");
            }
            Mark::Void { why } => self.void = Some(why.clone()),
            Mark::StillThere { .. } => {}
            Mark::EndedEarly { why } => self.ended_early = Some(why.clone()),
            Mark::HealIssued => self.heal = self.heal.or(Some(at)),
            Mark::HealConfirmed => {
                self.healed = self.healed.or(Some(at));
                self.heal_failed = None;
            }
            Mark::HealFailed { why } if self.healed.is_none() => self.heal_failed = Some(why.clone()),
            // What is gone was neither healed nor left behind; why the run ended is told elsewhere.
            Mark::HealFailed { .. } | Mark::Gone => {}
            Mark::Restored { last } if self.restored.is_none() => {
                (self.restored, self.awaited) = (Some(at), last.clone());
            }
            Mark::Restored { .. } => {}
            Mark::StartedAgain { target } => self.started_again.push((at, target.clone())),
        }
    }

    /// Whether the window lasted long enough to say that something never happened in it.
    pub fn lasted(&self) -> bool {
        self.inject.is_some() && !self.cut_short
    }

    /// `t_inject` to `t_heal`; none when the fault was never injected.
    pub fn faulted(&self) -> Option<Span> {
        self.inject.map(|from| Span { from, to: self.heal.unwrap_or(self.reach_end) })
    }

    /// `t_effect` to `t_heal`; none for a void window.
    pub fn effect(&self) -> Option<Span> {
        let from = self.effect.filter(|_| self.void.is_none())?;
        Some(Span { from, to: self.heal.unwrap_or(self.reach_end) })
    }

    /// From the command to heal to the next window's injection: with *faulted* and the requests that overlap it, all of
    /// the way back is told. None for a void window.
    pub fn after(&self) -> Option<Span> {
        let reach = self.reach()?;
        let from = self.heal.filter(|heal| *heal < reach.to)?;
        Some(Span { from, to: reach.to })
    }

    /// The moment after which the fault came: that of the last look that did not see it, or of the command where the
    /// history does not tell; none when neither is known.
    pub fn came_after(&self) -> Option<Stamp> {
        self.not_before.or(self.inject)
    }

    /// How long before `t_effect` the fault may have come.
    pub fn doubt(&self) -> Option<Duration> {
        Some(self.effect? - self.came_after()?)
    }

    /// `t_effect` to the next window's injection; none for a void window.
    pub fn reach(&self) -> Option<Span> {
        let from = self.effect.filter(|_| self.void.is_none())?;
        Some(Span { from, to: self.reach_end })
    }
}

/// When window number `index` was injected.
pub fn inject_of(facts: &Facts, index: usize) -> Option<Stamp> {
    let marks = facts.marks.get(&index)?;
    marks.iter().find(|(_, mark)| *mark == Mark::InjectIssued).map(|(at, _)| *at)
}

/// Stamps that other figures conclude.
#[derive(Clone, Copy, Debug)]
pub struct Concluded {
    /// The responsible detector said down.
    pub detect: Option<Stamp>,
    /// The run of successes began that ends the outage.
    pub route: Option<Stamp>,
    /// The service was within the baseline's band again.
    pub recover: Option<Stamp>,
}

/// The stamps of a window, and who saw them.
pub fn timeline(facts: &Facts, marks: &Marks, topology: &Topology, concluded: &Concluded) -> Timeline {
    let offset = |moment: Option<Stamp>| moment.map(|moment| facts.offset(moment));
    let first_error = first_error(facts, marks);
    let promoted = promoted(facts, marks, topology);
    let evidence = || Source::Evidence { detail: marks.evidence.clone().unwrap_or_default() };
    let sources = [
        ("inject", marks.inject.map(|_| Source::Command)),
        ("effect", marks.effect.map(|_| evidence())),
        ("first_error", first_error.as_ref().map(|(_, source)| source.clone())),
        ("detect", concluded.detect.and_then(|at| detector(facts, marks, at))),
        ("promoted", promoted.map(|(_, service)| Source::DatabaseRole { service: service.to_owned() })),
        ("route", concluded.route.map(|_| Source::Probe { kind: ProbeKind::Entry })),
        ("recover", concluded.recover.map(|_| Source::Traffic)),
        ("heal", marks.heal.map(|_| Source::Command)),
        ("healed", marks.healed.map(|_| Source::Target)),
        ("restored", marks.restored.map(|_| Source::Cluster { awaited: marks.awaited.clone() })),
    ];
    Timeline {
        inject: offset(marks.inject),
        effect: offset(marks.effect),
        effect_doubt: marks.doubt(),
        first_error: offset(first_error.map(|(at, _)| at)),
        detect: offset(concluded.detect),
        promoted: offset(promoted.map(|(at, _)| at)),
        route: offset(concluded.route),
        recover: offset(concluded.recover),
        heal: offset(marks.heal),
        healed: offset(marks.healed),
        restored: offset(marks.restored),
        sources: sources.into_iter().filter_map(|(name, source)| Some((name.to_owned(), source?))).collect(),
    }
}

/// The detector that said at that moment that the target is down.
fn detector(facts: &Facts, marks: &Marks, at: Stamp) -> Option<Source> {
    let said = facts
        .changes
        .iter()
        .find(|change| change.at == at && change.is_down() && Some(&*change.service) == marks.target.as_deref())?;
    Some(Source::Detector { name: said.detector.to_string(), detail: said.detail.clone() })
}

/// When another service of the target's role was first seen to accept writes that did not before the injection, and
/// which; none where the role has no primary.
fn promoted<'a>(facts: &'a Facts, marks: &Marks, topology: &Topology) -> Option<(Stamp, &'a str)> {
    let (inject, target) = (marks.inject?, marks.target.as_deref()?);
    let (name, _) = topology.role_of(target).filter(|(_, role)| role.primary.is_some())?;
    let of_role = || facts.charted.primaries.iter().filter(|(_, role, ..)| role == name);
    let led = |service: &str| {
        let before = of_role().take_while(|(at, ..)| *at < inject);
        before.filter(|(_, _, other, _)| other == service).last().is_some_and(|(.., writable)| *writable)
    };
    let span = Span { from: inject, to: marks.reach_end };
    let mut after = of_role().filter(|(at, _, service, writable)| *writable && service != target && span.contains(*at));
    after.find(|(_, _, service, _)| !led(service)).map(|(at, _, service, _)| (*at, service.as_str()))
}

/// Intended time of the first student request or entry probe that was due after the injection and failed, and which of
/// them it was.
fn first_error(facts: &Facts, marks: &Marks) -> Option<(Stamp, Source)> {
    let span = Span { from: marks.inject?, to: marks.reach_end };
    let probe = facts.probes.within(ProbeKind::Entry, span).iter().find(|probe| probe.failed);
    let probe = probe.map(|probe| (probe.intended, Source::Probe { kind: ProbeKind::Entry }));
    let request = facts.requests.iter().filter(|request| span.contains(request.intended)).find_map(|request| {
        let Outcome::Failed(class) = &request.outcome else { return None };
        let student = request.student.to_string();
        Some((request.intended, Source::Student { student, step: request.step, class: class_name(class) }))
    });
    probe.into_iter().chain(request).min_by_key(|(at, _)| *at)
}
