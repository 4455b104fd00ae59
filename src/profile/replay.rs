//! Each recorded action as a line of JSON, and back: who, when, what, about which problem. Order and gaps are kept to the
//! millisecond. Students are numbers in the order of their arrival.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Deed, Journey, LENGTH_MAX, STUDENTS_MAX};
use crate::history::Step;
use crate::settings::{Problem, Refusal, millis};

/// Most actions that are replayed.
pub const ACTIONS_MAX: usize = 200_000;

/// The journeys of a recording, in the order of their first action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// What each student did.
    pub journeys: Vec<Journey>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Number of the student, from 1.
    student: u32,
    /// When, in milliseconds since the first arrival.
    at_ms: u64,
    /// What, as a scenario names steps.
    step: Step,
    /// Which problem; 0 for none.
    #[serde(default)]
    problem: u8,
}

impl Replay {
    /// The lines, in order of time.
    pub fn write(&self) -> String {
        let numbered = (1..).zip(&self.journeys);
        let mut lines: Vec<Line> = numbered
            .flat_map(|(student, journey)| {
                journey.iter().map(move |deed| Line {
                    student,
                    at_ms: millis::count(deed.at()),
                    step: deed.step,
                    problem: deed.problem,
                })
            })
            .collect();
        lines.sort_by_key(|line| (line.at_ms, line.student));
        // These lines have only numbers and words: nothing in them cannot be written.
        lines.iter().filter_map(|line| serde_json::to_string(line).ok()).map(|line| line + "\n").collect()
    }

    /// Reads `text`; the problem is of one line.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let mut journeys: Vec<Journey> = Vec::new();
        let wrong = |number: usize, message: String| Refusal::new(message).at(number, "");
        let lines =
            text.lines().enumerate().map(|(place, line)| (place + 1, line)).filter(|(_, line)| !line.trim().is_empty());
        let mut before = 0;
        for (count, (number, line)) in lines.enumerate() {
            if count >= ACTIONS_MAX {
                return Err(wrong(number, format!("expected at most {ACTIONS_MAX} actions")));
            }
            let read: Line = serde_json::from_str(line).map_err(|error| {
                let why = error.to_string();
                let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
                wrong(number, format!("expected an action such as {EXAMPLE}: {why}"))
            })?;
            if read.at_ms < before || Duration::from_millis(read.at_ms) > LENGTH_MAX {
                return Err(wrong(number, "expected actions in order of time, within 30 days".to_owned()));
            }
            before = read.at_ms;
            let next = journeys.len() + 1;
            let place = read.student as usize;
            if place == 0 || place > next || read.student > STUDENTS_MAX {
                let message = format!("expected a student from 1 to {next}, the next who arrives, got {place}");
                return Err(wrong(number, message));
            }
            if place == next {
                journeys.push(Journey::new());
            }
            let deed = Deed::new(Duration::from_millis(read.at_ms), read.step, read.problem);
            journeys[place - 1].push(deed);
        }
        if journeys.is_empty() {
            return Err(wrong(0, "expected at least one action".to_owned()));
        }
        Ok(Self { journeys })
    }

    /// How many actions there are.
    pub fn actions(&self) -> usize {
        self.journeys.iter().map(Vec::len).sum()
    }
}

/// What a line looks like.
const EXAMPLE: &str = r#"{"student":1,"at_ms":1500,"step":"login","problem":0}"#;
