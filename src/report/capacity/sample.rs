//! For tests: a result with every state, one of them metastable, one stuck, one whose ends contradict each other.

use std::sync::LazyLock;
use std::time::Duration;

use crate::capacity::model::on_paper::crowd;
use crate::capacity::model::{Change, Cluster, Models, entry_rate, predict, usual_changes};
use crate::capacity::{
    Bounds, Busy, Capacity, Ending, Forecast, Found, Generator, Goals, Kind, Measured, Node, Recorded, SCHEMA, Service,
    Starts, State, StateResult, Stuck, Trial, Verified, Workers, bottleneck, judge,
};
use crate::measure::{ByKind, Count, Latency};
use crate::setup::Setup;

const BOUNDS: Bounds = Bounds { least: 10, most: 500, first_guess: 170, repeats: 3, step: 5 };
/// Pages a second of one web node.
const NODE_RATE: f64 = 12.0;

fn of_the_test(pages: f64) -> ByKind {
    ByKind { page: pages, ..ByKind::default() }
}

/// A trial of `students` on `nodes`: what is asked beyond what they answer piles up for a minute.
fn trial(state: State, students: u32, nodes: u32, seed: u64) -> Trial {
    let (rate, offered) = (NODE_RATE * f64::from(nodes), f64::from(students) * 0.13);
    let wait = ((offered / rate - 1.0) * 60.0).max(0.3);
    let (pages, late) = (u64::from(students) * 12, wait > 5.0);
    let quota = 2.4;
    let web = |number: u32| Service {
        service: format!("web{number}"),
        role: "web".into(),
        has_primary: false,
        cpu_used_cores: Some(quota * (offered / rate).min(0.98)),
        cpu_quota_cores: Some(quota),
        throttled_share: Some((offered / rate).min(0.9)),
        memory_used_bytes: Some(400 << 20),
        memory_limit_bytes: Some(1 << 30),
        oom_kills: Some(0),
    };
    let measured = Measured {
        first_tries: Count { total: pages, failed: if late { pages / 25 } else { 0 } },
        test_pages: Latency { count: pages, ms_p50: Some(260.0), ms_p95: Some(wait * 1000.0), ..Latency::default() },
        starts: Some(Starts {
            due: students.into(),
            within: students.into(),
            never: 0,
            slowest: Some(Duration::from_secs_f64(14.0 + wait)),
        }),
        last_minute: Some(Recorded { planned: students.into(), recorded: students.into() }),
        lost_answers: Some(0),
        throughput_pages_per_second: Some(offered.min(rate) * (1.0 + (seed as f64 - 2.0) / 100.0)),
        costliest_pages_per_second: Some(of_the_test(offered.min(rate) * (1.0 + (seed as f64 - 2.0) / 100.0))),
        costliest_offered_per_second: Some(of_the_test(offered)),
        offered_pages_per_second: Some(offered),
        recovered: Some(true),
        generator: Generator { planned: pages, late: pages / 1000, cpu_share: Some(0.3), own_errors: 0 },
        services: (1..=2).map(web).collect(),
        pages_by_node: (1..=nodes).map(|number| (format!("web{number}"), pages / u64::from(nodes))).collect(),
        web_cpu_seconds_per_page: Some(quota / NODE_RATE),
        workers: Some(Workers {
            busy: Some(Busy { mean: f64::from(nodes) * 2.9, max: u64::from(nodes) * 4 }),
            of: u64::from(nodes) * 4,
        }),
        ..Measured::default()
    };
    let length = Duration::from_secs(75);
    let outcome = judge(&measured, &Goals::default());
    Trial { state, students, per_minute: None, seed, length, cut_short: None, outcome, measured }
}

fn result(state: State, sizes: &[u32], nodes: u32, ending: Ending) -> StateResult {
    let trials: Vec<_> =
        sizes.iter().enumerate().map(|(place, students)| trial(state, *students, nodes, place as u64 % 4)).collect();
    let fails = match &ending {
        Ending::Found(found) => found.fails,
        _ => None,
    };
    StateResult {
        state,
        first_guess: sizes[0],
        bottleneck: bottleneck(&trials, fails),
        models: Models::new((state, &trials), nodes, (&crowd(), &Goals::default()), 10..=500),
        ending,
        took: Duration::from_secs(95 * trials.len() as u64),
        trials,
    }
}

fn found(holds: u32, fails: u32) -> Found {
    Found { holds: Some(holds), fails: Some(fails), runs_of_holds: 3, runs_of_fails: 3, ..Found::default() }
}

/// Every state: found, found with a contradiction, metastable, stuck.
pub fn every_state() -> Capacity {
    // The models take their time where nothing is optimised.
    static MADE: LazyLock<Capacity> = LazyLock::new(made);
    MADE.clone()
}

/// Workers that give nothing, as predicted, and an entry that held only when it was slower.
fn verified() -> Vec<Verified> {
    let sizes = [185, 205].map(|students| trial(State::Healthy, students, 2, 1));
    let entered = [(250, Some(60)), (250, Some(48))].map(|(students, per_minute)| {
        let late = per_minute == Some(60);
        Trial { per_minute, ..trial(State::Healthy, if late { students } else { 150 }, 2, 1) }
    });
    vec![
        Verified::Entry {
            students: 250,
            predicted_per_minute: 60,
            held_per_minute: Some(48),
            trials: entered.to_vec(),
            took: Duration::from_secs(400),
        },
        Verified::Change {
            change: Change::Workers { per_node: 8 },
            predicted: Some(198),
            ending: Ending::Found(Found { runs_of_holds: 1, runs_of_fails: 1, ..found(185, 205) }),
            trials: sizes.to_vec(),
            took: Duration::from_secs(250),
        },
    ]
}

fn made() -> Capacity {
    let goals = Goals::default();
    let healthy =
        result(State::Healthy, &[170, 205, 225, 190, 190, 205, 190, 205, 10], 2, Ending::Found(found(190, 205)));
    let lost = Found { contradictions: 1, runs_of_fails: 4, ..found(90, 110) };
    let lost = result(State::NodeLost, &[85, 105, 95, 90, 110], 1, Ending::Found(lost));
    let mut peak = result(State::NodeLostAtPeak, &[85, 105], 1, Ending::Found(found(85, 105)));
    let broken = &mut peak.trials[1];
    broken.measured.recovered = Some(false);
    broken.cut_short = Some("it failed clearly".into());
    broken.outcome = judge(&broken.measured, &goals);
    let stuck = Stuck { at: 170, holds: None, fails: None };
    let mut failover = result(State::DatabaseFailover, &[170, 170, 170], 2, Ending::Stuck(stuck));
    for trial in &mut failover.trials {
        trial.measured.generator.cpu_share = Some(0.91);
        trial.outcome = judge(&trial.measured, &goals);
    }
    failover.bottleneck = bottleneck(&failover.trials, None);
    let cluster: Cluster = healthy.models.cluster.unwrap();
    let off = healthy.models.page_cost;
    let hardware = Change::Hardware { nodes: 4, cores_per_node: 8.0 };
    let changes = usual_changes(&cluster).into_iter().chain([hardware]);
    let predictions = changes.filter_map(|change| predict(&cluster, change, (&crowd(), &goals), 10..=500, off));
    Capacity {
        schema: SCHEMA,
        kind: Kind::Capacity,
        tool: "wwchaos 0.1.0".into(),
        started: "2026-11-26T09:00:00Z".into(),
        sentence: String::new(),
        scenario: "capacity-spike".into(),
        title: "A class starts together".into(),
        profile: None,
        arrival: None,
        topology: "two-node".into(),
        app: "standin".into(),
        settings: serde_json::from_value(serde_json::json!({"profile": "real"})).unwrap(),
        setup: Setup {
            app: "stand-in (not WeBWorK)".into(),
            stand_in: true,
            topology: "two web nodes behind a balancer".into(),
            stand_ins: Vec::new(),
            engine: "29.1.0 (API 1.52)".into(),
            cgroup: "v2".into(),
            kernel: "6.12.0".into(),
            cores: 8,
            memory_bytes: 16 << 30,
            limits: vec![("web1".into(), 2400, 1 << 30)],
        },
        node: Node { nodes: 2, cores: 2.4, memory_bytes: 1 << 30 },
        bounds: BOUNDS,
        predictions: predictions.collect(),
        entry_rates: [250, 300, 900].map(|students| entry_rate(&cluster, &crowd(), &goals, students)).to_vec(),
        states: vec![healthy, lost, peak, failover],
        verified: verified(),
        goals,
        estimate: Forecast {
            before: Duration::from_secs(150),
            trials_likely: 9,
            trials_most: 38,
            likely: Duration::from_secs(855),
            most: Duration::from_secs(3610),
        },
        took: Duration::from_secs(2900),
        unmeasured: vec!["time to render a problem: the app does not say it".into()],
    }
}
