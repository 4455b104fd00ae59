//! What a scenario expects: at most this error rate, at most this failover time, no lost answer.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{Section, millis};

/// Upper bounds; one that is absent is not judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Expectations {
    /// Largest share of first tries of students that may fail.
    #[serde(rename = "error_rate_max")]
    pub error_rate: Option<f64>,
    /// Longest failover time.
    #[serde(rename = "failover_time_ms_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub failover_time: Option<Duration>,
    /// Longest time until the responsible detector says that the node is down.
    #[serde(rename = "time_to_detect_ms_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub time_to_detect: Option<Duration>,
    /// Most changes of mind of the detector after its first verdict.
    #[serde(rename = "flaps_max")]
    pub flaps: Option<u64>,
    /// Most false alarms over the whole run.
    #[serde(rename = "false_alarms_max")]
    pub false_alarms: Option<u64>,
    /// Longest 95th percentile of the time to a page, from its intended time; judged on the baseline too.
    #[serde(rename = "page_ms_p95_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub page_p95: Option<Duration>,
    /// Most answers that may be lost.
    #[serde(rename = "lost_answers_max")]
    pub lost_answers: Option<u64>,
    /// Most lines of answer.log that may be lost.
    #[serde(rename = "log_lines_lost_max")]
    pub log_lines_lost: Option<u64>,
}

impl Expectations {
    /// Reads an `[expect]` table.
    pub fn read(section: Section<'_>) -> Self {
        let hour = Duration::from_secs(3600);
        let expectations = Self {
            error_rate: section.share("error_rate"),
            failover_time: section.duration("failover_time", Duration::ZERO..=hour),
            time_to_detect: section.duration("time_to_detect", Duration::ZERO..=hour),
            flaps: section.whole("flaps", 0..=1_000_000),
            false_alarms: section.whole("false_alarms", 0..=1_000_000),
            page_p95: section.duration("page_p95", Duration::from_millis(1)..=hour),
            lost_answers: section.whole("lost_answers", 0..=1_000_000),
            log_lines_lost: section.whole("log_lines_lost", 0..=1_000_000),
        };
        section.finish();
        expectations
    }

    /// These expectations, with those of `other` where it has one.
    pub fn overridden_by(&self, other: &Self) -> Self {
        Self {
            error_rate: other.error_rate.or(self.error_rate),
            failover_time: other.failover_time.or(self.failover_time),
            time_to_detect: other.time_to_detect.or(self.time_to_detect),
            flaps: other.flaps.or(self.flaps),
            false_alarms: other.false_alarms.or(self.false_alarms),
            page_p95: other.page_p95.or(self.page_p95),
            lost_answers: other.lost_answers.or(self.lost_answers),
            log_lines_lost: other.log_lines_lost.or(self.log_lines_lost),
        }
    }
}
