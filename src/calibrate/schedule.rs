//! (count, longest, seed) → which outages, how long, in which order: pure.
//!
//! Kinds take turns, so that each has its share whatever the seed, and are then shuffled. Lengths are log-uniform. The
//! pause after each is drawn within one probe interval, so that outages begin and end anywhere between two probes.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::kind::{KINDS, Kind};

/// The shortest outage: four times the time between two probes.
pub const SHORTEST: Duration = Duration::from_millis(200);
/// From the true end of an outage until its window is healed: longer than the 3 s of successes that end an outage.
pub const BEFORE_HEAL: Duration = Duration::from_millis(3200);
/// From heal until the next outage, and what is drawn on top of it.
pub const AFTER_HEAL: Duration = Duration::from_millis(300);
/// The time between two probes, within which outages begin and end at random.
const PHASE: Duration = Duration::from_millis(50);

/// One outage to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// How the service is away.
    pub kind: Kind,
    /// How long.
    pub length: Duration,
    /// From heal until the next one.
    pub rest: Duration,
}

/// `count` outages of at most `longest`, all drawn from `seed`.
pub fn schedule(count: usize, longest: Duration, seed: u64) -> Vec<Outage> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut kinds: Vec<Kind> = KINDS.iter().copied().cycle().take(count).collect();
    kinds.shuffle(&mut random);
    let ratio = longest.as_secs_f64() / SHORTEST.as_secs_f64();
    let outage = |kind| {
        let length = SHORTEST.mul_f64(ratio.powf(random.random_range(0.0..=1.0)));
        Outage { kind, length, rest: AFTER_HEAL + PHASE.mul_f64(random.random_range(0.0..1.0)) }
    };
    kinds.into_iter().map(outage).collect()
}

/// How long all of `outages` take, one after the other.
pub fn length(outages: &[Outage]) -> Duration {
    outages.iter().map(|outage| outage.length + BEFORE_HEAL + outage.rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(20);

    #[test]
    fn the_seed_decides() {
        assert_eq!(schedule(100, LONGEST, 7), schedule(100, LONGEST, 7));
        assert_ne!(schedule(100, LONGEST, 7), schedule(100, LONGEST, 8));
    }

    #[test]
    fn each_kind_has_its_share_and_each_tenfold_of_length_its_half() {
        for seed in 0..20 {
            let outages = schedule(100, LONGEST, seed);
            for kind in KINDS {
                assert!(outages.iter().filter(|outage| outage.kind == *kind).count() >= 16, "{kind:?}");
            }
            assert!(outages.iter().all(|outage| (SHORTEST..=LONGEST).contains(&outage.length)));
            let short = outages.iter().filter(|outage| outage.length < SHORTEST * 10).count();
            assert!((25..=75).contains(&short), "{short} of 100 are shorter than 2 s");
            let starts: Vec<_> = outages.iter().map(|outage| outage.kind).take(6).collect();
            assert_ne!(starts, KINDS, "shuffled");
        }
    }

    #[test]
    fn a_single_length_is_possible() {
        assert!(schedule(3, SHORTEST, 1).iter().all(|outage| outage.length == SHORTEST));
    }
}
