//! What one sitting of one run measured of one figure, with what it is true to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::Count;
use crate::settings::millis;

/// One measured value of a figure. All of them are the better the smaller they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Sample {
    /// So many of so many.
    Share(Count),
    /// A length of time.
    Time(Timed),
    /// How often something happened in so many sittings.
    Events {
        /// So often.
        count: u64,
        /// In so many sittings.
        sittings: u64,
    },
}

/// A length of time and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// The time; at least so long where it is endless.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// Whether it did not end: no failover, never detected, metastable. Longer than any other, and as long as one of its kind.
    pub endless: bool,
    /// What the figure is true to.
    #[serde(rename = "resolution_ms", with = "millis")]
    pub resolution: Duration,
    /// By how much it may be longer or shorter by chance alone, as far as that is known: with another moment between two
    /// health checks, another student who reloads, another slowest page.
    #[serde(rename = "draw_ms", with = "millis")]
    pub draw: Duration,
}

impl Timed {
    /// A time that ended. All in whole milliseconds, as it is stored.
    pub fn new(time: Duration, resolution: Duration, draw: Duration) -> Self {
        let [time, resolution, draw] = [time, resolution, draw].map(millis::whole);
        Self { time, endless: false, resolution, draw }
    }

    /// One that lasted at least `time` and did not end.
    pub fn endless(time: Duration, resolution: Duration) -> Self {
        let [time, resolution] = [time, resolution].map(millis::whole);
        Self { time, endless: true, resolution, draw: Duration::ZERO }
    }
}

impl Sample {
    /// A number by which samples of a figure are in order: a share from 0 to 1, milliseconds, events in a sitting. What did not end is
    /// infinite.
    pub fn size(&self) -> f64 {
        match self {
            Self::Share(count) => count.rate().unwrap_or_default(),
            Self::Time(timed) if timed.endless => f64::INFINITY,
            Self::Time(timed) => timed.time.as_secs_f64() * 1000.0,
            #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
            Self::Events { count, sittings } => *count as f64 / (*sittings).max(1) as f64,
        }
    }
}

/// What stands for `samples`: the sum of shares and of events, the median of times (nearest rank). None of none.
pub fn typical(samples: &[Sample]) -> Option<Sample> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(|one, other| one.size().total_cmp(&other.size()));
    let middle = crate::measure::nearest_rank(&sorted, 0.5)?;
    let others = samples.iter();
    Some(match middle {
        Sample::Time(_) => middle,
        Sample::Share(_) => Sample::Share(others.fold(Count::default(), |sum, one| match one {
            Sample::Share(one) => Count { total: sum.total + one.total, failed: sum.failed + one.failed },
            _ => sum,
        })),
        Sample::Events { .. } => others.fold(Sample::Events { count: 0, sittings: 0 }, |sum, one| match (sum, one) {
            (Sample::Events { count, sittings }, Sample::Events { count: more, sittings: others }) => {
                Sample::Events { count: count + more, sittings: sittings + others }
            }
            (sum, _) => sum,
        }),
    })
}
