//! Two detectors that are responsible for one target.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{Fact, Observation};
use crate::measure::synthetic::{Ask, Story, at};
use crate::measure::{Detection, WindowFigures};
use crate::predict::Prediction;
use crate::topology::{Language, Source};

/// Two detectors look after web1, which freezes from 30 s, seen at 30.2 s, to 50 s: these say of it at some moment, in
/// milliseconds, that it is up or down.
fn window(said: &[(&str, u64, bool)], unread: Option<(&str, u64, u64)>) -> WindowFigures {
    let mut story = Story::freeze("").play(Ask::fine);
    let balancer = story.topology.detectors.iter_mut().find(|one| one.name == "balancer").unwrap();
    balancer.config.insert(Language::Haproxy, "/etc/haproxy.cfg".to_owned());
    let mut lookout = balancer.clone();
    lookout.name = "lookout".to_owned();
    lookout.source = Source::Follow { command: Vec::new(), down: String::new(), up: String::new() };
    story.topology.detectors.push(lookout);
    for (detector, inter) in [("balancer", "500ms"), ("lookout", "2s")] {
        let fact = Fact::Configuration {
            detector: detector.to_owned(),
            language: Language::Haproxy,
            path: "/etc/haproxy.cfg".to_owned(),
            text: format!("backend nodes\n option httpchk\n server web1 x:80 check inter {inter}\n"),
        };
        story.history.insert(0, Observation { at: Stamp(1), fact });
    }
    for (detector, ms, up) in said {
        let (detector, service, detail) = ((*detector).to_owned(), "web1".to_owned(), String::new());
        story.tell(*ms, Fact::Detector { detector, service, up: Some(*up), detail, not_before: None });
    }
    if let Some((detector, from, to)) = unread {
        for (ms, failed) in [(from, Some("refused".to_owned())), (to, None)] {
            story.tell(ms, Fact::DetectorRead { detector: detector.to_owned(), failed, since: None });
        }
    }
    story.history.sort_by_key(|observation| observation.at);
    story.figures().windows[0].clone()
}

fn after(detector: &str, ms: u64) -> Detection {
    Detection::After { detector: detector.to_owned(), time: Duration::from_millis(ms), flaps: 0, within: None }
}

#[test]
fn a_time_to_detect_says_within_what_time_the_verdict_was_given() {
    let mut story = Story::freeze("").play(Ask::fine);
    let (detector, service, detail) = ("balancer".to_owned(), "web1".to_owned(), String::new());
    let not_before = Some(at(41_020));
    story.tell(41_200, Fact::Detector { detector, service, up: Some(false), detail, not_before });
    let within = match story.figures().windows[0].detection {
        Detection::After { within, .. } => within,
        _ => panic!("it spoke"),
    };
    assert_eq!(within, Some(Duration::from_millis(180)));
}

fn not_measured(why: &str) -> Detection {
    Detection::NotMeasured { why: why.to_owned() }
}

#[test]
fn the_first_to_speak_decides() {
    for (first, second) in [("balancer", "lookout"), ("lookout", "balancer")] {
        let window = window(&[(first, 36_000, false), (second, 41_000, false)], None);
        assert_eq!(window.detection, after(first, 5_800));
        assert_eq!(window.timeline.detect, Some(Duration::from_secs(36)));
    }
}

#[test]
fn never_is_said_of_all_and_only_when_all_were_silent() {
    let silent = Detection::Never { detector: "balancer and lookout".to_owned(), health_check: true };
    assert_eq!(window(&[], None).detection, silent);
    assert_eq!(window(&[("lookout", 45_000, false)], None).detection, after("lookout", 14_800));
}

#[test]
fn what_one_had_said_before_is_not_taken_back_by_the_other() {
    let before = [("balancer", 10_000, false), ("lookout", 20_000, true)];
    assert_eq!(window(&before, None).detection, not_measured("the balancer had said down before the fault"));
    let spoke = [("balancer", 10_000, true), ("lookout", 20_000, false), ("balancer", 36_000, false)];
    assert_eq!(window(&spoke, None).detection, after("balancer", 5_800), "the other one could not detect it");
}

#[test]
fn one_that_was_unread_until_then_may_have_been_the_first() {
    let said = [("balancer", 36_000, false)];
    let deaf = not_measured("the lookout could not be read: refused");
    assert_eq!(window(&said, Some(("lookout", 33_000, 34_000))).detection, deaf);
    assert_eq!(window(&said, Some(("lookout", 37_000, 38_000))).detection, after("balancer", 5_800));
}

#[test]
fn each_is_held_against_its_own_configuration() {
    let window = window(&[("lookout", 41_200, false)], None);
    let [balancer, lookout] = window.expected_detections.as_slice() else { panic!("{window:?}") };
    assert!(
        matches!(balancer.prediction, Prediction::Within { to, .. } if to == Duration::from_secs(3)),
        "{balancer:?}"
    );
    let silent = Detection::Never { detector: "balancer".to_owned(), health_check: true };
    assert_eq!((&balancer.measured, balancer.agrees), (&silent, Some(false)), "the other one's time is not its own");
    assert_eq!((&lookout.measured, lookout.agrees), (&after("lookout", 11_000), Some(true)));
}
