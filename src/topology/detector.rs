//! Who decides that a node is down, as `topology.toml` names it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::app::WEB;

/// Who decides that a node of a role is down, and where the verdict can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detector {
    /// What reports call it, for example `balancer`.
    pub name: String,
    /// The role whose nodes it judges.
    pub watches: String,
    /// The service it runs in.
    pub service: String,
    /// Where its verdicts are read.
    pub source: Source,
    /// The files in its service's container that say how it is configured, by the language they are written in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<Language, String>,
}

impl Detector {
    /// Whether it judges the nodes that students reach.
    pub fn watches_pages(&self) -> bool {
        self.watches == WEB
    }
}

/// The language of a detector's configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// `haproxy.cfg`.
    Haproxy,
    /// `corosync.conf`.
    Corosync,
    /// Pacemaker's configuration, `cib.xml`.
    Cib,
}

impl Language {
    /// Every language with its name in `topology.toml`.
    pub const ALL: &[(&str, Self)] = &[("haproxy", Self::Haproxy), ("corosync", Self::Corosync), ("cib", Self::Cib)];
}

/// Where a detector's verdicts are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// HAProxy's runtime interface on this port.
    Haproxy {
        /// TCP port of the stats socket.
        port: u16,
    },
    /// The output of one long-running command; each expression's group `service` names the node.
    Follow {
        /// The command and its arguments.
        command: Vec<String>,
        /// Expression for "this node is down".
        down: String,
        /// Expression for "this node is up".
        up: String,
    },
}

impl Source {
    /// Whether the detector finds out by asking the nodes itself. Then what it asks may be why it does not notice.
    pub fn has_health_checks(&self) -> bool {
        match self {
            Self::Haproxy { .. } => true,
            Self::Follow { .. } => false,
        }
    }
}
