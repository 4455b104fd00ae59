//! What students saw: error rates, gaps, latency, series.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{ErrorClass, Fact, Outcome, Request, Step};
use crate::measure::Source;
use crate::measure::synthetic::{Answer, Ask, Story, ZERO, at};

const SECOND: Duration = Duration::from_secs(1);

/// Every page is 502 from 35 s to 40 s.
fn bad_gateway(ask: &Ask) -> Answer {
    let down = ask.probe.is_none() && (35_000..40_000).contains(&ask.ms);
    if down { ask.error(ErrorClass::Status(502)) } else { ask.fine() }
}

#[test]
fn first_tries_and_retries_stand_apart() {
    let story = Story::freeze("").play(bad_gateway);
    let figures = story.figures();
    let window = figures.windows[0].requests.as_ref().unwrap();
    assert!(window.first_tries.failed > 0 && window.retries.total >= window.first_tries.failed, "{window:?}");
    assert_eq!(window.classes.get("502"), Some(&(window.first_tries.failed + window.retries.failed)));
    assert!(window.students_with_error <= window.first_tries.failed && window.students_with_error > 0);
    assert!(window.by_node.contains_key("web1") && window.by_node.contains_key("web2"));
    let baseline = &figures.baseline.requests;
    assert_eq!((baseline.first_tries.failed, baseline.retries.total), (0, 0));
    assert!(baseline.first_tries.total > 50, "{baseline:?}");
    assert_eq!(figures.requests.first_tries.failed, window.first_tries.failed);
}

#[test]
fn each_student_is_told_alone() {
    let story = Story::freeze("").play(bad_gateway);
    let figures = story.figures();
    let window = &figures.windows[0];
    let sum = window.requests.as_ref().unwrap();
    assert_eq!(window.students.len() as u64, sum.students);
    let hit = window.students.iter().filter(|one| one.is_hit()).count();
    assert_eq!(hit as u64, sum.students_with_error);
    let slowest = window.students.iter().filter_map(|one| one.slowest_page).max().unwrap();
    let most = Duration::from_secs_f64(sum.latency.ms_max.unwrap() / 1000.0);
    assert!(slowest.abs_diff(most) <= most / 500, "{slowest:?} {most:?}");
    assert_eq!(window.students.iter().map(|one| one.first_tries.failed).sum::<u64>(), sum.first_tries.failed);
    assert_eq!(window.students.iter().filter_map(|one| one.classes.get("502")).sum::<u64>(), sum.classes["502"]);
    let gaps = window.students.iter().filter_map(|one| one.worst_gap).max();
    assert_eq!(gaps, window.worst_gap.unwrap().max);
}

#[test]
fn pages_with_warnings_are_counted_and_are_no_failures() {
    let story = Story::freeze("").play(Ask::fine).bend(|fact| {
        if let Fact::Request(request) = fact {
            request.warned = request.step == Step::Login;
        }
    });
    let requests = story.figures().requests;
    assert_eq!((requests.warned, requests.first_tries.failed), (10, 0));
}

#[test]
fn every_stamp_says_who_saw_it() {
    let figures = Story::freeze("").play(bad_gateway).figures();
    let timeline = &figures.windows[0].timeline;
    let seen = |name: &str| timeline.sources.get(name);
    assert_eq!((seen("inject"), seen("heal")), (Some(&Source::Command), Some(&Source::Command)));
    assert!(matches!(seen("effect"), Some(Source::Evidence { .. })), "{timeline:?}");
    assert!(matches!(seen("first_error"), Some(Source::Student { class, .. }) if class == "502"), "{timeline:?}");
    assert_eq!((timeline.detect, seen("detect")), (None, None), "nobody said down");
}

#[test]
fn a_request_under_way_at_the_injection_belongs_to_the_window() {
    let story = Story::freeze("").play(|ask| match ask.step {
        Some(_) if (25_000..30_000).contains(&ask.ms) => ask.hang(),
        _ => ask.fine(),
    });
    let figures = story.figures();
    let (window, all) = (figures.windows[0].requests.as_ref().unwrap().first_tries, figures.requests.first_tries);
    assert!(window.failed > 0, "{window:?}");
    assert_eq!(figures.baseline.requests.first_tries.failed + window.failed, all.failed);
}

#[test]
fn late_and_missing_actions_are_counted() {
    let mut story = Story::freeze("").play(Ask::fine).bend(|fact| {
        if let Fact::Request(request) = fact
            && request.step == Step::Login
        {
            request.sent = request.intended + Duration::from_millis(1200);
            request.end = request.sent + Duration::from_millis(200);
        }
    });
    let not_offered = Fact::NotOffered { student: "stu001".to_owned(), step: Step::View, intended: at(20_000) };
    story.tell(20_000, not_offered);
    let baseline = story.figures().baseline.requests;
    assert_eq!((baseline.late, baseline.not_offered, baseline.hindered), (10, 1, 1), "{baseline:?}");
    assert!(baseline.latency.ms_max.unwrap() > 1_390.0 && baseline.latency_raw.ms_max.unwrap() < 250.0);
}

#[test]
fn what_waits_for_a_slow_page_is_held_up_and_not_late() {
    let slow = |ask: &Ask| match ask.step {
        Some(Step::Review) => Answer { took: 6 * SECOND, ..ask.fine() },
        _ => ask.fine(),
    };
    // On paper a student goes on as soon as a page is there; a real one needs the time to react.
    let mut story = Story::freeze("").play(slow);
    let held_up = story.figures().requests;
    assert!(held_up.late == 0 && held_up.held_up >= 10, "{held_up:?}");
    for observation in &mut story.history {
        if let Fact::Request(request) = &mut observation.fact
            && request.step == Step::Logout
        {
            request.sent = request.sent + SECOND;
        }
    }
    assert_eq!(story.figures().requests.late, 10);
}

#[test]
fn what_a_student_no_longer_began_was_never_sent() {
    let whole = Story::freeze("").play(Ask::fine).figures().requests;
    assert_eq!(whole.not_offered, 0);
    let planned: usize = Story::freeze("").plan.students.iter().map(|student| student.actions.len()).sum();
    let cut = Story::freeze("").play(Ask::fine).without(
        |fact| matches!(fact, Fact::Request(request) if request.student == "stu001" && request.intended >= at(20_000)),
    );
    let of_one = Story::freeze("").plan.students[0].actions.iter().filter(|action| action.at >= 20 * SECOND).count();
    let figures = cut.figures();
    // Nothing kept the student from it.
    assert_eq!((figures.requests.not_offered, figures.requests.hindered), (of_one as u64, 0));
    assert!((of_one as u64) < planned as u64 && figures.baseline.requests.not_offered > 0, "{of_one} of {planned}");
}

#[test]
fn what_the_service_kept_a_student_from_is_told_apart_from_what_the_generator_never_sent() {
    let unsent = |change: fn(&mut Request)| {
        let of_one = |fact: &Fact| matches!(fact, Fact::Request(request) if request.student == "stu001");
        let cut = Story::freeze("").play(Ask::fine).bend(move |fact| {
            if let Fact::Request(request) = fact
                && request.student == "stu001"
                && request.step == Step::Start
            {
                change(request);
            }
        });
        let begun = |step| matches!(step, Step::Refresh | Step::Login | Step::SetList | Step::QuizInfo | Step::Start);
        let kept = cut.without(|fact| of_one(fact) && matches!(fact, Fact::Request(request) if !begun(request.step)));
        let requests = kept.figures().requests;
        assert!(requests.not_offered > 3, "{requests:?}");
        (requests.hindered, requests.not_offered)
    };
    let (hindered, _) = unsent(|_| ());
    assert_eq!(hindered, 0);
    let (hindered, all) = unsent(|request| request.outcome = Outcome::Failed(ErrorClass::StartFailed));
    assert_eq!(hindered, all, "no test, so no page of it");
    let (hindered, all) = unsent(|request| request.end = request.sent + 3600 * SECOND);
    assert_eq!(hindered, all, "the page of the start is still awaited");
}

#[test]
fn a_gap_begins_with_the_failure_and_ends_with_the_next_success() {
    let story = Story::freeze("").play(bad_gateway);
    let hurt = story.history.iter().find_map(|one| match &one.fact {
        Fact::Request(request) if !request.outcome.is_success() => Some(request.student.clone()),
        _ => None,
    });
    let hurt = hurt.unwrap();
    let story = story.without(|fact| matches!(fact, Fact::Request(request) if request.student != hurt));
    let requests = story.history.iter().filter_map(|one| match &one.fact {
        Fact::Request(request) => Some(request),
        _ => None,
    });
    let requests = requests.collect::<Vec<_>>();
    let first = requests.iter().find(|request| !request.outcome.is_success()).unwrap();
    let back =
        requests.iter().find(|request| request.outcome.is_success() && request.intended > first.intended).unwrap();
    assert_eq!(story.figures().windows[0].worst_gap.unwrap().max, Some(back.end - first.intended));
}

#[test]
fn the_worst_gap_is_that_of_a_student_with_an_error() {
    assert_eq!(Story::freeze("").play(Ask::fine).figures().windows[0].worst_gap.unwrap().max, None);
    let gap = Story::freeze("").play(bad_gateway).figures().windows[0].worst_gap.unwrap();
    assert!(gap.max.unwrap() >= gap.p95.unwrap() && gap.p95.unwrap() >= gap.p50.unwrap());
    assert!(gap.p50.unwrap() > SECOND && gap.max.unwrap() < 40 * SECOND, "{gap:?}");
}

#[test]
fn series_cover_every_second_of_the_class() {
    let mut story = Story::freeze("").play(bad_gateway).balancer(36_000, "web1", false);
    let memory = Fact::Memory { service: "web1".to_owned(), used_bytes: 5, limit_bytes: 9 };
    story.tell(10_000, memory);
    story.tell(11_000, Fact::Primary { role: "db".to_owned(), service: "db1".to_owned(), writable: true });
    story.tell(12_000, Fact::Level { volume: "courses".to_owned(), used_share: 0.5, free_bytes: 7 });
    let figures = story.figures();
    let series = &figures.series;
    let ended: u64 = series.seconds.iter().map(|second| second.ok + second.failed.values().sum::<u64>()).sum();
    assert_eq!(ended, figures.requests.first_tries.total + figures.requests.retries.total);
    assert_eq!(series.seconds.iter().map(|second| second.active).max(), Some(10));
    assert_eq!(series.detectors, [(36_000, "balancer".to_owned(), "web1".to_owned(), Some(false))]);
    assert_eq!(series.memory["web1"], [(10_000, 5, 9)]);
    assert_eq!(series.primaries, [(11_000, "db".to_owned(), "db1".to_owned(), true)]);
    assert_eq!(series.levels["courses"], [(12_000, 0.5)]);
    assert_eq!(series.entry_probes[1].0, 50);
}

#[test]
fn the_wall_clock_s_steps_are_seen() {
    let mut story = Story::freeze("").play(Ask::fine);
    for (ms, offset) in [(1, "1700000000000000000"), (2, "1700000000250000000"), (3, "no number")] {
        story.tell(ms, Fact::Clock { wall_less_monotonic_ns: offset.to_owned() });
    }
    assert_eq!(story.figures().clock_drift, Duration::from_millis(250));
}

#[test]
fn stamps_before_the_start_do_no_harm() {
    let story = Story::freeze("").play(Ask::fine).bend(|fact| {
        if let Fact::Request(request) = fact {
            request.sent = Stamp(request.sent.0 - ZERO.0);
            request.intended = request.sent;
            request.end = request.sent;
        }
    });
    assert_eq!(story.figures().requests.first_tries.total, 0);
}

#[test]
fn where_no_balancer_stands_before_it_a_node_answered_all() {
    let unnamed = |fact: &mut Fact| {
        if let Fact::Request(request) = fact {
            request.node = None;
        }
    };
    let early = |ask: &Ask| if ask.ms < 5_000 { ask.error(ErrorClass::Refused) } else { ask.fine() };
    let mut story = Story::freeze("").play(early).bend(unnamed);
    assert_eq!(story.figures().requests.by_node, BTreeMap::new());
    story.topology.entry.service = "web1".to_owned();
    let requests = story.figures().requests;
    let [first, again] = [requests.first_tries, requests.retries];
    let failed = first.failed + again.failed;
    assert!(failed > 0, "{requests:?}");
    assert_eq!(requests.by_node, BTreeMap::from([("web1".to_owned(), first.total + again.total - failed)]));
}
