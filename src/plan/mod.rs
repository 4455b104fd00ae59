//! (scenario, topology, seed) → [`Plan`]: everything that will happen, resolved before anything happens. Pure:
//! no clock, no files, no tokio. The same seed gives the same plan, byte for byte.

mod class;
mod meaning;
mod target;

use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use class::{Action, Student, login};
pub use meaning::{HealthCheck, Profile};
pub use target::Target;

use crate::fault::{self, Injection};
use crate::scenario::{Class, Expectations, Scenario};
use crate::settings::{Problem, Problems, Values, duration_text, millis};
use crate::topology::Topology;

/// Fewest graded submissions that a window must expect: with fewer, "no answer lost" says nothing.
pub const SUBMISSIONS_MIN: usize = 5;

/// The course and the quiz that every run seeds.
pub const COURSE: &str = "quiz";
/// The set that the class takes.
pub const SET: &str = "Quiz1";

/// Everything that will happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's title.
    pub title: String,
    /// The topology's name.
    pub topology: String,
    /// The app under test.
    pub app: String,
    /// Where every drawn number comes from.
    pub seed: u64,
    /// Topology settings, all of them.
    pub settings: Values,
    /// The class as written.
    pub class: Class,
    /// The students, in order of their login.
    pub students: Vec<Student>,
    /// The windows, in order of time.
    pub windows: Vec<Window>,
    /// Time after each window that still belongs to it.
    #[serde(rename = "recovery_ms", with = "millis")]
    pub recovery: Duration,
    /// From the first arrival to the deadline.
    #[serde(rename = "deadline_ms", with = "millis")]
    pub deadline: Duration,
    /// What must hold for the whole run, and on the baseline.
    pub expect: Expectations,
}

/// A fault on the timeline. Times count from the first arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Name of the fault.
    pub fault: String,
    /// Its settings, all of them.
    pub values: Values,
    /// The target as written in the scenario.
    pub written: String,
    /// Whom it hits.
    pub target: Target,
    /// When it is injected.
    #[serde(rename = "start_ms", with = "millis")]
    pub start: Duration,
    /// When it is healed.
    #[serde(rename = "end_ms", with = "millis")]
    pub end: Duration,
    /// Graded submissions planned between start and end.
    pub submissions: usize,
    /// What must hold in it.
    pub expect: Expectations,
}

impl Window {
    /// The steps, once the target is known by name.
    pub fn injection(&self, target: &str) -> Option<Injection> {
        fault::kind(&self.fault).map(|kind| (kind.injection)(&self.values, target))
    }

    /// The window in a few words, for example `kill web1`.
    pub fn title(&self) -> String {
        match &self.target {
            Target::Service { service } => format!("{} {service}", self.fault),
            Target::Volume { volume } => format!("{} {volume}", self.fault),
            Target::Primary { role } => format!("{} {role} primary", self.fault),
        }
    }
}

impl Plan {
    /// Resolves `scenario` on `topology` with every drawn number from `seed`.
    pub fn new(scenario: &Scenario, topology: &Topology, seed: u64) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let settings = settings(scenario, topology, &mut problems);
        let mut windows = windows(scenario, topology, seed, &mut problems);
        let deadline = deadline(scenario, &windows, &mut problems);
        if !topology.apps.contains_key(&scenario.app) {
            let known: Vec<_> = topology.apps.keys().map(String::as_str).collect();
            problems.push(problem(
                "app",
                format!("unknown app `{}`; {} serves: {}", scenario.app, topology.name, known.join(", ")),
                None,
            ));
        }
        let students = class::students(&scenario.class, deadline, seed);
        for (window, written) in windows.iter_mut().zip(&scenario.windows) {
            window.submissions = class::graded_between(&students, window.start, window.end);
            if window.submissions < SUBMISSIONS_MIN {
                problems.push(too_few_submissions(&written.field, window.submissions));
            }
        }
        class::check(&scenario.class, deadline, &mut problems);
        if !problems.is_empty() {
            return Err(Problems { file: scenario.file.clone(), list: problems });
        }
        Ok(Self {
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            topology: topology.name.clone(),
            app: scenario.app.clone(),
            seed,
            settings,
            class: scenario.class.clone(),
            students,
            windows,
            recovery: scenario.recovery,
            deadline,
            expect: scenario.expect.clone(),
        })
    }

    /// From the first arrival until nothing is planned any more.
    pub fn end(&self) -> Duration {
        let last = self.students.iter().filter_map(|student| student.actions.last()).map(|action| action.at);
        last.max().unwrap_or_default().max(self.deadline)
    }

    /// The end of the baseline: the start of the first window, or the deadline when there is none.
    pub fn baseline_end(&self) -> Duration {
        self.windows.first().map_or(self.deadline, |window| window.start)
    }
}

fn settings(scenario: &Scenario, topology: &Topology, problems: &mut Vec<Problem>) -> Values {
    let mut values = Values::defaults(&topology.settings);
    for (name, text) in &scenario.settings {
        if let Err(message) = values.set(&topology.settings, name, text) {
            problems.push(problem(&format!("settings.{name}"), message, None));
        }
    }
    values
}

fn windows(scenario: &Scenario, topology: &Topology, seed: u64, problems: &mut Vec<Problem>) -> Vec<Window> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut next = scenario.baseline;
    let mut windows: Vec<Window> = Vec::new();
    for written in &scenario.windows {
        let start = written.at.unwrap_or(next);
        if start < scenario.baseline {
            let message = format!("starts before the baseline of {} is over", duration_text(scenario.baseline));
            problems.push(problem(
                &format!("{}.at", written.field),
                message,
                Some("a shorter baseline, or a later start"),
            ));
        }
        if windows.last().is_some_and(|last| start < last.end) {
            let message = "starts before the window before it has ended".to_owned();
            problems.push(problem(&format!("{}.at", written.field), message, Some("faults come one after the other")));
        }
        let aim = fault::kind(&written.fault).map_or(fault::Aim::Service, |kind| kind.aim);
        let target = Target::resolve(&written.target, aim, topology, &mut random).unwrap_or_else(|message| {
            problems.push(problem(&format!("{}.target", written.field), message, None));
            Target::Service { service: written.target.clone() }
        });
        let end = start + written.lasts;
        next = end + scenario.recovery;
        windows.push(Window {
            fault: written.fault.clone(),
            values: written.values.clone(),
            written: written.target.clone(),
            target,
            start,
            end,
            submissions: 0,
            expect: scenario.expect.overridden_by(&written.expect),
        });
    }
    windows
}

fn deadline(scenario: &Scenario, windows: &[Window], problems: &mut Vec<Problem>) -> Duration {
    let needed = windows.last().map_or(scenario.baseline, |window| window.end + scenario.recovery);
    let deadline = scenario.length.unwrap_or(needed);
    for (window, written) in windows.iter().zip(&scenario.windows).filter(|(window, _)| window.end > deadline) {
        let message =
            format!("ends at {}, past the end of the run at {}", duration_text(window.end), duration_text(deadline));
        let hint = format!("make `length` at least {}, or leave it out", duration_text(needed));
        problems.push(problem(&format!("{}.for", written.field), message, Some(&hint)));
    }
    deadline
}

fn too_few_submissions(field: &str, found: usize) -> Problem {
    let message = format!("only {found} graded submissions are planned in it; expected at least {SUBMISSIONS_MIN}");
    problem(field, message, Some("more students, a smaller grade_every with more attempts, or a longer window"))
}

fn problem(field: &str, message: String, hint: Option<&str>) -> Problem {
    Problem { line: 0, field: field.to_owned(), message, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests;
