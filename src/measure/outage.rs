//! What an outage is told by, as data: failover time, time without service, the worst gap, recovery.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::millis;

/// Failover time of one path: from effect to the intended time of the first probe of an unbroken run of
/// successes of at least 3 s and 2 probes per serving node, begun before heal was issued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failover {
    /// No probe failed.
    NoOutage,
    /// The run of successes began this long after the effect.
    After {
        /// From effect.
        #[serde(rename = "time_ms", with = "millis")]
        #[schemars(with = "u64")]
        time: Duration,
        /// How late the prober itself sent the probe that began it: the figure is less true by so much.
        #[serde(rename = "late_ms", with = "millis", default)]
        #[schemars(with = "u64")]
        late: Duration,
        /// How long before the effect the fault may have come, for an outage that is counted from the effect.
        #[serde(rename = "effect_doubt_ms", with = "millis", default)]
        #[schemars(with = "u64")]
        effect_doubt: Duration,
    },
    /// No such run began before heal was issued.
    DidNot {
        /// At least the window.
        #[serde(rename = "at_least_ms", with = "millis")]
        #[schemars(with = "u64")]
        at_least: Duration,
    },
    /// Nothing to judge: the window is void, or no probe ran.
    #[default]
    NotMeasured,
}

impl Failover {
    /// A key by which outages are in order: not measured, none, by length, not ended.
    pub fn order(&self) -> (u8, Duration) {
        match self {
            Self::NotMeasured => (0, Duration::ZERO),
            Self::NoOutage => (1, Duration::ZERO),
            Self::After { time, .. } => (2, *time),
            Self::DidNot { at_least } => (3, *at_least),
        }
    }
}

/// Time with no and with reduced service, in buckets of 100 ms, or as long as it takes to ask each serving node once
/// where the probe is slower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Availability {
    /// No entry probe succeeded.
    #[serde(rename = "unavailable_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub unavailable: Duration,
    /// Some entry probes failed and some succeeded.
    #[serde(rename = "degraded_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub degraded: Duration,
    /// Time weighted by the share of failed entry probes.
    #[serde(rename = "weighted_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub weighted: Duration,
}

/// Longest time in which one student tried and nothing succeeded, over the students with an error in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorstGap {
    /// Median over the students affected.
    #[serde(rename = "gap_ms_p50", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub p50: Option<Duration>,
    /// 95th percentile over the students affected.
    #[serde(rename = "gap_ms_p95", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub p95: Option<Duration>,
    /// The worst.
    #[serde(rename = "gap_ms_max", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub max: Option<Duration>,
}

/// When the service was as good as on the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Recovery {
    /// It did not leave the baseline's band before the fault was seen gone; where that was not seen, before heal.
    NeverLeft,
    /// This long after the effect.
    After {
        /// From effect.
        #[serde(rename = "time_ms", with = "millis")]
        #[schemars(with = "u64")]
        time: Duration,
    },
    /// Not within max(30 s, 2 × window) after heal with the offered load back at baseline.
    Metastable,
    /// Not seen before the next window began or the run ended; too soon to call it metastable.
    NotSeen {
        /// How long after heal it was watched, with the offered load back at baseline.
        #[serde(rename = "watched_ms", with = "millis")]
        #[schemars(with = "u64")]
        watched: Duration,
        /// How long it must be watched to be called metastable.
        #[serde(rename = "needed_ms", with = "millis")]
        #[schemars(with = "u64")]
        needed: Duration,
    },
    /// No baseline to compare with, or the window is void.
    #[default]
    NotMeasured,
}
