//! What each student will do, and when: arrivals, think times, graded submissions, the deadline spike.
//!
//! Most students arrive within the class's arrival time, a share trickles in over the first third of the run.
//! Between start and deadline a student spends a log-normal share of the time on each problem (sigma 0.4), looks
//! or previews at its end, and grades after every few problems; the last graded submission falls uniformly
//! into the deadline spike. Of homework each problem is opened, previewed and submitted by itself. Every student
//! draws from a stream of its own, so a change of one leaves the others as they were.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Window;
use crate::history::Step;
use crate::scenario::{Class, Scenario, Work};
use crate::settings::{Refusal, duration_text, millis};

/// Shortest time between the end of a page and the next action: nobody clicks faster.
pub const REACTION: Duration = Duration::from_millis(500);
/// Time from arrival to the first look at the test that the plan must leave to every student.
const ENTRY: Duration = Duration::from_secs(25);
/// Share of the problems of homework that are submitted a second time; no source says how often that is.
const AGAIN: f64 = 1.0 / 3.0;
/// Pauses drawn for each student; a student with more failures uses them again in order.
const PAUSES: usize = 8;

/// One student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Student {
    /// Login name.
    pub login: String,
    /// How long this student waits for a page.
    #[serde(rename = "patience_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub patience: Duration,
    /// Pauses before reloading, in order of use.
    pub retry_pauses_ms: Vec<u64>,
    /// What this student does, in order of time.
    pub actions: Vec<Action>,
    /// For a student of a rush: when to stop asking for the test again and again. None for one of the class.
    #[serde(rename = "rush_until_ms", with = "millis::optional", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub rush_until: Option<Duration>,
}

/// One thing that a student does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// When, counted from the first arrival.
    #[serde(rename = "at_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub at: Duration,
    /// What.
    pub step: Step,
    /// How many problems the student has answered by then.
    pub answered: u32,
}

/// Login of student number `number`, from 1.
pub fn login(number: u32) -> String {
    format!("stu{number:03}")
}

impl Student {
    /// The same student, who does everything later by `delay`.
    pub fn later(mut self, delay: Duration) -> Self {
        self.actions.iter_mut().for_each(|action| action.at += delay);
        self
    }
}

/// The students of `class`, numbered after `before` others, with everything that they do until after the deadline.
pub fn students(class: &Class, deadline: Duration, seed: u64, before: u32) -> Vec<Student> {
    (0..class.students).map(|place| student(class, deadline, (seed, before + place + 1), place)).collect()
}

/// Graded submissions planned from `start` until `end`.
pub fn graded_between(students: &[Student], start: Duration, end: Duration) -> usize {
    let actions = students.iter().flat_map(|student| &student.actions);
    actions.filter(|action| action.step == Step::Grade && (start..end).contains(&action.at)).count()
}

/// What is wrong when the class cannot take the quiz in time, by field.
pub fn check_time(scenario: &Scenario, _windows: &[Window], deadline: Duration) -> Vec<(String, Refusal)> {
    let class = &scenario.class;
    if scenario.load.is_some() {
        return Vec::new();
    }
    let least = class.arrival.max(millis::whole(deadline / 3)) + ENTRY + class.deadline_spike;
    if deadline >= least {
        return Vec::new();
    }
    let [run, arrival, least] = [deadline, class.arrival, least].map(duration_text);
    let message = format!("the run ends at {run}; a class that arrives within {arrival} needs at least {least}");
    let longer = if scenario.length.is_some() { "a longer length" } else { "a longer baseline or recovery" };
    let hint = format!("a shorter arrival or deadline_spike, or {longer}");
    vec![("class.arrival".to_owned(), Refusal::new(message).hinted(hint))]
}

/// What is wrong when the class would use up its attempts, by field. Homework may be submitted as often as one likes.
pub fn check_attempts(class: &Class) -> Option<(String, Refusal)> {
    if class.work == Work::Homework {
        return None;
    }
    let graded = grades(class) + 1;
    let message = format!("{graded} graded attempts are planned for each student; the test allows {}", class.attempts);
    let refusal = Refusal::new(message).hinted(format!("attempts = {graded} or more, or a larger grade_every"));
    (graded > class.attempts).then(|| ("class.attempts".to_owned(), refusal))
}

fn grades(class: &Class) -> u32 {
    class.problems.saturating_sub(1) / class.grade_every
}

fn student(class: &Class, deadline: Duration, (seed, number): (u64, u32), place: u32) -> Student {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(number));
    let student = person(class, number, &mut random);
    let turns = class.evenly.then(|| Turns::of(class, place));
    Student { actions: actions(class, deadline, turns, &mut random), ..student }
}

/// When it is a student's turn among others who share a time evenly, from 0 to 1.
#[derive(Clone, Copy)]
struct Turns {
    /// To arrive.
    arrival: f64,
    /// To submit for the last time.
    last: f64,
}

impl Turns {
    /// Who arrives early does not submit early: the second turn goes on by the golden ratio, which spreads any number of
    /// students evenly (J. G. van der Corput, 1935; H. Weyl, 1916).
    fn of(class: &Class, place: u32) -> Self {
        const GOLDEN: f64 = 0.618_033_988_749_895;
        let middle = f64::from(place) + 0.5;
        Self { arrival: middle / f64::from(class.students.max(1)), last: (middle * GOLDEN).fract() }
    }
}

/// A student who does nothing yet, with what this one puts up with.
pub(super) fn person(class: &Class, number: u32, random: &mut ChaCha8Rng) -> Student {
    let patience = millis::whole(log_normal(random, class.patience, 0.5).min(class.patience_max));
    let pause = |random: &mut ChaCha8Rng| log_normal(random, class.retry_pause, 0.4).as_millis();
    let retry_pauses_ms = (0..PAUSES).map(|_| u64::try_from(pause(random)).unwrap_or(u64::MAX)).collect();
    Student { login: login(number), patience, retry_pauses_ms, actions: Vec::new(), rush_until: None }
}

fn actions(class: &Class, deadline: Duration, turns: Option<Turns>, random: &mut ChaCha8Rng) -> Vec<Action> {
    let mut actions = Vec::new();
    let drawn = arrival(class, deadline, random);
    let mut at = turns.map_or(drawn, |turns| class.arrival.mul_f64(turns.arrival));
    let mut add =
        |at: Duration, step: Step, answered: u32| actions.push(Action { at: millis::whole(at), step, answered });
    for _ in 0..random.random_range(1..=3) {
        add(at, Step::Refresh, 0);
        at += between(random, 1.0, 3.0);
    }
    let entering = [Step::Login, Step::SetList, Step::QuizInfo, Step::Start];
    // Homework has no version to start.
    let entering = if class.work == Work::Homework { &entering[..3] } else { &entering[..] };
    for step in entering {
        add(at, *step, 0);
        at += between(random, 1.5, 4.0);
    }
    let spike = deadline.saturating_sub(class.deadline_spike);
    let done = spike.saturating_sub(class.deadline_spike.mul_f64(random.random_range(0.0..0.5))).max(at);
    if class.work == Work::Homework {
        homework(class, (at, done, spike), turns, random, add);
        return actions;
    }
    let slots = slots(class.problems, done.saturating_sub(at), random);
    for (problem, slot) in (1..).zip(slots) {
        at += slot;
        let step = if random.random_bool(class.preview_share) { Step::Preview } else { Step::View };
        add(at, step, problem);
        if problem % class.grade_every == 0 && problem < class.problems {
            add(at + between(random, 1.5, 4.0).min(slot / 2), Step::Grade, problem);
        }
    }
    let drawn = random.random_range(0.0..1.0);
    let last = at.max(spike) + class.deadline_spike.mul_f64(turns.map_or(drawn, |turns| turns.last));
    add(last, Step::Grade, class.problems);
    add(last + between(random, 1.5, 4.0), Step::Review, class.problems);
    add(last + between(random, 4.5, 7.0), Step::Logout, class.problems);
    actions
}

/// Problem after problem of a homework set, from `at` until `done`: each is opened, thought about, perhaps previewed, and
/// submitted, some a second time; the last one in the hurry that begins with `spike`. Then a look back at one of them, whose
/// page shows what the student answered, and at the set.
fn homework(
    class: &Class,
    (mut at, done, spike): (Duration, Duration, Duration),
    turns: Option<Turns>,
    random: &mut ChaCha8Rng,
    mut add: impl FnMut(Duration, Step, u32),
) {
    let slots = slots(class.problems, done.saturating_sub(at), random);
    for (problem, slot) in (1..).zip(slots) {
        // Between a submission and the next problem is a moment, which is part of the time for that.
        let opened = if problem == 1 { at } else { at + between(random, 1.0, 3.0).min(slot / 3) };
        let moment = |share: f64| opened + (at + slot - opened).mul_f64(share);
        add(opened, Step::View, problem);
        if random.random_bool(class.preview_share) {
            add(moment(random.random_range(0.3..0.5)), Step::Preview, problem);
        }
        if random.random_bool(AGAIN) {
            add(moment(random.random_range(0.6..0.8)), Step::Grade, problem);
        }
        at += slot;
        if problem < class.problems {
            add(at, Step::Grade, problem);
        }
    }
    let drawn = random.random_range(0.0..1.0);
    let last = at.max(spike) + class.deadline_spike.mul_f64(turns.map_or(drawn, |turns| turns.last));
    add(last, Step::Grade, class.problems);
    add(last + between(random, 1.5, 3.0), Step::View, random.random_range(1..=class.problems));
    add(last + between(random, 3.5, 4.5), Step::QuizInfo, class.problems);
    add(last + between(random, 5.0, 7.0), Step::Logout, class.problems);
}

/// When a student arrives: early in the arrival time more often than late in it.
fn arrival(class: &Class, deadline: Duration, random: &mut ChaCha8Rng) -> Duration {
    let draw: f64 = random.random_range(0.0..1.0);
    if random.random_bool(class.trickle_share) {
        let late = (deadline / 3).saturating_sub(class.arrival);
        return class.arrival + late.mul_f64(draw);
    }
    class.arrival.mul_f64(draw * draw)
}

/// `count` shares of `whole`, log-normal with sigma 0.4.
fn slots(count: u32, whole: Duration, random: &mut ChaCha8Rng) -> Vec<Duration> {
    let weights: Vec<f64> = (0..count).map(|_| log_normal(random, Duration::from_secs(1), 0.4).as_secs_f64()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| whole.mul_f64(weight / sum)).collect()
}

fn log_normal(random: &mut ChaCha8Rng, median: Duration, sigma: f64) -> Duration {
    let drawn = LogNormal::new(median.as_secs_f64().ln(), sigma).map_or(0.0, |law| law.sample(random));
    Duration::from_secs_f64(drawn)
}

fn between(random: &mut ChaCha8Rng, low: f64, high: f64) -> Duration {
    Duration::from_secs_f64(random.random_range(low..high))
}
