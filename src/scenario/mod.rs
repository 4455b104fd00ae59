//! A scenario file → [`Scenario`]: what topology, which class, which faults when, and what is expected.
//! All problems of a file at once. Knows the table of faults; knows no topology, no Docker, no goose: names of
//! roles and of topology settings are checked when the plan is made.

mod capacity;
mod expectation;
mod limit;
mod load;
mod page;
mod rush;
mod stop;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use capacity::{Capacity, Goals};
pub use expectation::{Expectations, Expected, Number, Place, Share, Teller, Time, names as expectations, teller};
pub use load::Load;
pub use page::{Pages, Percentiles};
pub use rush::Rush;
pub use stop::Stop;

use crate::fault;
use crate::settings::{Document, Places, Problems, Refusal, Section, Values, check_image, duration_text, millis};

/// The app of a scenario that names none.
pub const USUAL_APP: &str = "standin";
/// What only a test has.
const OF_A_TEST: &[&str] = &["per_page", "attempts", "grade_every"];
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// The longest window: what fills and presses for a fault ends by itself a little later.
pub const WINDOW_MAX: Duration = HOUR;
/// Longest time from the first arrival to the deadline that a scenario may ask for.
pub const LENGTH_MAX: Duration = Duration::from_secs(4 * 3600);

/// What a user wrote, with defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file's name without its ending.
    pub name: String,
    /// The file as the user knows it, for messages of the plan.
    pub file: String,
    /// Where its fields stand, for the same.
    pub places: Places,
    /// One line on what it shows.
    pub title: String,
    /// Folder under compose/.
    pub topology: String,
    /// The app under test.
    pub app: String,
    /// The image of an app that is the user's own, when written.
    pub webwork_image: Option<String>,
    /// Topology settings that it overrides, as written.
    pub settings: Vec<(String, String)>,
    /// What is timed on the idle cluster before the class comes.
    pub timings: Vec<String>,
    /// The class that takes the quiz.
    pub class: Class,
    /// The recorded or published shape that the class has, where it is not drawn as `class` says.
    pub load: Option<Load>,
    /// More students than the class, who come all at once.
    pub rush: Option<Rush>,
    /// How often the class takes the quiz, and every window happens.
    pub repeat: u32,
    /// Time before the first window.
    pub baseline: Duration,
    /// Time after each window.
    pub recovery: Duration,
    /// From the first student's arrival to the deadline, when written.
    pub length: Option<Duration>,
    /// The windows, as written.
    pub windows: Vec<Window>,
    /// What must hold in each part of the run.
    pub expect: Expected,
    /// What ends the run early.
    pub stop: Stop,
    /// How `wwchaos capacity` looks for the largest class.
    pub capacity: Capacity,
}

/// What a class works on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ClassWork")]
pub enum Work {
    /// A timed test, which is graded as a whole.
    #[default]
    Test,
    /// A homework set, whose problems are submitted one by one.
    Homework,
}

impl Work {
    /// As scenarios name them.
    const TABLE: &'static [(&'static str, Self)] = &[("test", Self::Test), ("homework", Self::Homework)];

    fn is_test(&self) -> bool {
        *self == Self::Test
    }
}

/// A class that takes a quiz, or does homework.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Class {
    /// How many students.
    pub students: u32,
    /// What they work on.
    #[serde(default, skip_serializing_if = "Work::is_test")]
    pub work: Work,
    /// Problems of the test, or of the homework.
    pub problems: u32,
    /// Problems on one page of it; 0 for all on one.
    #[serde(default, skip_serializing_if = "is_none")]
    pub per_page: u32,
    /// Graded attempts that a student may make.
    pub attempts: u32,
    /// A student grades after this many problems, and once more before the deadline.
    pub grade_every: u32,
    /// Share of the looks at a problem that preview its answers.
    pub preview_share: f64,
    /// Most students arrive within this time.
    #[serde(rename = "arrival_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub arrival: Duration,
    /// Share of the students that trickle in later.
    pub trickle_share: f64,
    /// The last graded submissions fall within this time before the deadline.
    #[serde(rename = "deadline_spike_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub deadline_spike: Duration,
    /// Students arrive one after the other at even intervals, and submit for the last time so: no class does, but its load is
    /// nearly the same each time.
    #[serde(default, skip_serializing_if = "is_no")]
    pub evenly: bool,
    /// Median time that a student waits for a page.
    #[serde(rename = "patience_ms_median", with = "millis")]
    #[schemars(with = "u64")]
    pub patience: Duration,
    /// Longest time that any student waits for a page.
    #[serde(rename = "patience_ms_max", with = "millis")]
    #[schemars(with = "u64")]
    pub patience_max: Duration,
    /// How often a student reloads a page that failed.
    pub retries: u32,
    /// Median pause before a reload.
    #[serde(rename = "retry_pause_ms_median", with = "millis")]
    #[schemars(with = "u64")]
    pub retry_pause: Duration,
}

/// Plans of tests of one page read as they always did.
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Nor do those of a class that comes as people do.
fn is_no(flag: &bool) -> bool {
    !*flag
}

impl Class {
    /// Graded attempts that a version of the test allows: each may be sent again, and each try may use one up.
    pub fn attempts_allowed(&self) -> u32 {
        self.attempts.saturating_mul(self.retries.saturating_add(1))
    }
}

/// A fault and whom it hits, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its path in the file, for messages of the plan.
    pub field: String,
    /// Name of the fault.
    pub fault: String,
    /// The fault's settings.
    pub values: Values,
    /// The target as written: `web.any`, `db.primary`, `storage.courses`, or a service.
    pub target: String,
}

/// A fault on the timeline, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// What the window is of.
    pub hit: Hit,
    /// What else happens at the same time.
    pub also: Vec<Hit>,
    /// When it starts, counted from the first arrival; after the last window when not written.
    pub at: Option<Duration>,
    /// How long it lasts.
    pub lasts: Duration,
    /// Expectations that replace those of the scenario.
    pub expect: Expectations,
}

impl Window {
    /// Everything that happens in it, what it is of first.
    pub fn hits(&self) -> impl Iterator<Item = &Hit> {
        std::iter::once(&self.hit).chain(&self.also)
    }
}

impl Scenario {
    /// The same with every span `times` as long: whoever arrives, thinks or hurries takes longer, and faults last longer.
    /// What a student puts up with stays as it is.
    #[must_use]
    pub fn stretched(mut self, times: f64) -> Self {
        let longer = |span: &mut Duration| *span = millis::whole(span.mul_f64(times));
        longer(&mut self.baseline);
        longer(&mut self.recovery);
        self.length.iter_mut().for_each(longer);
        longer(&mut self.class.arrival);
        longer(&mut self.class.deadline_spike);
        if let Some(load) = &mut self.load {
            load.time *= times;
        }
        for window in &mut self.windows {
            window.at.iter_mut().for_each(longer);
            longer(&mut window.lasts);
        }
        if let Some(rush) = &mut self.rush {
            rush.at.iter_mut().for_each(longer);
            longer(&mut rush.lasts);
        }
        self
    }

    /// Reads `text`, the content of `file`.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self, Problems> {
        let document = Document::parse(file, text)?;
        let root = document.root();
        let section = root.section("class");
        let load = root.section("load").map(Load::read);
        let class = section.map_or_else(Class::default, |section| {
            if load.is_some() {
                load::refuse_decided(&section);
            }
            class(section)
        });
        if load.is_some() && root.has("length") {
            root.refuse("length", Refusal::new(load::DECIDED).hinted("load.time makes it longer or shorter"));
        }
        let scenario = Self {
            name: name.to_owned(),
            file: file.to_owned(),
            places: document.places().clone(),
            title: root.required_text("title"),
            topology: root.required_text("topology"),
            app: root.text("app").unwrap_or_else(|| USUAL_APP.to_owned()),
            webwork_image: image(&root),
            settings: root.section("settings").map(settings).unwrap_or_default(),
            timings: root.texts("timings").unwrap_or_default(),
            class,
            load,
            rush: root.section("rush").map(Rush::read),
            repeat: root.whole("repeat", 1..=100).and_then(|number| u32::try_from(number).ok()).unwrap_or(1),
            baseline: root.duration("baseline", 5 * SECOND..=HOUR).unwrap_or(45 * SECOND),
            recovery: root.duration("recovery", 5 * SECOND..=HOUR).unwrap_or(30 * SECOND),
            length: root.duration("length", 10 * SECOND..=LENGTH_MAX),
            windows: root.sections("window").into_iter().enumerate().map(window).collect(),
            expect: root.section("expect").map(Expected::read).unwrap_or_default(),
            stop: root.section("stop").map(Stop::read).unwrap_or_default(),
            capacity: root.section("capacity").map(Capacity::read).unwrap_or_default(),
        };
        root.finish();
        document.verdict(scenario)
    }
}

impl Default for Class {
    fn default() -> Self {
        Self {
            students: 40,
            work: Work::Test,
            problems: 5,
            per_page: 0,
            attempts: 6,
            grade_every: 2,
            preview_share: 0.5,
            arrival: 60 * SECOND,
            trickle_share: 0.15,
            deadline_spike: 20 * SECOND,
            evenly: false,
            patience: 10 * SECOND,
            patience_max: 30 * SECOND,
            retries: 3,
            retry_pause: 3 * SECOND,
        }
    }
}

fn image(root: &Section<'_>) -> Option<String> {
    const FIELD: &str = "webwork_image";
    let name = root.text(FIELD)?;
    match check_image(&name) {
        Ok(()) => Some(name),
        Err(refusal) => {
            root.refuse(FIELD, refusal);
            None
        }
    }
}

fn class(section: Section<'_>) -> Class {
    let usual = Class::default();
    let within = |key: &str, range: std::ops::RangeInclusive<u64>, usual: u32| {
        section.whole(key, range).and_then(|number| u32::try_from(number).ok()).unwrap_or(usual)
    };
    let whole = |key: &str, highest: u64, usual: u32| within(key, 1..=highest, usual);
    let class = Class {
        students: whole("students", 500, usual.students),
        work: section.choice("work", Work::TABLE).unwrap_or_default(),
        problems: whole("problems", 50, usual.problems),
        per_page: within("per_page", 0..=50, usual.per_page),
        attempts: whole("attempts", 100, usual.attempts),
        grade_every: whole("grade_every", 50, usual.grade_every),
        preview_share: section.share("preview").unwrap_or(usual.preview_share),
        arrival: section.duration("arrival", SECOND..=HOUR).unwrap_or(usual.arrival),
        trickle_share: section.share("trickle").unwrap_or(usual.trickle_share),
        deadline_spike: section.duration("deadline_spike", SECOND..=HOUR).unwrap_or(usual.deadline_spike),
        evenly: section.flag("evenly").unwrap_or(usual.evenly),
        patience: section.duration("patience", 100 * MS..=30 * SECOND).unwrap_or(usual.patience),
        patience_max: section.duration("patience_max", 100 * MS..=60 * SECOND).unwrap_or(usual.patience_max),
        retries: within("retries", 0..=20, usual.retries),
        retry_pause: section.duration("retry_pause", 100 * MS..=HOUR).unwrap_or(usual.retry_pause),
    };
    if class.patience > class.patience_max && section.sound("patience") && section.sound("patience_max") {
        let [median, most] = [class.patience, class.patience_max].map(duration_text);
        section.refuse("patience", Refusal::new(format!("expected at most patience_max, {most}, got {median}")));
    }
    for field in OF_A_TEST.iter().filter(|field| class.work == Work::Homework && section.has(field)) {
        let message =
            "expected it not beside work = \"homework\": each problem is submitted by itself, as often as one likes";
        section.refuse(field, Refusal::new(message));
    }
    if class.evenly && section.has("trickle") {
        section.refuse("trickle", Refusal::new("expected it not where evenly = true: nobody trickles in later then"));
    }
    section.finish();
    class
}

fn settings(section: Section<'_>) -> Vec<(String, String)> {
    let keys = section.keys();
    let settings = keys.into_iter().filter_map(|key| section.scalar(&key).map(|value| (key, value))).collect();
    section.finish();
    settings
}

fn hit(section: &Section<'_>, field: String) -> Hit {
    let name = section.required_text("fault");
    let known = fault::kind(&name);
    if known.is_none() && !name.is_empty() {
        section.refuse("fault", Refusal::unknown("fault", &name, &fault::names()));
    }
    let specs = known.map(|kind| (kind.settings)()).unwrap_or_default();
    Hit { field, fault: name, values: Values::read(section, &specs), target: section.required_text("target") }
}

fn window((index, section): (usize, Section<'_>)) -> Window {
    let field = format!("window[{}]", index + 1);
    // Of a fault that nobody knows, no setting is known.
    let finish = |section: &Section<'_>, hit: &Hit| {
        if fault::kind(&hit.fault).is_some() {
            section.finish();
        }
    };
    let also = |(index, section): (usize, Section<'_>)| {
        let hit = hit(&section, format!("{field}.also[{}]", index + 1));
        finish(&section, &hit);
        hit
    };
    let window = Window {
        hit: hit(&section, field.clone()),
        also: section.sections("also").into_iter().enumerate().map(also).collect(),
        at: section.duration("at", Duration::ZERO..=LENGTH_MAX),
        lasts: section.required("for", "a duration such as \"30s\"", section.duration("for", 5 * SECOND..=WINDOW_MAX)),
        expect: section.section("expect").map(|part| Expectations::whole(part, Place::Window)).unwrap_or_default(),
    };
    finish(&section, &window.hit);
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let said = Scenario::read("x", "x.toml", text).map_or_else(|problems| problems.to_string(), |_| "fine".into());
        assert_eq!(said, expected);
    }

    #[test]
    fn problems_name_line_and_field_and_hint() {
        let head = "title = \"t\"\ntopology = \"two-node\"\n";
        check(&format!("{head}[[window]]\nfault = \"kill\"\ntarget = \"web.any\"\nfor = \"30s\"\n"), "fine");
        check(
            &format!("{head}[[window]]\nfault = \"freez\"\ntarget = \"web.any\"\nfor = 30\n"),
            "x.toml:4: window[1].fault: unknown fault `freez`; known: kill, crash, freeze, process-stop, oom, hang-oom, \
             cpu-starve, pids, disk-fill, io-throttle, partition, loss, latency, bandwidth, dns, clock-skew, connection-exhaust, replica-lag \
             (hint: did you mean `freeze`?)\n\
             x.toml:6: window[1].for: expected a duration from 5s to 1h, got 30 (hint: write it with a unit: \"30s\", \
             \"500ms\", \"2m\")",
        );
        check(
            &format!("{head}[[window]]\nfault = \"oom\"\nvictim = \"wroker\"\ntarget = \"web.any\"\nfor = \"30s\"\n"),
            "x.toml:5: window[1].victim: expected one of worker, render, manager, got `wroker` (hint: did you \
             mean `worker`?)",
        );
        check("title = \"t\"\n", "x.toml:1: topology: missing; expected a text");
        check(
            &format!("{head}[class]\npatience = \"20s\"\npatience_max = \"10s\"\n"),
            "x.toml:4: class.patience: expected at most patience_max, 10s, got 20s",
        );
    }

    #[test]
    fn a_stretched_scenario_is_longer_in_every_span() {
        let text = "title = \"t\"\ntopology = \"x\"\nlength = \"5m\"\n[[window]]\nfault = \"kill\"\ntarget = \"web1\"\nat = \"50s\"\n\
                    for = \"30s\"\n[rush]\nat = \"2m\"\nfor = \"20s\"\nstudents = 3\n";
        let before = Scenario::read("x", "x.toml", text).unwrap();
        let after = before.clone().stretched(1.5);
        let spans = |one: &Scenario| {
            let (window, rush) = (&one.windows[0], one.rush.clone().unwrap());
            let mut all =
                vec![one.baseline, one.recovery, one.class.arrival, one.class.deadline_spike, window.lasts, rush.lasts];
            all.extend([one.length, window.at, rush.at].into_iter().flatten());
            all
        };
        let longer: Vec<_> = spans(&before).iter().map(|span| span.mul_f64(1.5)).collect();
        assert_eq!((spans(&after), longer.len()), (longer, 9));
        assert_eq!(after.class.patience, before.class.patience);
    }

    #[test]
    fn one_mistake_is_one_message() {
        let head = "title = \"t\"\ntopology = \"two-node\"\n";
        check(
            &format!("{head}[class]\npatience = 2\npatience_max = \"5s\"\n"),
            "x.toml:4: class.patience: expected a duration from 100ms to 30s, got 2 (hint: write it with a unit: \
             \"30s\", \"500ms\", \"2m\")",
        );
        check(
            "titel = \"t\"\ntopology = \"two-node\"\n",
            "x.toml:1: titel: unknown field; known here: class, load, title, topology, app, webwork_image, settings, timings, rush, repeat, baseline, recovery, \
             length, window, expect, stop, capacity (hint: did you mean `title`?)",
        );
    }

    #[test]
    fn a_rush_says_how_long_and_how_many() {
        let head = "title = \"t\"\ntopology = \"two-node\"\n[rush]\n";
        check(&format!("{head}for = \"20s\"\nstudents = 30\n"), "fine");
        check(
            &format!("{head}student = 30\n"),
            "x.toml:3: rush.for: missing; expected a duration such as \"30s\"\n\
             x.toml:4: rush.student: unknown field; known here: for, students, at (hint: did you mean `students`?)",
        );
    }

    #[test]
    fn a_false_alarm_is_one_of_no_window() {
        let head = "title = \"t\"\ntopology = \"two-node\"\n";
        let window =
            "[[window]]\nfault = \"kill\"\ntarget = \"web.any\"\nfor = \"30s\"\n[window.expect]\nfalse_alarms = 0\n";
        check(
            &format!("{head}{window}"),
            "x.toml:8: window[1].expect.false_alarms: expected in [expect] or [expect.run]: it is judged nowhere else",
        );
    }

    #[test]
    fn only_the_settings_of_the_fault_are_known() {
        let text = "title = \"t\"\ntopology = \"t\"\n[[window]]\nfault = \"kill\"\nvictim = \"worker\"\ntarget = \
                    \"web.any\"\nfor = \"30s\"\n";
        let problems = Scenario::read("x", "x.toml", text).expect_err("a problem");
        assert_eq!(problems.list[0].field, "window[1].victim");
    }
}
