//! For tests: a queue played through page by page, which the models are held against. Servers that are alike, the first come
//! served first, Poisson arrivals whose rate changes each second, exponential times; the same seed gives the same.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What arrives where.
#[derive(Debug)]
pub struct Arrivals<'a> {
    /// Pages in each second, in the mean.
    pub demand: &'a [f64],
    /// Servers.
    pub servers: u32,
    /// Pages a second that all of them answer together.
    pub rate: f64,
}

/// The moment of each page, in seconds, and how long it waited.
pub fn waits(arrivals: &Arrivals<'_>, seed: u64) -> Vec<(f64, f64)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut exponential = |mean: f64| -mean * (1.0 - random.random_range(0.0..1.0_f64)).ln();
    let service = f64::from(arrivals.servers) / arrivals.rate;
    let mut free = vec![0.0_f64; arrivals.servers as usize];
    let mut found = Vec::new();
    let asked = arrivals.demand.iter().enumerate().filter(|(_, demand)| **demand > 0.0);
    for (second, demand) in asked {
        let mut at = second as f64;
        loop {
            at += exponential(1.0 / demand);
            if at >= second as f64 + 1.0 {
                break;
            }
            let first = free.iter_mut().min_by(|one, other| one.total_cmp(other)).unwrap();
            let begins = first.max(at);
            *first = begins + exponential(service);
            found.push((at, begins - at));
        }
    }
    found
}
