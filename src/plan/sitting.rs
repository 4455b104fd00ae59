//! A class that takes the quiz several times over, so that every window happens several times: a figure of one window
//! holds one draw of whatever it depends on, such as the moment of a health check, and says nothing of its spread.
//!
//! Each sitting has students of its own and the timeline of the scenario, later by a whole number of sittings. All of
//! them are on one cluster, one after the other; targets are drawn anew for each.

use std::time::Duration;

use super::recorded::Shape;
use super::{Window, class};
use crate::scenario::{LENGTH_MAX, Scenario};
use crate::settings::{Refusal, duration_text};

/// Time after the deadline in which everybody has looked at the score and signed out.
const TAIL: Duration = Duration::from_secs(10);
/// Most students that a run may have, over all sittings.
pub const STUDENTS_MAX: u32 = 1000;

/// How long one sitting is, whose deadline is `deadline` after its first arrival.
pub fn length(deadline: Duration) -> Duration {
    deadline + TAIL
}

/// The deadline of one of `repeat` sittings, the last of which has its deadline at `last`.
pub fn deadline_of_one(last: Duration, repeat: u32) -> Duration {
    let repeat = repeat.max(1);
    last.saturating_sub(TAIL.saturating_mul(repeat - 1)) / repeat
}

/// The students of every sitting, in order of their login.
pub fn students(scenario: &Scenario, deadline: Duration, seed: u64) -> Vec<class::Student> {
    let sitting = |number: u32| {
        let before = number * scenario.class.students;
        let students = match Shape::of(scenario) {
            Some(shape) => shape.students(&scenario.class, seed, before),
            None => class::students(&scenario.class, deadline, seed, before),
        };
        students.into_iter().map(move |student| student.later(length(deadline) * number))
    };
    (0..scenario.repeat).flat_map(sitting).collect()
}

/// What is wrong with the number of sittings and their length, by field.
pub fn check(scenario: &Scenario, _windows: &[Window], deadline: Duration) -> Vec<(String, Refusal)> {
    let (repeat, rush) = (scenario.repeat, scenario.rush.as_ref().map_or(0, |rush| rush.students));
    let students = scenario.class.students + rush;
    let wrong = |message: String, hint: String| vec![("repeat".to_owned(), Refusal::new(message).hinted(hint))];
    let all = repeat.saturating_mul(students);
    if all > STUDENTS_MAX {
        let message = format!("expected at most {STUDENTS_MAX} students over all sittings, got {repeat} of {students}");
        return wrong(message, format!("repeat = {} or less, or fewer students", (STUDENTS_MAX / students).max(1)));
    }
    // One sitting is as long as its time line, several of them a tail longer each.
    let run = if repeat == 1 { deadline } else { length(deadline) * repeat };
    if run > LENGTH_MAX {
        let [run, most, one] = [run, LENGTH_MAX, length(deadline)].map(duration_text);
        let what =
            if repeat == 1 { "the time line takes".to_owned() } else { format!("{repeat} sittings of {one} take") };
        let message = format!("{what} {run}; expected at most {most}");
        return wrong(message, "fewer sittings, or shorter windows".to_owned());
    }
    Vec::new()
}
