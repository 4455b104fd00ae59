//! What each fuzz target does with its bytes: one function for each parser. It is the same code that the property tests in
//! `tests/it/parsers.rs` call with bytes of their own, so it is built and run by every `cargo test` too.
//!
//! A parser may refuse whatever it likes, in one message of lines that a terminal can show. It may not panic, and what it
//! takes and writes again it must read again as the same. libFuzzer sees to time and memory.
#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "each target uses one function")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use wwchaos::capacity::Capacity;
use wwchaos::check::judge as verdict;
use wwchaos::cluster::docker::opinions;
use wwchaos::file;
use wwchaos::history::Observation;
use wwchaos::import::{Chosen, Import};
use wwchaos::lease;
use wwchaos::library::{Library, Set};
use wwchaos::measure::{Facts, measure};
use wwchaos::plan::{Plan, Shape};
use wwchaos::predict::{Failure, masked, predict};
use wwchaos::profile::{self, Deed, Measured, Profile, Recorded, Replay};
use wwchaos::regression::{Regression, Run, THRESHOLD, Trend};
use wwchaos::report::{self, Report};
use wwchaos::scenario::{Class, Scenario};
use wwchaos::store::{Damaged, Folder};
use wwchaos::topology::{App, Language, Topology};
use wwchaos::webwork::{Expected, Form, TestPage, judge, sample};

const PLAN: &[u8] = include_bytes!("../golden/degraded/plan.json");
const PREFACE: &[u8] = include_bytes!("../golden/degraded/preface.json");
const HISTORY: &[u8] = include_bytes!("../golden/degraded/history.jsonl");
/// Longest thing that is said of one file.
const SAID_MAX: usize = 600_000;
/// Most students for whom a plan is made here: many cost time, and show no more.
const STUDENTS_MAX: u32 = 60;

static TOPOLOGY: LazyLock<Topology> = LazyLock::new(|| Library::default().topology("two-node").unwrap());
static COMPOSE: LazyLock<Vec<(String, String)>> =
    LazyLock::new(|| Library::default().compose_files(&TOPOLOGY).unwrap());
static STAND_IN: LazyLock<App> = LazyLock::new(|| Library::default().app("standin").unwrap());
static CLUSTER: LazyLock<Topology> = LazyLock::new(|| TOPOLOGY.clone().running(STAND_IN.clone()).unwrap());

/// A scenario file, and the plan that it makes.
pub fn scenario(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let scenario = match Scenario::read("x", "x.toml", &text) {
        Ok(scenario) => scenario,
        Err(problems) => return say(problems),
    };
    if scenario.class.students.saturating_mul(scenario.repeat) > STUDENTS_MAX {
        return;
    }
    match Plan::new(&scenario, &CLUSTER, 7) {
        Ok(plan) => again(&plan),
        Err(problems) => say(problems),
    }
}

/// A log, up to the profile that it makes.
pub fn log(data: &[u8]) {
    let mut import = Import::new();
    if let Err(refusal) = import.read(data) {
        return say(refusal);
    }
    let recording = match import.finish(&Chosen::default()) {
        Ok(recording) => recording,
        Err(refusal) => return say(refusal),
    };
    assert!(recording.journeys.iter().all(|journey| journey.is_sorted_by_key(Deed::at)));
    if let Some((profile, _)) = Measured::of(&recording.journeys, recording.resolution).profile("t", "s")
        && profile.length <= profile::LENGTH_MAX
    {
        assert_eq!(Profile::read("x.toml", &profile.write(&[])).unwrap(), profile);
    }
}

/// A load profile, and a small class of it.
pub fn profile(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let profile = match Profile::read("x.toml", &text) {
        Ok(profile) => profile,
        Err(problems) => return say(problems),
    };
    let written = profile.write(&[]);
    assert_eq!(Profile::read("x.toml", &written).unwrap().write(&[]), written);
    let recorded = Recorded { profile, replay: None };
    for student in (Shape { recorded: &recorded, time: 1.0 }).students(&Class { students: 3, ..Class::default() }, 7, 0)
    {
        assert!(student.actions.is_sorted_by_key(|action| action.at), "{student:?}");
    }
}

/// Recorded actions.
pub fn replay(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match Replay::read(&text) {
        Ok(replay) => assert_eq!(Replay::read(&replay.write()).unwrap(), replay),
        Err(problem) => say(problem.refusal),
    }
}

/// A set of scenarios.
pub fn set(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let known = (["freeze".to_owned(), "kill".to_owned()], ["nightly".to_owned()]);
    Set::read("x", "x.set", &text, (&known.0, &known.1)).map(drop).unwrap_or_else(say);
}

/// A `topology.toml`, as a topology of its own and as a variant of another.
pub fn topology(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for read in [Topology::read("x", &text, &[]), TOPOLOGY.extended("x", &text, &[])] {
        match read {
            Ok(topology) => topology.running(STAND_IN.clone()).map(|topology| again(&topology)).unwrap_or_else(say),
            Err(problems) => say(problems),
        }
    }
}

/// A compose file, alone and laid over that of a topology.
pub fn compose(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let own = ("docker-compose.yml".to_owned(), text);
    let mut files = COMPOSE.clone();
    files.push(own.clone());
    for files in [&[own][..], &files] {
        TOPOLOGY.check_compose(files).map(drop).unwrap_or_else(say);
    }
}

/// An `app.toml`.
pub fn app(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match App::read("x", "x/app.toml", &text) {
        Ok(app) => TOPOLOGY.clone().running(app).map(|topology| again(&topology)).unwrap_or_else(say),
        Err(problems) => say(problems),
    }
}

/// A stored plan, alone and with a history that was recorded of another.
pub fn plan(data: &[u8]) {
    if let Ok(plan) = serde_json::from_slice::<Plan>(data) {
        again(&plan);
    }
    stored(data, PREFACE, None);
}

/// What was stored of a run beside its plan.
pub fn preface(data: &[u8]) {
    stored(PLAN, data, None);
}

/// One line of a history.
pub fn observation(data: &[u8]) {
    if let Ok(observation) = serde_json::from_slice::<Observation>(data) {
        again(&observation);
    }
}

/// A whole history, up to its report in every format.
pub fn history(data: &[u8]) {
    stored(PLAN, PREFACE, Some(data));
}

/// A report alone, as somebody sent it: judged again, rendered, held against itself.
pub fn report(data: &[u8]) {
    let report = match report::json::read(data) {
        Ok(report) => report,
        Err(why) => return say(Damaged(why.to_string())),
    };
    again(&report);
    rendered(&report);
    verdict(&report.plan, &report.figures);
    let run = |name: &str| {
        let by = (report.started.clone(), report.tool.clone());
        let measured = (&report.plan, &report.figures, report.verdict.judgement);
        Run::new(name.to_owned(), by, report.setup.clone(), measured)
    };
    match Regression::new(&[run("base")], &[run("new")], THRESHOLD) {
        Ok(found) => report::regression::FORMATS.iter().for_each(|format| drop((format.render)(&found).unwrap())),
        Err(why) => say(why),
    }
    let trend = Trend::new(&[run("one"), run("two")], Vec::new()).unwrap();
    report::trend::FORMATS.iter().for_each(|format| drop((format.render)(&trend).unwrap()));
}

/// The result of a search for capacity, as somebody sent it: rendered in every format.
pub fn capacity(data: &[u8]) {
    match Capacity::read(data) {
        Ok(found) => report::capacity::FORMATS.iter().for_each(|format| drop((format.render)(&found).unwrap())),
        Err(why) => say(Damaged(why.to_string())),
    }
}

/// What a balancer says of its servers, and how it is configured.
pub fn balancer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    assert!(opinions(&text).len() <= text.len());
    configured(&[(Language::Haproxy, &text)]);
}

/// How a cluster manager is configured.
pub fn detectors(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (one, two) = text.split_once('\u{1}').unwrap_or((&text, &text));
    configured(&[(Language::Corosync, one), (Language::Cib, two)]);
}

/// A page, whichever was asked for.
pub fn page(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for expected in EXPECTED {
        for status in [200, 404, 503] {
            let verdict = judge(expected, status, &text);
            assert!(status == 200 || !verdict.outcome.is_success());
        }
    }
    TestPage::read(&text, "Quiz1").map(|page| page.answers().len()).unwrap_or_default();
    Form::find(&text, "form").map(|form| form.send().len()).unwrap_or_default();
    assert!(sample(&text).chars().count() <= 600);
}

/// An undo journal.
pub fn journal(data: &[u8]) {
    lease::unsettled(data).debts.iter().for_each(again);
}

const EXPECTED: [Expected; 11] = [
    Expected::LoginForm,
    Expected::SignedIn,
    Expected::QuizInfo,
    Expected::Test,
    Expected::Preview,
    Expected::Graded,
    Expected::Review,
    Expected::Homework,
    Expected::Problem,
    Expected::Submitted,
    Expected::SignedOut,
];

fn text(data: &[u8]) -> Option<String> {
    file::text_of(data.to_vec()).map_err(|problem| say(problem.refusal)).ok()
}

/// A message has lines, and nothing else that a terminal would obey.
fn say(message: impl ToString) {
    let message = message.to_string();
    assert!(!message.is_empty() && message.len() <= SAID_MAX, "{} bytes", message.len());
    assert!(message.lines().all(|line| !line.is_empty() && !line.contains(char::is_control)), "{message:?}");
}

/// What is written is read again as the same.
fn again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let written = serde_json::to_vec(value).unwrap();
    assert_eq!(&serde_json::from_slice::<T>(&written).unwrap(), value);
}

fn configured(files: &[(Language, &str)]) {
    for failure in [Failure::Unreachable, Failure::Refused, Failure::Silent] {
        predict(&files.iter().copied().collect::<BTreeMap<_, _>>(), "web1", failure);
    }
    for (language, text) in files {
        assert!(masked(*language, text).lines().count() <= text.lines().count().max(1));
    }
}

/// A run as it lies on the disk, read, judged and rendered; where no history is given, with one that is of this plan and
/// preface and tells of others.
fn stored(plan: &[u8], preface: &[u8], history: Option<&[u8]>) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("wwchaos-fed-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in [("plan.json", plan), ("preface.json", preface)] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let run = Folder::find(&folder, folder.to_str().unwrap()).unwrap();
    let told = || {
        let mut facts = HISTORY.split_inclusive(|byte| *byte == b'\n');
        let first: Observation = serde_json::from_slice(facts.next().unwrap()).unwrap();
        let origin = Observation { at: first.at, fact: run.origin().unwrap() };
        [serde_json::to_string(&origin).unwrap().as_bytes(), b"\n", &facts.collect::<Vec<_>>().concat()].concat()
    };
    fs::write(run.history_path(), history.map_or_else(told, <[u8]>::to_vec)).unwrap();
    let read = reported(&run);
    fs::remove_dir_all(&folder).unwrap();
    read.unwrap_or_else(say);
}

fn reported(folder: &Folder) -> Result<(), Damaged> {
    let (plan, preface, mut history) = folder.read()?;
    let facts = history.by_ref().collect::<Result<Facts, _>>()?;
    let figures = measure(&plan, &preface.topology, facts);
    let verdict = verdict(&plan, &figures);
    let (tool, started, setup) = (preface.tool, preface.started, preface.setup);
    let report = Report { schema: report::SCHEMA, tool, started, setup, plan, figures, verdict };
    rendered(&report);
    Ok(())
}

fn rendered(report: &Report) {
    for format in report::FORMATS {
        (format.render)(report).unwrap();
    }
}
