//! (scenario, topology, seed) → [`Plan`]: everything that will happen, resolved before anything happens. Pure:
//! no clock, no files, no tokio. The same seed gives the same plan, byte for byte.

pub mod ceiling;
mod class;
mod demand;
mod doubt;
mod meaning;
mod recorded;
mod rush;
mod sitting;
mod stored;
mod target;
mod timeline;
mod trial;
mod window;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use class::{Action, REACTION, Student, login, students};
pub use demand::Busiest;
pub use doubt::Doubt;
pub use meaning::{HealthCheck, Profile};
pub use recorded::{Load, Shape};
pub use rush::Rush;
pub use target::{Target, targets};
pub use trial::{BUSIEST, Loss, Part, Tried, When};
pub use window::{Hit, Window};

pub use crate::scenario::WINDOW_MAX;

use self::window::{check_submissions, windows};
use crate::scenario::{Class, Expectations, Place, Scenario, Stop, Work};
use crate::settings::{Problems, Refusal, Values, millis};
use crate::topology::Topology;

/// Fewest graded submissions that a window must expect: with fewer, "no answer lost" says nothing.
pub const SUBMISSIONS_MIN: usize = 5;

/// Time that a class may need beyond its plan.
pub const OVERTIME: Duration = Duration::from_secs(60);

/// The course and the quiz that every run seeds.
pub const COURSE: &str = "quiz";
/// The test that the class takes.
pub const SET: &str = "Quiz1";
/// The homework set that is seeded beside it, with the same problems.
pub const HOMEWORK: &str = "HW1";

/// Everything that will happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's title.
    pub title: String,
    /// The topology's name.
    pub topology: String,
    /// The app under test.
    pub app: String,
    /// The image of it, where users build that themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where every drawn number comes from.
    pub seed: u64,
    /// Topology settings, all of them.
    pub settings: Values,
    /// What the setting `check` may be; empty when the topology has no such setting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// What failovers take by configuration, whatever a real one takes; empty for most topologies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configured: Vec<Configured>,
    /// What is timed on the idle cluster before the class comes, by the topology's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings: Vec<String>,
    /// The class as written.
    pub class: Class,
    /// The profile that the class has; none where it is drawn as `class` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// How often the class takes the quiz, and every window happens.
    #[serde(default = "once")]
    pub repeat: u32,
    /// The students of all sittings, in order of their login: those of the class, then those of the rush.
    pub students: Vec<Student>,
    /// The rush of each sitting, in order of time; none when the scenario has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rushes: Vec<Rush>,
    /// The windows of all sittings, in order of time.
    pub windows: Vec<Window>,
    /// Time after each window that still belongs to it.
    #[serde(rename = "recovery_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub recovery: Duration,
    /// From the first arrival to the last deadline.
    #[serde(rename = "deadline_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub deadline: Duration,
    /// What must hold in every part of the run that has nothing of its own.
    pub expect: Expectations,
    /// What must hold before the first fault, where it is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_baseline: Option<Expectations>,
    /// What must hold over the whole run, where it is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_run: Option<Expectations>,
    /// What ends the run early.
    #[serde(default)]
    pub stop: Stop,
}

impl Plan {
    /// Resolves `scenario` on `topology` with every drawn number from `seed`.
    pub fn new(scenario: &Scenario, topology: &Topology, seed: u64) -> Result<Self, Problems> {
        let mut wrong = Vec::new();
        let settings = settings(scenario, topology, &mut wrong);
        if scenario.class.work == Work::Homework && !topology.app.has_homework() {
            let message = format!("app `{}` seeds no homework: its seed takes no {{homework}}", topology.app.name);
            wrong.push(("class.work".to_owned(), Refusal::new(message)));
        }
        for name in scenario.timings.iter().filter(|name| !topology.timings.contains_key(*name)) {
            let known: Vec<_> = topology.timings.keys().map(String::as_str).collect();
            wrong.push(("timings".to_owned(), Refusal::unknown("timing", name, &known)));
        }
        let twice = |(place, name): &(usize, &String)| scenario.timings[..*place].contains(name);
        if let Some((_, name)) = scenario.timings.iter().enumerate().find(twice) {
            wrong.push(("timings".to_owned(), Refusal::new(format!("`{name}` stands there twice"))));
        }
        let spans = timeline::spans(scenario);
        let deadline = timeline::deadline(scenario, &spans);
        // Before anything is drawn: what is too large is not made.
        let ceilings = [recorded::check, sitting::check, ceiling::windows];
        wrong.extend(
            ceilings
                .iter()
                .map(|check| check(scenario, &[], deadline))
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
        );
        refuse(scenario, std::mem::take(&mut wrong))?;
        let mut windows = windows(scenario, topology, seed, &mut wrong);
        let mut students = sitting::students(scenario, deadline, seed);
        let rushes = rush::rushes(scenario, deadline);
        students.extend(rush::students(&rushes, scenario, seed, scenario.class.students * scenario.repeat));
        for window in &mut windows {
            window.submissions = class::graded_between(&students, window.start, window.end);
        }
        if scenario.load.is_none() {
            wrong.extend(class::check_attempts(&scenario.class));
        }
        // What the class cannot do on a time line that is wrong follows from the time line, and likewise onwards.
        let checks = [timeline::check, rush::check, class::check_time, check_submissions];
        let first = checks.iter().map(|check| check(scenario, &windows, deadline)).find(|found| !found.is_empty());
        wrong.extend(first.unwrap_or_else(|| ceiling::rate(scenario, &students)));
        if scenario.load.is_some() && wrong.is_empty() {
            let one = students.get(..scenario.class.students as usize).unwrap_or_default();
            wrong.extend(recorded::check_students(scenario, one, deadline));
        }
        refuse(scenario, wrong)?;
        let expect = &scenario.expect;
        let own = |part: &Expectations| (*part != expect.anywhere).then(|| part.clone());
        Ok(Self {
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            topology: topology.name.clone(),
            app: topology.app.name.clone(),
            image: topology.app.image.named().map(str::to_owned),
            seed,
            settings: settings.clone(),
            checks: meaning::checks(&topology.settings),
            configured: configured(topology, &settings),
            timings: scenario.timings.clone(),
            class: scenario.class.clone(),
            load: Load::of(scenario),
            repeat: scenario.repeat,
            students,
            rushes,
            windows,
            recovery: scenario.recovery,
            deadline: sitting::length(deadline) * (scenario.repeat - 1) + deadline,
            expect: expect.anywhere.clone(),
            expect_baseline: own(&expect.baseline),
            expect_run: own(&expect.run),
            stop: scenario.stop.clone(),
        })
    }

    /// The set that the class works on.
    pub fn set(&self) -> &'static str {
        match self.class.work {
            Work::Test => SET,
            Work::Homework => HOMEWORK,
        }
    }

    /// What must hold of a part of the run that is no window.
    pub fn expected_of(&self, part: Place) -> &Expectations {
        let own = match part {
            Place::Baseline => self.expect_baseline.as_ref(),
            Place::Run => self.expect_run.as_ref(),
            Place::Anywhere | Place::Window => None,
        };
        own.unwrap_or(&self.expect)
    }

    /// Whether that is homework, whose problems are submitted one by one.
    pub fn is_homework(&self) -> bool {
        self.class.work == Work::Homework
    }

    /// Whether students come in by TLS.
    pub fn entry_speaks_tls(&self, topology: &Topology) -> bool {
        topology.entry.tls.as_ref().is_some_and(|(name, value)| self.settings.text(name) == value)
    }

    /// From the first arrival until nothing is planned any more.
    pub fn end(&self) -> Duration {
        let last = self.students.iter().filter_map(|student| student.actions.last()).map(|action| action.at);
        last.max().unwrap_or_default().max(self.deadline)
    }

    /// Whether a window ends when the class is over, and not before that.
    pub fn outlasts_its_class(&self, window: &Window) -> bool {
        window.end > self.end()
    }

    /// From the first arrival of a sitting to its deadline.
    pub fn sitting_deadline(&self) -> Duration {
        sitting::deadline_of_one(self.deadline, self.repeat)
    }

    /// How many students there are, over all sittings.
    pub fn accounts(&self) -> u32 {
        u32::try_from(self.students.len()).unwrap_or(u32::MAX)
    }

    /// The windows that are one window of the scenario, once for each sitting, by their index in `windows`.
    pub fn repeats(&self) -> Vec<Vec<usize>> {
        let written = self.windows.len() / self.repeat.max(1) as usize;
        (0..written).map(|first| (first..self.windows.len()).step_by(written).collect()).collect()
    }

    /// The end of the baseline: the start of the first window or of a rush before it, or the deadline when there is none.
    pub fn baseline_end(&self) -> Duration {
        let window = self.windows.first().map(|window| window.start);
        let rush = self.rushes.first().map(|rush| rush.start);
        window.into_iter().chain(rush).min().unwrap_or(self.deadline)
    }
}

/// A time that every failover of a role takes because a setting says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Configured {
    /// The role.
    pub role: String,
    /// The setting.
    pub setting: String,
    /// What it says.
    #[serde(rename = "time_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub time: Duration,
}

fn configured(topology: &Topology, settings: &Values) -> Vec<Configured> {
    let each = topology.configured.iter().map(|(role, setting)| Configured {
        role: role.clone(),
        setting: setting.clone(),
        time: settings.duration(setting),
    });
    each.collect()
}

fn once() -> u32 {
    1
}

/// What is wrong with a scenario, by field.
type Wrong = Vec<(String, Refusal)>;

/// Fails with what is wrong, each at its line.
fn refuse(scenario: &Scenario, wrong: Wrong) -> Result<(), Problems> {
    if wrong.is_empty() {
        return Ok(());
    }
    let place = |(field, refusal): (String, Refusal)| refusal.at(scenario.places.line(&field), &field);
    let mut list: Vec<_> = wrong.into_iter().map(place).collect();
    list.sort_by_key(|problem| problem.line);
    Err(Problems { file: scenario.file.clone(), list })
}

fn settings(scenario: &Scenario, topology: &Topology, wrong: &mut Wrong) -> Values {
    let mut values = Values::defaults(&topology.settings);
    for (name, text) in &scenario.settings {
        if let Err(refusal) = values.set(&topology.settings, name, text) {
            wrong.push((format!("settings.{name}"), refusal));
        }
    }
    values
}

#[cfg(test)]
mod tests;
