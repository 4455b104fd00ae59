//! Clusters known to be bad, each a small variant in `tests/bad`, run by the real binary: convicted by the findings that
//! the defect is to cause and by no other. And the reverse: a sound one is never convicted.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use wwchaos::check::{Finding, Judgement};
use wwchaos::exit;
use wwchaos::measure::{AnswerCase, Baseline, CaseKind, Detection, WindowFigures};
use wwchaos::report::Report;

use crate::convict::{Case, FAIL, UNKNOWN, hold, key, window};
use crate::engine::{alone, engine};
use crate::program::Program;
use crate::run::{RUN, report};

/// In the order of ARCHITECTURE.md's figures.
const CASES: &[Case] = &[
    Case {
        scenario: "tcp-check",
        code: exit::FAIL,
        convicts: &[('W', "error_rate", FAIL), ('W', "time_to_detect", FAIL)],
        // What a student sent again to the other node, and then changed, the frozen one may store once more when it thaws:
        // over a later answer, and over what was counted of it.
        follow: &[("lost_answers", FAIL)],
        said: |report| {
            let lost = losses(report);
            let same =
                |one: &AnswerCase, other: &AnswerCase| one.student == other.student && one.number == other.number;
            let reverted =
                |case: &AnswerCase| lost.iter().any(|other| other.kind == CaseKind::Reverted && same(case, other));
            let taken_back = |case: &AnswerCase| case.kind != CaseKind::LostHistory && reverted(case);
            ensure!(lost.iter().all(|case| taken_back(case)), "{lost:?}");
            blind(window(report, 0)?, |detection| matches!(detection, Detection::Never { .. }))
        },
    },
    Case {
        scenario: "static-check",
        code: exit::FAIL,
        convicts: &[('W', "error_rate", FAIL)],
        // Nobody can submit while the database is down.
        follow: &[("lost_answers", UNKNOWN), ("phantom_answers", UNKNOWN)],
        said: |report| {
            ensure!(notes(report).any(|note| note.found.contains("blind")), "no note: {:?}", report.verdict.findings);
            blind(window(report, 0)?, |detection| *detection == Detection::NoDetector)
        },
    },
    Case {
        scenario: "cut-replica",
        code: exit::FAIL,
        convicts: &[('R', "lost_answers", FAIL)],
        follow: &[("lost_answers", FAIL), ("log_lines_lost", FAIL)],
        said: |report| {
            let lost = losses(report);
            ensure!(lost.iter().any(|case| case.kind == CaseKind::LostHistory), "{lost:?}");
            let note = |case: &&AnswerCase| case.note.as_ref().is_some_and(|note| note.contains("old primary db1"));
            ensure!(lost.iter().any(note), "the old primary's copy is no evidence: {lost:?}");
            Ok(())
        },
    },
    Case {
        scenario: "error-page",
        code: exit::FAIL,
        convicts: &[('B', "error_rate", FAIL)],
        follow: &[],
        said: |report| only_class(report, "software error page"),
    },
    Case {
        scenario: "unstored",
        code: exit::FAIL,
        convicts: &[('R', "lost_answers", FAIL)],
        follow: &[],
        said: |report| {
            let answers = &report.figures.answers;
            ensure!(answers.acknowledged > 0 && answers.lost == answers.acknowledged, "{answers:?}");
            losses_name_problems(report, |case| !case.tokens.is_empty())
        },
    },
    Case {
        scenario: "twice",
        code: exit::FAIL,
        convicts: &[('R', "phantom_answers", FAIL)],
        follow: &[],
        said: |report| {
            let answers = &report.figures.answers;
            ensure!(answers.lost == 0 && answers.phantom == 0, "{answers:?}");
            ensure!(answers.acknowledged > 0 && answers.duplicated == answers.acknowledged, "{answers:?}");
            Ok(())
        },
    },
    Case {
        scenario: "four-of-five",
        code: exit::FAIL,
        convicts: &[('R', "lost_answers", FAIL)],
        follow: &[],
        said: |report| losses_name_problems(report, |case| case.tokens.iter().all(|(problem, _)| *problem == 5)),
    },
    Case {
        scenario: "other-secret",
        code: exit::FAIL,
        convicts: &[('B', "error_rate", FAIL)],
        // Students who reload again and again do not get through the quiz, and it may be that none of them gets to submit.
        follow: &[
            ("load_offered", UNKNOWN),
            ("complete", UNKNOWN),
            ("lost_answers", UNKNOWN),
            ("phantom_answers", UNKNOWN),
        ],
        said: |report| only_class(report, "session lost"),
    },
    Case {
        scenario: "no-return",
        code: exit::LEFT_BEHIND,
        convicts: &[('W', "healed", UNKNOWN)],
        follow: &[],
        said: |report| {
            let left = &report.verdict.left_behind;
            ensure!(left.iter().any(|name| name.starts_with("crash web1: web1 did not serve again")), "{left:?}");
            ensure!(report.verdict.judgement == UNKNOWN, "{:?}", report.verdict.judgement);
            Ok(())
        },
    },
    Case {
        scenario: "flapping",
        code: exit::FAIL,
        convicts: &[('W', "flaps", FAIL)],
        follow: &[],
        said: |report| {
            let detection = &window(report, 0)?.detection;
            ensure!(matches!(detection, Detection::After { flaps: 2.., .. }), "{detection:?}");
            Ok(())
        },
    },
    Case {
        scenario: "keep-alive",
        code: exit::UNKNOWN,
        // Not blamed on the fault.
        convicts: &[('W', "error_rate", UNKNOWN)],
        // Whether students wait, give up, or do not get to what they planned, is a matter of their patience.
        follow: &[
            ("page_p95", UNKNOWN),
            ("error_rate", UNKNOWN),
            ("load_offered", UNKNOWN),
            ("lost_answers", UNKNOWN),
            ("phantom_answers", UNKNOWN),
            ("complete", UNKNOWN),
        ],
        said: |report| {
            let Baseline { requests, .. } = &report.figures.baseline;
            let stalled = requests.latency.ms_p95 > Some(1000.0) || requests.first_tries.failed > 0;
            ensure!(stalled, "no stall before the fault: {requests:?}");
            let mut before = report.verdict.findings.iter().filter(|finding| key(finding).0 == 'B');
            ensure!(before.any(|finding| finding.judgement == UNKNOWN), "{:?}", report.verdict.findings);
            Ok(())
        },
    },
    Case {
        scenario: "hidden-retries",
        code: exit::FAIL,
        convicts: &[('W', "page_p95", FAIL)],
        follow: &[],
        said: |report| {
            let detection = &window(report, 0)?.detection;
            ensure!(matches!(detection, Detection::Never { .. }), "{detection:?}");
            Ok(())
        },
    },
];

// Small clusters whose verdict does not depend on speed run at one time.

#[tokio::test]
async fn what_goes_wrong_without_a_fault() -> Result<()> {
    convicted(&["error-page", "unstored", "twice", "four-of-five"]).await
}

/// Alone: its students reload again and again, and beside other clusters that is more than a node can do: a health check
/// that waits too long takes it out, and requests fail in another way.
#[tokio::test]
async fn sessions_that_the_other_node_does_not_know() -> Result<()> {
    convicted(&["other-secret"]).await
}

/// Alone: whether students wait or are turned away depends on how soon the health check finds a worker.
#[tokio::test]
#[ignore = "5 minutes; `make bad`"]
async fn connections_that_are_kept_alive() -> Result<()> {
    convicted(&["keep-alive"]).await
}

#[tokio::test]
async fn a_health_check_that_sees_too_little_and_a_node_that_flaps() -> Result<()> {
    convicted(&["tcp-check", "static-check", "flapping"]).await
}

#[tokio::test]
async fn an_outage_that_shows_in_time_only_and_a_replica_that_was_cut_off() -> Result<()> {
    convicted(&["hidden-retries", "cut-replica"]).await
}

/// Too long for every day: healing is given up after twice 90 s.
#[tokio::test]
#[ignore = "5 minutes; `make bad`"]
async fn a_node_that_does_not_come_back() -> Result<()> {
    convicted(&["no-return"]).await
}

/// Too long for every day.
#[tokio::test]
#[ignore = "15 minutes; `make bad`"]
async fn a_sound_cluster_passes_ten_times_in_a_row() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    for run in 1..=10 {
        let ended = Program::of(&library(), &["run", "healthy"])?.end(RUN).await?;
        ended.expect(exit::PASS).with_context(|| format!("run {run}"))?;
        let report = report(&ended.folder("healthy")?)?;
        let found = report.verdict.findings.iter().find(|finding| finding.judgement != Judgement::Pass);
        ensure!(found.is_none(), "run {run}: {found:?}");
        ensure!(report.figures.answers.cases.is_empty(), "run {run}: {:?}", report.figures.answers.cases);
        println!("healthy, run {run} of 10: {}", report.verdict.sentence);
    }
    Ok(())
}

/// Runs each of these at one time and holds it against its case.
async fn convicted(scenarios: &[&str]) -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let cases = scenarios.iter().map(|scenario| {
        let found = CASES.iter().find(|case| case.scenario == *scenario);
        found.with_context(|| format!("no case {scenario}"))
    });
    let runs = cases.map(|case| async { hold(case?, &library(), RUN).await });
    let ended = futures_util::future::join_all(runs).await;
    ended.into_iter().collect()
}

fn library() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

fn notes(report: &Report) -> impl Iterator<Item = &Finding> {
    report.verdict.findings.iter().filter(|finding| finding.judgement == Judgement::Note)
}

fn losses(report: &Report) -> Vec<&AnswerCase> {
    report.figures.answers.cases.iter().filter(|case| case.kind.is_loss()).collect()
}

/// Students failed, and nobody who should know knew.
fn blind(window: &WindowFigures, detection: impl Fn(&Detection) -> bool) -> Result<()> {
    ensure!(detection(&window.detection), "{:?}", window.detection);
    let blind = window.blind.context("blind time not measured")?;
    ensure!(blind.never_detected && !blind.time.is_zero(), "{blind:?}");
    let hurt = window.requests.as_ref().map_or(0, |requests| requests.students_with_error);
    ensure!(hurt > 0, "no student was hurt");
    Ok(())
}

/// Requests failed in this way and in no other.
fn only_class(report: &Report, class: &str) -> Result<()> {
    let classes = &report.figures.requests.classes;
    ensure!(classes.len() == 1 && classes.contains_key(class), "{classes:?}");
    Ok(())
}

/// Answers were lost, and each loss names the problems that it should.
fn losses_name_problems(report: &Report, fits: impl Fn(&AnswerCase) -> bool) -> Result<()> {
    let lost = losses(report);
    ensure!(!lost.is_empty(), "nothing was lost");
    let strange = lost.iter().find(|case| !fits(case));
    ensure!(strange.is_none(), "{strange:?}");
    Ok(())
}
