//! Failover, detection, availability, recovery.

use std::time::Duration;

use crate::check::Judgement;
use crate::history::{ErrorClass, Fact, Mark, Observation, ProbeKind, Process};
use crate::measure::synthetic::{Answer, Ask, Story, at};
use crate::measure::{
    Availability, CapacityRestored, Detection, Failover, Recovery, Source, StartedAgain, WindowFigures,
};
use crate::topology::Role;

/// web1 hangs from 30.2 s until the balancer stops asking it at `until` milliseconds.
fn hang_until(until: u64) -> impl Fn(&Ask) -> Answer {
    move |ask| if ask.node == "web1" && (30_100..until).contains(&ask.ms) { ask.hang() } else { ask.fine() }
}

fn window(story: &Story) -> WindowFigures {
    story.figures().windows[0].clone()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn near(time: Duration, expected: u64) -> bool {
    time.abs_diff(ms(expected)) <= ms(100)
}

#[test]
fn a_service_that_is_always_there_has_no_outage() {
    let window = window(&Story::freeze("").play(Ask::fine));
    assert_eq!(window.failover, Failover::NoOutage);
    assert_eq!(window.failover_write, Failover::NoOutage);
    assert_eq!(window.recovery, Recovery::NeverLeft);
    assert_eq!(window.availability, Some(Availability::default()));
    assert_eq!(window.timeline.first_error, None);
    assert_eq!(window.without_redundancy, Some(ms(23_800)));
    assert!(window.failed_probes.iter().all(|share| share.probes.failed == 0 && share.probes.total > 10));
}

#[test]
fn what_came_back_and_failed_again_stands_beside_the_failover() {
    // The check takes the sound node out too: for 5 s there is nobody, after 5 s in which all was well.
    let rule = |ask: &Ask| match ask.ms {
        30_100..35_000 if ask.node == "web1" => ask.hang(),
        40_000..45_000 => ask.hang(),
        _ => ask.fine(),
    };
    let down = |story: Story, ms, service| story.balancer(ms, service, false);
    let story = down(down(Story::freeze("").play(rule), 35_000, "web1"), 40_000, "web2").balancer(45_000, "web2", true);
    let window = window(&story);
    let Failover::After { time, .. } = window.failover else { panic!("{:?}", window.failover) };
    assert!(near(time, 4_800), "{time:?}");
    let later = window.probes_after_failover.unwrap();
    // From 35 s to 50 s, twenty a second, of which 5 s are bad.
    assert!(later.total.abs_diff(300) <= 3 && later.failed.abs_diff(100) <= 3, "{later:?}");
    assert_eq!(window.all_out, ms(5_000));
    let sound =
        Story::freeze("").play(hang_until(41_200)).balancer(41_200, "web1", false).balancer(51_000, "web1", true);
    let sound = self::window(&sound);
    assert_eq!((sound.probes_after_failover.unwrap().failed, sound.all_out), (0, Duration::ZERO));
}

#[test]
fn failover_ends_when_every_node_in_turn_answers() {
    let story =
        Story::freeze("").play(hang_until(41_200)).balancer(41_200, "web1", false).balancer(51_000, "web1", true);
    let window = window(&story);
    let Failover::After { time, .. } = window.failover else { panic!("{:?}", window.failover) };
    assert!(near(time, 11_000), "{time:?}");
    let expected = Detection::After { detector: "balancer".to_owned(), time: ms(11_000), flaps: 0, within: None };
    assert_eq!(window.detection, expected);
    assert_eq!(window.timeline.detect, Some(ms(41_200)));
    assert!(near(window.timeline.route.unwrap(), 41_200));
    assert!(near(window.blind.unwrap().time, 11_000) && !window.blind.unwrap().never_detected, "{:?}", window.blind);
    assert!(
        near(window.availability.unwrap().degraded, 11_000) && window.availability.unwrap().unavailable.is_zero(),
        "{window:?}"
    );
    assert!(near(window.availability.unwrap().weighted, 5_500), "{window:?}");
    let Recovery::After { time } = window.recovery else { panic!("{:?}", window.recovery) };
    assert!(near(time, 11_000), "{time:?}");
}

#[test]
fn a_failover_time_says_how_late_the_probe_was_that_ended_the_outage() {
    let story = Story::freeze("").play(hang_until(41_200)).bend(|fact| {
        if let Fact::Probe(probe) = fact {
            probe.sent = probe.intended + ms(80);
        }
    });
    let Failover::After { time, late, .. } = window(&story).failover else { panic!("no failover") };
    assert!(near(time, 11_000) && late == ms(80), "{time:?} {late:?}");
}

#[test]
fn a_failover_time_says_how_long_before_the_effect_the_fault_may_have_come() {
    let doubt = |told: Option<u64>, rule: fn(&Ask) -> Answer| {
        let story = Story::freeze("").play(rule).bend(|fact| {
            if let Fact::Window { mark: Mark::EffectSeen { not_before, .. }, .. } = fact {
                *not_before = told.map(at);
            }
        });
        match window(&story) {
            WindowFigures { failover: Failover::After { effect_doubt, .. }, timeline, .. } => {
                (effect_doubt, timeline.effect_doubt)
            }
            other => panic!("{:?}", other.failover),
        }
    };
    let at_once = |ask: &Ask| hang_until(41_200)(ask);
    assert_eq!(doubt(Some(30_140), at_once), (ms(60), Some(ms(60))));
    assert_eq!(doubt(None, at_once), (ms(200), Some(ms(200))), "since the command, in a history that does not tell");
    let later = |ask: &Ask| if (40_000..42_000).contains(&ask.ms) { ask.hang() } else { ask.fine() };
    assert_eq!(doubt(Some(30_140), later).0, ms(0), "counted from its own beginning");
}

#[test]
fn half_of_the_probes_failing_until_heal_is_no_failover() {
    let window = window(&Story::freeze("").play(hang_until(50_000)));
    assert_eq!(window.failover, Failover::DidNot { at_least: ms(19_800) });
    let entry = window.failed_probes.iter().find(|share| share.kind == ProbeKind::Entry).unwrap();
    assert!((entry.probes.rate().unwrap() - 0.5).abs() < 0.02, "{entry:?}");
    assert_eq!(window.timeline.route, None);
}

#[test]
fn an_outage_to_the_end_is_unavailable_time() {
    let down =
        |ask: &Ask| if (30_200..55_000).contains(&ask.ms) { ask.error(ErrorClass::Status(503)) } else { ask.fine() };
    let window = window(&Story::freeze("").play(down));
    assert_eq!(window.failover, Failover::DidNot { at_least: ms(19_800) });
    assert_eq!(window.failover_write, Failover::DidNot { at_least: ms(19_800) });
    assert!(near(window.availability.unwrap().unavailable, 24_800), "{:?}", window.availability.unwrap().unavailable);
    assert!(matches!(window.recovery, Recovery::After { time } if near(time, 24_800)), "{:?}", window.recovery);
}

#[test]
fn a_run_of_successes_may_end_after_heal_but_must_begin_before() {
    let began = |until| window(&Story::freeze("").play(hang_until(until))).failover;
    assert!(matches!(began(49_000), Failover::After { time, .. } if near(time, 18_800)));
    assert!(matches!(began(50_001), Failover::DidNot { .. }));
    let broken = |ask: &Ask| {
        let hangs = (30_200..48_000).contains(&ask.ms) || (50_200..52_000).contains(&ask.ms);
        if hangs { ask.hang() } else { ask.fine() }
    };
    assert!(matches!(window(&Story::freeze("").play(broken)).failover, Failover::DidNot { .. }));
}

#[test]
fn a_slow_page_fails_by_the_limit_only() {
    let slow = |took: u64| {
        move |ask: &Ask| {
            let late = ask.node == "web1" && (31_000..40_000).contains(&ask.ms);
            if late { Answer { took: ms(took), ..ask.fine() } } else { ask.fine() }
        }
    };
    assert_eq!(window(&Story::freeze("").play(slow(1_900))).failover, Failover::NoOutage);
    assert!(matches!(window(&Story::freeze("").play(slow(2_001))).failover, Failover::After { .. }));
}

#[test]
fn a_silent_detector_never_detected() {
    let silent = window(&Story::freeze("").play(hang_until(50_000)));
    assert_eq!(silent.detection, Detection::Never { detector: "balancer".to_owned(), health_check: true });
    assert!(silent.blind.unwrap().never_detected && near(silent.blind.unwrap().time, 19_800), "{:?}", silent.blind);
    let late = Story::freeze("").play(hang_until(50_000)).balancer(50_100, "web1", false);
    assert_eq!(window(&late).detection, silent.detection);
    let other = Story::freeze("").play(hang_until(50_000)).balancer(40_000, "web2", false);
    assert_eq!(window(&other).detection, silent.detection);
}

#[test]
fn changes_of_mind_are_counted_and_an_old_verdict_is_no_detection() {
    let story = Story::freeze("").play(hang_until(36_000)).balancer(36_000, "web1", false);
    let flapping = story.balancer(40_000, "web1", true).balancer(42_000, "web1", false).balancer(52_000, "web1", true);
    assert!(matches!(window(&flapping).detection, Detection::After { flaps: 2, time, .. } if time == ms(5_800)));
    let before = Story::freeze("").play(hang_until(36_000)).balancer(20_000, "web1", false);
    assert!(matches!(window(&before).detection, Detection::NotMeasured { .. }));
    assert!(window(&before).blind.unwrap().time.is_zero());
}

#[test]
fn a_verdict_on_a_node_that_is_judged_no_longer_has_ended() {
    let story = || Story::freeze("").play(hang_until(50_000)).balancer(20_000, "web2", false);
    assert!(window(&story()).blind.unwrap().time.is_zero(), "it is down for all of the window");
    let gone = window(&story().balancer_drops(25_000, "web2"));
    assert!(near(gone.blind.unwrap().time, 19_800), "{:?}", gone.blind);
    // It is neither up nor down, and so is whom it was said of.
    let target = window(&Story::freeze("").play(hang_until(50_000)).balancer_drops(36_000, "web1"));
    assert!(matches!(target.detection, Detection::Never { .. }), "{:?}", target.detection);
    assert_eq!(target.timeline.detect, None);
}

#[test]
fn nobody_watches_a_volume() {
    let fill = "[[window]]\nfault = \"disk-fill\"\ntarget = \"storage.courses\"\nfor = \"20s\"\n";
    let unhurt = window(&Story::new(fill).play(Ask::fine));
    assert_eq!(unhurt.detection, Detection::NoDetector);
    assert!(!unhurt.blind.unwrap().never_detected);
    assert_eq!((unhurt.title.as_str(), unhurt.without_redundancy), ("disk-fill courses", None));
    let hurt = window(&Story::new(fill).play(hang_until(50_000)));
    assert!(hurt.blind.unwrap().never_detected && near(hurt.blind.unwrap().time, 19_800), "{:?}", hurt.blind);
    let noticed = window(&Story::new(fill).play(hang_until(50_000)).balancer(40_000, "web1", false));
    assert!(!noticed.blind.unwrap().never_detected && near(noticed.blind.unwrap().time, 9_800), "{:?}", noticed.blind);
}

#[test]
fn a_service_that_stays_slow_after_heal_is_metastable() {
    let mut story = Story::freeze("");
    story.plan.deadline += ms(40_000);
    let stuck = |ask: &Ask| {
        let slow = ask.ms > 30_200;
        if slow { Answer { took: ms(1_500), ..ask.fine() } } else { ask.fine() }
    };
    assert_eq!(window(&story.play(stuck)).recovery, Recovery::Metastable);
    let short = Story::freeze("").play(stuck);
    let Recovery::NotSeen { watched, needed } = window(&short).recovery else {
        panic!("{:?}", window(&short).recovery)
    };
    assert!(needed == ms(40_000) && watched > ms(5_000) && watched < needed, "{watched:?} of {needed:?}");
}

#[test]
fn a_void_window_measures_nothing() {
    let why = "not paused within 10 s".to_owned();
    let mut story = Story::freeze("").play(hang_until(41_000));
    story.tell(41_000, Fact::Window { window: 0, mark: Mark::Void { why: why.clone() } });
    let window = window(&story);
    assert_eq!(window.void, Some(why));
    assert_eq!(window.failover, Failover::NotMeasured);
    assert!(matches!(window.detection, Detection::NotMeasured { .. }));
    assert_eq!((window.recovery, window.blind, window.availability), (Recovery::NotMeasured, None, None));
    assert!(window.requests.unwrap().first_tries.total > 0);
}

#[test]
fn a_run_that_was_ended_says_only_what_it_saw() {
    let story = || Story::freeze("").play(hang_until(50_000));
    let before = story().cut(20_000).figures();
    assert!(before.interrupted && before.windows[0].void.is_some());
    assert_eq!(before.baseline.length, ms(20_000));
    let within = story().cut(40_000).figures().windows[0].clone();
    assert_eq!((&within.void, &within.failover), (&None, &Failover::NotMeasured));
    assert!(matches!(within.detection, Detection::NotMeasured { .. }), "{within:?}");
    assert!(matches!(within.recovery, Recovery::NotSeen { .. }), "{within:?}");
    assert_eq!((&before.windows[0].requests, before.windows[0].worst_gap), (&None, None), "never injected");
    let empty = Story::freeze("").figures();
    assert!(empty.interrupted && empty.windows.len() == 1);
}

#[test]
fn a_history_that_stops_within_a_window_is_not_judged_as_if_it_were_whole() {
    let stopped = |rule: fn(&Ask) -> Answer, expect: &str| {
        let mut story = Story::freeze(expect).play(rule);
        story.history.retain(|one| one.at < at(40_000) || matches!(one.fact, Fact::LoadEnded { .. }));
        story
    };
    let story = stopped(Ask::fine, "failover_time = \"10s\"");
    let found = window(&story);
    assert!(!story.figures().interrupted && found.cut_short, "the class ended, and nobody was told of an end");
    assert_eq!((&found.failover, &found.failover_write), (&Failover::NotMeasured, &Failover::NotMeasured));
    assert!(matches!(found.detection, Detection::NotMeasured { .. }), "{:?}", found.detection);
    let judged = story.verdict().findings.into_iter().find(|one| one.check == "failover_time").unwrap();
    assert_eq!(judged.judgement, Judgement::Unknown, "{judged:?}");
    let hung = window(&stopped(Ask::hang, ""));
    assert_eq!(hung.failover, Failover::NotMeasured);
    let cut = window(&Story::freeze("").play(Ask::fine).cut(45_000));
    assert_eq!((cut.cut_short, cut.failover), (true, Failover::NotMeasured));
}

#[test]
fn healing_that_fails_is_kept_until_it_is_confirmed() {
    let failed = || Fact::Window { window: 0, mark: Mark::HealFailed { why: "still paused".to_owned() } };
    let confirmed = |fact: &Fact| matches!(fact, Fact::Window { mark: Mark::HealConfirmed, .. });
    let mut story = Story::freeze("").play(Ask::fine);
    story.tell(51_000, failed());
    assert_eq!(window(&story).heal_failed, None, "confirmed later");
    assert_eq!(window(&story.without(confirmed)).heal_failed, Some("still paused".to_owned()));
}

#[test]
fn victims_of_the_kernel_are_those_of_the_target_in_the_window() {
    let mut story = Story::freeze("").play(Ask::fine);
    for (ms, service, process) in
        [(31_000, "web1", Process::Worker), (32_000, "web1", Process::Hog), (33_000, "web2", Process::Worker)]
    {
        let service = service.to_owned();
        story.tell(ms, Fact::OomKill { service, pid: 1, command: "perl".to_owned(), process });
    }
    let victims = window(&story).oom_victims;
    assert_eq!(victims.into_iter().collect::<Vec<_>>(), [(Process::Worker, 1), (Process::Hog, 1)]);
}

#[test]
fn a_detector_that_cannot_be_read_is_not_a_silent_one() {
    let deaf = |from: u64, to: u64| {
        let mut story = Story::freeze("").play(hang_until(50_000));
        let (detector, failed) = ("balancer".to_owned(), Some("refused".to_owned()));
        story.tell(from, Fact::DetectorRead { detector: detector.clone(), failed, since: None });
        story.tell(to, Fact::DetectorRead { detector, failed: None, since: None });
        story.history.sort_by_key(|observation| observation.at);
        story
    };
    let within = window(&deaf(40_000, 42_000));
    let why = "the balancer could not be read: refused".to_owned();
    assert_eq!((within.detection, within.blind), (Detection::NotMeasured { why }, None));
    assert!(matches!(window(&deaf(10_000, 12_000)).detection, Detection::Never { .. }), "before the window");
    // One in the node that is hit tells nobody anything, whoever asks.
    let mut inside = deaf(40_000, 42_000);
    let balancer = inside.topology.detectors.iter_mut().find(|one| one.name == "balancer").unwrap();
    balancer.service = "web1".to_owned();
    assert!(near(window(&inside).blind.unwrap().time, 19_800), "{:?}", window(&inside).blind);
    let noticed = deaf(40_000, 42_000).balancer(36_000, "web1", false);
    assert!(matches!(window(&noticed).detection, Detection::After { .. }), "unread only afterwards");
}

#[test]
fn a_detector_is_unread_since_it_was_heard_last() {
    let heard = |last: Option<u64>| {
        let mut story = Story::freeze("").play(hang_until(50_000));
        let (detector, failed) = ("balancer".to_owned(), Some("refused".to_owned()));
        story.tell(50_500, Fact::DetectorRead { detector, failed, since: last.map(at) });
        window(&story).detection
    };
    assert!(matches!(heard(Some(49_400)), Detection::NotMeasured { .. }), "it may have spoken before heal");
    assert!(matches!(heard(Some(50_100)), Detection::Never { .. }));
    assert!(matches!(heard(None), Detection::Never { .. }), "a history that does not tell");
}

#[test]
fn the_first_other_database_that_accepts_writes_is_promoted() {
    let promoted = |said: &[(u64, &str, bool)]| {
        let kill = "[[window]]\nfault = \"kill\"\ntarget = \"db.primary\"\nfor = \"20s\"\n";
        let mut story = Story::new(kill).play(Ask::fine);
        for (ms, service, writable) in said {
            let (role, service) = ("db".to_owned(), (*service).to_owned());
            story.tell(*ms, Fact::Primary { role, service, writable: *writable });
        }
        let timeline = window(&story).timeline;
        (timeline.promoted, timeline.sources.get("promoted").cloned())
    };
    let moved = [(0, "db1", true), (30_500, "db1", false), (34_000, "db2", true), (52_000, "db1", true)];
    let source = Source::DatabaseRole { service: "db2".to_owned() };
    assert_eq!(promoted(&moved), (Some(ms(34_000)), Some(source)));
    assert_eq!(promoted(&[(0, "db1", true), (30_500, "db1", false), (40_000, "db1", true)]), (None, None));
    let never_left = [(0, "db2", true), (31_000, "db2", false), (32_000, "db2", true)];
    assert_eq!(promoted(&never_left), (None, None), "who did not answer for a moment was the primary before");
    assert_eq!(window(&Story::freeze("").play(Ask::fine)).timeline.promoted, None);
}

#[test]
fn what_was_missing_last_stands_with_restored_and_each_start_of_who_was_put_out_again_with_its_moment() {
    let mut story = Story::freeze("").play(Ask::fine).bend(|fact| {
        if let Fact::Window { mark: Mark::Restored { last }, .. } = fact {
            *last = Some("balancer keeps out web1 (DOWN)".to_owned());
        }
    });
    for late in [62_000, 75_000] {
        story.tell(late, Fact::Window { window: 0, mark: Mark::StartedAgain { target: "web1".to_owned() } });
    }
    let awaited = Some("balancer keeps out web1 (DOWN)".to_owned());
    let window = window(&story);
    assert_eq!(window.timeline.sources.get("restored"), Some(&Source::Cluster { awaited }));
    let restored = window.timeline.restored.unwrap();
    let at = |second| StartedAgain { target: "web1".to_owned(), at: Duration::from_secs(second) };
    assert_eq!(window.started_again, [at(62), at(75)]);
    assert!(window.started_again.iter().all(|one| one.at > restored), "both came after it: {restored:?}");
}

#[test]
fn what_the_cluster_ended_by_itself_is_told() {
    let why = "not so before it was healed".to_owned();
    let mut story = Story::freeze("").play(hang_until(41_000));
    story.tell(50_000, Fact::Window { window: 0, mark: Mark::EndedEarly { why: why.clone() } });
    let window = window(&story);
    assert_eq!((window.ended_early, window.void), (Some(why), None));
    assert!(matches!(window.failover, Failover::After { .. }));
}

#[test]
fn a_window_that_was_never_injected_does_not_let_the_one_before_reach_into_the_next() {
    let down = |ask: &Ask| if (60_200..68_000).contains(&ask.ms) { ask.hang() } else { ask.fine() };
    let mut story = Story::freeze("").play(down);
    assert!(window(&story).availability.unwrap().unavailable > ms(7_000));
    story.tell(55_000, Fact::Window { window: 1, mark: Mark::Void { why: "nobody was the primary".to_owned() } });
    story.tell(60_000, Fact::Window { window: 2, mark: Mark::InjectIssued });
    assert_eq!(window(&story).availability, Some(Availability::default()));
}

#[test]
fn an_outage_that_begins_after_it_was_healed_is_no_recovery_but_unavailable_time() {
    let failing = |from: u64| {
        let rule = move |ask: &Ask| {
            let down = (from..from + 4_000).contains(&ask.ms);
            if down { ask.error(ErrorClass::Status(502)) } else { ask.fine() }
        };
        window(&Story::freeze("").play(rule))
    };
    let healed = failing(58_000);
    assert!(near(healed.availability.unwrap().unavailable, 4_000), "{:?}", healed.availability);
    assert_eq!(healed.recovery, Recovery::NeverLeft);
    assert!(matches!(failing(51_000).recovery, Recovery::After { .. }), "healing, and not healed");
}

#[test]
fn no_time_counts_beyond_the_end_of_its_span() {
    let until = |ms_end: u64| {
        let mut story = Story::freeze("").play(|ask| if ask.ms >= 30_200 { ask.hang() } else { ask.fine() });
        let heal = |one: &&mut Observation| matches!(one.fact, Fact::Window { mark: Mark::HealIssued, .. });
        story.history.iter_mut().find(heal).unwrap().at = at(ms_end);
        story.tell(ms_end, Fact::Window { window: 1, mark: Mark::InjectIssued });
        let window = window(&story);
        (window.availability.unwrap().unavailable, window.availability.unwrap().weighted, window.blind.unwrap().time)
    };
    assert_eq!(until(52_200), (ms(22_000), ms(22_000), ms(22_000)), "whole buckets");
    assert_eq!(until(52_230), (ms(22_030), ms(22_030), ms(22_030)), "a part of one");
}

#[test]
fn an_outage_that_only_late_probes_saw_may_be_the_prober_s() {
    let stalled = Story::freeze("").play(hang_until(36_000)).bend(|fact| {
        if let Fact::Probe(probe) = fact
            && !probe.outcome.is_success()
        {
            probe.sent = probe.intended + ms(1_500);
        }
    });
    let window = window(&stalled);
    assert_eq!(window.failover, Failover::NotMeasured);
    assert!(window.failed_probes.iter().any(|share| share.late > 0));
}

/// The failover of a freeze from 30.2 s to 60 s with 502 in `down` and, sent 1.5 s late, in `stalled`.
fn with_late_failures(down: std::ops::Range<u64>, stalled: &[(u64, u64)]) -> Failover {
    let rule = |ask: &Ask| {
        let failed = down.contains(&ask.ms) || stalled.iter().any(|(from, to)| (*from..*to).contains(&ask.ms));
        if failed { ask.error(ErrorClass::Status(502)) } else { ask.fine() }
    };
    let freeze = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"30s\"\n";
    let story = Story::new(freeze).play(rule).bend(|fact| {
        if let Fact::Probe(probe) = fact
            && stalled.iter().any(|(from, to)| (at(*from)..at(*to)).contains(&probe.intended))
        {
            probe.sent = probe.intended + ms(1_500);
        }
    });
    window(&story).failover
}

#[test]
fn probes_that_the_prober_sent_late_open_no_outage() {
    let after = |failover: &Failover, expected: u64| {
        assert!(matches!(failover, Failover::After { time, .. } if near(*time, expected)), "{failover:?}");
    };
    after(&with_late_failures(40_000..55_000, &[(31_000, 33_100)]), 15_000);
    // Without a run of successes before it, the outage is that of the effect, late failures or not.
    after(&with_late_failures(31_500..35_000, &[(30_900, 31_500)]), 4_800);
    after(&with_late_failures(33_500..38_000, &[(31_700, 31_800)]), 4_500);
    assert_eq!(with_late_failures(0..0, &[(31_000, 33_100)]), Failover::NotMeasured);
}

#[test]
fn probes_that_the_prober_sent_late_end_no_outage_and_convict_nobody() {
    let did_not = with_late_failures(40_000..60_000, &[]);
    assert!(matches!(did_not, Failover::DidNot { at_least } if near(at_least, 20_000)), "{did_not:?}");
    assert_eq!(with_late_failures(40_000..57_000, &[(58_000, 60_100)]), Failover::NotMeasured);
}

#[test]
fn a_late_outage_is_counted_from_its_own_beginning() {
    let failed = |from: u64, until: u64| {
        let rule = move |ask: &Ask| {
            let down = (from..until).contains(&ask.ms);
            if down { ask.error(ErrorClass::Status(502)) } else { ask.fine() }
        };
        window(&Story::freeze("").play(rule)).failover
    };
    assert!(matches!(failed(40_000, 42_000), Failover::After { time, .. } if near(time, 2_000)));
    assert!(matches!(failed(40_000, 52_000), Failover::DidNot { at_least } if near(at_least, 10_000)));
    assert_eq!(failed(49_000, 52_000), Failover::NotMeasured, "too late to judge");
    assert!(matches!(failed(31_000, 33_000), Failover::After { time, .. } if near(time, 2_800)), "no run before it");
}

/// web1 freezes from 30 s until heal at 50 s, and the balancer says of nodes, in milliseconds, that they are up or down.
fn said(said: &[(u64, &str, bool)]) -> Story {
    let quiet = Story::freeze("").play(Ask::fine);
    let mut story = said.iter().fold(quiet, |story, (ms, service, up)| story.balancer(*ms, service, *up));
    let spare = Role { services: vec!["web3".into()], stands_in_for: Some("web".into()), ..Role::default() };
    story.topology.roles.insert("spare".into(), spare);
    story.history.sort_by_key(|observation| observation.at);
    story
}

#[test]
fn capacity_is_restored_by_the_lost_node_or_by_another_in_its_place() {
    let restored = |told: &[(u64, &str, bool)]| window(&said(told)).capacity_restored;
    let by = |told: &[(u64, &str, bool)]| match restored(told) {
        CapacityRestored::After { time, by, replaces } => (time, by, replaces),
        other => panic!("{other:?}"),
    };
    let down = (36_000, "web1", false);
    let (time, node, replaces) = by(&[down, (44_000, "web1", true), (45_000, "web3", true)]);
    assert_eq!((node.as_str(), replaces), ("web1", false));
    // The place of a node that is not there yet is called down, which takes nobody away.
    let spare = by(&[(35_000, "web3", false), down, (44_000, "web3", true), (45_000, "web3", false)]);
    assert_eq!(spare, (time, "web3".to_owned(), true));
    assert!((ms(13_000)..=ms(14_000)).contains(&time), "{time:?}");
    // One that had replaced another before, and was taken out where nobody saw it, is none of those that were there.
    let again =
        by(&[(20_000, "web2", false), (22_000, "web3", true), (25_000, "web2", true), down, (44_000, "web3", true)]);
    assert_eq!(again, spare);
    // A verdict between the command and the evidence is one on this fault.
    let early = by(&[(30_001, "web1", false), (44_000, "web3", true)]);
    assert_eq!(early, spare);
}

#[test]
fn capacity_that_only_heal_restores_is_not_restored_and_a_loss_that_nobody_saw_is_told() {
    let restored = |told: &[(u64, &str, bool)]| window(&said(told)).capacity_restored;
    assert_eq!(restored(&[]), CapacityRestored::Unnoticed);
    // What came before the fault is none of it.
    assert_eq!(restored(&[(20_000, "web2", false), (40_000, "web2", true)]), CapacityRestored::Unnoticed);
    let down = (36_000, "web1", false);
    assert!(matches!(restored(&[down]), CapacityRestored::DidNot { .. }));
    assert!(matches!(restored(&[down, (52_000, "web1", true)]), CapacityRestored::DidNot { .. }));
    let mut unread = said(&[down, (44_000, "web1", true)]);
    let failed = |failed| Fact::DetectorRead { detector: "balancer".into(), failed, since: None };
    unread.tell(38_000, failed(Some("refused".into())));
    unread.tell(39_000, failed(None));
    unread.history.sort_by_key(|observation| observation.at);
    assert_eq!(window(&unread).capacity_restored, CapacityRestored::NotMeasured);
}

#[test]
fn nodes_that_were_out_before_a_fault_are_told_with_it() {
    let out = |told: &[(u64, &str, bool)]| window(&said(told)).already_out;
    assert_eq!(out(&[(20_000, "web2", false)]), ["web2 (balancer)"]);
    assert_eq!(out(&[(20_000, "web2", false), (29_000, "web2", true)]), [""; 0], "it was in again");
    assert_eq!(out(&[(36_000, "web1", false)]), [""; 0], "that came of the fault");
    assert_eq!(out(&[(20_000, "web3", false)]), [""; 0], "an empty place takes nobody away");
}
