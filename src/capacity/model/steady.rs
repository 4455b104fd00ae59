//! A steady load on like servers → how long a page waits. Holds once the load has lasted long enough for the queue to forget how
//! it began, and not for a start rush: that is `sharing`.
//!
//! - [`erlang_c`]: the share of pages that wait at all. A. K. Erlang, *Solution of some problems in the theory of probabilities
//!   of significance in automatic telephone exchanges*, 1917: Poisson arrivals, exponential times, the first come served first.
//!   By the recursion of the loss formula, which cannot overflow.
//! - [`mean_wait`]: that share over what is left of the rate.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::millis;

/// A cluster under a load that stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Steady {
    /// Pages a second.
    pub pages_per_second: f64,
    /// That over what it can answer at most, from 0 to 1.
    pub used_share: f64,
    /// Mean time that a page waits for a worker.
    #[serde(rename = "wait_ms_mean", with = "millis")]
    #[schemars(with = "u64")]
    pub wait: Duration,
}

/// The share of pages that wait, from 0 to 1, of `offered` = pages a second × time of a page, on `servers`; 1 where more is
/// offered than can be answered.
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let used = offered / f64::from(servers);
    if servers == 0 || !(0.0..1.0).contains(&used) {
        return if offered == 0.0 { 0.0 } else { 1.0 };
    }
    let blocked =
        (1..=servers).fold(1.0, |blocked, server| offered * blocked / (f64::from(server) + offered * blocked));
    blocked / (1.0 - used * (1.0 - blocked))
}

/// Mean wait in seconds of `load` pages a second on `servers` that together answer `rate`; none where it has no end.
pub fn mean_wait(load: f64, servers: u32, rate: f64) -> Option<f64> {
    let left = rate - load;
    let offered = load / rate * f64::from(servers);
    (left > 0.0 && load >= 0.0).then(|| erlang_c(servers, offered) / left)
}

/// How a cluster fares under `load` pages a second; none where it cannot answer them all.
pub fn steady(load: f64, servers: u32, rate: f64) -> Option<Steady> {
    let wait = mean_wait(load, servers, rate)?;
    let wait = millis::whole(Duration::try_from_secs_f64(wait).ok()?);
    Some(Steady { pages_per_second: load, used_share: load / rate, wait })
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Arrivals, waits};
    use super::*;

    #[test]
    fn the_share_that_waits_is_that_of_the_tables() {
        // One server: the share in use. Tables of Erlang C: 2 servers, 1 erlang: 1/3; 10 servers, 8 erlang: 0.409.
        for (servers, offered, share) in [(1, 0.6, 0.6), (2, 1.0, 1.0 / 3.0), (10, 8.0, 0.409_2), (5, 0.0, 0.0)] {
            assert!((erlang_c(servers, offered) - share).abs() < 1e-4, "{servers} {offered}");
        }
        assert_eq!([erlang_c(0, 1.0), erlang_c(3, 3.0), erlang_c(3, 90.0), erlang_c(3, f64::NAN)], [1.0; 4]);
    }

    /// Two hours of steady load, in which the first ten minutes do not count.
    #[test]
    fn the_mean_wait_is_that_of_a_simulation() {
        for (servers, used) in [(1, 0.5), (2, 0.7), (4, 0.9), (8, 0.8)] {
            let rate = 10.0;
            let load = rate * used;
            let demand = vec![load; 7200];
            let all: Vec<_> =
                (1..=6).flat_map(|seed| waits(&Arrivals { demand: &demand, servers, rate }, seed)).collect();
            let settled: Vec<_> = all.iter().filter(|(at, _)| *at > 600.0).map(|(_, wait)| *wait).collect();
            let mean = settled.iter().sum::<f64>() / settled.len() as f64;
            let told = mean_wait(load, servers, rate).unwrap();
            assert!((told / mean - 1.0).abs() < 0.08, "{servers} {used}: {told} {mean}");
        }
    }

    #[test]
    fn what_cannot_be_answered_has_no_mean() {
        assert_eq!(steady(10.0, 2, 10.0), None);
        assert_eq!(steady(f64::NAN, 2, 10.0), None);
        assert_eq!(steady(1.0, 2, 0.0), None);
        assert_eq!(steady(5.0, 1, 10.0).unwrap().wait, Duration::from_millis(100));
    }
}
