//! The target as written → whom a window hits.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::fault::Aim;
use crate::topology::Topology;

/// Whom a window hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl Target {
    /// `web.any` draws a service, `db.primary` asks at injection, `storage.courses` names a volume, anything
    /// else is a service.
    pub fn resolve(written: &str, aim: Aim, topology: &Topology, random: &mut ChaCha8Rng) -> Result<Self, String> {
        match aim {
            Aim::Volume => volume(written, topology),
            Aim::Service => service(written, topology, random),
        }
    }
}

fn volume(written: &str, topology: &Topology) -> Result<Target, String> {
    let name = |(name, volume): (&String, &crate::topology::Volume)| format!("{}.{name}", volume.role);
    let known: Vec<_> = topology.volumes.iter().map(name).collect();
    let found = topology.volumes.iter().find(|entry| name(*entry) == written || entry.0 == written);
    found
        .map(|(volume, _)| Target::Volume { volume: volume.clone() })
        .ok_or_else(|| format!("unknown volume `{written}`; known: {}", known.join(", ")))
}

fn service(written: &str, topology: &Topology, random: &mut ChaCha8Rng) -> Result<Target, String> {
    if let Some((name, which)) = written.split_once('.') {
        let role = topology.roles.get(name).filter(|role| !role.services.is_empty());
        return match (role, which) {
            (Some(role), "any") => {
                let index = random.random_range(0..role.services.len());
                Ok(Target::Service { service: role.services[index].clone() })
            }
            (Some(role), "primary") if role.primary.is_some() => Ok(Target::Primary { role: name.to_owned() }),
            _ => Err(format!("unknown target `{written}`; known: {}", known(topology).join(", "))),
        };
    }
    if topology.services().any(|service| service == written) {
        return Ok(Target::Service { service: written.to_owned() });
    }
    Err(format!("unknown target `{written}`; known: {}", known(topology).join(", ")))
}

fn known(topology: &Topology) -> Vec<String> {
    let roles = topology.roles.iter().flat_map(|(name, role)| {
        let primary = role.primary.is_some().then(|| format!("{name}.primary"));
        std::iter::once(format!("{name}.any")).chain(primary)
    });
    roles.chain(topology.services().map(str::to_owned)).collect()
}
