//! Trials on paper, each with what it must come to.

use super::*;
use crate::capacity::trial::{Recorded, Starts};
use crate::settings::Document;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A trial in which every goal of the usual ones is met by far.
fn sound() -> Measured {
    let latency = |p95| Latency { count: 1000, ms_p50: Some(p95 / 2.0), ms_p95: Some(p95), ..Latency::default() };
    Measured {
        first_tries: Count { total: 2000, failed: 0 },
        test_pages: latency(900.0),
        starts: Some(Starts { due: 100, within: 100, never: 0, slowest: Some(MS(12_000)) }),
        last_minute: Some(Recorded { planned: 100, recorded: 100 }),
        lost_answers: Some(0),
        recovered: Some(true),
        generator: Generator { planned: 2000, late: 3, cpu_share: Some(0.3), own_errors: 0 },
        ..Measured::default()
    }
}

/// What `sound` with `change` comes to, as `holds clear`, `fails close: ...`, `void: ...`.
fn check(change: impl FnOnce(&mut Measured), expected: &str) {
    let mut measured = sound();
    change(&mut measured);
    let margin = |margin| if margin == Clear { "clear" } else { "close" };
    let said = match judge(&measured, &Goals::default()) {
        Outcome::Holds { margin: found } => format!("holds {}", margin(found)),
        Outcome::Fails { margin: found, reasons } => {
            let reasons: Vec<_> = reasons.into_iter().map(|reason| reason.found).collect();
            format!("fails {}: {}", margin(found), reasons.join("; "))
        }
        Outcome::Void { why } => format!("void: {}", why.join("; ")),
    };
    assert_eq!(said, expected);
}

#[test]
fn a_class_holds_when_every_goal_is_met() {
    check(|_| {}, "holds clear");
    check(|one| one.test_pages.ms_p95 = Some(4100.0), "holds close");
    check(|one| one.recovered = None, "void: whether the service recovered could not be told");
}

#[test]
fn a_time_far_from_its_limit_is_clear() {
    let p95 = |ms| move |one: &mut Measured| one.test_pages.ms_p95 = Some(ms);
    check(p95(3333.0), "holds clear");
    check(p95(5000.0), "holds close");
    check(p95(5040.0), "fails close: 95% of the pages of the test within just over 5 s, at most 5 s");
    check(p95(6700.0), "fails clear: 95% of the pages of the test within 6.7 s, at most 5 s");
}

#[test]
fn a_share_is_clear_when_chance_alone_does_not_cross_its_limit() {
    let failed = |failed| move |one: &mut Measured| one.first_tries.failed = failed;
    check(failed(9), "holds close");
    check(failed(11), "fails close: error rate 0.6% (11 of 2000 first tries), at most 0.5%");
    check(failed(60), "fails clear: error rate 3% (60 of 2000 first tries), at most 0.5%");
    // 1 of 100 is twice the limit, and may well be chance.
    check(
        |one| one.first_tries = Count { total: 100, failed: 1 },
        "fails close: error rate 1% (1 of 100 first tries), at most 0.5%",
    );
}

#[test]
fn a_student_who_starts_late_or_never_is_told() {
    let starts = |within, never, slowest| {
        move |one: &mut Measured| {
            one.starts = Some(Starts { due: 100, within, never, slowest: Some(MS(slowest)) });
        }
    };
    check(
        starts(94, 0, 71_000),
        "fails close: the slowest student had the test after 71 s, 6 of 100 late; at most 60 s",
    );
    check(
        starts(50, 0, 95_000),
        "fails clear: the slowest student had the test after 95 s, 50 of 100 late; at most 60 s",
    );
    check(starts(99, 1, 5000), "fails close: 1 student of 100 never had the test");
    check(starts(90, 10, 5000), "fails clear: 10 students of 100 never had the test");
}

#[test]
fn what_was_not_recorded_in_the_last_minute_counts() {
    let recorded = |recorded| move |one: &mut Measured| one.last_minute = Some(Recorded { planned: 100, recorded });
    check(recorded(98), "fails close: 2 of 100 submissions of the last minute not recorded, at most 0");
    check(recorded(97), "fails clear: 3 of 100 submissions of the last minute not recorded, at most 0");
}

#[test]
fn a_trial_that_its_generator_spoilt_is_void() {
    let generator = |change: fn(&mut Generator)| move |one: &mut Measured| change(&mut one.generator);
    check(
        generator(|one| one.late = 21),
        "void: the load generator sent 1.1% of its requests late or never; at most 1%",
    );
    check(generator(|one| one.late = 20), "holds clear");
    check(
        generator(|one| one.cpu_share = Some(0.93)),
        "void: the load generator used 93% of the processors that it may use; at most 80%",
    );
    check(generator(|one| one.own_errors = 1), "void: 1 request failed before leaving the load generator's machine");
    check(generator(|one| one.planned = 0), "void: the load generator had nothing to send");
}

#[test]
fn what_could_not_be_told_makes_a_trial_void_unless_it_fails_anyway() {
    check(|one| one.lost_answers = None, "void: whether an answer was lost could not be told");
    check(
        |one| (one.lost_answers, one.test_pages.ms_p95) = (None, Some(9000.0)),
        "fails clear: 95% of the pages of the test within 9 s, at most 5 s",
    );
}

#[test]
fn a_lost_answer_and_a_service_that_does_not_recover_fail_by_themselves() {
    check(|one| one.lost_answers = Some(1), "fails clear: 1 answer lost, at most 0");
    check(|one| (one.lost_answers, one.generator.own_errors) = (Some(2), 5), "fails clear: 2 answers lost, at most 0");
    check(|one| one.recovered = Some(false), "fails clear: metastable: still bad after the load had gone");
}

#[test]
fn goals_are_said_as_they_are_written() {
    let text = "error_rate = \"1%\"\nstart_within = \"2m\"\nlast_minute = 2\n";
    let document = Document::parse("x.toml", text).unwrap();
    let root = document.root();
    let goals = Goals::read(&root);
    root.finish();
    document.verdict(()).unwrap();
    let said: Vec<_> = goals.words().into_iter().map(|(_, words)| words).collect();
    assert_eq!(
        said,
        [
            "error rate at most 1%",
            "95% of the pages of the test within 5 s",
            "every student has the test within 2 min",
            "at most 2 submissions of the last minute not recorded",
            "no answer lost",
            "no page fails any more when the load has gone",
        ]
    );
}

#[test]
fn numbers_that_no_trial_measured_are_judged_all_the_same() {
    let mut measured = sound();
    measured.test_pages.ms_p95 = Some(1e300);
    measured.last_minute = Some(Recorded { planned: 0, recorded: u64::MAX });
    measured.first_tries = Count { total: 1, failed: u64::MAX };
    let goals =
        Goals { page_p95: Some(Duration::ZERO), last_minute_unrecorded_max: Some(u64::MAX), ..Goals::default() };
    assert_eq!(judge(&measured, &goals).holds(), Some(false));
}
