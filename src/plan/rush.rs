//! A rush on the time line → the students who make it: each signs in, opens a version, and asks for the test again and
//! again without thinking until the rush is over. They draw from streams of their own, so that the class does what it does
//! without them.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::{Action, Student, login};
use super::{Window, sitting, timeline};
use crate::history::Step;
use crate::scenario::{Scenario, Work};
use crate::settings::{Refusal, duration_text, millis};

/// The students of a rush come within this time, or a quarter of it where it is short.
const ARRIVAL: Duration = Duration::from_secs(5);

/// A rush. Times count from the first arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rush {
    /// When the first of them may come.
    #[serde(rename = "start_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub start: Duration,
    /// When nobody asks for the next page any more.
    #[serde(rename = "end_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub end: Duration,
    /// How many come.
    pub students: u32,
}

/// The rush of each sitting of `scenario`, whose sittings have this deadline.
pub fn rushes(scenario: &Scenario, deadline: Duration) -> Vec<Rush> {
    let Some((start, end)) = timeline::rush(scenario) else { return Vec::new() };
    let students = scenario.rush.as_ref().map_or(0, |rush| rush.students);
    let later = |number: u32| sitting::length(deadline) * number;
    (0..scenario.repeat)
        .map(|number| Rush { start: start + later(number), end: end + later(number), students })
        .collect()
}

/// The students of all `rushes`, numbered after `before` others.
pub fn students(rushes: &[Rush], scenario: &Scenario, seed: u64, before: u32) -> Vec<Student> {
    let each = rushes.iter().flat_map(|rush| (0..rush.students).map(move |_| rush));
    (before + 1..).zip(each).map(|(number, rush)| student(rush, scenario, seed, number)).collect()
}

fn student(rush: &Rush, scenario: &Scenario, seed: u64, number: u32) -> Student {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(number));
    let within = ARRIVAL.min((rush.end - rush.start) / 4);
    let arrival = millis::whole(rush.start + within.mul_f64(random.random_range(0.0..1.0)));
    let action = |step| Action { at: arrival, step, answered: 0 };
    let starts = scenario.class.work == Work::Test;
    Student {
        login: login(number),
        patience: scenario.class.patience,
        retry_pauses_ms: vec![millis::count(scenario.class.retry_pause)],
        actions: std::iter::once(Step::Login).chain(starts.then_some(Step::Start)).map(action).collect(),
        rush_until: Some(rush.end),
    }
}

/// What is wrong with when the rush is, by field: what it does must not be taken for the doing of a fault, nor a fault's for
/// its own.
pub fn check(scenario: &Scenario, windows: &[Window], deadline: Duration) -> Vec<(String, Refusal)> {
    let Some((start, end)) = timeline::rush(scenario) else { return Vec::new() };
    let [begins, ends] = [start, end].map(duration_text);
    let wrong = |message: String, hint: &str| vec![("rush".to_owned(), Refusal::new(message).hinted(hint))];
    if start < scenario.baseline {
        let baseline = duration_text(scenario.baseline);
        return wrong(
            format!("begins at {begins}, before the baseline of {baseline} is over"),
            "a shorter baseline, or a later start",
        );
    }
    let of_one = windows.iter().zip(&scenario.windows);
    let beside = |window: &Window| start < window.end + scenario.recovery && window.start < end + scenario.recovery;
    if let Some((window, written)) = of_one.into_iter().find(|(window, _)| beside(window)) {
        let [from, to, recovery] = [window.start, window.end, scenario.recovery].map(duration_text);
        return wrong(
            format!(
                "lasts from {begins} to {ends}, and {} from {from} to {to}; expected a recovery of {recovery} between them",
                written.hit.field
            ),
            "move one of them, or leave `at` out: then it comes after the last window",
        );
    }
    if end > deadline {
        return wrong(
            format!("ends at {ends}, past the end of the run at {}", duration_text(deadline)),
            "a longer length",
        );
    }
    Vec::new()
}
