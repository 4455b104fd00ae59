//! The plan of a class → what its students ask for, as the models need it.

use std::time::Duration;

use super::model::{Class, Page, per_second};
use crate::history::Step;
use crate::measure::ByKind;
use crate::plan::{Action, Plan, Tried};
use crate::scenario::Scenario;
use crate::settings::Problems;
use crate::topology::Topology;

/// Largest class that is planned in one piece: the first second of a larger one, in which nobody can help asking, might be refused.
const PART: u32 = 200;
/// Far from the seeds that a search counts up from its own.
const NEXT_PART: u64 = 1 << 32;
const MINUTE: Duration = Duration::from_secs(60);

/// What each student of a class asks for that is drawn from `seed`: of one of any size, in pieces where it is large.
pub fn draw(scenario: &Scenario, topology: &Topology, tried: Tried, seed: u64) -> Result<Class, Problems> {
    let parts = tried.students.div_ceil(PART).max(1);
    let every = tried.per_minute.map_or(Duration::ZERO, |rate| MINUTE / rate.max(1));
    // Those of parts that come at even intervals come between each other.
    let even = scenario.class.evenly && tried.per_minute.is_none();
    let between = if even { scenario.class.arrival / tried.students.max(1) } else { Duration::ZERO };
    let (mut drawn, mut before) = (Class::new(), 0);
    for part in 0..parts {
        let students = tried.students / parts + u32::from(part < tried.students % parts);
        let seed = seed.wrapping_add(NEXT_PART * u64::from(part));
        let plan = Plan::trial(scenario, topology, Tried { students, ..tried }, seed)?;
        // Who enters one by one comes after those of the parts before.
        let later = |page: Page| Page { at: page.at + every * before + between * part, ..page };
        drawn.extend(class(&plan).into_iter().map(|pages| pages.into_iter().map(later).collect()));
        before += students;
    }
    Ok(drawn)
}

/// What each student of the class of a trial asked for that was planned from `seed`.
pub fn sat(scenario: &Scenario, topology: &Topology, tried: Tried, seed: u64) -> Result<Class, Problems> {
    Ok(class(&Plan::trial(scenario, topology, tried, seed)?))
}

/// What each student of `plan` asks for.
fn class(plan: &Plan) -> Class {
    let page = |action: &Action| Page {
        at: action.at,
        kind: ByKind::one(action.step.renders(false)),
        of_the_test: action.step.is_of_the_test(),
        starts: action.step == Step::Start,
    };
    plan.students.iter().map(|student| student.actions.iter().map(page).collect()).collect()
}

/// The pages of each second that a plan asks for.
pub fn asked(plan: &Plan) -> Vec<ByKind> {
    per_second(&class(plan))
}

#[cfg(test)]
mod tests {
    use super::super::model::{Cluster, Database, play};
    use super::*;
    use crate::library::Library;

    #[test]
    fn a_class_asks_for_what_is_planned() {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let tried = Tried { students: 40, ..Tried::default() };
        let plan = Plan::trial(&library.scenario("quiz-spike").unwrap(), &topology, tried, 7).unwrap();
        let planned = plan.students.iter().map(|student| student.actions.len()).sum::<usize>() as f64;
        let class = class(&plan);
        assert_eq!(class.iter().map(Vec::len).sum::<usize>() as f64, planned);
        assert!(class.iter().all(|pages| pages.iter().filter(|page| page.starts && page.of_the_test).count() == 1));
        assert!(class.iter().all(|pages| pages.is_sorted_by_key(|page| page.at)));
        let sum: f64 = asked(&plan).iter().map(|pages| pages.sum()).sum();
        assert!((sum - planned).abs() < 1e-6, "{sum} {planned}");
    }

    #[test]
    fn a_large_class_is_drawn_in_pieces() {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let scenario = library.scenario("quiz-spike").unwrap();
        let drawn =
            |students, per_minute| draw(&scenario, &topology, Tried { students, loss: None, per_minute }, 7).unwrap();
        assert_eq!(drawn(1003, None).len(), 1003);
        assert_ne!(drawn(201, None)[..100], drawn(201, None)[101..], "each piece is drawn anew");
        // At 60 a minute each begins a second after the one before, from one piece to the next too.
        let begins: Vec<_> = drawn(450, Some(60)).iter().map(|pages| pages[0].at.as_secs()).collect();
        assert_eq!(begins, (0..450).collect::<Vec<_>>());
        let steady = library.scenario("steady").unwrap();
        let evenly = draw(&steady, &topology, Tried { students: 400, ..Tried::default() }, 7).unwrap();
        let mut begins: Vec<_> = evenly.iter().map(|pages| pages[0].at).collect();
        begins.sort();
        let every = steady.class.arrival / 400;
        assert!(begins.windows(2).all(|pair| pair[1] - pair[0] >= every / 2), "two come at once: {begins:?}");
    }

    /// The class of the trials below.
    const DRAWN: &str = r#"
title = "steady, with drawn arrivals"
topology = "two-node"
length = "90s"
[class]
problems = 1
attempts = 2
grade_every = 1
arrival = "30s"
deadline_spike = "30s"
[capacity]
length = "90s"
"#;
    /// Seed, students, and milliseconds: 95th percentile of the pages of the test, and the slowest start. All whole trials of
    /// `wwchaos capacity steady --set profile=real --seed 51` on the stand-in, 2026-11-27, with that class.
    const MEASURED: [(u64, u32, f64, f64); 9] = [
        (53, 23, 2134.0, 17_596.0),
        (54, 28, 3271.0, 19_851.0),
        (55, 36, 6017.0, 21_545.0),
        (56, 36, 3754.0, 19_283.0),
        (58, 32, 4100.0, 21_310.0),
        (59, 32, 5378.0, 20_165.0),
        (60, 32, 4538.0, 22_546.0),
        (62, 34, 4186.0, 18_412.0),
        (63, 34, 3105.0, 21_412.0),
    ];
    /// What those trials measured of the cluster, in the median.
    const CLUSTER: Cluster = Cluster {
        nodes: 2,
        cores_per_node: 0.38,
        idle_cores_per_node: 0.07,
        workers_per_node: 4,
        cpu_seconds_per_page: ByKind { plain: 0.048, info: 0.201, page: 0.221, whole: 0.219 },
        other_seconds_per_page: 0.0,
        database: Some(Database { cores: 0.28, cpu_seconds_per_page: 0.009 }),
    };

    #[test]
    fn what_is_played_is_what_was_measured() {
        let scenario = Scenario::read("x", "x.toml", DRAWN).unwrap();
        let topology = Library::default().cluster("two-node", "standin").unwrap();
        let off = MEASURED.map(|(seed, students, page, start)| {
            let tried = Tried { students, ..Tried::default() };
            let played = play(&CLUSTER, &sat(&scenario, &topology, tried, seed).unwrap()).unwrap();
            let off = |played: Duration, measured: f64| played.as_secs_f64() * 1000.0 / measured - 1.0;
            let off = [off(played.page_p95, page), off(played.start, start)];
            println!("{students} students, seed {seed}: {played:?}, measured {page} and {start} ms: off by {off:.3?}");
            off
        });
        for (figure, most, median) in [(0, 0.25, 0.1), (1, 0.15, 0.05)] {
            let mut all: Vec<_> = off.iter().map(|off: &[f64; 2]| off[figure].abs()).collect();
            all.sort_by(f64::total_cmp);
            assert!(all[8] < most && all[4] < median, "{all:.3?}");
        }
    }
}
