//! What app, database and volumes tell of themselves → where the time of a page goes.
//!
//! - *Page by the app's own clock*: `runTime` of a test's page in `timing.log`: from the moment at which a worker took the request
//!   to the one at which it was done with it. What a student waits beyond that, the request waited for a worker. Pages of probes
//!   are among them.
//! - *Statements under way*: how many of the app's the database was at work on, as it was asked twice a second; what a number was
//!   counts until the next answer. Divided by the pages a second it is the time that the database takes for a page (J. D. C.
//!   Little, *A proof for the queuing formula L = λW*, Operations Research 9, 1961).
//! - *Operation on a volume*: a short line written to a file that is there, and read again; once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Span};
use super::figures::Latency;
use super::latency::latency;
use super::probes::insert;
use super::usage::{most, since};
use crate::clock::Stamp;
use crate::history::Fact;

/// Where the time of a page goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inside {
    /// Pages of tests by the app's own clock.
    pub app_pages: Latency,
    /// Statements that each database had under way.
    pub statements: BTreeMap<String, Statements>,
    /// An operation on each volume.
    pub volumes: BTreeMap<String, Latency>,
    /// Processes of each service that the kernel ended for want of memory.
    pub oom_kills: BTreeMap<String, u64>,
    /// Requests that waited at each balancer for any of its nodes.
    #[serde(default)]
    pub waiting: BTreeMap<String, Waiting>,
}

/// Requests that waited at a balancer for any of its nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// Over the time of the class, in the mean.
    pub mean: f64,
    /// Most at once.
    pub max: u32,
}

/// Statements that a database had under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statements {
    /// Over the time of the class, in the mean.
    pub mean: f64,
    /// The mean in those ten seconds of the class in which it had most.
    pub mean_most: Option<f64>,
    /// Most at once.
    pub max: u32,
    /// The mean when no student asked, but probes and health checks did; none where nobody looked then.
    #[serde(default)]
    pub idle: Option<f64>,
}

impl Statements {
    /// Those under way for students, in the mean.
    pub fn of_students(&self) -> f64 {
        (self.mean - self.idle.unwrap_or(0.0)).max(0.0)
    }
}

/// What was told, as it comes.
#[derive(Debug, Default)]
pub struct SaidInside {
    /// Ends of pages in whole seconds since 1970, and what they took.
    pages: Vec<(u64, Duration)>,
    /// Statements under way by database, each number from its moment on.
    statements: BTreeMap<String, Vec<(Stamp, u32)>>,
    volumes: BTreeMap<String, Vec<(Stamp, Duration)>>,
    kills: BTreeMap<String, Kills>,
    /// Requests that waited by balancer, each number from its moment on.
    waiting: BTreeMap<String, Vec<(Stamp, u32)>>,
}

/// Kills of one service: a container that was started again counts from nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Kills {
    last: Option<u64>,
    all: u64,
}

impl Kills {
    /// The first count is what was before: a bench has seen other classes.
    fn take(&mut self, now: u64) {
        if let Some(last) = self.last {
            self.all = self.all.saturating_add(since(now, last));
        }
        self.last = Some(now);
    }
}

impl SaidInside {
    /// Takes in a fact of what services tell of themselves.
    pub fn take(&mut self, at: Stamp, fact: Fact) {
        match fact {
            Fact::PageTime { done_unix_s, took_ms, .. } => {
                self.pages.push((done_unix_s, Duration::from_millis(took_ms)));
            }
            Fact::Statements { service, under_way } => {
                insert(self.statements.entry(service).or_default(), (at, under_way), |one| one.0);
            }
            Fact::VolumeTime { volume, took_ns } => {
                self.volumes.entry(volume).or_default().push((at, Duration::from_nanos(took_ns)));
            }
            Fact::Waiting { detector, requests } => {
                insert(self.waiting.entry(detector).or_default(), (at, requests), |one| one.0);
            }
            Fact::OomCount { service, kills } => self.kills.entry(service).or_default().take(kills),
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        let Self { pages, statements, volumes, kills, waiting } = self;
        pages.is_empty() && statements.is_empty() && volumes.is_empty() && kills.is_empty() && waiting.is_empty()
    }
}

/// Where the time of a page went while the class was at work; none when nobody told. In `quiet` no student asked.
pub fn inside(facts: &Facts, class: Span, quiet: &[Span]) -> Option<Inside> {
    let told = &facts.inside;
    if told.is_empty() {
        return None;
    }
    let statements = |(service, counts): (&String, &Vec<_>)| Some((service.clone(), under_way(counts, class, quiet)?));
    let waiting = |(balancer, counts): (&String, &Vec<_>)| {
        let Statements { mean, max, .. } = under_way(counts, class, quiet)?;
        Some((balancer.clone(), Waiting { mean, max }))
    };
    let during =
        |times: &[(Stamp, Duration)]| latency(times.iter().filter(|one| class.contains(one.0)).map(|one| one.1));
    Some(Inside {
        app_pages: latency(pages(facts, class)),
        statements: told.statements.iter().filter_map(statements).collect(),
        volumes: told.volumes.iter().map(|(volume, times)| (volume.clone(), during(times))).collect(),
        oom_kills: told.kills.iter().map(|(service, kills)| (service.clone(), kills.all)).collect(),
        waiting: told.waiting.iter().filter_map(waiting).collect(),
    })
}

/// Pages that were done while the class was at work; the log tells whole seconds.
fn pages(facts: &Facts, class: Span) -> impl Iterator<Item = Duration> {
    let second = |moment: Stamp| facts.since_epoch(moment).map(|since| since.as_secs());
    let span = second(class.from).zip(second(class.to));
    let within = move |done: u64| span.is_some_and(|(from, to)| (from..=to).contains(&done));
    facts.inside.pages.iter().filter(move |page| within(page.0)).map(|page| page.1)
}

/// What was under way in `class` and in `quiet`, given the numbers that held from their moments on.
fn under_way(counts: &[(Stamp, u32)], class: Span, quiet: &[Span]) -> Option<Statements> {
    let parts = |span: Span| {
        // The one that holds when it begins, and all until it ends: it is looked at for every second.
        let first = counts.partition_point(|one| one.0 <= span.from).saturating_sub(1);
        let last = counts.partition_point(|one| one.0 < span.to).max(first);
        let ends = counts[first..].iter().skip(1).map(|next| next.0).chain([span.to]);
        counts[first..last].iter().zip(ends).filter_map(move |((from, count), to)| {
            let (from, to) = ((*from).max(span.from), to.min(span.to));
            (from < to).then(|| (to - from, *count))
        })
    };
    let mean_of = |spans: &[Span]| {
        let parts = || spans.iter().flat_map(|span| parts(*span));
        let all: Duration = parts().map(|(time, _)| time).sum();
        let sum: f64 = parts().map(|(time, count)| time.as_secs_f64() * f64::from(count)).sum();
        (!all.is_zero()).then(|| sum / all.as_secs_f64())
    };
    let mean = |span: Span| mean_of(&[span]);
    // After the last number nobody looks any more.
    let last = counts.last()?.0;
    let looked_at = quiet.iter().filter(|span| span.from < last).map(|span| Span { to: span.to.min(last), ..*span });
    let looked_at: Vec<_> = looked_at.collect();
    Some(Statements {
        mean: mean(class)?,
        mean_most: most(class, mean),
        max: parts(class).map(|(_, count)| count).max()?,
        idle: mean_of(&looked_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Stamp {
        Stamp(seconds * 1_000_000_000)
    }

    fn span(from: u64, to: u64) -> Span {
        Span { from: at(from), to: at(to) }
    }

    #[test]
    fn a_number_of_statements_counts_until_the_next() {
        let counts = [(at(0), 2), (at(10), 6), (at(20), 0)];
        let found = under_way(&counts, span(5, 25), &[span(0, 15), span(20, 30)]).unwrap();
        let idle = (10.0 * 2.0 + 5.0 * 6.0) / 15.0;
        let expected = Statements { mean: 3.5, mean_most: Some(6.0), max: 6, idle: Some(idle) };
        assert_eq!((found, found.of_students()), (expected, 3.5 - idle));
        assert_eq!(under_way(&counts, span(30, 40), &[]).unwrap().max, 0);
        assert_eq!(under_way(&[], span(0, 10), &[]), None);
    }

    #[test]
    fn kills_before_the_first_look_are_of_another_class() {
        let mut kills = Kills::default();
        [3, 3, 5, 1].into_iter().for_each(|count| kills.take(count));
        assert_eq!(kills.all, 3, "two, and one of a container that was started again");
    }

    #[test]
    fn what_was_told_while_the_class_was_at_work_counts() {
        let mut facts = Facts::default();
        // The wall clock is 1000 s ahead.
        facts.clock_offsets = Some((1_000_000_000_000, 1_000_000_000_000));
        let page = |done| Fact::PageTime { service: "web1".to_owned(), done_unix_s: done, took_ms: done - 1000 };
        [1099, 1100, 1110, 1111].into_iter().for_each(|done| facts.inside.take(at(120), page(done)));
        let look = Fact::VolumeTime { volume: "courses".to_owned(), took_ns: 2_000_000 };
        facts.inside.take(at(105), look.clone());
        facts.inside.take(at(111), look);
        let found = inside(&facts, span(100, 110), &[]).unwrap();
        assert_eq!((found.app_pages.count, found.app_pages.ms_max.map(|ms| ms > 109.0)), (2, Some(true)));
        assert_eq!(found.volumes["courses"].count, 1);
        assert_eq!(inside(&Facts::default(), span(0, 1), &[]), None);
    }
}
