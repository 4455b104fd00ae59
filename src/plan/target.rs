//! The target as written → whom a window hits.

use std::fmt;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::{Aim, Kind};
use crate::settings::Refusal;
use crate::topology::{Role, Topology, WEB};

/// Whom a window hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// This service.
    Service {
        /// Its name.
        service: String,
    },
    /// This volume.
    Volume {
        /// Its name.
        volume: String,
    },
    /// Whoever is the primary of this role when the fault is injected.
    Primary {
        /// The role.
        role: String,
    },
    /// The first service of this role that is not its primary then.
    Replica {
        /// The role.
        role: String,
        /// Its services.
        services: Vec<String>,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service { service: name } | Self::Volume { volume: name } => f.write_str(name),
            Self::Primary { role } => write!(f, "{role} primary"),
            Self::Replica { role, .. } => write!(f, "{role} replica"),
        }
    }
}

/// A target that a topology offers, as a scenario names it.
struct Offer<'a> {
    written: String,
    whom: Whom<'a>,
}

enum Whom<'a> {
    Any(&'a str, &'a Role),
    Primary(&'a str, &'a Role),
    Replica(&'a str, &'a Role),
    /// A service, and the role that it has.
    Service(&'a str, (&'a str, &'a Role)),
    Volume(&'a str),
}

impl Target {
    /// The services of `topology` one of which it is.
    pub fn candidates<'a>(&'a self, topology: &'a Topology) -> Vec<&'a str> {
        match self {
            Self::Service { service } => vec![service],
            Self::Volume { .. } => Vec::new(),
            Self::Primary { role } | Self::Replica { role, .. } => topology
                .roles
                .get(role)
                .map(|role| role.services.iter().map(String::as_str).collect())
                .unwrap_or_default(),
        }
    }

    /// Refuses what [`Target::resolve`] refuses.
    pub fn check(written: &str, fault: &Kind, topology: &Topology) -> Result<(), Refusal> {
        Self::resolve(written, fault, topology, &mut ChaCha8Rng::seed_from_u64(0)).map(drop)
    }

    /// The name of the service or volume; none where the cluster is asked at injection.
    pub fn named(&self) -> Option<&str> {
        match self {
            Self::Service { service: name } | Self::Volume { volume: name } => Some(name),
            Self::Primary { .. } | Self::Replica { .. } => None,
        }
    }

    /// `web.any` draws a service, `db.primary` and `db.replica` ask at injection, `storage.courses` names a volume, anything
    /// else is a service. Refuses what the topology does not have, and what has not what the fault needs.
    pub fn resolve(written: &str, fault: &Kind, topology: &Topology, random: &mut ChaCha8Rng) -> Result<Self, Refusal> {
        let offers = offers(topology);
        let fitting: Vec<_> = offers
            .iter()
            .filter(|offer| offer.whom.fits(fault.aim, topology))
            .map(|offer| offer.written.as_str())
            .collect();
        let named = |offer: &&Offer<'_>| {
            offer.written == written || matches!(offer.whom, Whom::Volume(volume) if volume == written)
        };
        // A service goes before a volume of the same name, unless only the volume fits.
        let found = offers.iter().filter(named).find(|offer| offer.whom.fits(fault.aim, topology));
        let Some(found) = found.or_else(|| offers.iter().find(named)) else {
            return Err(Refusal::unknown("target", written, &fitting));
        };
        if !found.whom.fits(fault.aim, topology) {
            let (is, needs) = (found.whom.what(fault.aim, topology), fault.aim.needs());
            let hint = match fitting.as_slice() {
                [] => format!("{} has none", topology.name),
                fitting => format!("targets that fit: {}", fitting.join(", ")),
            };
            return Err(Refusal::new(format!("`{written}` is {is}; `{}` needs {needs}", fault.name)).hinted(hint));
        }
        Ok(match found.whom {
            Whom::Any(_, role) => {
                let index = random.random_range(0..role.services.len());
                Self::Service { service: role.services[index].clone() }
            }
            Whom::Primary(role, _) => Self::Primary { role: role.to_owned() },
            Whom::Replica(name, role) => Self::Replica { role: name.to_owned(), services: role.services.clone() },
            Whom::Service(service, _) => Self::Service { service: service.to_owned() },
            Whom::Volume(volume) => Self::Volume { volume: volume.to_owned() },
        })
    }
}

impl Whom<'_> {
    /// The role that it is of; a volume is of none.
    fn role(&self) -> Option<(&str, &Role)> {
        match self {
            Self::Volume(_) => None,
            Self::Any(name, role)
            | Self::Primary(name, role)
            | Self::Replica(name, role)
            | Self::Service(_, (name, role)) => Some((name, role)),
        }
    }

    fn fits(&self, aim: Aim, topology: &Topology) -> bool {
        let Some((name, role)) = self.role() else { return aim == Aim::Volume };
        let is_primary = matches!(self, Self::Primary(..));
        let absent = role.passive && !is_primary;
        match aim {
            Aim::Service => true,
            Aim::Server => !absent && role.server.is_some(),
            Aim::Port => !absent && self.has_port(topology),
            Aim::App => name == WEB,
            Aim::Condition(condition, _) => {
                topology.conditions.get(condition).is_some_and(|found| found.role == name && !is_primary)
            }
            Aim::Volume => false,
        }
    }

    /// Whether whoever of it is hit serves on a port that is known.
    fn has_port(&self, topology: &Topology) -> bool {
        let serves = |service: &str| topology.port_of(service).is_some();
        match self {
            Self::Service(service, _) => serves(service),
            _ => self.role().is_some_and(|(_, role)| role.services.iter().all(|service| serves(service))),
        }
    }

    fn what(&self, aim: Aim, topology: &Topology) -> &'static str {
        let Some((_, role)) = self.role() else { return "a volume" };
        match aim {
            Aim::Server if role.server.is_none() => "a service without `server` in topology.toml",
            Aim::Server | Aim::Port if role.passive => "a service that may run no server, as its role is passive",
            Aim::Port if !self.has_port(topology) => "a service without a port in topology.toml",
            _ => "a service",
        }
    }
}

/// Every target that `topology` offers but its single services, as a scenario writes it.
pub fn targets(topology: &Topology) -> Vec<String> {
    let several = offers(topology).into_iter().filter(|offer| !matches!(offer.whom, Whom::Service(..)));
    several.map(|offer| offer.written).collect()
}

fn offers(topology: &Topology) -> Vec<Offer<'_>> {
    let offer = |written: String, whom| Offer { written, whom };
    let filled = || topology.roles.iter().filter(|(_, role)| !role.services.is_empty());
    let roles = filled().flat_map(|(name, role)| {
        let primary = role.primary.is_some().then(|| offer(format!("{name}.primary"), Whom::Primary(name, role)));
        let several = role.primary.is_some() && role.services.len() > 1;
        let replica = several.then(|| offer(format!("{name}.replica"), Whom::Replica(name, role)));
        std::iter::once(offer(format!("{name}.any"), Whom::Any(name, role))).chain(primary).chain(replica)
    });
    let services = filled().flat_map(|(name, role)| {
        let whom = move |service| Whom::Service(service, (name, role));
        role.services.iter().map(move |service| Offer { written: service.clone(), whom: whom(service) })
    });
    let volumes =
        topology.volumes.iter().map(|(name, volume)| offer(format!("{}.{name}", volume.role), Whom::Volume(name)));
    roles.chain(services).chain(volumes).collect()
}
