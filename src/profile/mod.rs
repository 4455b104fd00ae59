//! Journeys that were recorded → [`Profile`]: how a class behaves, as a small TOML file that a person can read and edit; and
//! back from that file. Pure. Knows no logs, no scenario, no plan.
//!
//! A profile tells of a class and of nobody in it: an arrival curve, quantiles, shares. What draws a class from it is
//! `plan/recorded.rs`; how a value is drawn from each part is in [`law`](Quantiles).
//!
//! | file | what |
//! |---|---|
//! | `law` | quantiles, counts, arrivals: from samples, and drawn from |
//! | `journey` | what one student did; pauses by what they come before |
//! | `measured` | journeys → the samples of each part, and the profile that they make |
//! | `read`, `write` | the TOML file |
//! | `replay` | each recorded action, one line of JSON each |
//! | `distance`, `pair` | how far two sets of samples are apart; recording and drawn class part by part |

mod distance;
mod journey;
mod law;
mod measured;
mod pair;
mod read;
mod replay;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

pub use distance::{Distance, distance, distance_beyond};
pub use journey::{AWAY, Deed, Journey, Pause, RELOAD_WITHIN, of_the_test, pauses, visits};
pub use law::{Arrivals, Counts, Quantiles};
pub use measured::{Measured, Part};
pub use pair::{Pair, Subject, Tally, pairs};
pub use replay::{ACTIONS_MAX, Replay};

/// Most students of a profile.
pub const STUDENTS_MAX: u32 = 100_000;
/// Longest time from the first arrival to the deadline of a profile, before it is scaled.
pub const LENGTH_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// How a class behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// One line on what it stands for.
    pub title: String,
    /// What it was made from: of what recording, or which publication says what.
    pub source: String,
    /// How many students, where a scenario says nothing else. Who was away for [`AWAY`] counts anew.
    pub students: u32,
    /// From the first arrival to the deadline.
    pub length: Duration,
    /// When the quiz opens, counted from the first arrival: nobody starts before, and who is there before asks for the quiz's
    /// page again and again. None where nobody waits.
    pub opens: Option<Duration>,
    /// When students come.
    pub arrivals: Arrivals,
    /// How often a student asks for the login page before signing in.
    pub refreshes: Counts,
    /// How often a student submits answers for grading.
    pub grades: Counts,
    /// Share of the looks at the test that preview its answers.
    pub previews: f64,
    /// Share of the pages of the test that are reloaded at once.
    pub reloads: f64,
    /// Pauses by what they come before. A step without one is not made.
    pub pauses: BTreeMap<Pause, Quantiles>,
    /// When a student's last graded submission is.
    pub last_grade: LastGrade,
    /// The file with each recorded action, beside that of the profile.
    pub replay: Option<String>,
}

/// When a student's last graded submission is: tied to the deadline, as in a quiz, or to the student's own start, as with
/// homework.
#[derive(Clone, Debug, PartialEq)]
pub enum LastGrade {
    /// So long before the deadline.
    BeforeDeadline(Quantiles),
    /// So long after the student's start, and no later than the deadline.
    AfterStart(Quantiles),
}

impl LastGrade {
    /// The law of either.
    pub fn law(&self) -> &Quantiles {
        match self {
            Self::BeforeDeadline(law) | Self::AfterStart(law) => law,
        }
    }
}

/// What a scenario's `[load]` names: the profile, and the recorded actions where they are to be replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The profile.
    pub profile: Profile,
    /// Its recorded actions; none unless they are replayed.
    pub replay: Option<Replay>,
}

#[cfg(test)]
mod tests;
