//! What a command of the topology timed on the idle cluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One command at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timed {
    /// The topology's name for the timing.
    pub timing: String,
    /// What it times, in words.
    pub title: String,
    /// The topology's name for the place.
    pub place: String,
    /// What the command printed, by its own names, which end in a unit.
    pub values: BTreeMap<String, f64>,
}
