//! A cluster, a class and goals → what its pages take by the models, the largest class that it holds, and how fast a larger one
//! may enter.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::goal::Goals;
use super::cluster::{Cluster, largest};
use super::transient::{Waits, least, waits};
use crate::measure::ByKind;
use crate::settings::millis;

/// The stretch of the busiest pages over which throughput is measured, in seconds.
pub const STRETCH_SECONDS: usize = 10;
/// Fastest entry that is looked for, in students a minute.
const ENTRY_MAX: u32 = 3000;

/// What a class asks for, as its plan says.
pub struct Crowd<'a> {
    /// Pages in each second from the first arrival on, of a class of so many students, in the mean.
    pub demand: Demand<'a>,
    /// The same of several classes of so many as they are drawn: a small one comes less evenly than the mean of many.
    pub drawn: Drawn<'a>,
    /// The same when so many students enter one by one, and so many of them a minute.
    pub entering: Entering<'a>,
    /// Pages of one student from the first request to the test, that included.
    pub entry_pages: f64,
    /// Longest that a student thinks between these.
    pub entry_thinking: Duration,
}

/// Students → pages in each second.
pub type Demand<'a> = Box<dyn Fn(u32) -> Vec<ByKind> + 'a>;
/// Students → pages in each second of each of several classes.
pub type Drawn<'a> = Box<dyn Fn(u32) -> Vec<Vec<ByKind>> + 'a>;
/// Students, and how many of them enter a minute → pages in each second.
pub type Entering<'a> = Box<dyn Fn(u32, u32) -> Vec<ByKind> + 'a>;

/// What the models give for one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Modelled {
    /// Students.
    pub students: u32,
    /// 95th percentile of the time to a page: the wait and what a page takes by itself.
    #[serde(rename = "page_ms_p95", with = "millis")]
    #[schemars(with = "u64")]
    pub page_p95: Duration,
    /// From the first request to the test, of a student who comes at the worst moment.
    #[serde(rename = "start_ms_worst", with = "millis")]
    #[schemars(with = "u64")]
    pub start: Duration,
}

/// How fast a class may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryRate {
    /// Students in all.
    pub students: u32,
    /// So many may enter each minute, evenly; none when not even one may.
    pub students_per_minute: Option<u32>,
}

impl Modelled {
    /// What a class of `students` meets on `cluster`; none where the numbers are not those of one.
    pub fn new(cluster: &Cluster, crowd: &Crowd<'_>, students: u32) -> Option<Self> {
        Self::of(cluster, crowd, students, &cluster.work(&(crowd.demand)(students)))
    }

    fn of(cluster: &Cluster, crowd: &Crowd<'_>, students: u32, demand: &[f64]) -> Option<Self> {
        let (rate, _) = cluster.pages_per_second()?;
        Self::with(cluster, crowd, students, waits(demand, cluster.servers()?, rate)?)
    }

    /// With these waits; true to a millisecond, as it is stored.
    fn with(cluster: &Cluster, crowd: &Crowd<'_>, students: u32, Waits { p95, worst, .. }: Waits) -> Option<Self> {
        let page = Duration::try_from_secs_f64(cluster.service_seconds()).ok()?;
        let others = (crowd.entry_pages - 1.0).max(0.0) * cluster.plain_seconds();
        let waiting = crowd.entry_pages * worst.as_secs_f64();
        let entering = page.saturating_add(Duration::try_from_secs_f64(waiting + others).ok()?);
        let start = millis::whole(crowd.entry_thinking.saturating_add(entering));
        Some(Self { students, page_p95: millis::whole(p95.saturating_add(page)), start })
    }

    /// Whether a class of `students` that asks for `demand` is within the goals on `cluster`. Chance makes the worst wait longer
    /// and never shorter, so one that is too long without it needs no closer look.
    fn holds((cluster, crowd): (&Cluster, &Crowd<'_>), goals: &Goals, students: u32, demand: &[f64]) -> bool {
        let without_chance = || {
            let (rate, _) = cluster.pages_per_second()?;
            let worst = Waits { p95: Duration::ZERO, ..least(demand, cluster.servers()?, rate)? };
            Self::with(cluster, crowd, students, worst)
        };
        without_chance().is_some_and(|one| one.meets(goals))
            && Self::of(cluster, crowd, students, demand).is_some_and(|one| one.meets(goals))
    }

    /// Whether both times are within the goals. Of errors and lost answers no queue knows anything.
    pub fn meets(&self, goals: &Goals) -> bool {
        goals.page_p95.is_none_or(|most| self.page_p95 <= most)
            && goals.start_within.is_none_or(|most| self.start <= most)
    }
}

/// The largest class within `sizes` whose times are within the goals; none when not even the smallest's are.
pub fn capacity(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, sizes: RangeInclusive<u32>) -> Option<u32> {
    largest(sizes, |students| {
        Modelled::holds((cluster, crowd), goals, students, &cluster.work(&(crowd.demand)(students)))
    })
}

/// The largest class within `sizes` whose times are within the goals by arithmetic, in most of several such classes as they are
/// drawn: quota ÷ processor time of a page is what is worked off in each second, and what is asked beyond that waits. No chance, no
/// queue of many servers.
pub fn arithmetic(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, sizes: RangeInclusive<u32>) -> Option<u32> {
    let (rate, _) = cluster.pages_per_second()?;
    let servers = cluster.servers()?;
    largest(sizes, |students| {
        let classes = (crowd.drawn)(students);
        let meets = |class: &&Vec<ByKind>| {
            let waits = least(&cluster.work(class), servers, rate);
            waits.and_then(|waits| Modelled::with(cluster, crowd, students, waits)).is_some_and(|one| one.meets(goals))
        };
        2 * classes.iter().filter(meets).count() >= classes.len()
    })
}

/// How many of `students` may enter each minute, evenly, so that the times are within the goals; each has the same time for the
/// test, so that they end as they came.
pub fn entry_rate(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, students: u32) -> EntryRate {
    let meets = |per_minute: u32| {
        let work = cluster.work(&(crowd.entering)(students, per_minute));
        Modelled::holds((cluster, crowd), goals, students, &work)
    };
    EntryRate { students, students_per_minute: largest(1..=ENTRY_MAX, meets) }
}

#[cfg(test)]
mod tests {
    use super::super::on_paper::crowd;
    use super::*;

    const CLUSTER: Cluster = Cluster {
        nodes: 2,
        cores_per_node: 0.8,
        idle_cores_per_node: 0.0,
        workers_per_node: 4,
        cpu_seconds_per_page: ByKind::even(0.2),
        other_seconds_per_page: 0.02,
        database: None,
    };

    #[test]
    fn more_cluster_holds_more_students_and_a_lost_node_fewer() {
        let (goals, crowd) = (Goals::default(), crowd());
        let holds = |cluster: Cluster| capacity(&cluster, &crowd, &goals, 1..=2000).unwrap();
        let healthy = holds(CLUSTER);
        // 8 pages a second; n × 0.1 and up to n ÷ 30 more are asked: at 60 students as much as there is in the worst second, and at
        // 69 as much within the minute as can be answered in it.
        let by_arithmetic = arithmetic(&CLUSTER, &crowd, &goals, 1..=2000).unwrap();
        assert!((65..75).contains(&by_arithmetic), "{by_arithmetic}");
        assert!((55..by_arithmetic).contains(&healthy), "chance makes waits longer: {healthy}");
        let half = holds(Cluster { nodes: 1, ..CLUSTER });
        assert!((0.4..0.55).contains(&(f64::from(half) / f64::from(healthy))), "{half} of {healthy}");
        let twice = holds(Cluster { cores_per_node: 1.6, ..CLUSTER });
        assert!((1.9..2.2).contains(&(f64::from(twice) / f64::from(healthy))), "{twice} of {healthy}");
        // Processors are the limit, so workers help nobody.
        assert_eq!(holds(Cluster { workers_per_node: 8, ..CLUSTER }), healthy);
    }

    #[test]
    fn a_larger_class_must_enter_more_slowly() {
        let (goals, crowd) = (Goals::default(), crowd());
        let rate = |students| entry_rate(&CLUSTER, &crowd, &goals, students).students_per_minute;
        let (few, more, most) = (rate(100).unwrap(), rate(150).unwrap(), rate(200).unwrap());
        assert!(few >= more && more >= most && most >= 5, "{few} {more} {most}");
        // 8 pages a second, of which each student needs 10 in all: no more than 48 a minute for long.
        assert!(most < 60, "{most}");
        assert_eq!(
            entry_rate(&Cluster { cores_per_node: 0.01, ..CLUSTER }, &crowd, &goals, 100).students_per_minute,
            None
        );
    }
}
