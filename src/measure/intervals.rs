//! Student requests → intervals of equal length: time to a page, how many took how long, who served.
//!
//! An hour has no more than [`INTERVALS_MAX`] of them, and neither has a day: the longer the run, the longer each.
//! Percentiles are never merged; what a chart shows of an interval comes from all of its times.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::Step;
use crate::settings::millis;

use super::encoded::Encoded;
use super::figures::Latency;
use super::latency::latency;

/// Most intervals of a run.
const INTERVALS_MAX: u64 = 400;
/// Lengths that an interval may have, in seconds; the last one lets a day have few enough.
const LENGTHS: [u64; 7] = [5, 10, 20, 30, 60, 120, 240];
/// Most nodes that are told apart: an answer may name whatever it likes.
const NODES_MAX: usize = 30;
/// Stands for all further nodes.
const OTHER_NODES: &str = "others";
/// Where one class of [`Intervals::spread`] ends and the next begins, in milliseconds: a page that took 50 ms is of the
/// class from 50 ms to 100 ms. What is faster than the second bound is of the first class, what is slower than the last
/// bound of the last one.
pub const SPREAD_MS: [u64; 15] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/// Requests of the class by the interval in which they ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Intervals {
    /// Length of each, from the class's start on; zero when there is none.
    #[serde(rename = "length_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub length: Duration,
    /// Time to a page of the successes of each.
    pub latency: Vec<Latency>,
    /// How many successes of each took how long, by class of [`SPREAD_MS`]; without the zeros at its end.
    pub spread: Vec<Vec<u64>>,
    /// Requests of each that a node answered, by node.
    pub by_node: BTreeMap<String, Vec<u64>>,
    /// Requests of each whose answer named no node, or that had none.
    pub no_node: Vec<u64>,
    /// Times to a page of the successes, in microseconds: by step the place of each interval that has any, and its histogram.
    pub histograms: BTreeMap<Step, Vec<(u64, Encoded)>>,
}

/// A request that is over.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// What it was for.
    pub step: Step,
    /// When it ended, counted from the class's start.
    pub at: Duration,
    /// From intended send to last byte; none when it failed.
    pub took: Option<Duration>,
    /// The node that answered.
    pub node: Option<&'a str>,
}

/// A success in eight bytes, for a long run has many: interval, step, microseconds.
type Page = (u16, Step, u32);

impl Intervals {
    /// Of requests that all ended before `end`.
    pub fn of<'a>(end: Duration, requests: impl Iterator<Item = Ended<'a>>) -> Self {
        let seconds = length(end);
        let count = usize::try_from(end.as_secs() / seconds + 1).unwrap_or(usize::MAX);
        let mut all = Self {
            length: Duration::from_secs(seconds),
            latency: Vec::with_capacity(count),
            spread: vec![Vec::new(); count],
            no_node: vec![0; count],
            ..Self::default()
        };
        let mut pages: Vec<Page> = Vec::new();
        for request in requests {
            let Ok(index) = u16::try_from(request.at.as_secs() / seconds) else { continue };
            let place = usize::from(index);
            match request.node {
                Some(node) => add(all.counts_of(node, count), place),
                None => add(&mut all.no_node, place),
            }
            if let Some(took) = request.took {
                pages.push((index, request.step, u32::try_from(took.as_micros()).unwrap_or(u32::MAX)));
            }
        }
        pages.sort_unstable();
        let mut rest = &pages[..];
        for index in 0..count {
            let of_it = rest.partition_point(|page| usize::from(page.0) <= index);
            let (pages, later) = rest.split_at(of_it);
            rest = later;
            all.interval(index, pages);
        }
        all
    }

    /// The counts of a node in `count` intervals.
    fn counts_of(&mut self, node: &str, count: usize) -> &mut Vec<u64> {
        let known = self.by_node.contains_key(node) || self.by_node.len() < NODES_MAX;
        self.by_node.entry(if known { node } else { OTHER_NODES }.to_owned()).or_insert_with(|| vec![0; count])
    }

    /// Adds what the `pages` of the interval at `index` say, which are in order of their steps.
    fn interval(&mut self, index: usize, pages: &[Page]) {
        let times =
            |pages: &[Page]| -> Vec<_> { pages.iter().map(|page| Duration::from_micros(page.2.into())).collect() };
        self.latency.push(latency(times(pages)));
        for page in pages {
            let class = class(page.2);
            if let Some(spread) = self.spread.get_mut(index) {
                spread.resize(spread.len().max(class + 1), 0);
                add(spread, class);
            }
        }
        for of_step in pages.chunk_by(|one, other| one.1 == other.1) {
            let (Some(first), Some(encoded)) = (of_step.first(), Encoded::of(times(of_step))) else { continue };
            self.histograms.entry(first.1).or_default().push((index as u64, encoded));
        }
    }

    /// When the interval at `index` begins and ends.
    pub fn span(&self, index: usize) -> (Duration, Duration) {
        let from = self.length * u32::try_from(index).unwrap_or(u32::MAX);
        (from, from + self.length)
    }
}

/// Seconds of each interval of a run that ended at `end`.
fn length(end: Duration) -> u64 {
    let few = |length: &u64| end.as_secs() / length < INTERVALS_MAX;
    LENGTHS.into_iter().find(few).unwrap_or(LENGTHS[LENGTHS.len() - 1])
}

/// The class of a time in microseconds.
fn class(micros: u32) -> usize {
    SPREAD_MS.partition_point(|bound| bound * 1000 <= u64::from(micros)).saturating_sub(1)
}

fn add(counts: &mut [u64], place: usize) {
    if let Some(count) = counts.get_mut(place) {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn page(step: Step, at: u64, took: u64, node: Option<&str>) -> Ended<'_> {
        Ended { step, at: MS(at), took: Some(MS(took)), node }
    }

    #[test]
    fn a_request_belongs_to_the_interval_in_which_it_ended() {
        let failed = Ended { took: None, ..page(Step::Grade, 6000, 0, None) };
        let requests = [page(Step::Grade, 4999, 40, Some("web1")), page(Step::Login, 5000, 900, Some("web2")), failed];
        let intervals = Intervals::of(MS(6000), requests.into_iter());
        assert_eq!(intervals.length, MS(5000));
        assert_eq!(intervals.latency.iter().map(|latency| latency.count).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(intervals.by_node, BTreeMap::from([("web1".into(), vec![1, 0]), ("web2".into(), vec![0, 1])]));
        assert_eq!(intervals.no_node, [0, 1]);
        assert_eq!(intervals.spread, [vec![0, 0, 0, 0, 1], vec![0, 0, 0, 0, 0, 0, 0, 0, 1]]);
        let places = |step| intervals.histograms[&step].iter().map(|(place, _)| *place).collect::<Vec<_>>();
        assert_eq!((places(Step::Grade), places(Step::Login)), (vec![0], vec![1]));
    }

    #[test]
    fn answers_may_name_any_number_of_nodes() {
        let names: Vec<String> = (0..1000).map(|number| format!("node{number:03}")).collect();
        let requests = names.iter().map(|name| page(Step::View, 0, 1, Some(name)));
        let by_node = Intervals::of(MS(0), requests).by_node;
        assert_eq!((by_node.len(), &by_node[OTHER_NODES]), (NODES_MAX + 1, &vec![970]));
    }

    #[test]
    fn a_day_has_no_more_intervals_than_an_hour() {
        for (seconds, expected) in [(0, 5), (1999, 5), (2000, 10), (3999, 10), (4000, 20), (86_399, 240)] {
            assert_eq!(length(Duration::from_secs(seconds)), expected, "{seconds} s");
        }
    }

    #[test]
    fn a_class_begins_at_its_bound() {
        assert_eq!([0, 1, 1999, 2000, 49_999, 50_000, u32::MAX].map(class), [0, 0, 0, 1, 4, 5, 14]);
    }

    #[test]
    fn a_history_without_requests_has_one_empty_interval() {
        let intervals = Intervals::of(Duration::ZERO, std::iter::empty());
        assert_eq!((intervals.latency.len(), intervals.histograms.len()), (1, 0));
    }
}
