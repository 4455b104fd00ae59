//! Moments of our clock → the wall clock, and how far the two drifted apart.

use std::time::Duration;

use super::facts::Facts;
use crate::clock::Stamp;

impl Facts {
    /// `moment` on the wall clock, counted from 1970 on in UTC; none when the history tells of no wall clock.
    pub fn since_epoch(&self, moment: Stamp) -> Option<Duration> {
        let (offset, _) = self.clock_offsets?;
        let since = i128::from(moment.0).checked_add(offset)?;
        u64::try_from(since).ok().map(Duration::from_nanos)
    }

    /// The wall clock's largest step or drift against ours.
    pub fn clock_drift(&self) -> Duration {
        let drift = self.clock_offsets.map_or(0, |(low, high)| high.saturating_sub(low));
        Duration::from_nanos(u64::try_from(drift).unwrap_or(u64::MAX))
    }
}
