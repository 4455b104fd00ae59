//! A class size, and what is lost meanwhile → the plan of one trial of a capacity search.
//!
//! The class is the scenario's, of another size and in another time; its faults, its rush and its sittings are left out. What is
//! lost is a window of the plan like any other: one that begins with the trial, before the first student comes, or where the
//! plan asks for most.

use std::time::Duration;

use super::{OVERTIME, Plan, Problems, Window, refuse, windows};
use crate::fault;
use crate::scenario::{self, Expectations, Scenario};
use crate::settings::{Refusal, Values, millis};
use crate::topology::{Topology, WEB};

/// Time from the loss of a part to the first student, when it is lost before all of them: somewhat more than checks take at most
/// that call a node down after three, each 2 s after the one before and 3 s long. A trial with checks that take longer, as those of
/// `metts` do, is void and says so.
const LEAD: Duration = Duration::from_secs(16);
const MINUTE: Duration = Duration::from_secs(60);
/// Longer than any trial stays without a page and is not over.
const NEVER: Duration = Duration::from_secs(3600);
/// The span in which most is asked: a page of a second that waits behind another is over in it, and a rush of a minute has its
/// peak.
pub const BUSIEST: Duration = Duration::from_secs(10);

/// What a trial is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Students of its class.
    pub students: u32,
    /// What is lost meanwhile.
    pub loss: Option<Loss>,
    /// How many of them enter a minute, evenly, each with the whole time of the scenario's class from then on; none when they
    /// come as the scenario's do.
    pub per_minute: Option<u32>,
}

/// What is lost in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The fault that loses it.
    pub fault: &'static str,
    /// Whom it hits.
    pub part: Part,
    /// When.
    pub when: When,
}

/// A part of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A web node, drawn from the seed.
    Node,
    /// Whoever is the primary of the database when it is lost.
    Database,
}

impl Part {
    /// Whether `topology` has it to lose.
    pub fn is_in(self, topology: &Topology) -> bool {
        self.target(topology).is_ok()
    }

    /// The target that a scenario of `topology` would write.
    fn target(self, topology: &Topology) -> Result<String, Refusal> {
        match self {
            Self::Node => match topology.serving().len() {
                nodes @ ..2 => {
                    Err(Refusal::new(format!("expected at least two web nodes to lose one of, got {nodes}")))
                }
                _ => Ok(format!("{WEB}.any")),
            },
            Self::Database => {
                let held = topology.database_role().filter(|(_, role)| role.primary.is_some());
                let (name, role) =
                    held.ok_or_else(|| Refusal::new("expected a role with a primary to lose, got none"))?;
                match role.services.len() {
                    ..2 => Err(Refusal::new("expected a database that another one takes over from, got one server")),
                    _ => Ok(format!("{name}.primary")),
                }
            }
        }
    }
}

/// When a part is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the first student comes.
    First,
    /// When most is asked.
    AtPeak,
}

impl Loss {
    /// Time from it to the first student.
    pub fn lead(self) -> Duration {
        if self.when == When::First { LEAD } else { Duration::ZERO }
    }
}

impl Plan {
    /// A trial with the class of `scenario` on `topology`.
    pub fn trial(scenario: &Scenario, topology: &Topology, tried: Tried, seed: u64) -> Result<Self, Problems> {
        let mut class = scenario.clone();
        class.class.students = tried.students;
        (class.windows, class.rush, class.repeat) = (Vec::new(), None, 1);
        class.length = Some(scenario.capacity.length);
        // That nobody gets a page is an answer of a trial, and no reason to end it.
        class.stop.no_success = NEVER;
        if tried.per_minute.is_some() {
            (class.class.arrival, class.class.trickle_share) = (Duration::ZERO, 0.0);
        }
        let mut plan = Self::new(&class, topology, seed)?;
        if let Some(rate) = tried.per_minute {
            plan.enter(MINUTE / rate.max(1));
        }
        let Some(loss) = tried.loss else { return Ok(plan) };
        let start = match loss.when {
            When::First => {
                plan.students = plan.students.into_iter().map(|student| student.later(LEAD)).collect();
                plan.deadline += LEAD;
                Duration::ZERO
            }
            When::AtPeak => plan.busiest().0,
        };
        // Nobody comes back to a node that is there again: it is healed when the class is over, which may be late.
        let window = lost(&class, topology, loss, (start, plan.end() + OVERTIME), seed)?;
        plan.windows = vec![window];
        Ok(plan)
    }

    /// Lets the students begin one after the other, each `every` after the one before.
    fn enter(&mut self, every: Duration) {
        for (before, student) in (0_u32..).zip(&mut self.students) {
            let begins = student.actions.iter().map(|action| action.at).min().unwrap_or_default();
            let due = millis::whole(every * before);
            student.actions.iter_mut().for_each(|action| action.at = due + (action.at - begins));
        }
        let after_the_first = u32::try_from(self.students.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.deadline += millis::whole(every * after_the_first);
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
    let of_topology = |refusal: Refusal| Problems {
        file: scenario.file.clone(),
        list: vec![refusal.at(scenario.places.line("topology"), "topology")],
    };
    let target = loss.part.target(topology).map_err(of_topology)?;
    let mut wrong = Vec::new();
    let specs = fault::kind(loss.fault).map(|kind| (kind.settings)()).unwrap_or_default();
    let written = scenario::Window {
        hit: scenario::Hit {
            field: "topology".to_owned(),
            fault: loss.fault.to_owned(),
            values: Values::defaults(&specs),
            target,
        },
        also: Vec::new(),
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
        let tried = Tried { students, loss, per_minute: None };
        Plan::trial(&scenario, &cluster, tried, 7).map_err(|problems| problems.to_string())
    }

    const NODE: Loss = Loss { fault: "kill", part: Part::Node, when: When::First };
    const DATABASE: Loss = Loss { fault: "kill", part: Part::Database, when: When::AtPeak };

    #[test]
    fn a_trial_is_the_class_in_another_size_and_without_its_faults() {
        let plan = trial("two-node", 90, None).unwrap();
        assert_eq!((plan.students.len(), plan.windows.len(), plan.deadline), (90, 0, Duration::from_secs(120)));
        assert_eq!(trial("two-node", 90, None).unwrap(), plan);
    }

    #[test]
    fn students_who_enter_one_by_one_have_the_same_time_each() {
        let library = Library::default();
        let scenario = library.scenario("quiz-spike").unwrap();
        let cluster = library.cluster("two-node", "standin").unwrap();
        let tried = Tried { students: 40, loss: None, per_minute: Some(30) };
        let plan = Plan::trial(&scenario, &cluster, tried, 7).unwrap();
        let (begins, ends): (Vec<_>, Vec<_>) = plan
            .students
            .iter()
            .map(|student| (student.actions[0].at.as_secs(), student.actions.last().unwrap().at.as_secs()))
            .unzip();
        assert_eq!(begins, (0..40).map(|student| student * 2).collect::<Vec<_>>());
        assert_eq!(plan.deadline, scenario.capacity.length + Duration::from_secs(78));
        let least = scenario.capacity.length.as_secs() - scenario.class.deadline_spike.as_secs();
        assert!(begins.iter().zip(&ends).all(|(begin, end)| end - begin >= least), "{ends:?}");
    }

    #[test]
    fn a_node_that_is_lost_first_is_lost_before_anybody_comes() {
        let (whole, plan) = (trial("two-node", 30, None).unwrap(), trial("two-node", 30, Some(NODE)).unwrap());
        let first =
            |plan: &Plan| plan.students.iter().flat_map(|student| &student.actions).map(|one| one.at).min().unwrap();
        assert_eq!(first(&plan), first(&whole) + LEAD);
        let window = &plan.windows[0];
        assert!(matches!(&window.target, Target::Service { service } if service.starts_with("web")), "{window:?}");
        assert_eq!((window.start, window.end), (Duration::ZERO, plan.end() + OVERTIME));
        assert!(plan.outlasts_its_class(window));
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
