//! Expectations of one part of a run, and those that were measured before anything expected them.

use std::time::Duration;

use super::expectations::{check, finding, hang_until};
use crate::check::Judgement;
use crate::history::{ErrorClass, Fact, Mark, Step};
use crate::measure::synthetic::{Answer, Ask, Story};

const WINDOW: &str = "freeze web1";

fn slow_grades(ask: &Ask) -> Answer {
    let slow = ask.step == Some(Step::Grade) && ask.ms > 30_000;
    if slow { Answer { took: Duration::from_secs(3), ..ask.fine() } } else { ask.fine() }
}

#[test]
fn pages_are_judged_by_step_and_percentile() {
    let story = Story::freeze("page.p50 = \"1s\"\npage.grade.p95 = \"2s\"\n").play(slow_grades);
    let verdict = story.verdict();
    let page = finding(&verdict, "page", WINDOW);
    assert_eq!(page.expected, "95% of the grade pages within 2 s");
    assert_eq!(page.judgement, Judgement::Fail, "{page:?}");
    assert!(page.found.starts_with("grade p95: 3 s ("), "{page:?}");
    assert_eq!(finding(&verdict, "page", "baseline").judgement, Judgement::Pass);
    let nobody = Story::freeze("page.refresh.max = \"2s\"\n").play(Ask::fine).verdict();
    let page = finding(&nobody, "page", WINDOW);
    assert_eq!((page.judgement, page.found.as_str()), (Judgement::Unknown, "refresh max: no page was answered"));
}

#[test]
fn a_window_that_expects_faster_pages_than_its_baseline_gave_is_not_judged() {
    let slow = |ask: &Ask| {
        let slow = ask.step == Some(Step::Login);
        if slow { Answer { took: Duration::from_secs(3), ..ask.fine() } } else { ask.fine() }
    };
    let window =
        "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[window.expect.page.login]\nmax = \"2s\"\n";
    let verdict = Story::new(&format!("{window}[expect]\nlost_answers = 0\n")).play(slow).verdict();
    let page = finding(&verdict, "page", WINDOW);
    assert_eq!(page.judgement, Judgement::Unknown, "{page:?}");
    assert!(page.found.contains("not judged: the baseline had login max: 3 s"), "{page:?}");
}

#[test]
fn blind_time_is_a_lower_bound_where_nobody_noticed() {
    let seen = |most: &str| {
        let story = Story::freeze(&format!("blind_time = \"{most}\"\n")).play(hang_until(41_800));
        story.balancer(38_000, "web1", false)
    };
    let verdict = seen("1s").verdict();
    let blind = finding(&verdict, "blind_time", WINDOW);
    assert_eq!(blind.judgement, Judgement::Fail, "{blind:?}");
    assert_eq!(finding(&seen("20s").verdict(), "blind_time", WINDOW).judgement, Judgement::Pass);
    let unseen = Story::freeze("blind_time = \"20s\"\n").play(hang_until(41_800)).verdict();
    let blind = finding(&unseen, "blind_time", WINDOW);
    assert_eq!(blind.judgement, Judgement::Unknown, "{blind:?}");
    assert!(blind.found.starts_with("at least ") && blind.found.ends_with(", never detected"), "{blind:?}");
    check(
        &Story::freeze("blind_time = \"0s\"\n").play(Ask::fine),
        "blind_time",
        WINDOW,
        Judgement::Pass,
        "nobody failed",
    );
}

#[test]
fn the_worst_off_student_is_judged() {
    let hurt = |most: &str| Story::freeze(&format!("student_gap = \"{most}\"\n")).play(hang_until(45_000)).verdict();
    let gap = hurt("1s");
    let gap = finding(&gap, "student_gap", WINDOW);
    assert!(gap.judgement == Judgement::Fail && gap.found == "30 s", "{gap:?}");
    assert_eq!(finding(&hurt("1h"), "student_gap", WINDOW).judgement, Judgement::Pass);
    let fine = Story::freeze("student_gap = \"0s\"\n").play(Ask::fine);
    check(&fine, "student_gap", WINDOW, Judgement::Pass, "no student saw an error");
}

#[test]
fn recovery_counts_from_heal() {
    let out_until =
        |until: u64, most: &str| Story::freeze(&format!("recovery_time = \"{most}\"\n")).play(hang_until(until));
    let early = out_until(41_800, "0s");
    check(&early, "recovery_time", WINDOW, Judgement::Pass, "before heal");
    let late = out_until(56_000, "30s").verdict();
    let recovery = finding(&late, "recovery_time", WINDOW);
    assert!(recovery.judgement == Judgement::Pass && recovery.found.ends_with(" after heal"), "{recovery:?}");
    assert_eq!(finding(&out_until(56_000, "1s").verdict(), "recovery_time", WINDOW).judgement, Judgement::Fail);
    let fine = Story::freeze("recovery_time = \"0s\"\n").play(Ask::fine);
    check(&fine, "recovery_time", WINDOW, Judgement::Pass, "it never left the baseline's band");
    let slow = |ask: &Ask| {
        if ask.ms > 30_200 { Answer { took: Duration::from_millis(1_500), ..ask.fine() } } else { ask.fine() }
    };
    let never = |most: &str| Story::freeze(&format!("recovery_time = \"{most}\"\n")).play(slow).verdict();
    let recovery = never("1h");
    let recovery = finding(&recovery, "recovery_time", WINDOW);
    assert!(recovery.judgement == Judgement::Unknown && recovery.advice.is_some(), "{recovery:?}");
    assert_eq!(finding(&never("1s"), "recovery_time", WINDOW).judgement, Judgement::Fail);
}

#[test]
fn time_without_redundancy_lasts_until_the_cluster_is_whole() {
    let story = |most: &str| Story::freeze(&format!("without_redundancy = \"{most}\"\n")).play(Ask::fine);
    let met = story("1h").verdict();
    let time = finding(&met, "without_redundancy", WINDOW);
    assert_eq!(time.judgement, Judgement::Pass, "{time:?}");
    assert_eq!(finding(&story("1s").verdict(), "without_redundancy", WINDOW).judgement, Judgement::Fail);
    let unseen = story("1h").without(|fact| matches!(fact, Fact::Window { mark: Mark::Restored { .. }, .. }));
    let found = "the cluster was not seen whole again";
    check(&unseen, "without_redundancy", WINDOW, Judgement::Unknown, found);
}

#[test]
fn capacity_is_restored_by_the_cluster_and_not_by_heal() {
    let story = |most: &str, told: &[(u64, bool)]| {
        let quiet = Story::freeze(&format!("capacity_restored = \"{most}\"\n")).play(Ask::fine);
        let mut story = told.iter().fold(quiet, |story, (ms, up)| story.balancer(*ms, "web1", *up));
        story.history.sort_by_key(|observation| observation.at);
        story
    };
    let judged =
        |most, told: &[(u64, bool)]| finding(&story(most, told).verdict(), "capacity_restored", WINDOW).judgement;
    let back = [(34_000, false), (42_000, true)];
    assert_eq!([judged("15s", &back), judged("5s", &back)], [Judgement::Pass, Judgement::Fail]);
    let healed = [(34_000, false), (54_000, true)];
    assert_eq!([judged("1h", &healed), judged("15s", &healed)], [Judgement::Unknown, Judgement::Fail]);
    let found = "no detector said that the lost node was missing";
    check(&story("1h", &[]), "capacity_restored", WINDOW, Judgement::Unknown, found);
}

#[test]
fn after_heal_another_error_rate_can_be_expected() {
    let later = |ask: &Ask| {
        let out = ask.step.is_some() && ask.ms > 50_500;
        if out { ask.error(ErrorClass::Status(503)) } else { ask.fine() }
    };
    let strict = Story::freeze("error_rate = \"50%\"\nerror_rate_after = \"1%\"\n").play(later).verdict();
    assert_eq!(finding(&strict, "error_rate", WINDOW).judgement, Judgement::Pass);
    let after = finding(&strict, "error_rate_after", WINDOW);
    assert_eq!((after.judgement, after.expected.as_str()), (Judgement::Fail, "error rate after heal at most 1%"));
    let lax = Story::freeze("error_rate = \"10%\"\nerror_rate_after = \"100%\"\n").play(later).verdict();
    assert_eq!(finding(&lax, "error_rate", WINDOW).judgement, Judgement::Pass, "it has an expectation of its own");
    assert_eq!(finding(&lax, "error_rate_after", WINDOW).judgement, Judgement::Pass);
}

#[test]
fn baseline_and_whole_run_can_have_expectations_of_their_own() {
    let tables = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[expect]\nerror_rate = \"90%\"\n\
                  [expect.baseline]\nerror_rate = \"0%\"\nload_not_offered = \"2%\"\n[expect.run]\nlost_answers = 3\n";
    let verdict = Story::new(tables).play(hang_until(41_800)).verdict();
    assert_eq!(finding(&verdict, "error_rate", "baseline").expected, "error rate at most 0%");
    assert_eq!(finding(&verdict, "error_rate", WINDOW).expected, "error rate at most 90%");
    assert_eq!(finding(&verdict, "lost_answers", "whole run").expected, "at most 3 answers lost");
    assert!(verdict.findings.iter().all(|one| one.check != "lost_answers" || one.scope.window().is_none()));
    let load = finding(&verdict, "load_offered", "baseline");
    assert_eq!(load.expected, "at most 2% of the planned actions not sent in time");
    assert_eq!(load.expectation.as_deref(), Some("load_not_offered"));
    let usual = Story::freeze("").play(Ask::fine).verdict();
    assert_eq!(finding(&usual, "load_offered", "baseline").expectation, None, "nobody wrote it");
}

#[test]
fn what_nobody_did_before_the_first_fault_withdraws_no_window() {
    let text = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[expect]\nfailover_time = \"1m\"\n\
                [expect.baseline]\npage.turn.p95 = \"2s\"\n";
    let verdict = Story::new(text).play(hang_until(35_000)).verdict();
    let page = finding(&verdict, "page", "baseline");
    assert_eq!(
        (page.judgement, page.found.as_str()),
        (Judgement::Unknown, "nothing to judge it by before the first fault")
    );
    assert_eq!(finding(&verdict, "failover_time", WINDOW).judgement, Judgement::Pass, "{verdict:#?}");
}

#[test]
fn a_baseline_that_is_worse_than_what_is_to_come_after_heal_is_told() {
    let bad = |ask: &Ask| {
        let bad = ask.probe.is_none() && ask.step != Some(Step::Grade) && ask.ms.is_multiple_of(3);
        if bad { ask.error(ErrorClass::Status(500)) } else { ask.fine() }
    };
    let verdict = Story::freeze("error_rate = \"90%\"\nerror_rate_after = \"1%\"\n").play(bad).verdict();
    let after = finding(&verdict, "error_rate_after", WINDOW);
    assert!(
        after.judgement == Judgement::Unknown && after.found.contains("not judged: the baseline had an error rate of "),
        "{after:?}"
    );
}
