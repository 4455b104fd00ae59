//! A class size, and what is lost meanwhile → the plan of one trial of a capacity search.
//!
//! The class is the scenario's, of another size and in another time; its faults, its rush and its sittings are left out. What is
//! lost is a window of the plan like any other: one that begins with the trial, before the first student comes, or where the
//! plan asks for most.

use std::time::Duration;

use super::{Plan, Problems, Window, refuse, windows};
use crate::fault;
use crate::scenario::{self, Expectations, Scenario};
use crate::settings::{Refusal, Values};
use crate::topology::Topology;

/// Time from the loss of a part to the first student, when it is lost before all of them: every detector has seen it by then.
const LEAD: Duration = Duration::from_secs(40);
/// The span in which most is asked.
const BUSIEST: Duration = Duration::from_secs(10);

/// What is lost in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The fault that loses it.
    pub fault: &'static str,
    /// Whom it hits, as a scenario writes it.
    pub target: &'static str,
    /// When.
    pub when: When,
}

/// When a part is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the first student comes.
    First,
    /// When most is asked.
    AtPeak,
}

impl Plan {
    /// A trial with `students` of the class of `scenario` on `topology`, in which `loss` happens.
    pub fn trial(
        scenario: &Scenario,
        topology: &Topology,
        students: u32,
        loss: Option<Loss>,
        seed: u64,
    ) -> Result<Self, Problems> {
        let mut class = scenario.clone();
        class.class.students = students;
        (class.windows, class.rush, class.repeat) = (Vec::new(), None, 1);
        class.length = Some(scenario.capacity.length);
        let mut plan = Self::new(&class, topology, seed)?;
        let Some(loss) = loss else { return Ok(plan) };
        let start = match loss.when {
            When::First => {
                plan.students = plan.students.into_iter().map(|student| student.later(LEAD)).collect();
                plan.deadline += LEAD;
                Duration::ZERO
            }
            When::AtPeak => plan.busiest().0,
        };
        let window = lost(&class, topology, loss, (start, plan.end()), seed)?;
        plan.windows = vec![window];
        Ok(plan)
    }

    /// When the plan asks for most in 10 s, and for how many pages a second in these.
    pub fn busiest(&self) -> (Duration, f64) {
        let mut due: Vec<_> =
            self.students.iter().flat_map(|student| &student.actions).map(|action| action.at).collect();
        due.sort_unstable();
        let within = |(index, from): (usize, &Duration)| {
            let count = due[index..].partition_point(|at| *at < *from + BUSIEST);
            (count, std::cmp::Reverse(*from))
        };
        let most = due.iter().enumerate().map(within).max();
        let (count, from) = most.map_or((0, Duration::ZERO), |(count, from)| (count, from.0));
        (from, count as f64 / BUSIEST.as_secs_f64())
    }
}

/// The window in which a part is lost.
fn lost(
    scenario: &Scenario,
    topology: &Topology,
    loss: Loss,
    (start, end): (Duration, Duration),
    seed: u64,
) -> Result<Window, Problems> {
    let mut wrong = Vec::new();
    let nodes = topology.serving().len();
    if loss.target == "web.any" && nodes < 2 {
        let refusal = Refusal::new(format!("expected at least two web nodes to lose one of, got {nodes}"));
        wrong.push(("topology".to_owned(), refusal));
    }
    let specs = fault::kind(loss.fault).map(|kind| (kind.settings)()).unwrap_or_default();
    let written = scenario::Window {
        field: "topology".to_owned(),
        fault: loss.fault.to_owned(),
        values: Values::defaults(&specs),
        target: loss.target.to_owned(),
        at: Some(start),
        lasts: end.saturating_sub(start),
        expect: Expectations::default(),
    };
    let with = Scenario { windows: vec![written], ..scenario.clone() };
    let window = windows(&with, topology, seed, &mut wrong).pop();
    refuse(scenario, wrong)?;
    // One was written.
    window.ok_or_else(|| Problems { file: scenario.file.clone(), list: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::plan::Target;

    fn trial(topology: &str, students: u32, loss: Option<Loss>) -> Result<Plan, String> {
        let library = Library::default();
        let scenario = library.scenario("quiz-spike").unwrap();
        let cluster = library.cluster(topology, "standin").unwrap();
        Plan::trial(&scenario, &cluster, students, loss, 7).map_err(|problems| problems.to_string())
    }

    const NODE: Loss = Loss { fault: "kill", target: "web.any", when: When::First };
    const DATABASE: Loss = Loss { fault: "kill", target: "db.primary", when: When::AtPeak };

    #[test]
    fn a_trial_is_the_class_in_another_size_and_without_its_faults() {
        let plan = trial("two-node", 90, None).unwrap();
        assert_eq!((plan.students.len(), plan.windows.len(), plan.deadline), (90, 0, Duration::from_secs(120)));
        assert_eq!(trial("two-node", 90, None).unwrap(), plan);
    }

    #[test]
    fn a_node_that_is_lost_first_is_lost_before_anybody_comes() {
        let (whole, plan) = (trial("two-node", 30, None).unwrap(), trial("two-node", 30, Some(NODE)).unwrap());
        let first =
            |plan: &Plan| plan.students.iter().flat_map(|student| &student.actions).map(|one| one.at).min().unwrap();
        assert_eq!(first(&plan), first(&whole) + LEAD);
        let window = &plan.windows[0];
        assert!(matches!(&window.target, Target::Service { service } if service.starts_with("web")), "{window:?}");
        assert_eq!((window.start, window.end), (Duration::ZERO, plan.end()));
    }

    #[test]
    fn a_database_that_is_lost_at_the_peak_is_lost_when_most_is_asked() {
        let plan = trial("two-node", 60, Some(DATABASE)).unwrap();
        let (busiest, rate) = plan.busiest();
        assert_eq!(plan.windows[0].start, busiest);
        let asked = |from: Duration| {
            let all = plan.students.iter().flat_map(|student| &student.actions);
            all.filter(|action| (from..from + BUSIEST).contains(&action.at)).count()
        };
        let most = (0..150_000).step_by(100).map(|ms| asked(Duration::from_millis(ms))).max().unwrap();
        assert!(asked(busiest) >= most && (rate - asked(busiest) as f64 / 10.0).abs() < 1e-9, "{rate} {most}");
    }

    #[test]
    fn what_a_topology_has_not_cannot_be_lost() {
        let said = trial("one-web", 10, Some(NODE)).unwrap_err();
        assert_eq!(
            said,
            "scenarios/quiz-spike.toml:2: topology: expected at least two web nodes to lose one of, got 1"
        );
    }
}
