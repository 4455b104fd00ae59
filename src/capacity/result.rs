//! All that a search for capacity came to, in one place ([`Capacity`]): what it was asked of, what was found in each state, why,
//! and what would help. Stored as JSON and read back.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bottleneck::Bottleneck;
use super::goal::Goals;
use super::model::{EntryRate, Models, Prediction};
use super::search::{Bounds, Found, Stuck};
use super::state::State;
use super::trial::Trial;
use crate::foreign::{NUMBER_MAX, largest};
use crate::settings::{Values, millis};
use crate::setup::Setup;

/// Version of [`Capacity`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;
/// How many students a cluster holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The topology's name.
    pub topology: String,
    /// The app's name.
    pub app: String,
    /// Every setting of topology and app.
    pub settings: Values,
    /// What it was made on.
    pub setup: Setup,
    /// What a web node has. A number of students belongs to it.
    pub node: Node,
    /// What a class must get.
    pub goals: Goals,
    /// Within which sizes was searched, and how.
    pub bounds: Bounds,
    /// What was found in each state, in the order in which they were searched.
    pub states: Vec<StateResult>,
    /// What other clusters would hold, by the model.
    pub predictions: Vec<Prediction>,
    /// How fast larger classes may enter, by the model.
    pub entry_rates: Vec<EntryRate>,
    /// What was told beforehand that it would take.
    pub estimate: Forecast,
    /// What it took.
    #[serde(rename = "took_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub took: Duration,
    /// What could not be measured, and why.
    pub unmeasured: Vec<String>,
}

/// What a web node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// How many there are of them.
    pub nodes: u32,
    /// Processors that each may use.
    pub cores: f64,
    /// Memory that each may use.
    pub memory_bytes: u64,
}

/// What a search was expected to take, in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Trials, when all goes as expected.
    pub trials_likely: u32,
    /// Never more trials.
    pub trials_most: u32,
    /// The time of the first.
    #[serde(rename = "likely_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub likely: Duration,
    /// The time of the second.
    #[serde(rename = "most_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub most: Duration,
}

/// What was found in one state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateResult {
    /// Which.
    pub state: State,
    /// How the search ended.
    pub ending: Ending,
    /// Its trials, in order.
    pub trials: Vec<Trial>,
    /// What held the cluster back; none of no trial.
    pub bottleneck: Option<Bottleneck>,
    /// What the models say.
    pub models: Models,
    /// What it took.
    #[serde(rename = "took_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub took: Duration,
}

/// How the search in one state ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// With an answer.
    Found(Found),
    /// Without one.
    Stuck(Stuck),
    /// It was not made, or was ended by somebody.
    NotMade {
        /// Why.
        why: String,
    },
}

impl StateResult {
    /// The largest class that is said to hold, whether or not the search came to its end.
    pub fn holds(&self) -> Option<u32> {
        match &self.ending {
            Ending::Found(found) => found.holds,
            Ending::Stuck(stuck) => stuck.holds,
            Ending::NotMade { .. } => None,
        }
    }

    /// The smallest class that is said to fail.
    pub fn fails(&self) -> Option<u32> {
        match &self.ending {
            Ending::Found(found) => found.fails,
            Ending::Stuck(stuck) => stuck.fails,
            Ending::NotMade { .. } => None,
        }
    }

    /// The smallest class with which the cluster did not recover when the load had gone, and in how many trials of any class it
    /// did not; none when it always did, or nobody looked.
    pub fn metastable(&self) -> Option<(u32, usize)> {
        let trials: Vec<_> = self.trials.iter().filter(|trial| trial.measured.is_metastable()).collect();
        Some((trials.iter().map(|trial| trial.students).min()?, trials.len()))
    }
}

/// Why a stored result cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON of this structure.
    #[error("not a stored capacity: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("expected a capacity of schema {SCHEMA}, got {0}")]
    Schema(u64),
    /// A number in it is none of a capacity.
    #[error("no figure is as large as {0:e} (hint: the file was damaged)")]
    Number(f64),
}

impl Capacity {
    /// What was stored as JSON.
    pub fn read(text: &[u8]) -> Result<Self, Unreadable> {
        let value: serde_json::Value = serde_json::from_slice(text)?;
        let schema = value.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if schema != u64::from(SCHEMA) {
            return Err(Unreadable::Schema(schema));
        }
        match largest(&value).filter(|number| *number > NUMBER_MAX) {
            Some(number) => Err(Unreadable::Number(number)),
            None => Ok(serde_json::from_value(value)?),
        }
    }
}
