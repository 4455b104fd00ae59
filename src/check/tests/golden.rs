//! The recorded histories in tests/golden: each is measured and judged as it always was.
//!
//! They are synthetic and deterministic. After a change of a fact's or the plan's form, write them again with
//! `cargo test --lib write_golden -- --ignored` and look at the difference.

use std::path::PathBuf;
use std::time::Duration;

use crate::check::{Judgement, Verdict, judge};
use crate::history::{AuditSource, ErrorClass, Fact, Mark, Observation};
use crate::measure::synthetic::{Answer, Ask, Story, stored};
use crate::measure::{CaseKind, Detection, Failover, Figures, measure};
use crate::setup::Setup;
use crate::store::{Folder, Preface};
use crate::topology::Topology;
use crate::webwork::token::token;

const EXPECT: &str = "error_rate = \"40%\"\nfailover_time = \"15s\"\nlost_answers = 0\nlog_lines_lost = 0\n";

fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(name)
}

fn read(name: &str) -> (Figures, Verdict) {
    let (plan, preface, history) = Folder::find(&folder(""), name).unwrap().read().unwrap();
    let figures = measure(&plan, &preface.topology, history.collect::<Result<_, _>>().unwrap());
    let verdict = judge(&plan, &figures);
    (figures, verdict)
}

#[test]
fn clean() {
    let (figures, verdict) = read("clean");
    insta::assert_snapshot!(verdict.sentence, @"web1 froze for 20 s during a quiz of 10 students: 1 saw an error, writes failed over in 5.8 s ± 2.2 s, and no answer was lost (0 of 20; at most 15%, 95% bound)");
    let window = &figures.windows[0];
    assert!(matches!(window.failover, Failover::After { time, .. } if time < Duration::from_secs(6)), "{window:?}");
    assert!(matches!(window.detection, Detection::After { flaps: 0, .. }), "{window:?}");
    assert_eq!((figures.answers.acknowledged, figures.answers.lost), (20, 0));
    assert!(verdict.findings.iter().all(|finding| finding.judgement == Judgement::Pass));
}

#[test]
fn degraded() {
    let (figures, verdict) = read("degraded");
    insta::assert_snapshot!(verdict.sentence, @"web1 froze for 20 s during a quiz of 10 students: 10 saw an error, pages did not come back until the fault was ended (at least 19.8 s), and no answer was lost (0 of 20; at most 15%, 95% bound); not met: failover time at most 15 s");
    let window = &figures.windows[0];
    assert!(
        matches!(window.failover, Failover::DidNot { .. }) && window.blind.as_ref().unwrap().never_detected,
        "{window:?}"
    );
    assert!(window.availability.unwrap().degraded > Duration::from_secs(15), "{window:?}");
}

#[test]
fn lost_answer() {
    let (figures, verdict) = read("lost-answer");
    insta::assert_snapshot!(verdict.sentence, @"db1 vanished for 20 s during a quiz of 10 students: 9 saw an error, pages and writes failed over in 7.8 s ± 700 ms, and 1 of 20 acknowledged answers was lost; not met: no answer lost");
    assert_eq!(figures.answers.lost, 1);
    let case = figures.answers.cases.iter().find(|case| case.kind == CaseKind::LostHistory).unwrap();
    assert_eq!(case.note.as_deref(), Some("answer.log has its line; old primary db1 holds it"));
    assert_eq!(figures.windows[0].title, "kill db1");
}

#[test]
fn heal_failed() {
    let (_, verdict) = read("heal-failed");
    insta::assert_snapshot!(verdict.sentence, @"web1 froze for 20 s during a quiz of 10 students: 1 saw an error, writes failed over in 5.8 s ± 2.2 s, and no answer was lost (0 of 20; at most 15%, 95% bound); not judged: freeze web1: still paused after 30 s (expected: the fault is seen to be gone)");
    assert_eq!(verdict.left_behind, ["freeze web1: still paused after 30 s"]);
}

#[test]
fn interrupted() {
    let (figures, verdict) = read("interrupted");
    insta::assert_snapshot!(verdict.sentence, @"web1 froze during a quiz of 10 students: nobody saw an error, the failover time was not measured, and whether an answer was lost is not known (past_answer could not be read: the run ended before the audit); not judged: freeze web1: the run ended before it was seen (expected: the fault is seen to be gone)");
    assert!(figures.interrupted);
    assert_eq!(figures.windows[0].failover, Failover::NotMeasured);
}

fn hang_until(until: u64) -> impl Fn(&Ask) -> Answer {
    move |ask| if ask.node == "web1" && (30_100..until).contains(&ask.ms) { ask.hang() } else { ask.fine() }
}

/// A freeze of web1, probed seldom so that the history stays small.
fn freeze() -> Story {
    seldom(Story::freeze(EXPECT))
}

fn seldom(mut story: Story) -> Story {
    story.interval = Duration::from_millis(500);
    story.write_interval = Duration::from_secs(2);
    story
}

fn lost_answer_story() -> Story {
    let tables = format!("[[window]]\nfault = \"kill\"\ntarget = \"db.primary\"\nfor = \"20s\"\n[expect]\n{EXPECT}");
    let story = seldom(Story::new(&tables));
    let down = |ask: &Ask| {
        let down = (30_100..38_000).contains(&ask.ms);
        if down { ask.error(ErrorClass::Status(500)) } else { ask.fine() }
    };
    let lost = |row: &crate::history::StoredAnswer| {
        row.student == "stu005" && row.token.get(5..8) == Some("001") && row.source != AuditSource::AnswerLog
    };
    let mut story = story.play(down).forget(lost);
    for problem in 1..=2 {
        let copy = AuditSource::Copy { service: "db1".to_owned() };
        story.history.push(stored(copy, "stu005", problem, &token(5, 1, problem)));
    }
    let source = AuditSource::Copy { service: "db1".to_owned() };
    let read = story.history.iter().rfind(|one| matches!(one.fact, Fact::AuditRead { .. })).unwrap().at;
    story.history.push(Observation { at: read, fact: Fact::AuditRead { source, rows: 2, failed: None } });
    story
}

fn heal_failed_story() -> Story {
    let gone = |fact: &Fact| matches!(fact, Fact::Window { mark: Mark::HealConfirmed | Mark::Restored { .. }, .. });
    let mut story = freeze().play(hang_until(35_000)).balancer(35_000, "web1", false).without(gone);
    let mark = Mark::HealFailed { why: "still paused after 30 s".to_owned() };
    story.tell(80_000, Fact::Window { window: 0, mark });
    story
}

/// What a stored run says of the machine that it was made on.
fn preface() -> Preface {
    let text = std::fs::read_to_string(folder("topology.toml")).unwrap();
    let topology = Topology::read("golden", &text, &[]).unwrap();
    let limits = topology
        .roles
        .values()
        .flat_map(|role| role.services.iter().map(|service| (service.clone(), 500, role.memory_bytes)));
    let setup = Setup {
        app: "stand-in".to_owned(),
        stand_in: true,
        topology: topology.title.clone(),
        stand_ins: topology.stand_ins.clone(),
        engine: "20.10.24 (API 1.41)".to_owned(),
        cgroup: "v2".to_owned(),
        kernel: "6.1.0".to_owned(),
        cores: 2,
        memory_bytes: 4 << 30,
        limits: limits.collect(),
    };
    Preface { started: "2026-01-15T10:00:00Z".to_owned(), tool: "wwchaos 0.1.0".to_owned(), setup, topology }
}

#[test]
#[ignore = "writes tests/golden"]
fn write_golden() {
    let clean = freeze().play(hang_until(35_000)).balancer(35_000, "web1", false).balancer(51_500, "web1", true);
    let interrupted = freeze().play(hang_until(50_000)).cut(40_000);
    let stories = [
        ("clean", clean),
        ("degraded", freeze().play(hang_until(50_000))),
        ("lost-answer", lost_answer_story()),
        ("heal-failed", heal_failed_story()),
        ("interrupted", interrupted),
    ];
    for (name, mut story) in stories {
        story.history.sort_by_key(|observation| observation.at);
        std::fs::create_dir_all(folder(name)).unwrap();
        let plan = serde_json::to_string(&story.plan).unwrap();
        std::fs::write(folder(name).join("plan.json"), format!("{plan}\n")).unwrap();
        let preface = serde_json::to_string_pretty(&preface()).unwrap();
        std::fs::write(folder(name).join("preface.json"), format!("{preface}\n")).unwrap();
        let fact = Folder::find(&folder(""), name).unwrap().origin().unwrap();
        let origin = Observation { at: story.history[0].at, fact };
        let lines = std::iter::once(&origin).chain(&story.history);
        let lines = lines.map(|observation| serde_json::to_string(observation).unwrap() + "\n");
        std::fs::write(folder(name).join("history.jsonl"), lines.collect::<String>()).unwrap();
    }
}
