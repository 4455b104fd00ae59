//! The history sorted by subject, taken in one observation after the other, so that each figure reads only what concerns
//! it. Of what a history repeats by the million (probes, requests) only that is kept which some figure needs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{self, Fact, Mark, Observation, Outcome, ProbeKind, Process, Step, Timed, Told};
use crate::plan::Plan;
use crate::topology::Language;

use super::cases::StoreRead;
use super::change::Change;
use super::charted::Charted;
use super::inside::SaidInside;
use super::name::{Name, Names};
use super::offered::{self, Unsent};
use super::probes::{Probes, insert};
use super::samples::Samples;
use super::spending::{Account, Accounts};
use super::stores::Stores;
use super::usage::{Asked, Meter, OwnMeters};

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

    /// The lengths of the buckets of `width` that it is made of: of the last one only what lies in it.
    pub fn buckets(self, width: Duration) -> impl ExactSizeIterator<Item = Duration> {
        let length = self.length();
        let count = u32::try_from(length.as_nanos().div_ceil(width.as_nanos())).unwrap_or(u32::MAX);
        (0..count).map(move |index| width.min(length.saturating_sub(width * index)))
    }

    /// How long it is.
    pub fn length(self) -> Duration {
        self.to - self.from
    }
}

/// A time in which a detector could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Which detector.
    pub detector: String,
    /// From when until when.
    pub span: Span,
    /// Why.
    pub why: String,
}

/// The number of each problem, from 1, and what a student wrote there.
pub type Written = Box<[(u32, Name)]>;

/// The graded submission that a request carried.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Number of the submission within the student's plan, from 1.
    pub number: u32,
    /// The set version.
    pub version: Name,
    /// The token of each answered problem.
    pub tokens: Written,
    /// What the student was told.
    pub told: Told,
}

/// The answers that a page showed as the student's last ones.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The set version that was looked at.
    pub version: Name,
    /// What stands in each problem's field; empty where nothing does.
    pub answers: Written,
}

/// One request of one student, as figures need it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The student's login.
    pub student: Name,
    /// What it was for.
    pub step: Step,
    /// 0 for the first try, then 1, 2, ...
    pub retry: u32,
    /// When the plan wanted it sent (retries: when the student decided to).
    pub intended: Stamp,
    /// When it was sent.
    pub sent: Stamp,
    /// When it was over.
    pub end: Stamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The node that served it, when the answer named one.
    pub node: Option<Name>,
    /// Whether the page carried WeBWorK's block of warnings.
    pub warned: bool,
    /// For a grade: what was submitted and what the student was told.
    pub submission: Option<Box<Submission>>,
    /// For a look at a test: the answers that the page showed.
    pub shown: Option<Box<Shown>>,
}

impl Request {
    fn new(request: history::Request, names: &mut Names) -> Self {
        Self {
            student: names.one(&request.student),
            step: request.step,
            retry: request.retry,
            intended: request.intended,
            sent: request.sent,
            end: request.end,
            outcome: request.outcome,
            node: request.node.map(|node| names.one(&node)),
            warned: request.warned,
            submission: request.submission.map(|submission| {
                let (version, tokens) = (names.one(&submission.version), names.written(&submission.tokens));
                Box::new(Submission { number: submission.number, version, tokens, told: submission.told })
            }),
            shown: request.shown.map(|shown| {
                let (version, answers) = (names.one(&shown.version), names.written(&shown.answers));
                Box::new(Shown { version, answers })
            }),
        }
    }
}

/// The history by subject.
#[derive(Debug, Default)]
pub struct Facts {
    /// Offset zero of the plan; the first moment known when the class never started.
    pub zero: Stamp,
    /// The last moment that the history knows of.
    pub end: Stamp,
    /// When the class was over.
    pub load_end: Option<Stamp>,
    /// Whether the class does homework, whose previews store nothing.
    pub homework: bool,
    /// Why the class did not get to its end; none when it did.
    pub unfinished: Option<String>,
    /// Requests of the class by intended time.
    pub requests: Vec<Request>,
    /// Requests of the students of a rush, likewise: they are load, and no figure of the class holds them.
    pub rush_requests: Vec<Request>,
    /// The rush of each sitting.
    pub rushes: Vec<Span>,
    /// What failed requests brought, one of each class between two marks of windows.
    pub samples: Samples,
    /// Places in `requests` by student, in the same order.
    pub by_student: BTreeMap<Name, Vec<usize>>,
    /// Actions that students told they could not send: whose, and when due.
    pub not_offered: Vec<(Name, Stamp)>,
    /// How late each of `requests` was sent by the load generator.
    pub lags: Vec<Duration>,
    /// Each action that was never sent.
    pub never_sent: Vec<Unsent>,
    /// Probes by path and intended time.
    pub probes: Probes,
    /// Interval and limit by kind of probe, as last told.
    pub rates: BTreeMap<ProbeKind, (Duration, Duration)>,
    /// Marks by window.
    pub marks: BTreeMap<usize, Vec<(Stamp, Mark)>>,
    /// What detectors said, in order of time.
    pub changes: Vec<Change>,
    /// When which detector could not be read.
    pub unread: Vec<Unread>,
    /// Processes that the kernel ended: when, service, kind of process.
    pub oom_kills: Vec<(Stamp, Name, Process)>,
    /// What each detector's configuration files say, by their language.
    pub configurations: BTreeMap<String, BTreeMap<Language, String>>,
    /// What the stores hold.
    pub stores: Stores,
    /// Which stores were read, and which could not be.
    pub reads: Vec<StoreRead>,
    /// What could not be measured, and why.
    pub unmeasured: Vec<(String, String)>,
    /// What commands of the topology timed.
    pub timed: Vec<Timed>,
    /// Least and most that the wall clock was ahead of the monotonic clock.
    pub clock_offsets: Option<(i128, i128)>,
    /// What looking has cost.
    pub accounts: Accounts,
    /// Whether the run was ended early.
    pub interrupted: bool,
    /// Why wwchaos itself ended the run early.
    pub stopped: Option<String>,
    /// What the load generator used of the processors, and with it everything else that looks.
    pub own: OwnMeters,
    /// What each service used of its processors.
    pub meters: BTreeMap<String, Meter>,
    /// What balancers had in hand for each node, in order of time.
    pub in_hand: BTreeMap<String, Vec<Asked>>,
    /// What app, databases and volumes told of themselves.
    pub inside: SaidInside,
    /// Everything else that charts show.
    pub charted: Charted,
    names: Names,
    started: Option<Stamp>,
    first: Option<Stamp>,
}

impl FromIterator<Observation> for Facts {
    fn from_iter<I: IntoIterator<Item = Observation>>(history: I) -> Self {
        let mut facts = Self::default();
        history.into_iter().for_each(|observation| facts.take(observation));
        facts
    }
}

impl Facts {
    /// Takes in the next observation.
    pub fn take(&mut self, observation: Observation) {
        let at = observation.at;
        self.end = self.end.max(at);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        match observation.fact {
            Fact::LoadStarted { zero } => self.started = self.started.or(Some(zero)),
            Fact::LoadEnded { complete, why } => {
                self.load_end = Some(at);
                self.unfinished = (!complete).then(|| why.unwrap_or_else(|| "the load ended early".to_owned()));
            }
            Fact::Request(request) => {
                self.samples.take(&request);
                let request = Request::new(request, &mut self.names);
                insert(&mut self.requests, request, |request| request.intended);
            }
            Fact::NotOffered { student, intended, .. } => {
                insert(&mut self.not_offered, (self.names.one(&student), intended), |one| one.1);
            }
            Fact::Probe(probe) => self.probes.take(&probe),
            Fact::ProbeRate { kind, interval_ns, limit_ns } => {
                self.rates.insert(kind, (Duration::from_nanos(interval_ns), Duration::from_nanos(limit_ns)));
            }
            Fact::Window { window, mark } => {
                if matches!(mark, Mark::InjectIssued | Mark::HealIssued) {
                    self.samples.mark(at);
                }
                self.marks.entry(window).or_default().push((at, mark));
            }
            Fact::Detector { detector, service, up, detail, not_before } => {
                let (detector, service) = (self.names.one(&detector), self.names.one(&service));
                insert(&mut self.changes, Change { at, detector, service, up, detail, not_before }, |change| change.at);
            }
            Fact::Configuration { detector, language, text, .. } => {
                self.configurations.entry(detector).or_default().insert(language, text);
            }
            Fact::DetectorRead { detector, failed, since } => self.read(at, detector, failed, since),
            Fact::OomKill { service, process, .. } => self.oom_kills.push((at, self.names.one(&service), process)),
            Fact::Clock { wall_less_monotonic_ns } => {
                let Ok(offset) = wall_less_monotonic_ns.parse() else { return };
                let (low, high) = self.clock_offsets.unwrap_or((offset, offset));
                self.clock_offsets = Some((low.min(offset), high.max(offset)));
            }
            spent @ Fact::Spent { .. } => self.spent(at, &spent),
            Fact::IdleDaemons { cpu_ns, length_ns } => {
                self.accounts.take_idle(Duration::from_nanos(cpu_ns), Duration::from_nanos(length_ns));
            }
            Fact::Stored(stored) => self.stores.take(&stored, &mut self.names),
            Fact::AuditRead { source, rows, failed } => self.reads.push(StoreRead { source, rows, failed }),
            Fact::Interrupted => self.interrupted = true,
            Fact::Stopped { why } => {
                self.interrupted = true;
                self.stopped.get_or_insert(why);
            }
            Fact::Timed(timed) => self.timed.push(timed),
            Fact::Unmeasured { what, why } => self.unmeasured.push((what, why)),
            Fact::Cpu { service, used_ns, periods, throttled } => {
                let meter = self.meters.entry(service).or_default();
                meter.take(at, Duration::from_nanos(used_ns), periods.zip(throttled));
            }
            Fact::InHand { service, requests, queued, .. } => {
                insert(self.in_hand.entry(service).or_default(), (at, (requests, queued)), |one| one.0);
            }
            Fact::Primary { .. } | Fact::Position { .. } | Fact::Memory { .. } | Fact::Level { .. } => {
                self.charted.take(at, observation.fact);
            }
            Fact::Origin { .. } | Fact::Container { .. } => {}
            inside => self.inside.take(at, inside),
        }
    }

    fn spent(&mut self, at: Stamp, fact: &Fact) {
        let Fact::Spent { harness_ns, class_ns, daemons_ns, harness_peak_bytes } = *fact else { return };
        self.own.take(at, class_ns, harness_ns.saturating_add(daemons_ns.unwrap_or_default()));
        self.accounts.take(Account {
            at,
            harness: Duration::from_nanos(harness_ns),
            class: Duration::from_nanos(class_ns),
            daemons: daemons_ns.map(Duration::from_nanos),
            harness_peak_bytes,
        });
    }

    /// A detector can be read from `at` on; or it was seen then that it cannot, since `since` where that is told.
    fn read(&mut self, at: Stamp, detector: String, failed: Option<String>, since: Option<Stamp>) {
        let open = self.unread.iter_mut().rfind(|one| one.detector == detector && one.span.to == Stamp(u64::MAX));
        match (open, failed) {
            (Some(open), None) => open.span.to = at,
            (None, Some(why)) => {
                self.unread.push(Unread {
                    detector,
                    span: Span { from: since.unwrap_or(at), to: Stamp(u64::MAX) },
                    why,
                });
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// Draws the conclusions that need the whole history, the run of `plan`.
    pub fn close(mut self, plan: &Plan) -> Self {
        self.zero = self.started.or(self.first).unwrap_or_default();
        self.homework = plan.is_homework();
        self.interrupted |= self.load_end.is_none();
        self.charted.behind.settle(self.end);
        self.unread.iter_mut().for_each(|unread| unread.span.to = unread.span.to.min(self.end));
        self.set_rushes_apart(plan);
        let rates = &self.rates;
        self.probes.judge(|kind| rates.get(&kind).map_or(LIMIT, |rate| rate.1));
        for (place, request) in self.requests.iter().enumerate() {
            self.by_student.entry(Name::clone(&request.student)).or_default().push(place);
        }
        self.lags = offered::lags(&self.requests);
        self.never_sent = offered::never_sent(plan, &self);
        self
    }

    fn set_rushes_apart(&mut self, plan: &Plan) {
        let moment = |offset: Duration| self.zero + offset;
        self.rushes = plan.rushes.iter().map(|rush| Span { from: moment(rush.start), to: moment(rush.end) }).collect();
        if self.rushes.is_empty() {
            return;
        }
        let of_rush = plan.students.iter().filter(|student| student.rush_until.is_some());
        let logins: BTreeSet<&str> = of_rush.map(|student| student.login.as_str()).collect();
        let all = std::mem::take(&mut self.requests).into_iter();
        (self.rush_requests, self.requests) = all.partition(|request| logins.contains(&*request.student));
    }

    /// Whether the class ran to its end: then every request that was sent is in the history.
    pub fn is_complete(&self) -> bool {
        self.unfinished.is_none() && self.load_end.is_some()
    }

    /// The requests of one student, by intended time.
    pub fn requests_of(&self, student: &str) -> impl Iterator<Item = &Request> {
        let places = self.by_student.get(student).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.requests.get(*place))
    }

    /// `moment`, counted from the class's start.
    pub fn offset(&self, moment: Stamp) -> Duration {
        moment - self.zero
    }

    /// The time between two probes of `kind` on one path.
    pub fn interval(&self, kind: ProbeKind) -> Duration {
        self.rates.get(&kind).map_or(INTERVAL, |rate| rate.0)
    }
}
