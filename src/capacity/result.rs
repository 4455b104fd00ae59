//! All that a search for capacity came to, in one place ([`Capacity`]): what it was asked of, what was found in each state, why,
//! and what would help. Stored as JSON and read back.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bottleneck::Bottleneck;
use super::goal::Goals;
use super::model::{Change, EntryRate, Models, Prediction};
use super::search::{Bounds, Found, Stuck};
use super::state::State;
use super::trial::{Measured, Trial};
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
    /// What this is, for whoever finds the file: `capacity`.
    pub kind: Kind,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// What was found, in one sentence.
    #[serde(default)]
    pub sentence: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The profile as which its class comes; none where the scenario says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How else its class comes; none where a profile says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<Arrival>,
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
    /// Predictions that were run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified: Vec<Verified>,
    /// What was told beforehand that it would take.
    pub estimate: Forecast,
    /// What it took.
    #[serde(rename = "took_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub took: Duration,
    /// What could not be measured, and why.
    pub unmeasured: Vec<String>,
}

/// What a file is the result of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Of a search for the largest class that a cluster holds.
    #[default]
    Capacity,
}

/// How a class comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arrival {
    /// Within which time.
    #[serde(rename = "within_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub within: Duration,
    /// Whether one comes after the other, and not by chance.
    pub evenly: bool,
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
    /// What comes before the first state: the cluster, and the sizing trial.
    #[serde(rename = "before_ms", with = "millis", default)]
    #[schemars(with = "u64")]
    pub before: Duration,
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
    /// The class that was tried first, by the model.
    pub first_guess: u32,
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
        /// The largest class of which most runs held until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holds: Option<u32>,
        /// The smallest above it of which most runs failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fails: Option<u32>,
    },
}

/// A prediction that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "prediction", rename_all = "snake_case")]
pub enum Verified {
    /// What another cluster holds.
    Change {
        /// What differs.
        change: Change,
        /// The largest class by the model; none when not even the smallest.
        predicted: Option<u32>,
        /// How the search ended; each end was tried once.
        ending: Ending,
        /// Its trials, in order.
        trials: Vec<Trial>,
        /// What it took.
        #[serde(rename = "took_ms", with = "millis")]
        #[schemars(with = "u64")]
        took: Duration,
    },
    /// How fast a class may enter.
    Entry {
        /// Students of the class.
        students: u32,
        /// So many a minute by the model.
        predicted_per_minute: u32,
        /// The largest rate that was tried and held; none when none did.
        held_per_minute: Option<u32>,
        /// Its trials, fastest entry first.
        trials: Vec<Trial>,
        /// What it took.
        #[serde(rename = "took_ms", with = "millis")]
        #[schemars(with = "u64")]
        took: Duration,
    },
}

impl Verified {
    /// Its trials.
    pub fn trials(&self) -> &[Trial] {
        match self {
            Self::Change { trials, .. } | Self::Entry { trials, .. } => trials,
        }
    }

    /// How much more than the middle of what was found is predicted, as a share of it; none where no such was found, and of an
    /// entry rate, of which only steps are tried.
    pub fn off_share(&self) -> Option<f64> {
        let Self::Change { predicted, ending: Ending::Found(found), .. } = self else { return None };
        let middle = f64::midpoint(f64::from(found.holds?), f64::from(found.fails?));
        Some(f64::from((*predicted)?) / middle - 1.0)
    }
}

/// What no trial of `states` told; nothing where there is no trial.
pub fn unmeasured(states: &[StateResult]) -> Vec<String> {
    if states.iter().all(|one| one.trials.is_empty()) {
        return Vec::new();
    }
    let told =
        |what: fn(&Measured) -> bool| states.iter().flat_map(|one| &one.trials).any(|trial| what(&trial.measured));
    let known = [
        (told(|one| one.render.count > 0), "time to render a page: no app said it"),
        (
            told(|one| one.shared_volume.count > 0),
            "time of an operation on the shared volume: there is none of limited size",
        ),
        (
            told(|one| one.database_statements_per_core.is_some()),
            "statements that the database had under way: it was not asked",
        ),
        (
            told(|one| one.services.iter().any(|service| service.cpu_used_cores.is_some())),
            "processors that the services used: the kernel did not say",
        ),
        (
            told(|one| one.workers.as_ref().is_some_and(|workers| workers.busy.is_some())),
            "workers that had a request: no balancer was asked",
        ),
        (told(|one| one.balancer.is_some()), "requests that waited at the balancer: none was asked"),
        (told(|one| one.generator.cpu_share.is_some()), "processors that the load generator used"),
    ];
    known.into_iter().filter(|(told, _)| !told).map(|(_, what)| what.to_owned()).collect()
}

impl StateResult {
    /// The largest class that is said to hold, whether or not the search came to its end.
    pub fn holds(&self) -> Option<u32> {
        match &self.ending {
            Ending::Found(found) => found.holds,
            Ending::Stuck(stuck) => stuck.holds,
            Ending::NotMade { holds, .. } => *holds,
        }
    }

    /// The smallest class that is said to fail.
    pub fn fails(&self) -> Option<u32> {
        match &self.ending {
            Ending::Found(found) => found.fails,
            Ending::Stuck(stuck) => stuck.fails,
            Ending::NotMade { fails, .. } => *fails,
        }
    }

    /// Whether the search came to a statement.
    pub fn is_answered(&self) -> bool {
        matches!(&self.ending, Ending::Found(found) if found.holds.is_some() || found.fails.is_some())
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
