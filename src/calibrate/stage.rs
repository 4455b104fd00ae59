//! Outages → the plan and the topology in which `measure` finds them: one window for each outage, one node, a class that
//! is at work all the time. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schedule::{BEFORE_HEAL, Outage};
use crate::plan::{Plan, Target, Window, students};
use crate::scenario::{Class, Expectations, Stop};
use crate::settings::Values;
use crate::topology::{App, Audit, Database, Entry, Role, Topology};

/// The only node.
pub const NODE: &str = "server";
/// From the first arrival until the first outage: a class of 40 has arrived by then.
pub const BASELINE: Duration = Duration::from_secs(5);
/// A student looks at, and then grades, one problem in this time. Two requests of each of 40 students in it are
/// 2.7 a second; `quiz-spike` plans 2.4.
const PROBLEM: Duration = Duration::from_secs(30);
/// Most problems that the tokens of answers can number.
const PROBLEMS_MAX: u64 = 99;
/// The class's plan goes on for this long after all is measured, so that it neither hands in nor leaves before.
const BEYOND: Duration = Duration::from_secs(60);

/// The topology: one node that answers students.
pub fn topology() -> Topology {
    let web = Role { services: vec![NODE.to_owned()], port: Some(80), ..Role::default() };
    Topology {
        name: "calibration".to_owned(),
        extends: None,
        title: "a proxy and a server of wwchaos itself".to_owned(),
        stand_ins: Vec::new(),
        no_class: None,
        fuse: false,
        images: Vec::new(),
        over_app: None,
        shared: None,
        entry: Entry::default(),
        roles: BTreeMap::from([("web".to_owned(), web)]),
        volumes: BTreeMap::new(),
        addresses: BTreeMap::new(),
        database: Database::default(),
        detectors: Vec::new(),
        conditions: BTreeMap::new(),
        timings: BTreeMap::new(),
        whole_within: None,
        usual: BTreeMap::new(),
        configured: BTreeMap::new(),
        settings: Vec::new(),
        app: App::default(),
        audit: Audit::default(),
        collect: BTreeMap::new(),
        ready_within: Duration::ZERO,
    }
}

/// The plan of `outages` with `pupils` students beside them, at work for at least `lasts`.
pub fn plan(outages: &[Outage], pupils: u32, lasts: Duration, seed: u64) -> Plan {
    let deadline = BASELINE + lasts + BEYOND;
    let class = class(pupils, deadline);
    Plan {
        scenario: "calibrate".to_owned(),
        title: "outages of known length".to_owned(),
        topology: "calibration".to_owned(),
        app: "calibration".to_owned(),
        image: None,
        seed,
        settings: Values::default(),
        checks: Vec::new(),
        configured: Vec::new(),
        timings: Vec::new(),
        repeat: 1,
        students: students(&class, deadline, seed, 0),
        rushes: Vec::new(),
        class,
        load: None,
        windows: windows(outages),
        recovery: Duration::ZERO,
        deadline,
        expect: Expectations::default(),
        expect_baseline: None,
        expect_run: None,
        stop: Stop::default(),
    }
}

fn class(students: u32, deadline: Duration) -> Class {
    let problems = (deadline.as_secs() / PROBLEM.as_secs()).clamp(1, PROBLEMS_MAX);
    let problems = u32::try_from(problems).unwrap_or(1);
    Class { students, problems, grade_every: 1, arrival: BASELINE, trickle_share: 0.0, ..Class::default() }
}

fn windows(outages: &[Outage]) -> Vec<Window> {
    let mut start = BASELINE;
    let window = |outage: &Outage| {
        let end = start + outage.length + BEFORE_HEAL;
        let window = Window {
            fault: outage.kind.name().to_owned(),
            values: Values::default(),
            written: NODE.to_owned(),
            target: Target::Service { service: NODE.to_owned() },
            also: Vec::new(),
            start,
            end,
            submissions: 0,
            expect: Expectations::default(),
        };
        start = end + outage.rest;
        window
    };
    outages.iter().map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::super::schedule::{length, schedule};
    use super::*;

    #[test]
    fn the_class_is_at_work_from_the_first_outage_to_the_last() {
        let outages = schedule(100, Duration::from_secs(20), 7);
        let lasts = length(&outages);
        let plan = plan(&outages, 40, lasts, 7);
        assert_eq!(plan.windows.len(), 100);
        let end = BASELINE + lasts;
        assert!(plan.windows.last().unwrap().end <= end);
        let actions: Vec<_> =
            plan.students.iter().flat_map(|student| &student.actions).map(|action| action.at).collect();
        for minute in 0..end.as_secs() / 60 {
            let span = Duration::from_secs(minute * 60)..Duration::from_secs(minute * 60 + 60);
            let rate = actions.iter().filter(|at| span.contains(*at)).count() as f64 / 60.0;
            assert!(rate > 1.5, "{rate} requests a second in minute {minute}");
        }
    }
}
