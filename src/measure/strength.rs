//! Detectors → when as many nodes served again as before a fault.
//!
//! A detector that watches the nodes which students reach counts a node when it says that it is up. Nodes are those of role
//! `web`, which count from the beginning, and those of roles that stand in for them, which count once it has said so. *Capacity
//! restored* is the first moment, once it had counted fewer than at the effect, at which it counts as many again: the lost
//! node is back, or another one has taken its place. From effect to the next window or the end of the class; of several
//! detectors the last.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::millis;
use crate::topology::{Topology, WEB};

use super::facts::{Facts, Span};

/// When as many nodes served again as before the fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Strength {
    /// No detector of the topology watches its web nodes, or the window is void.
    #[default]
    NotMeasured,
    /// No detector said that there were fewer.
    NeverLess,
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
    /// There were fewer as long as it was watched.
    NotSeen {
        /// From effect.
        #[serde(rename = "watched_ms", with = "millis")]
        #[schemars(with = "u64")]
        watched: Duration,
    },
}

impl Strength {
    /// A key by which they are in order: not measured, never less, by length, not seen.
    fn order(&self) -> (u8, Duration) {
        match self {
            Self::NotMeasured => (0, Duration::ZERO),
            Self::NeverLess => (1, Duration::ZERO),
            Self::After { time, .. } => (2, *time),
            Self::NotSeen { watched } => (3, *watched),
        }
    }
}

/// What the detectors of `topology` say of `reach`, from effect to the next window or the end of the class.
pub fn strength(facts: &Facts, topology: &Topology, reach: Span) -> Strength {
    let watching = topology.detectors.iter().filter(|one| one.watches == WEB);
    let each = watching.map(|detector| by(facts, topology, &detector.name, reach));
    each.max_by_key(Strength::order).unwrap_or_default()
}

/// What one of them says.
fn by(facts: &Facts, topology: &Topology, detector: &str, reach: Span) -> Strength {
    let serving = topology.serving().into_iter().map(|(service, _)| (service, true));
    let spare = topology.stand_ins_for(WEB).map(|service| (service, false));
    let mut nodes: Vec<(&str, bool)> = serving.chain(spare).collect();
    let own = topology.serving().len();
    let up = |nodes: &[(&str, bool)]| nodes.iter().filter(|(_, up)| *up).count();
    let (mut before, mut less) = (None, false);
    for change in facts.changes.iter().filter(|change| *change.detector == *detector && change.at < reach.to) {
        if change.at >= reach.from && before.is_none() {
            before = Some(up(&nodes));
        }
        let Some(place) = nodes.iter().position(|(node, _)| **node == *change.service) else { continue };
        nodes[place].1 = change.up;
        let Some(before) = before else { continue };
        if up(&nodes) < before {
            less = true;
        } else if less {
            let (by, replaces) = (change.service.to_string(), place >= own);
            return Strength::After { time: change.at - reach.from, by, replaces };
        }
    }
    if less { Strength::NotSeen { watched: reach.to - reach.from } } else { Strength::NeverLess }
}
