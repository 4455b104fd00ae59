//! [`Sketch`] → bytes: a load profile with what was recorded and what is drawn from it, held against each other, as a table
//! and as a page.

mod html;
mod terminal;

pub use terminal::WIDTH;

use std::time::Duration;

use super::shown;
use crate::profile::{LastGrade, Pair, Part, Profile, Subject, Tally};
use crate::quantity;

/// A profile, and how well it tells what was recorded.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// The profile.
    pub profile: Profile,
    /// What the recording does not tell.
    pub untold: Vec<Part>,
    /// What is held against the recording.
    pub other: Other,
    /// What is counted of the recording and of the other.
    pub tallies: [Tally; 2],
    /// Both, part by part.
    pub pairs: Vec<Pair>,
}

/// What is held against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A class that is drawn from its profile, against these logs.
    Drawn,
    /// These logs, against those that the named profile was made of.
    Logs,
    /// These logs, against a class that is drawn from the named profile.
    Profile,
}

/// What one side is called.
struct Side {
    short: &'static str,
    /// At the head of a column.
    column: &'static str,
    /// In full.
    long: &'static str,
}

impl Other {
    /// What both sides are called: that which stands first, and that which is held against it.
    fn sides(self) -> [Side; 2] {
        let recorded = Side { short: "recorded", column: "Recorded", long: "recorded" };
        let logs = Side { short: "logs", column: "Logs", long: "these logs" };
        let drawn = |long| Side { short: "drawn", column: "Drawn", long };
        match self {
            Self::Drawn => [recorded, drawn("replayed: a class drawn from the profile")],
            Self::Logs => [recorded, logs],
            Self::Profile => [drawn("a class drawn from the profile named"), logs],
        }
    }
}

impl Sketch {
    /// As text of at most `width` columns.
    pub fn text(&self, width: usize) -> String {
        terminal::render(self, width)
    }

    /// As one page that is complete in itself.
    pub fn page(&self) -> Vec<u8> {
        shown(&html::render(self))
    }
}

/// What a part is called.
fn subject_text(subject: Subject) -> String {
    match subject {
        Subject::Arrivals => "arrivals".to_owned(),
        Subject::LastGrade => "last grade to deadline".to_owned(),
        Subject::Stay => "start to last grade".to_owned(),
        Subject::Pause(crate::profile::Pause::Reload) => "pause before a reload".to_owned(),
        Subject::Pause(pause) => format!("pause before {}", pause.key().replace('_', " ")),
    }
}

/// The value at a share of sorted samples.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the number of samples"
)]
fn at(sorted: &[Duration], share: f64) -> Duration {
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

/// What the profile says that no part of the table does.
fn facts(sketch: &Sketch) -> Vec<(&'static str, String)> {
    let [first, second] = sketch.other.sides().map(|side| side.short);
    // What is to be seen of one side only is nothing to hold against the other.
    let both = |text: &dyn Fn(&Tally) -> Option<String>| {
        let [one, other] = &sketch.tallies;
        // What is recorded needs no name.
        let first = if first == "recorded" { String::new() } else { format!("{first} ") };
        Some(format!("{first}{}; {second} {}", text(one)?, text(other)?))
    };
    let each = |mean: Option<f64>| mean.map(|mean| format!("{} each", quantity::average(mean)));
    let tied = match sketch.profile.last_grade {
        LastGrade::BeforeDeadline(_) => "the deadline",
        LastGrade::AfterStart(_) => "each student's start",
    };
    // Of a large class a smaller one is drawn.
    let students = match sketch.other {
        Other::Drawn => Some(sketch.tallies[0].students.to_string()),
        Other::Logs | Other::Profile => both(&|tally| Some(tally.students.to_string())),
    };
    let facts = [
        ("students", students),
        ("first arrival to last submission", both(&|tally| Some(quantity::length(tally.length)))),
        ("opens after", sketch.profile.opens.map(quantity::length)),
        ("login pages before signing in", both(&|tally| each(tally.refreshes))),
        ("graded submissions", both(&|tally| each(tally.grades))),
        ("previews among looks", both(&|tally| tally.previews.map(quantity::percent))),
        ("reloads among pages of the test", both(&|tally| tally.reloads.map(quantity::percent))),
        ("last graded submission is tied to", Some(tied.to_owned())),
    ];
    facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
}

/// What the recording does not tell, in one sentence; none where it tells all.
fn untold_text(sketch: &Sketch) -> Option<String> {
    let names: Vec<_> = sketch.untold.iter().map(|part| part.key()).collect();
    (!names.is_empty()).then(|| format!("Not told by the logs, and usual values instead: {}.", names.join(", ")))
}

/// What D is.
fn legend(sketch: &Sketch) -> String {
    let [first, second] = sketch.other.sides().map(|side| side.short);
    format!(
        "D is the largest difference between the shares of {first} and {second} that are at most some value (two-sample \
         Kolmogorov-Smirnov): 0 the same, 1 nothing in common; chance exceeds the figure beside it in 5% of cases."
    )
}

#[cfg(test)]
mod tests;
