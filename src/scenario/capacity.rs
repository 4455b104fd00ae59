//! The `[capacity]` table: what a class must get, and within which sizes `wwchaos capacity` looks for the largest that gets it.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HOUR, SECOND};
use crate::settings::{Refusal, Section, millis};

/// Most students of a class.
pub const STUDENTS_MAX: u32 = 500;
/// What a limit of a time may be.
const TIME: RangeInclusive<Duration> = Duration::from_millis(1)..=HOUR;
/// What a limit of a count may be.
const COUNT: RangeInclusive<u64> = 0..=1_000_000;
/// How long a trial may be.
const LENGTH: RangeInclusive<Duration> = Duration::from_secs(30)..=HOUR;

/// How the largest class is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// From the first arrival to the deadline of each trial.
    pub length: Duration,
    /// Smallest class that is tried.
    pub least: u32,
    /// Largest class that is tried.
    pub most: u32,
    /// Runs of the largest class that holds, and of the smallest that does not.
    pub runs: u32,
    /// What a class must get.
    pub goals: Goals,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { length: 120 * SECOND, least: 1, most: STUDENTS_MAX, runs: 3, goals: Goals::default() }
    }
}

impl Capacity {
    /// Reads a `[capacity]` table.
    pub(super) fn read(section: Section<'_>) -> Self {
        let usual = Self::default();
        let count = |key: &str, most: u32, usual: u32| {
            section.whole(key, 1..=most.into()).and_then(|number| u32::try_from(number).ok()).unwrap_or(usual)
        };
        let capacity = Self {
            length: section.duration("length", LENGTH).unwrap_or(usual.length),
            least: count("least", STUDENTS_MAX, usual.least),
            most: count("most", STUDENTS_MAX, usual.most),
            runs: count("runs", 9, usual.runs),
            goals: Goals::read(&section),
        };
        if capacity.least > capacity.most && section.sound("least") && section.sound("most") {
            let message = format!("expected at most `most`, {}, got {}", capacity.most, capacity.least);
            section.refuse("least", Refusal::new(message));
        }
        section.finish();
        capacity
    }
}

/// Limits. One that is absent is not judged, which no scenario can say: what it does not write is as usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Goals {
    /// Largest share of first tries that may fail, from 0 to 1.
    pub error_rate_max: Option<f64>,
    /// Longest 95th percentile of the time to a page of the test.
    #[serde(rename = "test_page_ms_p95_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub page_p95: Option<Duration>,
    /// Longest time from a student's first request to the test.
    #[serde(rename = "start_ms_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub start_within: Option<Duration>,
    /// Most submissions of the last minute that may not be recorded.
    pub last_minute_unrecorded_max: Option<u64>,
    /// Most acknowledged submissions that may be missing.
    pub lost_answers_max: Option<u64>,
}

impl Default for Goals {
    fn default() -> Self {
        Self {
            error_rate_max: Some(0.005),
            page_p95: Some(Duration::from_secs(5)),
            start_within: Some(Duration::from_secs(60)),
            last_minute_unrecorded_max: Some(0),
            lost_answers_max: Some(0),
        }
    }
}

impl Goals {
    /// Reads the fields of a table: `error_rate = "0.5%"`, `page_p95 = "5s"`, `start_within = "60s"`, `last_minute = 0`,
    /// `lost_answers = 0`. What is not written is as in [`Goals::default`]. The table is not finished.
    pub fn read(section: &Section<'_>) -> Self {
        let usual = Self::default();
        Self {
            error_rate_max: section.share("error_rate").or(usual.error_rate_max),
            page_p95: section.duration("page_p95", TIME).or(usual.page_p95),
            start_within: section.duration("start_within", TIME).or(usual.start_within),
            last_minute_unrecorded_max: section.whole("last_minute", COUNT).or(usual.last_minute_unrecorded_max),
            lost_answers_max: section.whole("lost_answers", COUNT).or(usual.lost_answers_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    fn check(text: &str, expected: &str) {
        let text = format!("title = \"t\"\ntopology = \"two-node\"\n[capacity]\n{text}");
        let said = match Scenario::read("x", "x.toml", &text) {
            Ok(scenario) => format!("{:?}", scenario.capacity.goals.page_p95),
            Err(problems) => problems.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn what_is_not_written_is_as_usual() {
        check("page_p95 = \"3s\"\n", "Some(3s)");
        check("length = \"90s\"\n", "Some(5s)");
        check("least = 30\nmost = 20\n", "x.toml:4: capacity.least: expected at most `most`, 20, got 30");
    }
}
