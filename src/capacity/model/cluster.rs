//! Quotas and costs of a page → how many pages a second a cluster can answer at most: processor arithmetic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::ByKind;

/// What a cluster is to the models: like nodes that share the pages, and a database behind them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// Web nodes that answer.
    pub nodes: u32,
    /// Processors that each may use.
    pub cores_per_node: f64,
    /// Processors that each uses when no student asks: for health checks and probes.
    pub idle_cores_per_node: f64,
    /// Workers of each: requests that it answers at once.
    pub workers_per_node: u32,
    /// Processor time of a page of each kind on its web node. All are counted in pages of a test.
    pub cpu_seconds_per_page: ByKind,
    /// What the statements of a page of the test take beside the processors of the database: locks and disks.
    pub other_seconds_per_page: f64,
    /// The database; none where that is not known, and then it is no limit.
    pub database: Option<Database>,
}

/// The primary database.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Database {
    /// Processors that it may use.
    pub cores: f64,
    /// Its processor time for a page of the test.
    pub cpu_seconds_per_page: f64,
}

/// What limits a cluster in the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The processors of the web nodes.
    Cores,
    /// Their workers, whose processors have time left.
    Workers,
    /// The processors of the database.
    Database,
}

impl Database {
    /// What it takes for a page when nothing else is asked.
    pub fn alone(&self) -> f64 {
        self.cpu_seconds_per_page / self.cores.min(1.0)
    }
}

impl Cluster {
    /// Pages of the test a second that it can answer at most, and what limits it; none where a number is not one that a cluster has.
    ///
    /// The least of: nodes × cores, less what they use anyhow, ÷ processor time of a page; nodes × workers ÷ time of a page
    /// (Little's law, with every worker busy); cores of the database ÷ its processor time of a page.
    pub fn pages_per_second(&self) -> Option<(f64, Limit)> {
        let nodes = f64::from(self.nodes);
        let cores = nodes * self.free_cores_per_node() / self.cpu_seconds_per_page.page;
        let workers = nodes * f64::from(self.workers_per_node) / self.service_seconds();
        let database = self.database.map(|database| database.cores / database.cpu_seconds_per_page);
        let all = [(cores, Limit::Cores), (workers, Limit::Workers)];
        let database = database.filter(|rate| rate.is_finite()).map(|rate| (rate, Limit::Database));
        let number = cores.is_finite() && workers.is_finite();
        let least = all.into_iter().chain(database).min_by(|one, other| one.0.total_cmp(&other.0))?;
        (number && least.0 > 0.0).then_some(least)
    }

    /// Processors of a node that are left to students.
    pub fn free_cores_per_node(&self) -> f64 {
        self.cores_per_node - self.idle_cores_per_node
    }

    /// What a page of a test takes when no student asks for another. A node with less than one processor to spare holds it back.
    pub fn service_seconds(&self) -> f64 {
        let database = self.database.map_or(0.0, |database| database.alone());
        self.cpu_seconds_per_page.page / self.free_cores_per_node().min(1.0) + database + self.other_seconds_per_page
    }

    /// What is asked in each second, counted in pages of a test by their processor time.
    pub fn work(&self, asked: &[ByKind]) -> Vec<f64> {
        asked.iter().map(|pages| self.pages_of_a_test(*pages)).collect()
    }

    /// The cluster when every page costs so many times what it does.
    #[must_use]
    pub fn costing(&self, factor: f64) -> Self {
        let database =
            self.database.map(|one| Database { cpu_seconds_per_page: one.cpu_seconds_per_page * factor, ..one });
        let other_seconds_per_page = self.other_seconds_per_page * factor;
        let cpu_seconds_per_page = self.cpu_seconds_per_page.times(factor);
        Self { cpu_seconds_per_page, other_seconds_per_page, database, ..*self }
    }

    /// How many pages of a test `pages` are as much as, by their processor time.
    pub fn pages_of_a_test(&self, pages: ByKind) -> f64 {
        pages.cost(self.cpu_seconds_per_page) / self.cpu_seconds_per_page.page
    }

    /// The cluster as a queue of like servers: how many of them answer at once without being slowed down by each other. Where
    /// the processors are the limit, fewer workers than there are.
    pub fn servers(&self) -> Option<u32> {
        let (rate, _) = self.pages_per_second()?;
        let servers = (rate * self.service_seconds()).round().max(1.0);
        (servers <= f64::from(u16::MAX)).then_some(servers as u32)
    }
}

/// The largest size within `sizes` that `holds`, when every smaller one holds too; none when not even the least does.
pub fn largest(sizes: std::ops::RangeInclusive<u32>, holds: impl Fn(u32) -> bool) -> Option<u32> {
    let (mut low, mut high) = (*sizes.start(), *sizes.end());
    if low > high || !holds(low) {
        return None;
    }
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: Cluster = Cluster {
        nodes: 2,
        cores_per_node: 0.8,
        idle_cores_per_node: 0.0,
        workers_per_node: 4,
        cpu_seconds_per_page: ByKind { plain: 0.05, info: 0.1, page: 0.2, whole: 0.4 },
        other_seconds_per_page: 0.05,
        database: Some(Database { cores: 0.4, cpu_seconds_per_page: 0.01 }),
    };

    #[test]
    fn the_least_of_cores_workers_and_database_is_the_limit() {
        let check = |cluster: Cluster, rate: f64, limit, servers| {
            let found = cluster.pages_per_second().unwrap();
            assert!((found.0 - rate).abs() < 1e-9 && found.1 == limit, "{found:?}");
            assert_eq!(cluster.servers(), Some(servers));
        };
        check(CLUSTER, 8.0, Limit::Cores, 3);
        check(Cluster { idle_cores_per_node: 0.1, ..CLUSTER }, 7.0, Limit::Cores, 3);
        check(Cluster { nodes: 1, ..CLUSTER }, 4.0, Limit::Cores, 1);
        check(Cluster { other_seconds_per_page: 1.725, ..CLUSTER }, 4.0, Limit::Workers, 8);
        let database = Some(Database { cores: 0.4, cpu_seconds_per_page: 0.1 });
        check(Cluster { database, ..CLUSTER }, 4.0, Limit::Database, 2);
    }

    #[test]
    fn pages_count_by_their_processor_time() {
        let asked = [ByKind { plain: 4.0, info: 2.0, page: 2.0, whole: 1.0 }, ByKind::default()];
        let work = CLUSTER.work(&asked);
        assert!((work[0] - 6.0).abs() < 1e-9 && work[1] == 0.0, "{work:?}");
        let large = Cluster { cores_per_node: 8.0, ..CLUSTER };
        assert!((large.service_seconds() - 0.275).abs() < 1e-9 && (CLUSTER.service_seconds() - 0.325).abs() < 1e-9);
    }

    #[test]
    fn what_no_cluster_has_has_no_rate() {
        for (cores, cpu) in [(0.8, 0.0), (0.0, 0.2), (f64::NAN, 0.2), (0.8, f64::NAN), (0.8, -1.0), (1e300, 1e-300)] {
            let cluster =
                Cluster { cores_per_node: cores, cpu_seconds_per_page: ByKind::even(cpu), database: None, ..CLUSTER };
            let cluster = Cluster { other_seconds_per_page: 0.0, ..cluster };
            assert_eq!(cluster.pages_per_second(), None, "{cores} {cpu}");
            assert_eq!(cluster.servers(), None, "{cores} {cpu}");
        }
        assert_eq!(Cluster { nodes: 0, ..CLUSTER }.pages_per_second(), None);
    }

    #[test]
    fn the_largest_size_is_found_by_halving() {
        for limit in 0..=40 {
            let expected = if limit < 5 { None } else { Some(limit.min(30)) };
            assert_eq!(largest(5..=30, |size| size <= limit), expected);
        }
        assert_eq!(largest(1..=u32::MAX, |_| true), Some(u32::MAX));
    }
}
