//! The stamps of a window and who saw them, as data. How they come about: `timeline`.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::{ProbeKind, Step};
use crate::settings::millis;

use super::figures::ErrorClassName;

/// The stamps of a window, each when it is known, counted from the class's start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// The first inject step was issued.
    #[serde(rename = "inject_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub inject: Option<Duration>,
    /// The fault was seen to be there.
    #[serde(rename = "effect_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub effect: Option<Duration>,
    /// How long before that it may have come: since the last look that did not see it.
    #[serde(rename = "effect_doubt_ms", with = "millis::optional", default)]
    #[schemars(with = "Option<u64>")]
    pub effect_doubt: Option<Duration>,
    /// Intended time of the first student request or entry probe that failed.
    #[serde(rename = "first_error_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub first_error: Option<Duration>,
    /// The responsible detector said down.
    #[serde(rename = "detect_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub detect: Option<Duration>,
    /// Another service of the target's role began to accept writes.
    #[serde(rename = "promoted_ms", with = "millis::optional", default)]
    #[schemars(with = "Option<u64>")]
    pub promoted: Option<Duration>,
    /// Intended time of the first probe of the unbroken run that ends the outage.
    #[serde(rename = "route_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub route: Option<Duration>,
    /// Start of the first 5 s within the baseline's band.
    #[serde(rename = "recover_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub recover: Option<Duration>,
    /// The first heal step was issued.
    #[serde(rename = "heal_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub heal: Option<Duration>,
    /// The fault was seen to be gone and the target to serve.
    #[serde(rename = "healed_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub healed: Option<Duration>,
    /// Every service was ready, every role that has a primary had one, and the balancer kept no node out.
    #[serde(rename = "restored_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub restored: Option<Duration>,
    /// Who or what saw each of them, by the name of the stamp without its unit.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
}

/// Who or what saw a stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// wwchaos itself issued the first step at that moment.
    Command,
    /// The engine, the kernel or a file system showed the fault.
    Evidence {
        /// What they showed.
        detail: String,
    },
    /// A student's request failed.
    Student {
        /// The login.
        student: String,
        /// What it was for.
        step: Step,
        /// How.
        class: ErrorClassName,
    },
    /// A probe of this kind: the first that failed, or the first of the run of successes.
    Probe {
        /// The kind.
        kind: ProbeKind,
    },
    /// A detector.
    Detector {
        /// Its name.
        name: String,
        /// Its own words.
        detail: String,
    },
    /// A service of a role with a primary said that it accepts writes.
    DatabaseRole {
        /// The service.
        service: String,
    },
    /// Requests of students and entry probes together.
    Traffic,
    /// The evidence was gone and the target answered its readiness question.
    Target,
    /// Every service was ready (a replica: caught up), every role had its primary, the balancer kept no node out.
    Cluster {
        /// What was missing in the look before; none when nothing was, and where the history does not tell.
        #[serde(default)]
        awaited: Option<String>,
    },
}
