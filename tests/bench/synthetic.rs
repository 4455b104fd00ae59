//! A synthetic run of any length: what a class of 40 on `two-node` leaves in a history, second by second, the same for
//! every call. A window freezes web1 from 60 s to 90 s as the scenario `freeze` has it; then class follows class, each
//! with students of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wwchaos::clock::Stamp;
use wwchaos::history::{
    AuditSource, ErrorClass, Fact, Mark, Observation, Outcome, Probe, ProbeKind, Recorder, Request, Shown, Step,
    StoredAnswer, Submission, Told, Writer,
};
use wwchaos::library::Library;
use wwchaos::plan::{Plan, login};
use wwchaos::setup::Setup;
use wwchaos::store::{Folder, Preface};
use wwchaos::webwork::answers;

const ZERO: Stamp = Stamp(1_000_000_000_000);
const STUDENTS: u32 = 40;
/// Seconds that a class takes.
const SESSION: u64 = 600;
const PROBLEMS: u32 = 5;
const VERSION: &str = "Quiz1,v1";
/// What each student does, 36 s apart.
const JOURNEY: [Step; 16] = [
    Step::Refresh,
    Step::Login,
    Step::SetList,
    Step::QuizInfo,
    Step::Start,
    Step::View,
    Step::Preview,
    Step::View,
    Step::Grade,
    Step::View,
    Step::Preview,
    Step::Grade,
    Step::View,
    Step::Grade,
    Step::Review,
    Step::Logout,
];
const SERVICES: [&str; 7] = ["db1", "db2", "fencer", "lb", "quorum", "web1", "web2"];

/// How long a run is.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// So many minutes.
    Minutes(u64),
    /// At least so many observations, in less than the day that a history may tell of: twice as many probes.
    Observations(u64),
}

impl Length {
    /// How many times as many probes there are as in a run.
    fn dense(self) -> u64 {
        match self {
            Self::Minutes(_) => 1,
            Self::Observations(_) => 2,
        }
    }
}

/// Writes a run below `reports` through the program's own writer. `minute` is told when each minute has been written.
pub async fn write(reports: &Path, length: Length, mut minute: impl FnMut(u64)) -> anyhow::Result<Folder> {
    let library = Library::new(None)?;
    let mut scenario = library.scenario("freeze")?;
    scenario.class.students = STUDENTS;
    let topology = library.cluster(&scenario.topology, &scenario.app)?;
    let plan = Plan::new(&scenario, &topology, 7)?;
    let folder = Folder::create(reports, &plan.scenario)?;
    let setup = Setup { app: "synthetic".to_owned(), stand_in: true, ..Setup::default() };
    let preface = Preface { started: "2026-01-15T10:00:00Z".to_owned(), tool: "bench".to_owned(), setup, topology };
    let origin = folder.write_before(&plan, &preface)?;
    let (recorder, receiver) = Recorder::channel();
    let path = folder.history_path();
    let written = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&written);
    let look = move |_: &Observation| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let writer = tokio::spawn(async move { Writer::run(&path, receiver, std::future::pending(), look).await });
    let mut run = Run { recorder, told: 0, planned: 0, waiting: BTreeMap::new(), dense: length.dense() };
    run.tell(ZERO, origin);
    run.begin();
    let mut second = 0;
    while match length {
        Length::Minutes(minutes) => second < minutes * 60,
        Length::Observations(count) => run.told < count,
    } {
        run.second(second);
        second += 1;
        // A run records as fast as things happen; nothing piles up before the writer.
        while written.load(Ordering::Relaxed) < run.told && !writer.is_finished() {
            tokio::task::yield_now().await;
        }
        if second % 60 == 0 {
            minute(second / 60);
        }
    }
    run.end(second);
    drop(run);
    writer.await??;
    Ok(folder)
}

struct Run {
    recorder: Recorder,
    told: u64,
    planned: u64,
    /// What is known only later, by the moment at which it is known.
    waiting: BTreeMap<(Stamp, u64), Fact>,
    /// How many times as many probes there are as in a run.
    dense: u64,
}

impl Run {
    fn tell(&mut self, at: Stamp, fact: Fact) {
        self.told += 1;
        self.recorder.forward(Observation { at, fact });
    }

    /// Tells `fact` when it is known.
    fn later(&mut self, at: Stamp, fact: Fact) {
        self.planned += 1;
        self.waiting.insert((at, self.planned), fact);
    }

    fn begin(&mut self) {
        self.tell(ZERO, Fact::LoadStarted { zero: ZERO });
        for (kind, interval_ns) in
            [(ProbeKind::Entry, 50_000_000), (ProbeKind::Node, 500_000_000), (ProbeKind::Write, 1_000_000_000)]
        {
            let interval_ns = interval_ns / self.dense;
            self.tell(ZERO, Fact::ProbeRate { kind, interval_ns, limit_ns: 2_000_000_000 });
        }
        let text = |text: &str| text.to_owned();
        for (ms, mark) in [
            (60_000, Mark::Target { target: text("web1") }),
            (60_001, Mark::InjectIssued),
            (60_050, Mark::EffectSeen { detail: text("engine: web1 is paused"), not_before: None }),
            (90_000, Mark::StillThere { detail: text("engine: web1 is paused") }),
            (90_001, Mark::HealIssued),
            (92_000, Mark::HealConfirmed),
            (95_000, Mark::Restored { last: None }),
        ] {
            self.later(at(ms), Fact::Window { window: 0, mark });
        }
        for (ms, up) in [(67_000, false), (94_000, true)] {
            let (detector, service) = (text("balancer"), text("web1"));
            self.later(
                at(ms),
                Fact::Detector { detector, service, up: Some(up), detail: text("L7TOUT"), not_before: None },
            );
        }
    }

    /// Everything that is asked or seen in one second.
    fn second(&mut self, second: u64) {
        let start = second * 1000;
        for turn in 0..20 * self.dense {
            self.probe(ProbeKind::Entry, None, start + turn * 50 / self.dense, turn);
        }
        for turn in 0..4 * self.dense {
            self.probe(ProbeKind::Node, Some(node(turn)), start + turn / 2 * 500 / self.dense, turn);
        }
        for turn in 0..self.dense {
            self.probe(ProbeKind::Write, None, start + 20 + turn * 1000 / self.dense, second);
        }
        for (service, part) in SERVICES.iter().zip(3..) {
            let used_bytes = (268_435_456 / part) + (second * 7919 * part) % 4_000_000;
            let memory = Fact::Memory { service: (*service).to_owned(), used_bytes, limit_bytes: 268_435_456 };
            self.later(at(start + 10), memory);
        }
        let wall_less_monotonic_ns = (1_767_225_600_000_000_000_i128 + i128::from(second * 31 % 977)).to_string();
        self.later(at(start + 5), Fact::Clock { wall_less_monotonic_ns });
        for student in 0..STUDENTS {
            let Some(place) = (second % SESSION).checked_sub(u64::from(student) % 36) else { continue };
            let step = usize::try_from(place / 36).ok().and_then(|index| JOURNEY.get(index).map(|step| (index, *step)));
            if let (Some((index, step)), 0) = (step, place % 36) {
                self.request(number(second, student), index, step, start + u64::from(student) * 23);
            }
        }
        let known = self.waiting.split_off(&(at(start + 1000), 0));
        for ((moment, _), fact) in std::mem::replace(&mut self.waiting, known) {
            self.tell(moment, fact);
        }
    }

    fn probe(&mut self, kind: ProbeKind, path: Option<&str>, ms: u64, turn: u64) {
        let asked = path.unwrap_or(node(turn));
        let frozen = asked == "web1" && (60_050..if path.is_some() { 90_000 } else { 67_000 }).contains(&ms);
        let took = if frozen { 2_000_000_000 } else { 30_000_000 + (ms * 7919) % 40_000_000 };
        let outcome = if frozen { Outcome::Failed(ErrorClass::Timeout) } else { Outcome::Success };
        let (intended, end) = (at(ms), at(ms) + Duration::from_nanos(took));
        let sent = intended + Duration::from_nanos(ms * 31 % 900_000);
        let node = (!frozen).then(|| asked.to_owned());
        self.later(
            end,
            Fact::Probe(Probe {
                kind,
                path: path.map(str::to_owned),
                intended,
                sent,
                first_byte: Some(end),
                end,
                outcome,
                node,
            }),
        );
    }

    fn request(&mut self, number: u32, index: usize, step: Step, ms: u64) {
        let (intended, sent) = (at(ms), at(ms) + Duration::from_nanos(ms * 31 % 900_000));
        let end = intended + Duration::from_nanos(80_000_000 + (ms * 7919) % 120_000_000);
        let version = VERSION.to_owned();
        let before = grades(index);
        let shown = matches!(step, Step::Start | Step::View | Step::Preview | Step::Review).then(|| Shown {
            version: version.clone(),
            answers: answers(number, before, if before == 0 { 0 } else { PROBLEMS }),
        });
        let submission = (step == Step::Grade).then(|| {
            let tokens = answers(number, before + 1, PROBLEMS);
            Submission { number: before + 1, version, tokens, told: Told::Acknowledged }
        });
        let request = Request {
            student: login(number),
            step,
            retry: 0,
            intended,
            sent,
            first_byte: Some(end),
            end,
            outcome: Outcome::Success,
            node: Some(node(ms / 23).to_owned()),
            warned: false,
            submission,
            shown,
            sample: None,
        };
        self.later(end, Fact::Request(request));
    }

    /// The class ends, and the stores are read: every submission is in them.
    fn end(&mut self, seconds: u64) {
        for ((moment, _), fact) in std::mem::take(&mut self.waiting) {
            self.tell(moment, fact);
        }
        let end = at(seconds * 1000 + 5000);
        self.tell(end, Fact::LoadEnded { complete: true, why: None });
        let past = AuditSource::PastAnswer { service: "db1".to_owned() };
        let user = AuditSource::ProblemUser { service: "db1".to_owned() };
        let mut rows = 0;
        for second in (0..seconds).step_by(usize::try_from(SESSION).unwrap_or(1)) {
            for student in 0..STUDENTS {
                let gone = seconds - second;
                let begun = |index: usize| u64::try_from(index).unwrap_or(0) * 36 + u64::from(student) % 36 < gone;
                let sent = JOURNEY.iter().enumerate().filter(|(index, step)| **step == Step::Grade && begun(*index));
                let submissions = u32::try_from(sent.count()).unwrap_or(0);
                let number = number(second, student);
                for submission in 1..=submissions {
                    for (problem, token) in answers(number, submission, PROBLEMS) {
                        let last = (submission == submissions).then(|| user.clone());
                        for source in [past.clone(), AuditSource::AnswerLog].into_iter().chain(last) {
                            let (student, version, token) = (login(number), VERSION.to_owned(), token.clone());
                            let row = StoredAnswer { source, student, version, problem, token, attempted: true };
                            self.tell(end, Fact::Stored(row));
                            rows += 1;
                        }
                    }
                }
            }
        }
        for source in [past, user, AuditSource::AnswerLog] {
            self.tell(end, Fact::AuditRead { source, rows, failed: None });
        }
    }
}

/// The number of a student of the class that is at work in `second`.
fn number(second: u64, student: u32) -> u32 {
    u32::try_from(second / SESSION).unwrap_or(u32::MAX) * STUDENTS + student + 1
}

/// Submissions made before the step at `index`.
fn grades(index: usize) -> u32 {
    let before = JOURNEY.iter().take(index).filter(|step| **step == Step::Grade);
    u32::try_from(before.count()).unwrap_or(u32::MAX)
}

fn node(turn: u64) -> &'static str {
    if turn.is_multiple_of(2) { "web1" } else { "web2" }
}

fn at(ms: u64) -> Stamp {
    ZERO + Duration::from_millis(ms)
}
