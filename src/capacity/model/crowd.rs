//! A cluster, classes as they are drawn, and goals → what pages take by the models, the largest class that the cluster holds, and
//! how fast a larger one may enter.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::goal::Goals;
use super::super::trial::Trial;
use super::cluster::{Cluster, largest};
use super::sharing::{Class, Page, Played, play};
use crate::measure::ByKind;
use crate::settings::millis;

/// Seconds in which what waits is looked at, a day: whoever comes later waits no more in the models, and is far too late anyhow.
const WAITS_MAX: usize = 24 * 3600;
/// Fastest entry that is looked for, in students a minute.
const ENTRY_MAX: u32 = 3000;

/// What classes ask for, as their plans say.
pub struct Crowd<'a> {
    /// Several classes of so many students, as they are drawn.
    pub drawn: Drawn<'a>,
    /// The same when so many of them enter a minute, one by one.
    pub entering: Entering<'a>,
    /// The very class of a trial; none where it cannot be planned again.
    pub sat: Sat<'a>,
}

/// Students → several classes of so many.
pub type Drawn<'a> = Box<dyn Fn(u32) -> Vec<Class> + 'a>;
/// Students, and how many of them enter a minute → several such classes.
pub type Entering<'a> = Box<dyn Fn(u32, u32) -> Vec<Class> + 'a>;

/// A trial → its class.
pub type Sat<'a> = Box<dyn Fn(&Trial) -> Option<Class> + 'a>;

/// What the models give for a class: the median of several that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Modelled {
    /// Students.
    pub students: u32,
    /// 95th percentile of the time to a page of the test.
    #[serde(rename = "page_ms_p95", with = "millis")]
    #[schemars(with = "u64")]
    pub page_p95: Duration,
    /// From the first request to the test, of the student for whom that takes longest.
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
        Self::median(students, (crowd.drawn)(students).iter().filter_map(|class| play(cluster, class)).collect())
    }

    /// The median of each figure.
    fn median(students: u32, played: Vec<Played>) -> Option<Self> {
        let middle = |figure: fn(&Played) -> Duration| {
            let mut all: Vec<_> = played.iter().map(figure).collect();
            all.sort_unstable();
            all.get(all.len() / 2).copied()
        };
        Some(Self { students, page_p95: middle(|one| one.page_p95)?, start: middle(|one| one.start)? })
    }

    /// Whether both times are within the goals. Of errors and lost answers no model here knows anything.
    pub fn meets(&self, goals: &Goals) -> bool {
        goals.page_p95.is_none_or(|most| self.page_p95 <= most)
            && goals.start_within.is_none_or(|most| self.start <= most)
    }
}

/// The largest class within `sizes` whose times are within the goals; none when not even the smallest's are.
pub fn capacity(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, sizes: RangeInclusive<u32>) -> Option<u32> {
    largest(sizes, |students| Modelled::new(cluster, crowd, students).is_some_and(|one| one.meets(goals)))
}

/// The largest class within `sizes` whose times are within the goals by arithmetic alone: quota ÷ processor time of a page is
/// what is worked off in each second, and what is asked beyond that waits (the fluid approximation, G. F. Newell, *Applications of
/// Queueing Theory*, 1971).
pub fn arithmetic(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, sizes: RangeInclusive<u32>) -> Option<u32> {
    let reckoned = |students| {
        let classes = (crowd.drawn)(students);
        Modelled::median(students, classes.iter().filter_map(|class| by_arithmetic(cluster, class)).collect())
    };
    largest(sizes, |students| reckoned(students).is_some_and(|one| one.meets(goals)))
}

/// How many of `students` may enter each minute, evenly, so that the times are within the goals; each has the same time for the
/// test, so that they end as they came.
pub fn entry_rate(cluster: &Cluster, crowd: &Crowd<'_>, goals: &Goals, students: u32) -> EntryRate {
    let meets = |per_minute: u32| {
        let played = (crowd.entering)(students, per_minute).iter().filter_map(|class| play(cluster, class)).collect();
        Modelled::median(students, played).is_some_and(|one| one.meets(goals))
    };
    EntryRate { students, students_per_minute: largest(1..=ENTRY_MAX, meets) }
}

/// The pages of each second that a class asks for.
pub fn per_second(class: &[Vec<Page>]) -> Vec<ByKind> {
    let mut pages: Vec<ByKind> = Vec::new();
    for page in class.iter().flatten() {
        let second = second(page.at);
        if second >= pages.len() {
            pages.resize(second + 1, ByKind::default());
        }
        pages[second] = pages[second].plus(page.kind);
    }
    pages
}

fn second(at: Duration) -> usize {
    usize::try_from(at.as_secs()).unwrap_or(usize::MAX)
}

/// What the pages of a class take when what is asked in a second beyond what the cluster can answer waits for the next. A student
/// asks when it is planned, but not before the page before has come.
fn by_arithmetic(cluster: &Cluster, class: &[Vec<Page>]) -> Option<Played> {
    let waits = waits(&cluster.work(&per_second(class)), cluster.pages_per_second()?.0);
    let (mut times, mut longest) = (Vec::new(), 0.0_f64);
    for pages in class {
        let mut come = 0.0_f64;
        for page in pages {
            let at = page.at.as_secs_f64();
            let asked = at.max(come);
            let wait = waits.get(asked as usize).copied().unwrap_or_default();
            come = asked + wait + cluster.service_seconds() * cluster.pages_of_a_test(page.kind);
            if page.of_the_test {
                times.push(come - at);
            }
            if page.starts {
                longest = longest.max(come - pages[0].at.as_secs_f64());
            }
        }
    }
    Played::of(times, longest)
}

/// How long a page waits that is asked for in each second, in the mean of that second, until nothing waits any more; of what is
/// asked for in each when so much is worked off.
fn waits(asked: &[f64], rate: f64) -> Vec<f64> {
    let (mut waits, mut waiting) = (Vec::new(), 0.0_f64);
    while waits.len() < asked.len() || (waiting > 0.0 && waits.len() < WAITS_MAX) {
        let after = (waiting + asked.get(waits.len()).copied().unwrap_or_default() - rate).max(0.0);
        waits.push(f64::midpoint(waiting, after) / rate);
        waiting = after;
    }
    waits
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
        let holds = |cluster: Cluster| capacity(&cluster, &crowd, &goals, 1..=500).unwrap();
        let healthy = holds(CLUSTER);
        // 8 pages a second are 480 in the minute of the entry and 40 more that wait 5 s; n × 6 are asked in it, and n more.
        let by_arithmetic = arithmetic(&CLUSTER, &crowd, &goals, 1..=500).unwrap();
        assert!((65..85).contains(&by_arithmetic), "{by_arithmetic}");
        assert!((by_arithmetic - 12..=by_arithmetic + 5).contains(&healthy), "{healthy} {by_arithmetic}");
        let half = holds(Cluster { nodes: 1, ..CLUSTER });
        assert!((0.4..0.6).contains(&(f64::from(half) / f64::from(healthy))), "{half} of {healthy}");
        let twice = holds(Cluster { cores_per_node: 1.6, ..CLUSTER });
        assert!((1.8..2.3).contains(&(f64::from(twice) / f64::from(healthy))), "{twice} of {healthy}");
        // Processors are the limit, so workers help nearly nobody.
        let workers = holds(Cluster { workers_per_node: 8, ..CLUSTER });
        assert!(workers.abs_diff(healthy) <= 4, "{workers} {healthy}");
    }

    #[test]
    fn a_larger_class_must_enter_more_slowly() {
        let (goals, crowd) = (Goals::default(), crowd());
        let rate = |students| entry_rate(&CLUSTER, &crowd, &goals, students).students_per_minute;
        let (few, more, most) = (rate(100).unwrap(), rate(150).unwrap(), rate(200).unwrap());
        assert!(few >= more && more >= most && most >= 5, "{few} {more} {most}");
        // 8 pages a second, of which each student needs 10 in all: no more than 48 a minute for long.
        assert!(most < 60, "{most}");
        let tiny = Cluster { cores_per_node: 0.01, ..CLUSTER };
        assert_eq!(entry_rate(&tiny, &crowd, &goals, 100).students_per_minute, None);
    }

    #[test]
    fn what_is_asked_beyond_the_rate_waits_for_the_next_second() {
        let page = |ms| Page {
            at: Duration::from_millis(ms),
            kind: ByKind { page: 1.0, ..ByKind::default() },
            of_the_test: true,
            starts: true,
        };
        // 8 a second can be answered. 16 come in the first: half of them wait on the whole, a second at its end.
        let class: Class = (0..16).map(|student| vec![page(student * 10)]).collect();
        let told = by_arithmetic(&CLUSTER, &class).unwrap();
        // 0.5 s in the mean of that second, 250 ms of a processor's share, 20 ms beside it.
        assert_eq!((told.page_p95.as_millis(), told.start.as_millis()), (770, 770));
        assert_eq!(by_arithmetic(&CLUSTER, &[]), None);
        assert_eq!(per_second(&class), [ByKind { page: 16.0, ..ByKind::default() }]);
    }
}
