//! The `[stop]` table: what ends a run before its planned end, because going on would measure nothing or hurt the machine.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HOUR, SECOND};
use crate::settings::{Section, duration_text, millis, size_text};

const MIB: u64 = 1 << 20;
/// What `no_success` may be.
const NO_SUCCESS: std::ops::RangeInclusive<Duration> = Duration::from_secs(10)..=HOUR;
/// What `memory_free` and `disk_free` may be: enough for the run to end in order, and less than any machine has.
const FREE: std::ops::RangeInclusive<u64> = 64 * MIB..=(1 << 40);

/// When a run is ended early, healed, with a verdict that is at best unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stop {
    /// In the baseline, nobody got a right page for so long.
    #[serde(rename = "no_success_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub no_success: Duration,
    /// The machine has less memory free, as its kernel estimates it.
    pub memory_free_bytes: u64,
    /// Where reports or the engine's volumes lie, less is free.
    pub disk_free_bytes: u64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { no_success: 60 * SECOND, memory_free_bytes: 256 * MIB, disk_free_bytes: 256 * MIB }
    }
}

impl Stop {
    /// Reads a `[stop]` table.
    pub(super) fn read(section: Section<'_>) -> Self {
        let usual = Self::default();
        let stop = Self {
            no_success: section.duration("no_success", NO_SUCCESS).unwrap_or(usual.no_success),
            memory_free_bytes: section.size("memory_free", FREE).unwrap_or(usual.memory_free_bytes),
            disk_free_bytes: section.size("disk_free", FREE).unwrap_or(usual.disk_free_bytes),
        };
        section.finish();
        stop
    }

    /// In words: `nobody gets a page for 1m in the baseline, less than 256 MiB of memory or 256 MiB of disk is free`.
    pub fn words(&self) -> String {
        format!(
            "nobody gets a page for {} in the baseline, or less than {} of memory or {} of disk is free",
            duration_text(self.no_success),
            size_text(self.memory_free_bytes),
            size_text(self.disk_free_bytes)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn check(stop: &str, expected: &Result<Stop, &str>) {
        let text = format!("title = \"t\"\ntopology = \"two-node\"\n[stop]\n{stop}");
        let read = Scenario::read("x", "x.toml", &text).map(|scenario| scenario.stop);
        assert_eq!(read.map_err(|problems| problems.to_string()), expected.clone().map_err(str::to_owned));
    }

    #[test]
    fn a_plan_that_was_stored_before_a_condition_was_there_is_still_read() {
        assert_eq!(serde_json::from_str::<Stop>(r#"{"disk_free_bytes":268435456}"#).unwrap(), Stop::default());
    }

    #[test]
    fn what_ends_a_run_is_within_reason() {
        check("", &Ok(Stop::default()));
        let usual = Stop::default();
        check(
            "no_success = \"2m\"\nmemory_free = \"500MB\"",
            &Ok(Stop { no_success: 120 * SECOND, memory_free_bytes: 500_000_000, ..usual }),
        );
        check(
            "no_success = \"5s\"\nmemory_free = 500\ndisk_free = \"1B\"\nload = 3",
            &Err("x.toml:4: stop.no_success: out of range; expected a duration from 10s to 1h, got \"5s\"\n\
                 x.toml:5: stop.memory_free: expected a size from 64.0 MiB to 1.0 TiB, got 500 (hint: write it as \"64MiB\")\n\
                 x.toml:6: stop.disk_free: out of range; expected a size from 64.0 MiB to 1.0 TiB, got \"1B\"\n\
                 x.toml:7: stop.load: unknown field; known here: no_success, memory_free, disk_free"),
        );
    }
}
