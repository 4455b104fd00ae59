//! (plan, topology) → the expectations that this topology cannot be judged by, or cannot meet as it is set.

use crate::scenario::Expectations;
use crate::topology::{Topology, WEB};

use super::{Configured, Plan, Window};

/// Why an expectation says nothing here, or is violated whatever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What detectors say is expected, and none says it.
    Unwatched {
        /// The expectations, as a scenario writes them.
        expected: Vec<&'static str>,
        /// The role that no detector watches; none where the topology has no detector at all.
        role: Option<String>,
    },
    /// Failovers take longer than expected by configuration alone.
    Slower(Configured),
}

impl Plan {
    /// What of the expectations on `window` is in doubt on `topology`.
    pub fn doubts_of(&self, window: &Window, topology: &Topology) -> Vec<Doubt> {
        let expect = &window.expect;
        let candidates = window.target.candidates(topology);
        let roles: Vec<_> = candidates.iter().filter_map(|service| topology.role_of(service)).collect();
        // A volume has no role that could be watched.
        let Some((role, _)) = roles.first().copied() else {
            return unwatched(of_target(expect), Some(&window.written)).into_iter().collect();
        };
        let watched = |role: &str| topology.detectors.iter().any(|detector| detector.watches == role);
        let nobody = (!topology.detectors.is_empty()).then_some(role);
        let of_target = unwatched(of_target(expect), nobody).filter(|_| !watched(role));
        let of_nodes = (expect.capacity_restored.is_some() && !watched(WEB)).then_some("capacity_restored");
        let of_nodes = unwatched(of_nodes.into_iter().collect(), nobody.map(|_| WEB));
        let most = expect.failover_time.map(|most| most.0);
        let longer = self.configured.iter().filter(|one| one.role == role && most.is_some_and(|most| one.time > most));
        of_target.into_iter().chain(of_nodes).chain(longer.cloned().map(Doubt::Slower)).collect()
    }

    /// What of the expectations on the whole run is in doubt on `topology`.
    pub fn doubts(&self, topology: &Topology) -> Vec<Doubt> {
        let expect = self.expect_run.as_ref().unwrap_or(&self.expect);
        let alarms = expect.false_alarms.filter(|_| topology.detectors.is_empty()).map(|_| "false_alarms");
        unwatched(alarms.into_iter().collect(), None).into_iter().collect()
    }
}

/// What is expected of whoever watches the target.
fn of_target(expect: &Expectations) -> Vec<&'static str> {
    let time = expect.time_to_detect.map(|_| "time_to_detect");
    let flaps = expect.flaps.map(|_| "flaps");
    time.into_iter().chain(flaps).collect()
}

fn unwatched(expected: Vec<&'static str>, role: Option<&str>) -> Option<Doubt> {
    (!expected.is_empty()).then(|| Doubt::Unwatched { expected, role: role.map(str::to_owned) })
}
