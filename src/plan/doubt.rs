//! (plan, topology) → the expectations that nobody can tell there, or that the topology is configured not to meet.

use std::time::Duration;

use crate::fault;
use crate::scenario::{Expectations, Place, Teller, teller};
use crate::topology::{Detector, Topology, WEB};

use super::{Configured, Plan, Target, Window};

/// Why an expectation may say nothing, or can hardly be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// They need the word of a detector, and there is none to say it.
    Unwatched {
        /// The expectations, as a scenario writes them.
        expected: Vec<&'static str>,
        /// The role that no detector watches; none for a volume, and where the topology has no detector at all.
        role: Option<String>,
    },
    /// What takes the place of a lost node takes longer than expected by configuration alone.
    Slower {
        /// The expectation, as a scenario writes it.
        expected: &'static str,
        /// What is configured.
        configured: Configured,
    },
    /// Nothing takes the place of a lost node here, and the fault lasts for longer than expected.
    Irreplaceable {
        /// The expectation, as a scenario writes it.
        expected: &'static str,
        /// How long the fault lasts.
        lasts: Duration,
    },
}

impl Plan {
    /// What of the expectations on `window` is in doubt on `topology`.
    pub fn doubts_of(&self, window: &Window, topology: &Topology) -> Vec<Doubt> {
        let target = roles_of(&window.target, topology).next();
        let silent = [(Teller::OfTarget, target), (Teller::OfNodes, Some(WEB)), (Teller::Detectors, None)];
        let unwatched = unwatched(&window.expect, Place::Window, &silent, topology);
        let slower = slower(&self.configured, window, topology);
        unwatched.into_iter().chain(slower).chain(irreplaceable(window, topology)).collect()
    }

    /// What of the expectations on the whole run is in doubt on `topology`.
    pub fn doubts(&self, topology: &Topology) -> Vec<Doubt> {
        unwatched(self.expected_of(Place::Run), Place::Run, &[(Teller::Detectors, None)], topology)
    }
}

/// The roles of those one of whom `target` is; none for a volume.
fn roles_of<'a>(target: &'a Target, topology: &'a Topology) -> impl Iterator<Item = &'a str> {
    let candidates = target.candidates(topology).into_iter();
    candidates.filter_map(|service| topology.role_of(service)).map(|(role, _)| role)
}

/// Those of `expect` that are judged at `place` and told by whoever watches the role beside the teller, and nobody does.
fn unwatched(
    expect: &Expectations,
    place: Place,
    tellers: &[(Teller, Option<&str>)],
    topology: &Topology,
) -> Vec<Doubt> {
    let watched = |role: &str| topology.detectors.iter().any(|detector| detector.watches == role);
    let mut doubts: Vec<Doubt> = Vec::new();
    for (by, role) in tellers {
        let heard = match role {
            Some(role) => watched(role),
            // A volume is watched by nobody.
            None => *by == Teller::Detectors && !topology.detectors.is_empty(),
        };
        let told = expect.written().filter(|name| place.judges(name) && teller(name) == *by);
        let told: Vec<_> = told.collect();
        if heard || told.is_empty() {
            continue;
        }
        let role = role.filter(|_| !topology.detectors.is_empty()).map(str::to_owned);
        match doubts.iter_mut().find(|doubt| matches!(doubt, Doubt::Unwatched { role: other, .. } if *other == role)) {
            Some(Doubt::Unwatched { expected, .. }) => expected.extend(told),
            _ => doubts.push(Doubt::Unwatched { expected: told, role }),
        }
    }
    doubts
}

/// The roles of which `window` takes somebody who would have to be replaced.
fn lost<'a>(window: &'a Window, topology: &'a Topology) -> Vec<&'a str> {
    let costs = |name: &str| fault::kind(name).is_some_and(|kind| kind.costs_redundancy);
    // Nothing takes the place of a replica.
    let replaced = costs(&window.fault) && !matches!(window.target, Target::Replica { .. });
    let own = roles_of(&window.target, topology).filter(|_| replaced);
    let also = window.also.iter().filter(|hit| costs(&hit.fault));
    let also = also.filter_map(|hit| topology.role_of(&hit.target)).map(|(role, _)| role);
    own.chain(also).collect()
}

/// The capacity that is expected back before the fault ends, where nothing but its end brings it.
fn irreplaceable(window: &Window, topology: &Topology) -> Option<Doubt> {
    let lasts = window.end.saturating_sub(window.start);
    let late = window.expect.capacity_restored.is_some_and(|most| lasts > most.0);
    // Where nobody watches the nodes, nobody can tell anyway.
    let watched = topology.detectors.iter().any(Detector::watches_pages);
    let alone = topology.spares_of(WEB).next().is_none();
    (late && watched && alone && lost(window, topology).contains(&WEB))
        .then_some(Doubt::Irreplaceable { expected: "capacity_restored", lasts })
}

/// What is expected of `window` and takes longer by configuration, where what it hits has to be replaced.
fn slower(configured: &[Configured], window: &Window, topology: &Topology) -> Vec<Doubt> {
    let lost = lost(window, topology);
    let doubt = |one: &Configured| {
        let stands_in = topology.roles.get(&one.role).and_then(|role| role.stands_in_for.as_deref());
        let (expected, most, of) = match stands_in {
            Some(lost) => ("capacity_restored", window.expect.capacity_restored, lost),
            None => ("failover_time", window.expect.failover_time, one.role.as_str()),
        };
        let longer = lost.contains(&of) && most.is_some_and(|most| one.time > most.0);
        longer.then(|| Doubt::Slower { expected, configured: one.clone() })
    };
    configured.iter().filter_map(doubt).collect()
}
