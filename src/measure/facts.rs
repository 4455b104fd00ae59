//! The history sorted by subject, in one pass, so that each figure reads only what concerns it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{AuditSource, Fact, Mark, Observation, Probe, ProbeKind, Process, Request, StoredAnswer};
use crate::plan::Plan;

use super::offered;

/// A probe fails after this long when the history names no limit.
const LIMIT: Duration = Duration::from_secs(2);
/// Probes are this far apart when the history names no interval.
const INTERVAL: Duration = Duration::from_millis(50);

/// A span of the machine's clock: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Stamp,
    /// The first moment after it.
    pub to: Stamp,
}

impl Span {
    /// Whether `moment` lies in it.
    pub fn contains(self, moment: Stamp) -> bool {
        self.from <= moment && moment < self.to
    }

    /// Whether something that began at `from` and ended at `to` was under way in it.
    pub fn overlaps(self, from: Stamp, to: Stamp) -> bool {
        from < self.to && to >= self.from
    }

    /// How long it is.
    pub fn length(self) -> Duration {
        self.to - self.from
    }
}

/// A time in which a detector could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Unread<'a> {
    /// Which detector.
    pub detector: &'a str,
    /// From when until when.
    pub span: Span,
    /// Why.
    pub why: &'a str,
}

/// A detector's change of mind.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// When it was seen.
    pub at: Stamp,
    /// Who changed its mind.
    pub detector: &'a str,
    /// About whom.
    pub service: &'a str,
    /// What it now says.
    pub up: bool,
}

/// The history by subject.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    /// Offset zero of the plan.
    pub zero: Stamp,
    /// The last moment that the history knows of.
    pub end: Stamp,
    /// When the class was over.
    pub load_end: Option<Stamp>,
    /// Why the class did not get to its end; none when it did.
    pub unfinished: Option<&'a str>,
    /// Requests by intended time.
    pub requests: Vec<&'a Request>,
    /// The same by student.
    pub by_student: BTreeMap<&'a str, Vec<&'a Request>>,
    /// Actions that students told they could not send: whose, and when due.
    pub not_offered: Vec<(&'a str, Stamp)>,
    /// How late each of `requests` was sent by the load generator.
    pub lags: Vec<Duration>,
    /// When each action that was never sent was due.
    pub never_sent: Vec<Stamp>,
    /// Probes by intended time.
    pub probes: Vec<&'a Probe>,
    /// Interval and limit by kind of probe, as last told.
    pub rates: BTreeMap<ProbeKind, (Duration, Duration)>,
    /// Marks by window.
    pub marks: BTreeMap<usize, Vec<(Stamp, &'a Mark)>>,
    /// What detectors said, in order of time.
    pub changes: Vec<Change<'a>>,
    /// When which detector could not be read.
    pub unread: Vec<Unread<'a>>,
    /// Processes that the kernel ended: when, service, kind of process.
    pub oom_kills: Vec<(Stamp, &'a str, Process)>,
    /// What the stores hold.
    pub stored: Vec<&'a StoredAnswer>,
    /// Which stores could be read, with the reason when not.
    pub reads: Vec<(&'a AuditSource, Option<&'a str>)>,
    /// What could not be measured, and why.
    pub unmeasured: Vec<(&'a str, &'a str)>,
    /// Wall clock less monotonic clock, each time it was asked.
    pub clock_offsets: Vec<i128>,
    /// Whether the run was ended early.
    pub interrupted: bool,
    /// Everything else that charts show, in order of time.
    pub charted: Vec<&'a Observation>,
}

impl<'a> Facts<'a> {
    /// Sorts `history`, the run of `plan`.
    pub fn new(plan: &Plan, history: &'a [Observation]) -> Self {
        let mut facts = Self { zero: zero(history), ..Self::default() };
        for observation in history {
            facts.end = facts.end.max(observation.at);
            facts.take(observation);
        }
        facts.interrupted |= facts.load_end.is_none();
        facts.unread.iter_mut().for_each(|unread| unread.span.to = unread.span.to.min(facts.end));
        facts.requests.sort_by_key(|request| request.intended);
        facts.not_offered.sort_by_key(|(_, intended)| *intended);
        facts.probes.sort_by_key(|probe| probe.intended);
        facts.changes.sort_by_key(|change| change.at);
        facts.charted.sort_by_key(|observation| observation.at);
        for request in facts.requests.iter().copied() {
            facts.by_student.entry(&request.student).or_default().push(request);
        }
        facts.lags = offered::lags(&facts.requests);
        facts.never_sent = offered::never_sent(plan, &facts);
        facts
    }

    fn take(&mut self, observation: &'a Observation) {
        let at = observation.at;
        match &observation.fact {
            Fact::LoadEnded { complete, why } => {
                self.load_end = Some(at);
                self.unfinished = (!complete).then(|| why.as_deref().unwrap_or("the load ended early"));
            }
            Fact::Request(request) => self.requests.push(request),
            Fact::NotOffered { student, intended, .. } => self.not_offered.push((student, *intended)),
            Fact::Probe(probe) => self.probes.push(probe),
            Fact::ProbeRate { kind, interval_ns, limit_ns } => {
                self.rates.insert(*kind, (Duration::from_nanos(*interval_ns), Duration::from_nanos(*limit_ns)));
            }
            Fact::Window { window, mark } => self.marks.entry(*window).or_default().push((at, mark)),
            Fact::Detector { detector, service, up, .. } => {
                self.changes.push(Change { at, detector, service, up: *up });
            }
            Fact::DetectorRead { detector, failed } => self.read(at, detector, failed.as_deref()),
            Fact::OomKill { service, process, .. } => self.oom_kills.push((at, service, *process)),
            Fact::Clock { wall_less_monotonic_ns } => self.clock_offsets.extend(wall_less_monotonic_ns.parse::<i128>()),
            Fact::Stored(stored) => self.stored.push(stored),
            Fact::AuditRead { source, failed, .. } => self.reads.push((source, failed.as_deref())),
            Fact::Interrupted => self.interrupted = true,
            Fact::Unmeasured { what, why } => self.unmeasured.push((what, why)),
            Fact::Primary { .. } | Fact::Memory { .. } | Fact::Level { .. } => self.charted.push(observation),
            Fact::Origin { .. } | Fact::LoadStarted { .. } | Fact::OomCount { .. } | Fact::Container { .. } => {}
        }
    }

    /// A detector can be read from `at` on, or cannot.
    fn read(&mut self, at: Stamp, detector: &'a str, failed: Option<&'a str>) {
        let open = self.unread.iter_mut().rfind(|one| one.detector == detector && one.span.to == Stamp(u64::MAX));
        match (open, failed) {
            (Some(open), None) => open.span.to = at,
            (None, Some(why)) => {
                self.unread.push(Unread { detector, span: Span { from: at, to: Stamp(u64::MAX) }, why });
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// The requests of one student, by intended time.
    pub fn requests_of(&self, student: &str) -> &[&'a Request] {
        self.by_student.get(student).map_or(&[], Vec::as_slice)
    }

    /// `moment`, counted from the class's start.
    pub fn offset(&self, moment: Stamp) -> Duration {
        moment - self.zero
    }

    /// The time between two probes of `kind` on one path.
    pub fn interval(&self, kind: ProbeKind) -> Duration {
        self.rates.get(&kind).map_or(INTERVAL, |rate| rate.0)
    }

    /// Whether `probe` failed: not the right page, or not whole within the limit from its intended time.
    pub fn failed(&self, probe: &Probe) -> bool {
        let limit = self.rates.get(&probe.kind).map_or(LIMIT, |rate| rate.1);
        !probe.outcome.is_success() || probe.end - probe.intended > limit
    }

    /// Probes of `kind` that were due within `span`, in order.
    pub fn probes_in(&self, kind: ProbeKind, span: Span) -> impl Iterator<Item = &'a Probe> {
        let probes = self.probes.iter().copied();
        probes.filter(move |probe| probe.kind == kind && span.contains(probe.intended))
    }

    /// The wall clock's largest step or drift against ours.
    pub fn clock_drift(&self) -> Duration {
        let (low, high) = (self.clock_offsets.iter().min(), self.clock_offsets.iter().max());
        let drift = low.zip(high).map_or(0, |(low, high)| high.saturating_sub(*low));
        Duration::from_nanos(u64::try_from(drift).unwrap_or(u64::MAX))
    }
}

/// Offset zero; the first moment known when the class never started.
fn zero(history: &[Observation]) -> Stamp {
    let told = history.iter().find_map(|observation| match observation.fact {
        Fact::LoadStarted { zero } => Some(zero),
        _ => None,
    });
    told.or_else(|| history.iter().map(|observation| observation.at).min()).unwrap_or_default()
}
