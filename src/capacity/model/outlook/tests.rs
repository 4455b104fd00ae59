//! Trials on paper of a cluster whose costs are known.

use std::time::Duration;

use super::super::on_paper::crowd;
use super::*;
use crate::capacity::{Generator, Margin, Outcome, Service, Workers};
use crate::measure::{ByKind, Latency};

const SIZES: RangeInclusive<u32> = 1..=1000;

/// Two nodes of 0.8 processors with 4 workers each, 200 ms of processor time a page: 8 pages a second.
fn trial(students: u32, throughput: f64) -> Trial {
    let service = |name: &str, role: &str, quota| Service {
        service: name.into(),
        role: role.into(),
        has_primary: role == "db",
        cpu_used_cores: Some(quota / 2.0),
        cpu_quota_cores: Some(quota),
        ..Service::default()
    };
    let measured = Measured {
        test_pages: Latency { count: 100, ms_p95: Some(500.0), ..Latency::default() },
        throughput_pages_per_second: Some(throughput),
        costliest_pages_per_second: Some(ByKind { page: throughput, ..ByKind::default() }),
        costliest_offered_per_second: Some(ByKind { page: 0.13 * f64::from(students), ..ByKind::default() }),
        generator: Generator { planned: 1, ..Generator::default() },
        services: vec![service("web1", "web", 0.8), service("web2", "web", 0.8), service("db1", "db", 0.4)],
        pages_by_node: [("web1".to_owned(), 50), ("web2".to_owned(), 50)].into(),
        web_cpu_seconds_per_page: Some(0.2),
        database_cpu_seconds_per_page: Some(0.01),
        database_seconds_per_page: Some(0.055),
        workers: Some(Workers { busy: None, of: 8 }),
        ..Measured::default()
    };
    Trial {
        state: State::Healthy,
        students,
        per_minute: None,
        seed: 1,
        length: Duration::from_secs(60),
        cut_short: None,
        outcome: Outcome::Holds { margin: Margin::Clear },
        measured,
    }
}

fn models(state: State, trials: &[Trial]) -> Models {
    Models::new((state, trials), 2, (&crowd(), &Goals::default()), SIZES)
}

#[test]
fn the_cluster_is_what_its_trials_measured() {
    let trials = [trial(40, 5.0), trial(70, 8.1)];
    let cluster = Cluster::measured(&trials.iter().collect::<Vec<_>>(), 2).unwrap();
    let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
    // Of the 55 ms of the database 10 ms on 0.4 processors are 25.
    assert!(near(cluster.cores_per_node, 0.8) && near(cluster.other_seconds_per_page, 0.03), "{cluster:?}");
    assert_eq!((cluster.nodes, cluster.workers_per_node), (2, 4));
    assert_eq!(cluster.database, Some(Database { cores: 0.4, cpu_seconds_per_page: 0.01 }));
    let mut split = trial(40, 5.0);
    let kinds = ByKind { plain: 0.1, ..ByKind::even(0.3) };
    split.measured.web_cpu_seconds_by_kind = Some(kinds);
    let mut failed = split.clone();
    failed.measured.first_tries.failed = 1;
    failed.measured.web_cpu_seconds_by_kind = Some(ByKind::even(9.0));
    let cluster = Cluster::measured(&[&split, &failed, &failed], 2).unwrap();
    assert_eq!(cluster.cpu_seconds_per_page, kinds);
    // A page of the test is half as much again as one in the mean: 82.5 ms of the database, of which 15 ms on 0.4 processors are 37.5.
    assert!(cluster.database.is_some_and(|database| near(database.cpu_seconds_per_page, 0.015)), "{cluster:?}");
    assert!(near(cluster.other_seconds_per_page, 0.045), "{cluster:?}");
    let mut lost = trial(40, 5.0);
    lost.measured.pages_by_node.remove("web1");
    lost.measured.workers = Some(Workers { busy: None, of: 4 });
    let alone = Cluster::measured(&[&lost], 1).unwrap();
    assert!(near(alone.cores_per_node, 0.8) && alone.workers_per_node == 4, "the other is still a service: {alone:?}");
    let mut blind = trial(40, 5.0);
    blind.measured.workers = None;
    assert_eq!(Cluster::measured(&[&blind], 2).unwrap_err(), "the number of workers was not measured");
}

#[test]
fn models_are_held_against_the_trials_of_other_sizes() {
    // At 40 students 5.2 pages a second are asked, which any cluster would answer; at 70 and 90 more than there is.
    let found = models(State::Healthy, &[trial(40, 5.2), trial(70, 7.6), trial(90, 8.4), trial(90, 8.0)]);
    let held_out = found.throughput.unwrap();
    assert_eq!(held_out.points, 3);
    assert!((held_out.worst_share - 0.4 / 7.6).abs() < 1e-9, "{held_out:?}");
    // At 40 students pages take less than half a second by the model, and at 70 and 90 they wait: these would have to be cheaper.
    let cost = found.page_cost.unwrap();
    assert!(cost.points == 4 && (0.05..2.0).contains(&cost.worst_share), "{cost:?}");
    assert!(found.scalability.is_none() && found.missing.len() == 1, "{:?}", found.missing);
    // 8 pages a second are 480 in the minute of the entry and 40 more that wait 5 s; n × 6 are asked in it, and n more.
    let arithmetic = found.students_by_arithmetic.unwrap();
    assert!((65..85).contains(&arithmetic), "{arithmetic}");
    assert!(found.students.unwrap().abs_diff(arithmetic) < 12, "{found:?}");
    let (few, many) = found.curve.split_at(found.curve.len() / 2);
    let second = Duration::from_secs(1);
    assert!(few.len() > 10 && few.iter().all(|one| one.page_p95 < 2 * second), "{few:?}");
    assert!(many.last().is_some_and(|one| one.page_p95 > 10 * second), "{many:?}");
    assert!(found.steady.unwrap().used_share < 0.5, "{:?}", found.steady);
}

#[test]
fn a_model_that_cannot_be_says_why() {
    let trials: Vec<_> = [20, 40, 60, 80].map(|students| trial(students, f64::from(students) * 0.1)).to_vec();
    assert!(models(State::Healthy, &trials).missing.is_empty());
    let peak = models(State::NodeLostAtPeak, &trials);
    assert_eq!(peak.missing, ["the model: it knows no fault that comes in the middle"]);
    assert!(peak.cluster.is_none() && peak.scalability.is_some());
    let none = models(State::Healthy, &[]);
    assert_eq!(none.missing.len(), 2, "{:?}", none.missing);
    let mut void = trial(20, 2.0);
    void.outcome = Outcome::Void { why: Vec::new() };
    assert!(models(State::Healthy, &[void]).cluster.is_none(), "a void trial says nothing");
}

#[test]
fn predictions_follow_from_what_is_changed() {
    let cluster = Cluster::measured(&[&trial(70, 8.0)], 2).unwrap();
    let predicted = |change| predict(&cluster, change, (&crowd(), &Goals::default()), SIZES, None).unwrap();
    let [same, workers, cores, nodes] = usual_changes(&cluster).map(predicted);
    let [few, many] = [same, workers].map(|one| one.students.unwrap());
    assert!(few.abs_diff(many) <= 2, "processors are the limit: {few} {many}");
    assert!(cores.students > nodes.students && nodes.students > same.students, "{cores:?} {nodes:?}");
    assert_eq!(same.limit, Limit::Cores);
    // Enough processors, and the database of 0.4 is next: 40 pages a second.
    let large = predicted(Change::Hardware { nodes: 4, cores_per_node: 16.0 });
    assert_eq!((large.limit, large.pages_per_second), (Limit::Database, 40.0));
    let none = Change::Hardware { nodes: 0, cores_per_node: 1.0 };
    assert_eq!(predict(&cluster, none, (&crowd(), &Goals::default()), SIZES, None), None);
}
