//! The table `[load]` → which profile a class has, and how it is scaled. What the profile says is read by the library, which
//! knows files.

use crate::profile::Recorded;
use crate::settings::{Refusal, Section};

/// Most that `time` may be, and one over the least.
const TIME_MAX: f64 = 1000.0;
/// Fields of `[class]` that a profile decides, with what to write instead.
const FIELDS: [(&str, &str); 8] = [
    ("students", "load.students says how many"),
    ("arrival", "load.time scales it"),
    ("trickle", "the profile's [arrivals] has it"),
    ("deadline_spike", "the profile's [last_grade] has it"),
    ("evenly", "the profile's [arrivals] has it"),
    ("preview", "the profile's `previews` has it"),
    ("work", "profiles are of tests"),
    ("grade_every", "the profile's `grades` has it"),
];
/// Why such a field is refused.
pub(super) const DECIDED: &str = "is what the profile of [load] says; expected it not beside [load]";

/// A class of a recorded or published shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// A profile's name, or a file ending in `.toml` beside that of the scenario.
    pub profile: String,
    /// How many students; as many as the profile says where nothing is written.
    pub students: Option<u32>,
    /// How many times as long everything takes.
    pub time: f64,
    /// Whether each recorded action is done in its order with its gaps, instead of a class that is drawn.
    pub replay: bool,
    /// What the profile says, once it was read.
    pub recorded: Option<Recorded>,
}

impl Load {
    /// Reads `section`.
    pub fn read(section: Section<'_>) -> Self {
        let students = section.whole("students", 1..=500).and_then(|count| u32::try_from(count).ok());
        let load = Self {
            profile: section.required_text("profile"),
            students,
            time: section.number("time", 1.0 / TIME_MAX..=TIME_MAX).unwrap_or(1.0),
            replay: section.flag("replay").unwrap_or_default(),
            recorded: None,
        };
        if load.replay && section.has("students") {
            let message = "expected it not beside replay = true: a replay has the students that were recorded";
            section.refuse("students", Refusal::new(message));
        }
        section.finish();
        load
    }
}

/// Refuses what `class`, the table `[class]`, may not say beside `[load]`.
pub(super) fn refuse_decided(class: &Section<'_>) {
    for (field, hint) in FIELDS {
        if class.has(field) {
            class.refuse(field, Refusal::new(DECIDED).hinted(hint));
        }
    }
}
