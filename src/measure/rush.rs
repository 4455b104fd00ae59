//! A rush → what it asked for, what it did to the class, and what detectors made of it.
//!
//! The requests of its students are counted here and nowhere else. Those of the class are the ones that overlap it, as in a
//! window. Probes and buckets are those due in it; false alarms those that began in it, and of the time in which all nodes
//! were out the part in it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::millis;
use crate::topology::Topology;

use super::alarms::{Alarms, all_out_within};
use super::availability::availability;
use super::facts::{Facts, Span};
use super::figures::{ProbeShare, Requests};
use super::outage::Availability;
use super::requests::as_count;
use super::{failover, requests};

/// The figures of one rush.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RushFigures {
    /// When it began.
    #[serde(rename = "start_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub start: Duration,
    /// When nobody asked for another page any more.
    #[serde(rename = "end_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub end: Duration,
    /// Requests of its own students, up to their end.
    pub requests: Requests,
    /// Requests of the class that overlap it.
    pub of_class: Requests,
    /// Share of failed probes in it, by path.
    pub failed_probes: Vec<ProbeShare>,
    /// Time with no and with reduced service in it.
    pub availability: Availability,
    /// Nodes that were called down in it though no fault was active.
    pub false_alarms: u64,
    /// Time in which all nodes were out in it.
    #[serde(rename = "all_out_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub all_out: Duration,
}

/// The figures of every rush that had begun when the run ended.
pub fn rushes(facts: &Facts, topology: &Topology, alarms: Option<&Alarms>) -> Vec<RushFigures> {
    let begun = facts.rushes.iter().filter(|rush| rush.from < facts.load_end.unwrap_or(facts.end));
    begun.map(|rush| one(facts, topology, alarms, *rush)).collect()
}

fn one(facts: &Facts, topology: &Topology, alarms: Option<&Alarms>, rush: Span) -> RushFigures {
    let (start, end) = (facts.offset(rush.from), facts.offset(rush.to));
    let first = facts.rush_requests.partition_point(|request| request.intended < rush.from);
    let last = facts.rush_requests.partition_point(|request| request.intended < rush.to);
    let within = |alarm: &&super::FalseAlarm| (start..end).contains(&alarm.at);
    RushFigures {
        start,
        end,
        requests: requests::all(facts.rush_requests.get(first..last).unwrap_or_default()),
        of_class: requests::overlapping(facts, rush),
        failed_probes: failover::shares(facts, rush),
        availability: availability(facts, rush, topology.serving().len()),
        false_alarms: as_count(alarms.map_or(0, |alarms| alarms.false_alarms.iter().filter(within).count())),
        all_out: all_out_within(facts, topology, rush),
    }
}
