//! [`Sketch`] → bytes: a load profile with what was recorded and what is drawn from it, held against each other, as a table
//! and as a page.

mod html;
mod terminal;

pub use terminal::WIDTH;

use std::time::Duration;

use super::shown;
use crate::profile::{LastGrade, Pair, Part, Profile, Subject};
use crate::quantity;

/// A profile, and how well it tells what was recorded.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// The profile.
    pub profile: Profile,
    /// What the recording does not tell.
    pub untold: Vec<Part>,
    /// Recording and a class drawn from the profile, part by part.
    pub pairs: Vec<Pair>,
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
    let profile = &sketch.profile;
    let each = |mean: f64| format!("{} for each student", quantity::average(mean));
    let mut facts = vec![
        ("students", profile.students.to_string()),
        ("first arrival to deadline", quantity::length(profile.length)),
    ];
    if let Some(opens) = profile.opens {
        facts.push(("opens after", quantity::length(opens)));
    }
    facts.push(("login pages before signing in", each(profile.refreshes.mean())));
    facts.push(("graded submissions", each(profile.grades.mean())));
    facts.push(("previews among looks", quantity::percent(profile.previews)));
    facts.push(("reloads among pages of the test", quantity::percent(profile.reloads)));
    let tied = match profile.last_grade {
        LastGrade::BeforeDeadline(_) => "the deadline",
        LastGrade::AfterStart(_) => "each student's start",
    };
    facts.push(("last graded submission is tied to", tied.to_owned()));
    facts
}

/// What the recording does not tell, in one sentence; none where it tells all.
fn untold_text(sketch: &Sketch) -> Option<String> {
    let names: Vec<_> = sketch.untold.iter().map(|part| part.key()).collect();
    (!names.is_empty()).then(|| format!("Not told by the logs, and usual values instead: {}.", names.join(", ")))
}

/// What D is.
fn legend() -> &'static str {
    "D is the largest difference between the shares of recorded and drawn that are at most some value (two-sample \
     Kolmogorov-Smirnov): 0 the same, 1 nothing in common; chance exceeds the figure beside it in 5% of cases."
}

#[cfg(test)]
mod tests;
