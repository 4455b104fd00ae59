//! Configuration of a detector + how a node fails → how soon the detector should say so: pure, and told before it is
//! measured. Knows no fault by name, no history and no topology.
//!
//! A [`Prediction`] is a range, or *never*, or *not modelled* with the reason: whatever lies outside of what a formula
//! was held against is not modelled. The formulas stand with the detectors ([`haproxy`], [`pacemaker`]), the measurements
//! in `compose/README.md`. To add a kind of detector: a language of its configuration in `topology::Language`, a file
//! here that reads it, an arm in [`predict`], and one in [`mask`], which says what of a configuration may be kept.

mod cib;
mod corosync;
mod haproxy;
mod mask;
mod pacemaker;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use mask::masked;

use crate::settings::millis;
use crate::topology::Language;

/// Most bytes of a configuration that is read.
const CONFIGURATION_MAX: usize = 256 << 10;

/// What a node that fails is to whoever asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The host has left the network: a connect gets no answer. While it goes down, some may still be refused.
    Unreachable,
    /// The server has ended and its host lives: a connect is refused at once.
    Refused,
    /// Nothing on the host runs, but its kernel: a connect succeeds, and no answer comes.
    Silent,
}

/// How soon a detector should say that a node is down, from the moment at which it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prediction {
    /// Within a range that depends on the moment of the failure between two checks.
    Within {
        /// At the soonest.
        #[serde(rename = "from_ms", with = "millis")]
        #[schemars(with = "u64")]
        from: Duration,
        /// At the latest.
        #[serde(rename = "to_ms", with = "millis")]
        #[schemars(with = "u64")]
        to: Duration,
        /// The settings that it follows from: `inter 2s fall 3 timeout check 3s`.
        settings: String,
    },
    /// It cannot see this kind of failure.
    Never {
        /// Why not.
        why: String,
        /// The setting to change.
        change: String,
        /// What that would give, at the soonest and at the latest; none where that is not modelled.
        gives: Option<Gain>,
    },
    /// It cannot be said.
    NotModelled {
        /// Why not.
        why: String,
    },
}

/// What a changed setting would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gain {
    /// At the soonest.
    #[serde(rename = "from_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub from: Duration,
    /// At the latest.
    #[serde(rename = "to_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub to: Duration,
}

impl Prediction {
    fn not_modelled(why: impl Into<String>) -> Self {
        Self::NotModelled { why: why.into() }
    }
}

/// How soon the detector with these configuration files says that `node` is down once it fails like `failure`. Of
/// HAProxy a node is the server of that name.
pub fn predict(files: &BTreeMap<Language, &str>, node: &str, failure: Failure) -> Prediction {
    let text = |language| files.get(&language).copied();
    if files.values().any(|text| text.len() > CONFIGURATION_MAX) {
        return Prediction::not_modelled(format!("a configuration of more than {CONFIGURATION_MAX} bytes is not read"));
    }
    if let Some(text) = text(Language::Haproxy) {
        return haproxy::predict(text, node, failure);
    }
    if let Some(text) = text(Language::Corosync) {
        return pacemaker::predict(text, files.get(&Language::Cib).copied(), failure);
    }
    Prediction::not_modelled("neither haproxy.cfg nor corosync.conf is named as its configuration")
}
