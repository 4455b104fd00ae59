//! Values over time that charts show, each list by its own time, and never longer than twice what a chart shows.

use std::collections::BTreeMap;

use crate::clock::Stamp;
use crate::history::Fact;

use super::behind::Behind;
use super::probes::insert;
use super::thin;

/// Values of one thing, each with its moment.
pub type Samples<T> = Vec<(Stamp, T)>;

/// What charts show beside requests and probes.
#[derive(Debug, Default)]
pub struct Charted {
    /// Who accepts writes: when, role, service, whether it does from then on.
    pub primaries: Vec<(Stamp, String, String, bool)>,
    /// How many transactions databases were behind.
    pub behind: Behind,
    /// Memory by service: used bytes, limit bytes.
    pub memory: BTreeMap<String, Samples<(u64, u64)>>,
    /// Level by volume: used share.
    pub levels: BTreeMap<String, Samples<f64>>,
}

impl Charted {
    /// Takes in a fact that charts show.
    pub fn take(&mut self, at: Stamp, fact: Fact) {
        match fact {
            Fact::Primary { role, service, writable } => {
                insert(&mut self.primaries, (at, role, service, writable), |one| one.0);
            }
            Fact::Position { role, service, transaction } => self.behind.take(at, role, service, transaction),
            Fact::Memory { service, used_bytes, limit_bytes } => {
                let samples = self.memory.entry(service).or_default();
                add(samples, (at, (used_bytes, limit_bytes)), used_share);
            }
            Fact::Level { volume, used_share, .. } => {
                add(self.levels.entry(volume).or_default(), (at, used_share), |sample| sample.1);
            }
            _ => {}
        }
    }
}

/// Puts a sample in its place, and thins the list out when it has grown too long.
pub fn add<T: Clone>(samples: &mut Samples<T>, sample: (Stamp, T), value: impl Fn(&(Stamp, T)) -> f64) {
    insert(samples, sample, |one| one.0);
    if samples.len() > 2 * thin::POINTS_MAX {
        *samples = thin::extremes(samples, moment, value);
    }
}

/// When a sample was taken, in nanoseconds.
pub fn moment<T>(sample: &(Stamp, T)) -> u64 {
    sample.0.0
}

/// Memory in use as a share of the limit.
#[allow(clippy::cast_precision_loss, reason = "bytes of a machine's memory are far below 2^52")]
pub fn used_share((_, (used, limit)): &(Stamp, (u64, u64))) -> f64 {
    *used as f64 / (*limit).max(1) as f64
}
