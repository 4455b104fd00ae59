//! What a configuration predicts of a window, and whether it was so.

use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::measure::synthetic::{Ask, Story, at};
use crate::measure::{ExpectedDetection, WindowFigures};
use crate::predict::Prediction;
use crate::topology::Language;

/// HAProxy's defaults with this check: 10 to 12 s until a frozen node is down, if it sees one.
fn config(check: &str) -> String {
    format!("backend nodes\n  {check}\n  server web1 10.0.0.1:80 check\n")
}

/// A freeze of web1 from 30 s, seen at 30.2 s, to 50 s, by a balancer with the configuration `text`.
fn story(text: Option<&str>) -> Story {
    let mut story = Story::freeze("").play(Ask::fine);
    let path = "/etc/haproxy/haproxy.cfg".to_owned();
    let balancer = story.topology.detectors.iter_mut().find(|one| one.name == "balancer").unwrap();
    balancer.config.insert(Language::Haproxy, path.clone());
    if let Some(text) = text {
        let fact = Fact::Configuration {
            detector: "balancer".to_owned(),
            language: Language::Haproxy,
            path,
            text: text.to_owned(),
        };
        story.history.insert(0, Observation { at: Stamp(1), fact });
    }
    story
}

fn window(story: &Story) -> WindowFigures {
    story.figures().windows[0].clone()
}

fn expected(story: &Story) -> ExpectedDetection {
    window(story).expected_detections.remove(0)
}

#[test]
fn a_time_within_the_range_agrees_and_one_outside_does_not() {
    let httpchk = config("option httpchk");
    let agrees = |down: u64| expected(&story(Some(&httpchk)).balancer(down, "web1", false)).agrees;
    assert_eq!(agrees(41_200), Some(true));
    // 10 s less 100 ms and 10 %, and 200 ms for the doubt when the fault came; 12 s and as much.
    for (measured, expected) in [(8_690, false), (8_710, true), (13_290, true), (13_310, false)] {
        assert_eq!(agrees(30_200 + measured), Some(expected), "{measured}");
    }
    let found = expected(&story(Some(&httpchk)).balancer(41_200, "web1", false));
    assert_eq!((found.detector.as_str(), found.files.as_slice()), ("balancer", ["haproxy.cfg".to_owned()].as_slice()));
}

#[test]
fn the_doubt_when_the_fault_came_ends_with_the_last_look_that_did_not_see_it() {
    let agrees = |down: u64| {
        let story = story(Some(&config("option httpchk"))).balancer(down, "web1", false).bend(|fact| {
            if let Fact::Window { mark: Mark::EffectSeen { not_before, .. }, .. } = fact {
                *not_before = Some(at(30_140));
            }
        });
        expected(&story).agrees
    };
    // 10 s less 100 ms and 10 %, and 60 ms for the doubt.
    assert_eq!((agrees(30_200 + 8_830), agrees(30_200 + 8_850)), (Some(false), Some(true)));
}

#[test]
fn a_verdict_before_the_evidence_took_no_longer_than_since_the_command() {
    let mut story = story(Some(&config("option httpchk"))).balancer(31_000, "web1", false);
    let seen = |one: &&mut Observation| matches!(one.fact, Fact::Window { mark: Mark::EffectSeen { .. }, .. });
    story.history.iter_mut().find(seen).unwrap().at = at(45_000);
    assert_eq!(expected(&story).agrees, Some(false), "1 s at most, and not the 15 s until the evidence");
}

#[test]
fn silence_disagrees_once_the_window_is_longer_than_the_range() {
    assert_eq!(expected(&story(Some(&config("option httpchk")))).agrees, Some(false));
    let slow = "backend nodes\n option httpchk\n server web1 x:80 check inter 4s fall 4\n";
    assert!(matches!(expected(&story(Some(slow))).prediction, Prediction::Within { .. }));
    assert_eq!(expected(&story(Some(slow))).agrees, None, "it may have spoken after 20 s");
}

#[test]
fn a_check_that_cannot_see_it_is_right_to_be_silent() {
    let tcp = config("");
    assert!(matches!(expected(&story(Some(&tcp))).prediction, Prediction::Never { .. }));
    assert_eq!(expected(&story(Some(&tcp))).agrees, Some(true));
    assert_eq!(expected(&story(Some(&tcp)).balancer(41_200, "web1", false)).agrees, Some(false));
}

#[test]
fn without_a_configuration_nothing_is_predicted() {
    let unread = Prediction::NotModelled { why: "/etc/haproxy/haproxy.cfg was not read".to_owned() };
    assert_eq!((expected(&story(None)).prediction, expected(&story(None)).agrees), (unread, None));
    assert_eq!(window(&Story::freeze("").play(Ask::fine)).expected_detections, [], "the topology names none");
}
