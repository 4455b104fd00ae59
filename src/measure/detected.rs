//! What detectors said of a fault, and what was to be expected of them, as data.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::predict::Prediction;
use crate::settings::millis;

/// Time from effect until the responsible detector said down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detection {
    /// No detector of the topology watches the target.
    #[default]
    NoDetector,
    /// It said down.
    After {
        /// Its name.
        detector: String,
        /// From effect.
        #[serde(rename = "time_ms", with = "millis")]
        #[schemars(with = "u64")]
        time: Duration,
        /// Further changes of mind before heal.
        flaps: u64,
        /// How long before that it may have changed its mind: since it was last known to think otherwise. None where
        /// that is not known, as of a log that is followed.
        #[serde(rename = "within_ms", with = "millis::optional", default)]
        #[schemars(with = "Option<u64>")]
        within: Option<Duration>,
    },
    /// Who is responsible never said down before heal.
    Never {
        /// Its name; of several, all of them.
        detector: String,
        /// Whether one of them finds out by health checks of its own, as HAProxy does, so that it can see what they ask.
        #[serde(default)]
        health_check: bool,
    },
    /// It cannot be said.
    NotMeasured {
        /// Why: the window is void, the detector had said down before it, or could not be read.
        why: String,
    },
}

/// What the configuration of a responsible detector lets one expect of its time to detect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedDetection {
    /// The detector.
    pub detector: String,
    /// Names of the files that it was read from.
    pub files: Vec<String>,
    /// What follows from them.
    pub prediction: Prediction,
    /// Its own time to detect; another one may have been sooner.
    pub measured: Detection,
    /// Whether the measured time is as predicted; none where there is nothing to compare.
    pub agrees: Option<bool>,
}

/// Time from effect to heal in which users failed while every health check said up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blind {
    /// Sum of the 100 ms buckets.
    #[serde(rename = "time_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub time: Duration,
    /// Whether the failure was never detected, which makes the time a lower bound.
    pub never_detected: bool,
}
