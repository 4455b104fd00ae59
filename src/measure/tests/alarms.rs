//! Verdicts on nodes that had no fault: web1 freezes from 30 s, and the cluster is whole again at 54 s.

use std::time::Duration;

use crate::history::{ErrorClass, Fact, Mark};
use crate::measure::synthetic::{Ask, Story, at};
use crate::measure::{Alarms, Figures, RushFigures};
use crate::topology::Role;

const S: fn(u64) -> Duration = Duration::from_secs;
const FREEZE: &str = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n";
/// From 61 s to 66 s, within a class of 70 s, after a recovery of 10 s.
const RUSH: &str = "[rush]\nat = \"61s\"\nfor = \"5s\"\nstudents = 3\n";

/// The balancer says of a node, in milliseconds, that it is up or down.
fn told(story: Story, said: &[(u64, &str, bool)]) -> Story {
    let mut story = said.iter().fold(story, |story, (ms, service, up)| story.balancer(*ms, service, *up));
    story.history.sort_by_key(|observation| observation.at);
    story
}

fn alarms(said: &[(u64, &str, bool)]) -> Alarms {
    told(Story::freeze("").play(Ask::fine), said).figures().alarms.unwrap()
}

fn seen(alarms: &Alarms) -> Vec<(u64, &str)> {
    alarms.false_alarms.iter().map(|one| (one.at.as_secs(), one.service.as_str())).collect()
}

#[test]
fn a_verdict_on_the_target_is_none_until_the_cluster_is_whole_again() {
    let said = [(31_000, "web1", false), (52_000, "web1", true), (53_000, "web1", false), (53_500, "web1", true)];
    assert_eq!(alarms(&said), Alarms::default());
    let mut early_and_late = said.to_vec();
    early_and_late.extend([(20_000, "web1", false), (21_000, "web1", true), (60_000, "web1", false)]);
    early_and_late.sort_unstable();
    let found = alarms(&early_and_late);
    assert_eq!(seen(&found), [(20, "web1"), (60, "web1")]);
    assert_eq!(found.false_alarms[0].out, S(1));
}

#[test]
fn a_verdict_on_another_while_a_fault_is_active_is_counted_apart() {
    let found = alarms(&[(35_000, "web2", false), (40_000, "web2", true)]);
    assert_eq!((seen(&found).len(), found.elsewhere, found.all_out), (0, 1, Duration::ZERO));
}

#[test]
fn whoever_replaces_a_lost_node_is_one_of_all_nodes_while_it_serves() {
    let both = [(10_000, "web1", false), (12_000, "web2", false), (15_000, "web3", true), (18_000, "web1", true)];
    let mut story = told(Story::freeze("").play(Ask::fine), &both);
    assert_eq!(story.figures().alarms.unwrap().all_out, S(6));
    let spare = Role { services: vec!["web3".into()], stands_in_for: Some("web".into()), ..Role::default() };
    story.topology.roles.insert("spare".into(), spare);
    assert_eq!(story.figures().alarms.unwrap().all_out, S(3));
}

#[test]
fn all_nodes_are_out_only_while_each_of_them_is() {
    let both = [(10_000, "web1", false), (12_000, "web2", false), (15_000, "web1", true), (16_000, "web2", true)];
    let found = alarms(&both);
    assert_eq!((found.all_out, found.all_out_without_fault), (S(3), S(3)));
    // From 28 s to 35 s, of which the fault is active from 30 s on.
    let found = alarms(&[(28_000, "web2", false), (28_000, "web1", false), (35_000, "web2", true)]);
    assert_eq!((found.all_out, found.all_out_without_fault), (S(7), S(2)));
}

#[test]
fn the_first_word_and_what_is_said_again_are_no_change_of_mind() {
    let found =
        alarms(&[(5000, "web1", true), (10_000, "web1", false), (11_000, "web1", false), (12_000, "web1", true)]);
    assert_eq!(seen(&found), [(10, "web1")]);
}

#[test]
fn what_was_not_heard_for_a_moment_is_no_doubt_and_several_moments_are() {
    let doubt = |gaps: &[u64]| {
        let mut story = told(Story::freeze("").play(Ask::fine), &[(10_000, "web1", false), (12_000, "web1", true)]);
        let failed = |failed| Fact::DetectorRead { detector: "balancer".into(), failed, since: None };
        for gap in gaps {
            story.tell(*gap, failed(Some("refused".into())));
            story.tell(gap + 600, failed(None));
        }
        story.history.sort_by_key(|observation| observation.at);
        story.figures().alarms.unwrap().at_least
    };
    assert_eq!(doubt(&[20_000]), None);
    assert_eq!(doubt(&[20_000, 23_000]).as_deref(), Some("the balancer could not be read: refused"));
}

#[test]
fn what_was_not_heard_may_have_been_more() {
    let mut story = told(Story::freeze("").play(Ask::fine), &[(10_000, "web1", false), (12_000, "web1", true)]);
    let failed = |failed| Fact::DetectorRead { detector: "balancer".into(), failed, since: None };
    story.tell(20_000, failed(Some("refused".into())));
    story.tell(22_000, failed(None));
    story.history.sort_by_key(|observation| observation.at);
    let found = story.figures().alarms.unwrap();
    assert_eq!(found.at_least.as_deref(), Some("the balancer could not be read: refused"));
    // While a fault is active nobody asks for false alarms.
    let during = |fact: &mut Fact| {
        if let Fact::DetectorRead { since, .. } = fact {
            *since = Some(at(31_000));
        }
    };
    let mut story = story.bend(during);
    for observation in &mut story.history {
        if matches!(observation.fact, Fact::DetectorRead { .. }) {
            observation.at = observation.at + S(13);
        }
    }
    assert_eq!(story.figures().alarms.unwrap().at_least, None);
}

fn rush_of(story: &Story) -> RushFigures {
    story.figures().rushes[0].clone()
}

#[test]
fn a_rush_is_quiet_time_and_no_figure_of_the_class_holds_it() {
    let class = Story::brisk(FREEZE).play(Ask::fine).figures();
    let story = Story::brisk(&format!("{FREEZE}{RUSH}")).play(|ask: &Ask| {
        if (61_000..66_000).contains(&ask.ms) && ask.step.is_some() {
            ask.error(ErrorClass::Status(503))
        } else {
            ask.fine()
        }
    });
    let story = told(story, &[(62_000, "web1", false), (63_000, "web2", false), (65_000, "web1", true)]);
    let (figures, rush) = (story.figures(), rush_of(&story));
    let alarms = figures.alarms.clone().unwrap();
    assert_eq!(seen(&alarms), [(62, "web1"), (63, "web2")]);
    assert!(alarms.false_alarms.iter().all(|one| one.in_rush));
    assert_eq!((rush.start, rush.end, rush.false_alarms, rush.all_out), (S(61), S(66), 2, S(2)));
    assert!(rush.requests.first_tries.failed > 0 && rush.requests.students == 3, "{rush:?}");
    // The class met nothing new before the rush, and its windows end with it.
    let met = |figures: &Figures| {
        let window = figures.windows[0].requests.as_ref().unwrap();
        (window.first_tries, window.latency, figures.baseline.requests.first_tries, figures.baseline.length)
    };
    assert_eq!(met(&figures), met(&class));
    assert_eq!(figures.windows[0].requests_after.as_ref().map(|after| after.first_tries.failed), Some(0));
    let logins: Vec<_> = figures.windows[0].students.iter().map(|one| one.student.as_str()).collect();
    assert!(!logins.contains(&"stu011"), "{logins:?}");
}

#[test]
fn a_rush_on_a_cluster_that_was_not_whole_again_says_so() {
    let story = Story::brisk(&format!("{FREEZE}{RUSH}")).play(Ask::fine);
    assert_eq!(story.figures().alarms.unwrap().at_least, None);
    let story = story.without(|fact| matches!(fact, Fact::Window { mark: Mark::Restored { .. }, .. }));
    let said = story.figures().alarms.unwrap().at_least;
    assert_eq!(said.as_deref(), Some("the rush began before the cluster was whole again"));
}

#[test]
fn false_alarms_are_judged_over_the_run() {
    let verdict = |said: &[(u64, &str, bool)]| {
        let verdict = told(Story::freeze("false_alarms = 0\n").play(Ask::fine), said).verdict();
        let found = verdict.findings.into_iter().find(|one| one.check == "false_alarms").unwrap();
        (found.judgement.to_string(), found.found)
    };
    assert_eq!(verdict(&[]), ("pass".to_owned(), "no false alarm".to_owned()));
    let (judgement, found) = verdict(&[(10_000, "web1", false), (12_000, "web1", true), (20_000, "web2", false)]);
    assert_eq!(judgement, "fail");
    assert_eq!(found, "2 false alarms (web1 1 time by the balancer, web2 1 time by the balancer)");
}
