//! Nodes that were out when a fault was injected, so that the cluster it met was not whole.
//!
//! Of each detector the services of the role that it watches, each by the last word before the injection. A detector that has said
//! nothing of a service has it up. Whom the harness heals is watched until it is there again, and no further: a balancer that wants
//! several checks to pass, or a node that alone cannot do the work of two, keeps the cluster from being whole long after that.

use crate::clock::Stamp;
use crate::topology::Topology;

use super::detection::called_down;
use super::facts::Facts;

/// Each such service with its detectors: `web1 (balancer)`.
pub fn already_out(facts: &Facts, topology: &Topology, inject: Stamp) -> Vec<String> {
    let watched = topology.detectors.iter().filter_map(|one| Some((one, topology.roles.get(&one.watches)?)));
    let each = watched.flat_map(|(detector, role)| role.services.iter().map(move |service| (detector, service)));
    let out = each.filter(|(detector, service)| called_down(facts, detector, service, inject));
    out.map(|(detector, service)| format!("{service} ({})", detector.name)).collect()
}
