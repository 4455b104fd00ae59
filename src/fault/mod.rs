//! Settings → [`Injection`]: the steps that make a fault, the evidence that it is there, the steps that end it.
//! Pure data: no clock, no Docker, no other fault.
//!
//! # To add a fault
//!
//! Write one file with a `pub const KIND: Kind` (copy `freeze.rs`) and add one line to [`KINDS`]. The table
//! feeds the parsing of scenarios, `wwchaos list`, error texts and the reference in `scenarios/README.md`; a
//! test keeps them equal, but for the rows *evidence* and *healed by* of the reference. If the fault needs a power that no [`Step`] gives, add a step to
//! `cluster/step.rs`. Tests that name each fault ask for it: CONTRIBUTING.md lists them.

mod bandwidth;
mod clock_skew;
mod connection_exhaust;
mod cpu_starve;
mod crash;
mod disk_fill;
mod dns;
mod freeze;
mod hang_oom;
mod io_throttle;
mod kill;
mod latency;
mod loss;
mod oom;
mod partition;
mod pids;
mod process_stop;
mod replica_lag;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cluster::{Evidence, Limit, Step, Trouble};
use crate::predict::Failure;
use crate::settings::{Spec, Values};

/// Every fault, in the order in which `wwchaos list` prints them.
pub const KINDS: &[Kind] = &[
    kill::KIND,
    crash::KIND,
    freeze::KIND,
    process_stop::KIND,
    oom::KIND,
    hang_oom::KIND,
    cpu_starve::KIND,
    pids::KIND,
    disk_fill::KIND,
    io_throttle::KIND,
    partition::KIND,
    loss::KIND,
    latency::KIND,
    bandwidth::KIND,
    dns::KIND,
    clock_skew::KIND,
    connection_exhaust::KIND,
    replica_lag::KIND,
];

/// A kind of fault.
#[derive(Debug)]
pub struct Kind {
    /// The name as written in a scenario.
    pub name: &'static str,
    /// What the target did, as a verb for one sentence: `web1 froze for 30 s`.
    pub happened: &'static str,
    /// One sentence on what it does.
    pub does: &'static str,
    /// The real event that it stands for.
    pub stands_for: &'static str,
    /// What it cannot show.
    pub cannot_show: &'static str,
    /// Whether the real event takes with it what was not yet on disk, and this fault does not.
    pub spares_page_cache: bool,
    /// Whether the cluster cannot rely on the target meanwhile, so that it has one fewer than planned.
    pub costs_redundancy: bool,
    /// What the target is to whoever asks it meanwhile; none where that depends on what is asked, and when.
    pub seen_as: Option<Failure>,
    /// What it is aimed at.
    pub aim: Aim,
    /// Its settings.
    pub settings: fn() -> Vec<Spec>,
    /// The fault with these settings on this target.
    pub injection: fn(&Values, &str) -> Injection,
}

/// What a fault is aimed at, and so what its target must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// A service, whatever runs in it.
    Service,
    /// A service of a role that says which processes are its server, and that runs them: of a passive role the primary.
    Server,
    /// A service that has a port, likewise.
    Port,
    /// A service that runs the app.
    App,
    /// A service that is no primary, of a role for which the topology names this condition; and that in words.
    Condition(&'static str, &'static str),
    /// A volume.
    Volume,
}

impl Aim {
    /// What the target must be, in the words of an error text and of the reference.
    pub const fn needs(self) -> &'static str {
        match self {
            Self::Service => "a service",
            Self::Server => "a service whose role names its `server`, of a passive role the primary",
            Self::Port => "a service with a port, of a passive role the primary",
            Self::App => "a service of the role `web`",
            Self::Condition(_, needs) => needs,
            Self::Volume => "a volume",
        }
    }
}

/// A fault applied to a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Injection {
    /// Steps that make the fault, in order.
    pub inject: Vec<Step>,
    /// What shows that it is there.
    pub evidence: Evidence,
    /// Steps that end it, in order. Each may be repeated.
    pub heal: Vec<Step>,
}

/// A fault on a target that is known by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strike {
    /// The service or volume that it hits.
    pub target: String,
    /// What is done, seen and undone.
    pub injection: Injection,
}

/// `trouble` in the network of `target`. A cluster manager may have fenced (killed) it meanwhile, so it is started too.
fn disturbed(target: &str, trouble: Trouble) -> Injection {
    let service = target.to_owned();
    Injection {
        inject: vec![Step::Disturb { service: service.clone(), trouble: trouble.clone() }],
        evidence: Evidence::Disturbed { service: service.clone(), trouble },
        heal: vec![Step::Calm { service: service.clone() }, Step::Start { service }],
    }
}

/// `limit` on what `target` may use; it is started in the end, likewise.
fn limited(target: &str, limit: Limit) -> Injection {
    let service = target.to_owned();
    Injection {
        inject: vec![Step::Limit { service: service.clone(), limit: limit.clone() }],
        evidence: Evidence::Limited { service: service.clone(), limit: limit.clone() },
        heal: vec![Step::Unlimit { service: service.clone(), limit }, Step::Start { service }],
    }
}

/// The kind called `name`.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// All names, for error texts.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_can_be_healed_and_shows_evidence_of_its_target() {
        for kind in KINDS {
            let injection = (kind.injection)(&Values::defaults(&(kind.settings)()), "web1");
            assert!(!injection.inject.is_empty() && !injection.heal.is_empty(), "{}", kind.name);
            assert!(injection.evidence.to_string().contains("web1"), "{}", kind.name);
            for step in injection.inject.iter().chain(&injection.heal) {
                assert!(step.to_string().contains("web1"), "{}: {step}", kind.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_settings_have_valid_defaults() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..index].iter().all(|other| other.name != kind.name));
            for spec in (kind.settings)() {
                assert_eq!(spec.check(&spec.default), Ok(()), "{}.{}", kind.name, spec.name);
            }
        }
    }
}
