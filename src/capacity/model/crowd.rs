//! A cluster, a class and goals → what its pages take by the models, the largest class that it holds, and how fast a larger one
//! may enter.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::goal::Goals;
use super::cluster::{Cluster, busiest, largest};
use super::transient::{Waits, least, waits};
use crate::settings::millis;

/// The stretch of the busiest pages that processor arithmetic looks at, in seconds; throughput is measured over the same.
pub const STRETCH_SECONDS: usize = 10;
/// Of a slow entry so many of the last seconds are looked at: the queue has long forgotten what was before.
const ENTRY_SECONDS: u32 = 600;
/// How long all are inside after the last one entered, in seconds.
const INSIDE_SECONDS: u32 = 60;
/// Fastest entry that is looked for, in students a minute.
const ENTRY_MAX: u32 = 3000;

/// What a class asks for, as its plan says.
pub struct Crowd<'a> {
    /// Pages in each second from the first arrival on, of a class of so many students, in the mean.
    pub demand: &'a dyn Fn(u32) -> Vec<f64>,
    /// Pages of one student from the first request to the test, that included.
    pub entry_pages: f64,
    /// Longest that a student thinks between these.
    pub entry_thinking: Duration,
    /// Pages a second of one student who has the test.
    pub inside_pages_per_second: f64,
}

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
        Self::of(cluster, crowd, students, &(crowd.demand)(students))
    }

    fn of(cluster: &Cluster, crowd: &Crowd<'_>, students: u32, demand: &[f64]) -> Option<Self> {
        let (rate, _) = cluster.pages_per_second()?;
        Self::with(cluster, crowd, students, waits(demand, cluster.servers()?, rate)?)
    }

    /// With these waits; true to a millisecond, as it is stored.
    fn with(cluster: &Cluster, crowd: &Crowd<'_>, students: u32, Waits { p95, worst, .. }: Waits) -> Option<Self> {
        let page = Duration::try_from_secs_f64(cluster.service_seconds()).ok()?;
        let entering =
            Duration::try_from_secs_f64(crowd.entry_pages * worst.saturating_add(page).as_secs_f64()).ok()?;
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
    largest(sizes, |students| Modelled::holds((cluster, crowd), goals, students, &(crowd.demand)(students)))
}

/// The largest class within `sizes` whose busiest 10 s ask for no more than the cluster can answer: quota ÷ processor time of a
/// page, and nothing else.
pub fn arithmetic(cluster: &Cluster, crowd: &Crowd<'_>, sizes: RangeInclusive<u32>) -> Option<u32> {
    let (rate, _) = cluster.pages_per_second()?;
    largest(sizes, |students| busiest(&(crowd.demand)(students), STRETCH_SECONDS) <= rate)
}

/// How many of `students` may enter each minute, evenly, so that the times are within the goals.
///
/// *Cannot say*: whether the cluster holds what they do later, such as all submitting before one deadline.
pub fn entry_rate(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, students: u32) -> EntryRate {
    let meets =
        |per_minute: u32| Modelled::holds((cluster, crowd), goals, students, &entering(crowd, students, per_minute));
    EntryRate { students, students_per_minute: largest(1..=ENTRY_MAX, meets) }
}

/// Pages in each second of the last minutes of an entry, and of a minute after it.
fn entering(crowd: &Crowd<'_>, students: u32, per_minute: u32) -> Vec<f64> {
    let per_second = f64::from(per_minute) / 60.0;
    let whole = (f64::from(students) / per_second).ceil();
    let seconds = whole.min(f64::from(ENTRY_SECONDS));
    let inside = |entered: f64| entered * crowd.inside_pages_per_second;
    let at = |second: u32| {
        let before = (whole - seconds + f64::from(second)) * per_second;
        let (before, after) = (before.min(f64::from(students)), (before + per_second).min(f64::from(students)));
        (after - before) * crowd.entry_pages + inside(f64::midpoint(before, after))
    };
    (0..seconds as u32).map(at).chain((0..INSIDE_SECONDS).map(|_| inside(f64::from(students)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: Cluster = Cluster {
        nodes: 2,
        cores_per_node: 0.8,
        workers_per_node: 4,
        cpu_seconds_per_page: 0.2,
        other_seconds_per_page: 0.02,
        database: None,
    };

    /// Everybody enters within 60 s, evenly, with 6 pages each, and asks for a page each 30 s from then on.
    fn demand(students: u32) -> Vec<f64> {
        let n = f64::from(students);
        (0..180)
            .map(|second| if second < 60 { n * 0.1 + n / 30.0 * f64::from(second) / 60.0 } else { n / 30.0 })
            .collect()
    }

    fn crowd() -> Crowd<'static> {
        let entry_thinking = Duration::from_secs(12);
        Crowd { demand: &demand, entry_pages: 6.0, entry_thinking, inside_pages_per_second: 1.0 / 30.0 }
    }

    #[test]
    fn more_cluster_holds_more_students_and_a_lost_node_fewer() {
        let (goals, crowd) = (Goals::default(), crowd());
        let holds = |cluster: Cluster| capacity(&cluster, &crowd, &goals, 1..=2000).unwrap();
        let healthy = holds(CLUSTER);
        // 8 pages a second; n × 0.1 and up to n ÷ 30 more are asked: at 60 students as much as there is.
        assert_eq!(arithmetic(&CLUSTER, &crowd, 1..=2000), Some(61));
        assert!((55..80).contains(&healthy), "{healthy}");
        let half = holds(CLUSTER.without_one_node());
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
        assert!(few > more && more > most && most >= 5, "{few} {more} {most}");
        // 8 pages a second are 240 students who are inside, and not one who enters.
        assert_eq!(rate(260), None);
        let demand = entering(&crowd, 200, most);
        assert!(demand.len() <= 660 && (demand.last().unwrap() - 200.0 / 30.0).abs() < 1e-9);
    }

    #[test]
    fn every_student_who_enters_asks_for_every_page_of_the_entry() {
        let crowd = Crowd { inside_pages_per_second: 0.0, ..crowd() };
        for (students, per_minute) in [(100, 40), (7, 60), (1, 3000)] {
            let pages: f64 = entering(&crowd, students, per_minute).iter().sum();
            assert!((pages - f64::from(students) * 6.0).abs() < 1e-6, "{students} {per_minute}: {pages}");
        }
    }
}
