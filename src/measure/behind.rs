//! Positions of databases → by how many transactions each was behind the one that had come furthest.
//!
//! Positions are asked of each database by itself and told when they change, so two of them are never of one moment. A
//! database is compared with where the furthest one was [`MARGIN`] before: a replica that keeps up is then behind by
//! nothing, and one that does not by what it has missed until then, also when nobody tells anything any more.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::clock::Stamp;

use super::charted::{Samples, add};

/// Time in which a replica that keeps up has told that it has come as far: positions are asked twice a second.
const MARGIN: Duration = Duration::from_secs(1);

/// What one database told.
#[derive(Debug, Default)]
struct Known {
    /// Where it was last.
    now: u64,
    /// Where it was a margin ago.
    settled: u64,
    /// What it told since then.
    fresh: VecDeque<(Stamp, u64)>,
}

/// How far databases were behind; only those of one role are compared.
#[derive(Debug, Default)]
pub struct Behind {
    /// By role and database.
    known: BTreeMap<String, BTreeMap<String, Known>>,
    samples: BTreeMap<String, Samples<u64>>,
}

impl Behind {
    /// A database has come this far. Positions are taken in in the order of their time.
    pub fn take(&mut self, at: Stamp, role: String, service: String, transaction: u64) {
        self.settle(at);
        let known = self.known.entry(role).or_default();
        let told = known.entry(service).or_default();
        told.now = transaction;
        told.fresh.push_back((at + MARGIN, transaction));
        compare(known, &mut self.samples, at);
    }

    /// Nothing more is told until `end`.
    pub fn settle(&mut self, end: Stamp) {
        for role in self.known.values_mut() {
            while let Some(due) =
                role.values().filter_map(|one| Some(one.fresh.front()?.0)).min().filter(|due| *due <= end)
            {
                for one in role.values_mut() {
                    while let Some((at, transaction)) = one.fresh.front().copied()
                        && at <= due
                    {
                        one.settled = transaction;
                        one.fresh.pop_front();
                    }
                }
                compare(role, &mut self.samples, due);
            }
        }
    }

    /// By database: transactions behind from each moment on.
    pub fn by_service(&self) -> impl Iterator<Item = (&String, &Samples<u64>)> {
        self.samples.iter()
    }
}

/// Adds what has changed at a moment.
fn compare(role: &BTreeMap<String, Known>, samples: &mut BTreeMap<String, Samples<u64>>, at: Stamp) {
    let furthest = role.values().map(|one| one.settled).max().unwrap_or_default();
    for (service, one) in role {
        let behind = furthest.saturating_sub(one.now);
        let samples = samples.entry(service.clone()).or_default();
        if samples.last().is_none_or(|last| last.1 != behind) {
            add(samples, (at, behind), missed);
        }
    }
}

/// The value of a sample.
#[allow(clippy::cast_precision_loss, reason = "a run makes far fewer than 2^52 transactions")]
pub fn missed(sample: &(Stamp, u64)) -> f64 {
    sample.1 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions told at tenths of a second, until 100.
    fn check(told: &[(u64, &str, u64)], service: &str, expected: &[(u64, u64)]) {
        let tenths = |at: u64| Stamp(at * 100_000_000);
        let mut behind = Behind::default();
        for (at, service, transaction) in told {
            behind.take(tenths(*at), "db".to_owned(), (*service).to_owned(), *transaction);
        }
        behind.settle(tenths(100));
        let found: Vec<_> = behind.samples[service].iter().map(|(at, missed)| (at.0 / 100_000_000, *missed)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_replica_that_keeps_up_is_not_behind() {
        let told = [(1, "db1", 10), (3, "db2", 10), (6, "db1", 15), (8, "db2", 15), (11, "db1", 20), (13, "db2", 20)];
        check(&told, "db2", &[(3, 0)]);
        check(&told, "db1", &[(1, 0)]);
    }

    #[test]
    fn one_that_is_cut_off_falls_behind_and_catches_up() {
        let told = [(1, "db1", 10), (2, "db2", 10), (6, "db1", 15), (11, "db1", 20), (30, "db2", 20)];
        check(&told, "db2", &[(2, 0), (16, 5), (21, 10), (30, 0)]);
    }

    #[test]
    fn what_was_missed_when_everybody_fell_silent_stays_missed() {
        check(&[(1, "db1", 10), (2, "db2", 10), (6, "db1", 15)], "db2", &[(2, 0), (16, 5)]);
    }
}
