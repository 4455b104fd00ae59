//! One clock for every process of a run: `CLOCK_MONOTONIC`, in whole nanoseconds.
//!
//! Stamps of different processes of one machine compare directly. Wall-clock times of others (Docker
//! events, log lines) are never compared with them: they are stamped again when they arrive.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// One instant of tokio's clock and the same moment of the monotonic clock.
static ANCHOR: OnceLock<(Instant, Stamp)> = OnceLock::new();

/// A moment of this machine's monotonic clock, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub u64);

impl Stamp {
    /// The present moment.
    ///
    /// Taken through tokio's clock, which reads `CLOCK_MONOTONIC` outside tests and virtual time where a test
    /// has paused it.
    pub fn now() -> Self {
        let (instant, stamp) = *ANCHOR.get_or_init(|| (Instant::now(), Self::monotonic()));
        // Tests with a paused time of their own each may be behind the one that set the anchor.
        match Instant::now().checked_duration_since(instant) {
            Some(after) => stamp + after,
            None => stamp.before(instant.saturating_duration_since(Instant::now())),
        }
    }

    fn monotonic() -> Self {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
        Self(seconds * 1_000_000_000 + nanos)
    }

    /// Time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Time from this moment until `later`; zero when it has passed.
    pub fn until(self, later: Self) -> Duration {
        later.since(self)
    }

    /// The moment `span` before this one; the clock's start when that would be negative.
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(span)))
    }
}

impl Add<Duration> for Stamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }
}

impl Sub for Stamp {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", Duration::from_nanos(self.0).as_secs_f64())
    }
}

/// Sleeps until `moment` of the monotonic clock; returns at once when it has passed.
pub async fn sleep_until(moment: Stamp) {
    tokio::time::sleep(Stamp::now().until(moment)).await;
}

/// Nanoseconds since 1970 of the wall clock less those of the monotonic clock.
pub fn wall_offset_ns() -> i128 {
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    i128::try_from(wall).unwrap_or(i128::MAX) - i128::from(Stamp::now().0)
}

/// Seconds since 1970 of the wall clock.
pub fn unix_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A length of time in whole nanoseconds, as facts hold it.
pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_never_go_below_zero() {
        let early = Stamp(5);
        let late = early + Duration::from_nanos(7);
        assert_eq!(late - early, Duration::from_nanos(7));
        assert_eq!(early - late, Duration::ZERO);
        assert_eq!(early.before(Duration::from_secs(1)), Stamp(0));
    }

    #[test]
    fn the_clock_does_not_run_backwards() {
        let first = Stamp::now();
        assert!(Stamp::now() >= first);
    }

    #[tokio::test(start_paused = true)]
    async fn paused_time_moves_as_told_whoever_set_the_anchor() {
        std::thread::spawn(Stamp::now).join().unwrap();
        let first = Stamp::now();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(Stamp::now() - first, Duration::from_secs(60));
    }
}
