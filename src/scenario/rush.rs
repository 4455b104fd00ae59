//! The `[rush]` table: students beside the class who come all at once, as when everybody opens the same test at ten.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LENGTH_MAX, SECOND};
use crate::settings::{Section, millis};

/// Longest rush.
const LASTS_MAX: Duration = Duration::from_secs(600);
/// Most students in it.
const STUDENTS_MAX: u64 = 500;

/// A rush as written. It is load and no fault: nothing is injected, and nothing has to be healed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rush {
    /// When it begins, counted from the first arrival; after the last window when not written.
    #[serde(rename = "at_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub at: Option<Duration>,
    /// How long it lasts.
    #[serde(rename = "for_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub lasts: Duration,
    /// How many students come, beside the class.
    pub students: u32,
}

impl Rush {
    /// Reads a `[rush]` table.
    pub(super) fn read(section: Section<'_>) -> Self {
        let lasts = section.duration("for", 5 * SECOND..=LASTS_MAX);
        let students = section.whole("students", 1..=STUDENTS_MAX);
        let rush = Self {
            at: section.duration("at", Duration::ZERO..=LENGTH_MAX),
            lasts: section.required("for", "a duration such as \"30s\"", lasts),
            students: section.required("students", "how many come", students).try_into().unwrap_or(1),
        };
        section.finish();
        rush
    }
}
