//! Detectors → false alarms, and the time in which every node was out.
//!
//! *Quiet* is the time of the class in which no fault was active: not between the first inject step of a window and the
//! moment at which its cluster was whole again (*restored*; where that was not seen, the next window's injection or the end of
//! the class). A rush is quiet: it is load, and every node is sound.
//!
//! *False alarm*: a detector's change of mind to "down", about any service, in quiet time. A verdict about another service
//! than the target while a fault is active is none, for that service may well fail with it: without a database no web node
//! can answer. Such verdicts are counted apart (`elsewhere`).
//!
//! *All nodes out*: the time in which one detector that watches the nodes which students reach said of all of them that they
//! are down, whatever the reason; of that, the part in quiet time apart.
//!
//! More may have happened than was seen where a detector could not be read in quiet time, for more than a second in all, and where a rush began before the
//! cluster was whole again: then the figures are lower bounds, and say why.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::settings::millis;
use crate::topology::Topology;

use super::capacity_restored::nodes;
use super::change::Change;
use super::facts::{Facts, Span};
use super::timeline::Marks;

/// What detectors said of nodes that had no fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alarms {
    /// Verdicts in quiet time, in order.
    pub false_alarms: Vec<FalseAlarm>,
    /// Verdicts about another than the target, while a fault was active.
    pub elsewhere: u64,
    /// Time in which all nodes were out.
    #[serde(rename = "all_out_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub all_out: Duration,
    /// The part of it in quiet time.
    #[serde(rename = "all_out_without_fault_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub all_out_without_fault: Duration,
    /// Why there may have been more; none when all was seen.
    pub at_least: Option<String>,
}

/// A node that was called down though no fault was active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FalseAlarm {
    /// When.
    #[serde(rename = "at_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub at: Duration,
    /// By whom.
    pub detector: String,
    /// The node.
    pub service: String,
    /// In the detector's own words.
    pub detail: String,
    /// How long it stayed out, at most to the end of the class.
    #[serde(rename = "out_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub out: Duration,
    /// Whether it was in a rush.
    pub in_rush: bool,
}

/// A detector that could not be read for no longer than this in quiet time, all in all, counts as read: one that goes with a node that is hit was asked
/// some moment before.
const UNREAD: Duration = Duration::from_secs(1);

/// The time of the class, cut by its faults.
pub struct Quiet {
    class: Span,
    /// When each fault was active, and on whom.
    faults: Vec<(Span, Vec<String>)>,
    /// In order, and none overlaps another.
    active: Vec<Span>,
}

impl Quiet {
    /// The time of the class that is left between the windows with these marks.
    pub fn new(facts: &Facts, marks: &[Marks]) -> Self {
        let class = Span { from: facts.zero, to: facts.load_end.unwrap_or(facts.end).max(facts.zero) };
        let (mut faults, mut active): (Vec<_>, Vec<Span>) = (Vec::new(), Vec::new());
        for (index, window) in marks.iter().enumerate() {
            let Some(from) = window.inject else { continue };
            let next = marks[index + 1..].iter().find_map(|later| later.inject);
            let to = window.restored.or(next).unwrap_or(class.to).max(from);
            faults.push((Span { from, to }, window.targets().map(str::to_owned).collect()));
            match active.last_mut().filter(|last| last.to >= from) {
                Some(last) => last.to = last.to.max(to),
                None => active.push(Span { from, to }),
            }
        }
        Self { class, faults, active }
    }

    fn holds(&self, moment: Stamp) -> bool {
        self.class.contains(moment) && !self.active.iter().any(|span| span.contains(moment))
    }

    /// Whether it is known of `service` that it has a fault at that moment.
    fn is_hit(&self, service: &str, moment: Stamp) -> bool {
        self.faults
            .iter()
            .any(|(span, targets)| span.contains(moment) && targets.iter().any(|target| target == service))
    }

    /// How much of `spans` lies within the class's time, and how much of that is quiet.
    fn lengths(&self, spans: &[Span]) -> (Duration, Duration) {
        let within = |other: &Span, span: &Span| other.to.min(span.to) - other.from.max(span.from);
        let all: Duration = spans.iter().map(|span| within(&self.class, span)).sum();
        let cut = |span: &Span| Span { from: span.from.max(self.class.from), to: span.to.min(self.class.to) };
        let active = spans.iter().map(cut).flat_map(|span| self.active.iter().map(move |other| within(other, &span)));
        (all, all.saturating_sub(active.sum()))
    }
}

/// The alarms of a run; none when the topology has no detector that could give one.
pub fn alarms(facts: &Facts, quiet: &Quiet, topology: &Topology) -> Option<Alarms> {
    if topology.detectors.is_empty() {
        return None;
    }
    let mut alarms = Alarms { at_least: doubt(facts, quiet), ..Alarms::default() };
    for (index, change) in facts.changes.iter().enumerate().filter(|(_, change)| change.is_down()) {
        let same = |other: &&Change| other.service == change.service && other.detector == change.detector;
        let said_so_before = facts.changes[..index].iter().rfind(same).is_some_and(Change::is_down);
        if said_so_before || !quiet.class.contains(change.at) {
            continue;
        }
        if !quiet.holds(change.at) {
            alarms.elsewhere += u64::from(!quiet.is_hit(&change.service, change.at));
            continue;
        }
        let up = facts.changes[index + 1..].iter().filter(same).find(|later| !later.is_down());
        alarms.false_alarms.push(FalseAlarm {
            at: facts.offset(change.at),
            detector: change.detector.to_string(),
            service: change.service.to_string(),
            detail: change.detail.clone(),
            out: up.map_or(quiet.class.to, |up| up.at).min(quiet.class.to) - change.at,
            in_rush: facts.rushes.iter().any(|rush| rush.contains(change.at)),
        });
    }
    let out = all_out(facts, topology);
    let longest = out.iter().map(|spans| quiet.lengths(spans)).max();
    (alarms.all_out, alarms.all_out_without_fault) = longest.unwrap_or_default();
    Some(alarms)
}

/// Why more may have happened than was seen.
fn doubt(facts: &Facts, quiet: &Quiet) -> Option<String> {
    let of = |detector: &str| -> Vec<Span> {
        facts.unread.iter().filter(|other| other.detector == detector).map(|other| other.span).collect()
    };
    let unread = facts.unread.iter().find(|unread| quiet.lengths(&of(&unread.detector)).1 > UNREAD);
    let unread = unread.map(|unread| format!("the {} could not be read: {}", unread.detector, unread.why));
    let early = facts.rushes.iter().find(|rush| quiet.active.iter().any(|span| span.contains(rush.from)));
    unread.or_else(|| early.map(|_| "the rush began before the cluster was whole again".to_owned()))
}

/// When each detector that watches the nodes which students reach said of all of them that they are down.
fn all_out(facts: &Facts, topology: &Topology) -> Vec<Vec<Span>> {
    // Who replaces another is no node before it was said to be up.
    let nodes: Vec<_> = nodes(topology).into_iter().map(|(node, own)| (node, !own)).collect();
    let role = nodes.first().and_then(|(node, _)| topology.role_of(node)).map(|(name, _)| name);
    let watching = topology.detectors.iter().filter(|one| Some(one.watches.as_str()) == role);
    watching.map(|detector| spans_of_all(facts, &detector.name, &nodes)).collect()
}

/// How long one of them said so within `span`, the one that did longest.
pub fn all_out_within(facts: &Facts, topology: &Topology, span: Span) -> Duration {
    let within = |spans: &Vec<Span>| spans.iter().map(|out| out.to.min(span.to) - out.from.max(span.from)).sum();
    all_out(facts, topology).iter().map(within).max().unwrap_or_default()
}

/// The spans in which `detector` said of all `nodes` that they are down, each with whether it was before anything was said.
fn spans_of_all(facts: &Facts, detector: &str, nodes: &[(&str, bool)]) -> Vec<Span> {
    let mut down: Vec<bool> = nodes.iter().map(|(_, down)| *down).collect();
    let (mut open, mut spans) = (None, Vec::new());
    for change in facts.changes.iter().filter(|change| *change.detector == *detector) {
        let Some(node) = nodes.iter().position(|(node, _)| **node == *change.service) else { continue };
        down[node] = !change.is_up();
        let all = down.iter().all(|down| *down);
        match open {
            None if all => open = Some(change.at),
            Some(from) if !all => {
                spans.push(Span { from, to: change.at });
                open = None;
            }
            _ => {}
        }
    }
    spans.extend(open.map(|from| Span { from, to: facts.end }));
    spans
}
