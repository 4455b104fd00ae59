//! The target as written → whom a window hits.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::{Aim, Kind};
use crate::settings::Refusal;
use crate::topology::{Role, Topology};

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
}

/// A target that a topology offers, as a scenario names it.
struct Offer<'a> {
    written: String,
    whom: Whom<'a>,
}

enum Whom<'a> {
    Any(&'a Role),
    Primary(&'a str, &'a Role),
    Service(&'a str, &'a Role),
    Volume(&'a str),
}

impl Target {
    /// `web.any` draws a service, `db.primary` asks at injection, `storage.courses` names a volume, anything
    /// else is a service. Refuses what the topology does not have, and what has not what the fault needs.
    pub fn resolve(written: &str, fault: &Kind, topology: &Topology, random: &mut ChaCha8Rng) -> Result<Self, Refusal> {
        let offers = offers(topology);
        let fitting: Vec<_> =
            offers.iter().filter(|offer| offer.whom.fits(fault.aim)).map(|offer| offer.written.as_str()).collect();
        let named = |offer: &&Offer<'_>| {
            offer.written == written || matches!(offer.whom, Whom::Volume(volume) if volume == written)
        };
        // A service goes before a volume of the same name, unless only the volume fits.
        let found = offers.iter().filter(named).find(|offer| offer.whom.fits(fault.aim));
        let Some(found) = found.or_else(|| offers.iter().find(named)) else {
            return Err(Refusal::unknown("target", written, &fitting));
        };
        if !found.whom.fits(fault.aim) {
            let (is, needs) = (found.whom.what(), fault.aim.needs());
            let hint = match fitting.as_slice() {
                [] => format!("{} has none", topology.name),
                fitting => format!("targets that fit: {}", fitting.join(", ")),
            };
            return Err(Refusal::new(format!("`{written}` is {is}; `{}` needs {needs}", fault.name)).hinted(hint));
        }
        Ok(match found.whom {
            Whom::Any(role) => {
                let index = random.random_range(0..role.services.len());
                Self::Service { service: role.services[index].clone() }
            }
            Whom::Primary(role, _) => Self::Primary { role: role.to_owned() },
            Whom::Service(service, _) => Self::Service { service: service.to_owned() },
            Whom::Volume(volume) => Self::Volume { volume: volume.to_owned() },
        })
    }
}

impl Whom<'_> {
    fn fits(&self, aim: Aim) -> bool {
        match (self, aim) {
            (Self::Volume(_), aim) => aim == Aim::Volume,
            (_, Aim::Service) => true,
            (Self::Any(role) | Self::Primary(_, role) | Self::Service(_, role), Aim::Server) => role.server.is_some(),
            (_, Aim::Volume) => false,
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Volume(_) => "a volume",
            Self::Any(role) | Self::Primary(_, role) | Self::Service(_, role) if role.server.is_none() => {
                "a service without `server` in topology.toml"
            }
            _ => "a service",
        }
    }
}

fn offers(topology: &Topology) -> Vec<Offer<'_>> {
    let offer = |written: String, whom| Offer { written, whom };
    let filled = || topology.roles.iter().filter(|(_, role)| !role.services.is_empty());
    let roles = filled().flat_map(|(name, role)| {
        let primary = role.primary.is_some().then(|| offer(format!("{name}.primary"), Whom::Primary(name, role)));
        std::iter::once(offer(format!("{name}.any"), Whom::Any(role))).chain(primary)
    });
    let services = filled().flat_map(|(_, role)| {
        role.services.iter().map(move |service| Offer { written: service.clone(), whom: Whom::Service(service, role) })
    });
    let volumes =
        topology.volumes.iter().map(|(name, volume)| offer(format!("{}.{name}", volume.role), Whom::Volume(name)));
    roles.chain(services).chain(volumes).collect()
}
