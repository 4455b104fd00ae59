//! Synthetic runs for tests: a class that takes a quiz on paper, and a rule that says what each page does.
//!
//! [`Story::play`] walks through a plan, asks the rule for every request and probe, lets students retry as the plan
//! says, and stores what was acknowledged. Tests then bend the history: forget rows, change marks, add a detector.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::check::{Verdict, judge};
use crate::clock::Stamp;
use crate::history::{
    AuditSource, ErrorClass, Fact, History, Mark, Observation, Outcome, Probe, ProbeKind, Request, Step, StoredAnswer,
    Submission, Told,
};
use crate::plan::{HOMEWORK, Plan, Student};
use crate::scenario::Scenario;
use crate::topology::Topology;
use crate::webwork::token::token;

use super::{Figures, measure};

/// Offset zero.
pub const ZERO: Stamp = Stamp(1_000_000_000_000);
/// A probe fails after this time.
pub const LIMIT: Duration = Duration::from_secs(2);
/// The set version that every student takes.
pub const VERSION: &str = "Quiz1,v1";

const HEAD: &str = r#"
title = "a test"
topology = "golden"
baseline = "30s"
recovery = "20s"
length = "70s"
[class]
problems = 4
arrival = "10s"
trickle = "0%"
deadline_spike = "10s"
"#;

/// What a page or a probe asks.
pub struct Ask {
    /// Milliseconds from the class's start.
    pub ms: u64,
    /// The node whose turn it is.
    pub node: &'static str,
    /// What a student does; none for a probe.
    pub step: Option<Step>,
    /// The kind of probe; none for a student.
    pub probe: Option<ProbeKind>,
    /// How long the asker waits.
    pub patience: Duration,
}

/// What comes of it.
pub struct Answer {
    /// How long it took.
    pub took: Duration,
    /// What came.
    pub outcome: Outcome,
    /// The node that served it.
    pub node: Option<&'static str>,
    /// Problems of a submission that are stored although it failed.
    pub stored: usize,
}

impl Ask {
    /// The right page, after the usual time.
    pub fn fine(&self) -> Answer {
        let usual = if self.step == Some(Step::Grade) { 200 } else { 60 };
        let took = Duration::from_millis(usual + self.ms * 7 % 40);
        Answer { took, outcome: Outcome::Success, node: Some(self.node), stored: usize::MAX }
    }

    /// No answer within the asker's patience.
    pub fn hang(&self) -> Answer {
        let class = if self.probe.is_some() { ErrorClass::Timeout } else { ErrorClass::Abandoned };
        Answer { took: self.patience, ..self.error(class) }
    }

    /// This error, at once.
    pub fn error(&self, class: ErrorClass) -> Answer {
        Answer { took: Duration::from_millis(5), outcome: Outcome::Failed(class), node: None, stored: 0 }
    }
}

/// A run on paper.
pub struct Story {
    /// What was planned.
    pub plan: Plan,
    /// On what.
    pub topology: Topology,
    /// What happened.
    pub history: History,
    /// Time between two entry probes.
    pub interval: Duration,
    /// Time between two write probes.
    pub write_interval: Duration,
    asked: usize,
}

impl Story {
    /// A class of ten and these `[[window]]` and `[expect]` tables.
    pub fn new(tables: &str) -> Self {
        Self::of(10, tables)
    }

    /// A class of ten and these tables, with a shorter recovery: there is room for a rush.
    pub fn brisk(tables: &str) -> Self {
        Self::read(&HEAD.replace("recovery = \"20s\"", "recovery = \"10s\""), 10, tables)
    }

    /// A class of `students` and these tables.
    pub fn of(students: u32, tables: &str) -> Self {
        Self::read(HEAD, students, tables)
    }

    /// A class of `students` that takes an hour, and these tables.
    pub fn hour(students: u32, tables: &str) -> Self {
        let long = HEAD.replace("length = \"70s\"", "length = \"60m\"");
        let busy = long.replace("problems = 4", "problems = 12\nattempts = 12\ngrade_every = 1");
        Self::read(&busy, students, tables)
    }

    /// A class of ten that does homework, and these tables.
    pub fn homework(tables: &str) -> Self {
        let homework = "work = \"homework\"";
        Self::read(&HEAD.replace("problems = 4", &format!("problems = 4\n{homework}")), 10, tables)
    }

    /// What a submission of this class goes to.
    fn version(&self) -> String {
        if self.plan.is_homework() { HOMEWORK.to_owned() } else { VERSION.to_owned() }
    }

    fn read(head: &str, students: u32, tables: &str) -> Self {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/topology.toml")).unwrap();
        let mut topology = Topology::read("golden", &text, &[]).expect("a valid topology");
        topology.app.seed = vec!["{homework}".to_owned()];
        let scenario = Scenario::read("paper", "paper.toml", &format!("{head}students = {students}\n{tables}"))
            .expect("a valid scenario");
        let plan = Plan::new(&scenario, &topology, 7).expect("a plan");
        Self {
            plan,
            topology,
            history: Vec::new(),
            interval: Duration::from_millis(50),
            write_interval: Duration::from_secs(1),
            asked: 0,
        }
    }

    /// A freeze of web1 from 30 s to 50 s, with these expectations.
    pub fn freeze(expect: &str) -> Self {
        Self::new(&format!("[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[expect]\n{expect}"))
    }

    /// The plan with one setting of its topology at this value.
    pub fn plan_with(&self, name: &str, value: &str) -> Plan {
        let mut plan = self.plan.clone();
        let choice = crate::settings::Kind::choice(&[value]);
        let specs = [crate::settings::Spec::new(name, choice, value, "a test")];
        plan.settings.set(&specs, name, value).expect("a value");
        plan
    }

    /// Plays the plan: marks, probes, students, stores.
    pub fn play(mut self, rule: impl Fn(&Ask) -> Answer) -> Self {
        self.tell(0, Fact::LoadStarted { zero: ZERO });
        for (kind, interval) in [(ProbeKind::Entry, self.interval), (ProbeKind::Write, self.write_interval)] {
            let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap();
            self.tell(0, Fact::ProbeRate { kind, interval_ns: ns(interval), limit_ns: ns(LIMIT) });
            self.probes(kind, interval, &rule);
        }
        self.marks();
        for (number, student) in (1..).zip(self.plan.students.clone()) {
            self.student(number, &student, &rule);
        }
        let end = self.end_ms();
        self.tell(end, Fact::LoadEnded { complete: true, why: None });
        self.store();
        self.history.sort_by_key(|observation| observation.at);
        self
    }

    /// Records `fact` at `ms` after the class's start.
    pub fn tell(&mut self, ms: u64, fact: Fact) {
        self.history.push(Observation { at: at(ms), fact });
    }

    /// The detector `balancer` says that `service` is up or down.
    pub fn balancer(mut self, ms: u64, service: &str, up: bool) -> Self {
        let (detector, service) = ("balancer".to_owned(), service.to_owned());
        self.tell(
            ms,
            Fact::Detector { detector, service, up: Some(up), detail: "L7TOUT".to_owned(), not_before: None },
        );
        self
    }

    /// The detector `balancer` judges `service` no longer.
    pub fn balancer_drops(mut self, ms: u64, service: &str) -> Self {
        let (detector, service) = ("balancer".to_owned(), service.to_owned());
        self.tell(ms, Fact::Detector { detector, service, up: None, detail: "MAINT".to_owned(), not_before: None });
        self
    }

    /// Drops every observation that `unwanted` chooses.
    pub fn without(mut self, unwanted: impl Fn(&Fact) -> bool) -> Self {
        self.history.retain(|observation| !unwanted(&observation.fact));
        self
    }

    /// Drops the rows that `unwanted` chooses.
    pub fn forget(self, unwanted: impl Fn(&StoredAnswer) -> bool) -> Self {
        self.without(|fact| matches!(fact, Fact::Stored(stored) if unwanted(stored)))
    }

    /// Changes each observation.
    pub fn bend(mut self, change: impl Fn(&mut Fact)) -> Self {
        self.history.iter_mut().for_each(|observation| change(&mut observation.fact));
        self
    }

    /// Everything up to `ms`, and then an interruption.
    pub fn cut(mut self, ms: u64) -> Self {
        self.history.retain(|observation| observation.at < at(ms));
        self.tell(ms, Fact::Interrupted);
        self
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        measure(&self.plan, &self.topology, self.history.iter().cloned().collect())
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        judge(&self.plan, &self.figures())
    }

    fn end_ms(&self) -> u64 {
        let stamps = self.history.iter().map(|observation| observation.at);
        u64::try_from((stamps.max().unwrap_or(ZERO) - ZERO).as_millis()).unwrap() + 1000
    }

    fn marks(&mut self) {
        for (window, planned) in self.plan.windows.clone().iter().enumerate() {
            let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap();
            let (start, end) = (ms(planned.start), ms(planned.end));
            let target = planned.target.named().unwrap_or("db1").to_owned();
            let detail = format!("{target} is as the fault wants it");
            for (ms, mark) in [
                (start, Mark::Target { target: target.clone() }),
                (start, Mark::InjectIssued),
                (start + 200, Mark::EffectSeen { detail, not_before: None }),
                (end, Mark::StillThere { detail: format!("{target} is as the fault wants it") }),
                (end, Mark::HealIssued),
                (end + 2000, Mark::HealConfirmed),
                (end + 4000, Mark::Restored { last: None }),
            ] {
                self.tell(ms, Fact::Window { window, mark });
            }
        }
    }

    fn node(&mut self) -> &'static str {
        self.asked += 1;
        ["web1", "web2"][self.asked % 2]
    }

    fn probes(&mut self, kind: ProbeKind, interval: Duration, rule: &impl Fn(&Ask) -> Answer) {
        let step = u64::try_from(interval.as_millis()).unwrap();
        let end = u64::try_from(self.plan.end().as_millis()).unwrap();
        for ms in (0..end).step_by(usize::try_from(step).unwrap()) {
            let ask = Ask { ms, node: self.node(), step: None, probe: Some(kind), patience: LIMIT };
            let answer = rule(&ask);
            let (intended, node) = (at(ms), answer.node.map(str::to_owned));
            let end = intended + answer.took;
            let (sent, first_byte) = (intended, None);
            let probe = Probe { kind, path: None, intended, sent, first_byte, end, outcome: answer.outcome, node };
            self.history.push(Observation { at: end, fact: Fact::Probe(probe) });
        }
    }

    fn student(&mut self, number: u32, student: &Student, rule: &impl Fn(&Ask) -> Answer) {
        let (mut free, mut submission) = (0, 0);
        for action in &student.actions {
            let mut due = u64::try_from(action.at.as_millis()).unwrap();
            submission += u32::from(action.step == Step::Grade);
            let first = if self.plan.is_homework() { action.answered } else { 1 };
            let tokens = (first..=action.answered).map(|problem| (problem, token(number, submission, problem)));
            let tokens: Vec<_> = tokens.collect();
            for retry in 0..=self.plan.class.retries {
                let ms = due.max(free);
                let patience = student.patience;
                let ask = Ask { ms, node: self.node(), step: Some(action.step), probe: None, patience };
                let answer = rule(&ask);
                let end = at(ms) + answer.took;
                let carried = Submission {
                    number: submission,
                    version: self.version(),
                    tokens: tokens.clone(),
                    told: told(&answer.outcome),
                };
                let request = Request {
                    student: student.login.clone(),
                    step: action.step,
                    retry,
                    intended: at(due),
                    sent: at(ms),
                    first_byte: answer.outcome.is_success().then_some(end),
                    end,
                    outcome: answer.outcome.clone(),
                    node: answer.node.map(str::to_owned),
                    warned: false,
                    submission: (action.step == Step::Grade).then_some(carried),
                    shown: None,
                    sample: None,
                };
                self.history.push(Observation { at: end, fact: Fact::Request(request) });
                if action.step == Step::Grade {
                    let rows = tokens.iter().take(answer.stored).cloned().collect();
                    self.stored_later(&student.login, rows);
                }
                free = u64::try_from((end - ZERO).as_millis()).unwrap();
                if answer.outcome.is_success() {
                    break;
                }
                due = free + student.retry_pauses_ms.get(retry as usize).copied().unwrap_or(3000);
            }
        }
    }

    /// Puts rows at the end of the history; [`Story::store`] gives them their place in time.
    fn stored_later(&mut self, student: &str, tokens: Vec<(u32, String)>) {
        let past = AuditSource::PastAnswer { service: "db1".to_owned() };
        let version = self.version();
        for source in [past, AuditSource::AnswerLog] {
            let row = |(problem, token): &(u32, String)| held(source.clone(), (student, &version), *problem, token);
            self.history.extend(tokens.iter().map(row));
        }
    }

    /// The audit: whether stores could be read, and `problem_user` with the last token of each problem.
    fn store(&mut self) {
        let user = AuditSource::ProblemUser { service: "db1".to_owned() };
        let mut last: BTreeMap<(String, u32), String> = BTreeMap::new();
        for observation in &self.history {
            if let Fact::Stored(row) = &observation.fact
                && row.source != AuditSource::AnswerLog
            {
                last.insert((row.student.clone(), row.problem), row.token.clone());
            }
        }
        let version = self.version();
        let rows =
            last.iter().map(|((student, problem), token)| held(user.clone(), (student, &version), *problem, token));
        self.history.extend(rows);
        let audit = at(self.end_ms());
        for observation in &mut self.history {
            if matches!(observation.fact, Fact::Stored(_)) {
                observation.at = audit;
            }
        }
        for source in [AuditSource::PastAnswer { service: "db1".to_owned() }, user, AuditSource::AnswerLog] {
            self.history.push(Observation { at: audit, fact: Fact::AuditRead { source, rows: 1, failed: None } });
        }
    }
}

/// The moment `ms` after the class's start.
pub fn at(ms: u64) -> Stamp {
    ZERO + Duration::from_millis(ms)
}

/// A row of a store, recorded at offset zero.
pub fn stored(source: AuditSource, student: &str, problem: u32, token: &str) -> Observation {
    held(source, (student, VERSION), problem, token)
}

/// The same of a student's set.
fn held(source: AuditSource, (student, version): (&str, &str), problem: u32, token: &str) -> Observation {
    let (student, token, version) = (student.to_owned(), token.to_owned(), version.to_owned());
    let row = StoredAnswer { source, student, version, problem, token, attempted: true };
    Observation { at: ZERO, fact: Fact::Stored(row) }
}

fn told(outcome: &Outcome) -> Told {
    match outcome {
        Outcome::Success => Told::Acknowledged,
        Outcome::Failed(ErrorClass::Refused | ErrorClass::NotRecorded | ErrorClass::Status(503)) => Told::Refused,
        Outcome::Failed(_) => Told::Indeterminate,
    }
}
