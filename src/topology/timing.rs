//! What the cluster itself can time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One command that times something at several places of a service, to be held against each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// What it times.
    pub title: String,
    /// The service it runs in.
    pub service: String,
    /// The command, which gets what it times as its last argument and prints a JSON object of numbers.
    pub command: Vec<String>,
    /// What it times, by the name of the place: its last argument.
    pub at: BTreeMap<String, String>,
}
