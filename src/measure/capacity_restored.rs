//! Detectors → when as many nodes served again as before a fault.
//!
//! A detector that watches the nodes which students reach counts a node when it says that it is up: those of role `web` from
//! the beginning, those of roles that stand in for them once it has said so since the injection. *Capacity restored* is the
//! first moment, once it had counted fewer than at the injection, at which it counts as many again: the lost node is back, or
//! another one has taken its place. It counts from effect and is looked for until heal is issued, which would bring the node
//! back whatever the cluster does. Of several detectors the last.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::settings::millis;
use crate::topology::{Topology, WEB};

use super::detection::unread;
use super::facts::{Facts, Span};
use super::timeline::Marks;

/// When as many nodes served again as before the fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CapacityRestored {
    /// No detector of the topology watches its web nodes, or it could not be read; the window is void; or the run was made before
    /// this was measured.
    #[default]
    NotMeasured,
    /// No web node was lost, and no detector said so.
    NoneLost,
    /// A web node was lost, and no detector said so.
    Unnoticed,
    /// There were fewer, and then as many.
    After {
        /// From effect.
        #[serde(rename = "time_ms", with = "millis")]
        #[schemars(with = "u64")]
        time: Duration,
        /// The node that came last.
        by: String,
        /// Whether it took the place of another.
        replaces: bool,
    },
    /// There were fewer until heal was issued, or as long as it was watched.
    DidNot {
        /// From effect.
        #[serde(rename = "at_least_ms", with = "millis")]
        #[schemars(with = "u64")]
        at_least: Duration,
    },
}

impl CapacityRestored {
    /// A key by which they are in order: not measured, none lost, by length, did not, unnoticed.
    fn order(&self) -> (u8, Duration) {
        match self {
            Self::NotMeasured => (0, Duration::ZERO),
            Self::NoneLost => (1, Duration::ZERO),
            Self::After { time, .. } => (2, *time),
            Self::DidNot { at_least } => (3, *at_least),
            Self::Unnoticed => (4, Duration::ZERO),
        }
    }
}

/// The nodes that answer students, each with whether it does so from the beginning and not in another's place.
pub fn nodes(topology: &Topology) -> Vec<(&str, bool)> {
    let own = topology.serving().into_iter().map(|(service, _)| (service, true));
    own.chain(topology.spares_of(WEB).map(|service| (service, false))).collect()
}

/// What the detectors of `topology` say of the window with `marks`, whose faults cost redundancy or not.
pub fn capacity_restored(
    facts: &Facts,
    topology: &Topology,
    marks: &Marks,
    costs_redundancy: bool,
) -> CapacityRestored {
    let (Some(inject), Some(reach)) = (marks.inject, marks.reach()) else { return CapacityRestored::NotMeasured };
    let until = marks.heal.unwrap_or(reach.to);
    let lost =
        costs_redundancy && marks.targets().any(|target| topology.serving().iter().any(|(node, _)| *node == target));
    let each = topology.detectors.iter().filter(|one| one.watches_pages()).map(|detector| {
        let watched = Watched { detector: &detector.name, inject, effect: reach.from, until };
        let found = watched.found(facts, topology);
        let end = match &found {
            CapacityRestored::After { time, .. } => reach.from + *time,
            _ => until,
        };
        match found {
            _ if unread(facts, Span { from: inject, to: end }).any(|one| one.detector == detector.name) => {
                CapacityRestored::NotMeasured
            }
            CapacityRestored::NoneLost if lost => CapacityRestored::Unnoticed,
            found => found,
        }
    });
    each.max_by_key(CapacityRestored::order).unwrap_or_default()
}

/// What is looked at of one detector.
struct Watched<'a> {
    detector: &'a str,
    inject: Stamp,
    effect: Stamp,
    until: Stamp,
}

impl Watched<'_> {
    fn found(&self, facts: &Facts, topology: &Topology) -> CapacityRestored {
        let nodes = nodes(topology);
        // A node in another's place that was taken out again is told nowhere: none counts from before.
        let mut up: Vec<bool> = nodes.iter().map(|(_, own)| *own).collect();
        let count = |up: &[bool]| up.iter().filter(|up| **up).count();
        let changes = facts.changes.iter().filter(|change| *change.detector == *self.detector);
        let known =
            changes.filter_map(|change| Some((change, nodes.iter().position(|(node, _)| **node == *change.service)?)));
        let (mut before, mut fewer) = (count(&up), false);
        for (change, place) in known.take_while(|(change, _)| change.at < self.until) {
            let (_, own) = nodes[place];
            if change.at < self.inject {
                up[place] = own && change.is_up();
                before = count(&up);
                continue;
            }
            up[place] = change.is_up();
            if count(&up) < before {
                fewer = true;
            } else if fewer {
                let time = change.at.since(self.effect);
                return CapacityRestored::After { time, by: change.service.to_string(), replaces: !own };
            }
        }
        if fewer {
            CapacityRestored::DidNot { at_least: self.until.since(self.effect) }
        } else {
            CapacityRestored::NoneLost
        }
    }
}
