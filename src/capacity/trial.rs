//! One run of one class size on the warm cluster, as data: what was asked, what was measured, what it came to.
//!
//! Whoever runs a trial fills this in. What a machine cannot tell is none, never zero.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::goal::Goal;
use super::state::State;
use crate::measure::{ByKind, Count, Latency};
use crate::settings::millis;

/// One run of one class size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// In which state the cluster was.
    pub state: State,
    /// How many students sat.
    pub students: u32,
    /// How many of them entered a minute; none when they came as the scenario's class does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Where every drawn number came from.
    pub seed: u64,
    /// From the beginning of the plan to the end of the class, or to the moment at which it was ended.
    #[serde(rename = "length_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub length: Duration,
    /// Why it was ended early, because its answer was clear; none when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<String>,
    /// What it came to.
    pub outcome: Outcome,
    /// What was measured in it.
    pub measured: Measured,
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Every goal was met.
    Holds {
        /// By how much.
        margin: Margin,
    },
    /// At least one was not.
    Fails {
        /// By how much.
        margin: Margin,
        /// Which, each with what was found.
        reasons: Vec<Reason>,
    },
    /// It says nothing of the cluster.
    Void {
        /// Why.
        why: Vec<String>,
    },
}

/// How sure one trial is of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// Another trial of the same is expected to say the same: it need not be repeated.
    Clear,
    /// Another may say otherwise: it is repeated.
    Close,
}

/// A goal that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Which.
    pub goal: Goal,
    /// What was found, with the limit, in words.
    pub found: String,
}

/// What was measured in a trial. Each rate of pages is over the 10 s in which it was largest, each use of a resource over those in
/// which it was used most: these need not be the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// First tries of students, and those of them that failed.
    pub first_tries: Count,
    /// Time to a page of the test (start, view, turn, preview, grade), from the intended send time, successes only.
    pub test_pages: Latency,
    /// How students got their test.
    pub starts: Option<Starts>,
    /// Graded submissions of the last minute.
    pub last_minute: Option<Recorded>,
    /// Acknowledged submissions of the whole trial that the stores do not hold; none when that could not be read.
    pub lost_answers: Option<u64>,
    /// Right pages a second in the 10 s in which most came.
    pub throughput_pages_per_second: Option<f64>,
    /// Right pages a second by kind, in the 10 s in which they cost most.
    pub costliest_pages_per_second: Option<ByKind>,
    /// The same of the pages that the plan asked for.
    pub costliest_offered_per_second: Option<ByKind>,
    /// Pages a second that the plan asked for in the 10 s in which it asked for most.
    pub offered_pages_per_second: Option<f64>,
    /// Whether pages stopped failing once the load had gone; none when that was not looked at.
    pub recovered: Option<bool>,
    /// The load generator itself.
    pub generator: Generator,
    /// What each container used.
    pub services: Vec<Service>,
    /// Pages that each web node answered.
    pub pages_by_node: BTreeMap<String, u64>,
    /// Processor time of all web nodes over the pages that they answered, without what they use when only probes ask.
    pub web_cpu_seconds_per_page: Option<f64>,
    /// Processors that a web node uses when only probes and health checks ask, in the mean of those that are up.
    pub web_idle_cores_per_node: Option<f64>,
    /// Processor time of a page of each kind.
    pub web_cpu_seconds_by_kind: Option<ByKind>,
    /// Processor time of the database that used most, over the same pages, likewise.
    pub database_cpu_seconds_per_page: Option<f64>,
    /// Time that the app took for a page of a test by its own log: to render it, with what that asks of database and volume, and
    /// without the wait for a worker.
    pub render: Latency,
    /// The balancer.
    pub balancer: Option<Balancer>,
    /// The workers of all web nodes.
    pub workers: Option<Workers>,
    /// Time of one operation on the shared volume: a line written and read again.
    pub shared_volume: Latency,
    /// Time of the database for a page: statements under way in the mean, over pages a second (Little's law).
    pub database_seconds_per_page: Option<f64>,
    /// Statements that the database had under way in the mean of the 10 s in which it had most, for each processor that it may use; for all
    /// where it may use less than one.
    pub database_statements_per_core: Option<f64>,
}

/// How students got their test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Starts {
    /// Students who were to start.
    pub due: u64,
    /// Those who had their test within the goal, from the moment at which they first asked for a page.
    pub within: u64,
    /// Those who never had it.
    pub never: u64,
    /// The slowest of those who had it; none when nobody had.
    #[serde(rename = "slowest_ms", with = "millis::optional", default)]
    #[schemars(with = "Option<u64>")]
    pub slowest: Option<Duration>,
}

/// Submissions, and how many of them are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// Submissions that the plan has.
    pub planned: u64,
    /// Those that the stores hold whole, whatever the student was told.
    pub recorded: u64,
}

/// How the load generator fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// Requests that it was to send, with those that were sent again.
    pub planned: u64,
    /// Requests that it sent more than 250 ms late though the student was free, and those that it never sent though nothing kept the
    /// student from it.
    pub late: u64,
    /// Processor time of it, the harness and the engine's daemons, over what the services leave to them, in the 10 s in which they used
    /// most.
    pub cpu_share: Option<f64>,
    /// Requests that failed before they left this machine: no port, no file, no memory.
    pub own_errors: u64,
}

/// What a container used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Its name.
    pub service: String,
    /// What it does: `web`, `db`.
    pub role: String,
    /// Whether it holds the database, alone or as one of several of which one is the primary.
    #[serde(default)]
    pub has_primary: bool,
    /// Processors that it used in the 10 s in which it used most.
    pub cpu_used_cores: Option<f64>,
    /// Processors that it may use.
    pub cpu_quota_cores: Option<f64>,
    /// Share of its accounting periods in which the kernel held it back, from 0 to 1.
    pub throttled_share: Option<f64>,
    /// Most memory that it used.
    pub memory_used_bytes: Option<u64>,
    /// Memory that it may use.
    pub memory_limit_bytes: Option<u64>,
    /// Processes that the kernel ended for want of memory.
    pub oom_kills: Option<u64>,
}

/// Requests at the balancer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Balancer {
    /// Mean number of requests that waited for a node.
    pub queue_mean: f64,
    /// Most that waited at once.
    pub queue_max: u64,
    /// Most requests that one node had at once.
    pub sessions_max: Option<u64>,
}

/// Workers of the web nodes, all nodes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workers {
    /// Those that had a request; none where no balancer tells.
    pub busy: Option<Busy>,
    /// All of them.
    pub of: u64,
}

/// Workers that had a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Busy {
    /// In the mean, of each node in the 10 s in which it had most.
    pub mean: f64,
    /// Most at once.
    pub max: u64,
}

impl Outcome {
    /// Whether the class size holds; none of a void trial.
    pub fn holds(&self) -> Option<bool> {
        match self {
            Self::Holds { .. } => Some(true),
            Self::Fails { .. } => Some(false),
            Self::Void { .. } => None,
        }
    }

    /// Whether it need not be repeated.
    pub fn is_clear(&self) -> bool {
        matches!(self, Self::Holds { margin: Margin::Clear } | Self::Fails { margin: Margin::Clear, .. })
    }
}

impl Measured {
    /// Whether the cluster did not recover when the load had gone.
    pub fn is_metastable(&self) -> bool {
        self.recovered == Some(false)
    }

    /// The database that used most, which is the primary; none when none tells.
    pub fn primary(&self) -> Option<&Service> {
        let databases = self.services.iter().filter(|service| service.has_primary);
        let used = |service: &&Service| service.cpu_used_cores.unwrap_or(-1.0);
        databases.max_by(|one, other| used(one).total_cmp(&used(other)))
    }

    /// Processors that each of the web nodes may use that answered pages, in the mean; none when one of them does not tell, or none did.
    pub fn quota_cores_of_a_node(&self) -> Option<f64> {
        let answered = || self.services.iter().filter(|service| self.pages_by_node.contains_key(&service.service));
        let nodes = answered().count();
        let all: f64 = answered().map(|service| service.cpu_quota_cores).sum::<Option<f64>>()?;
        (nodes > 0).then(|| all / nodes as f64)
    }

    /// Workers of each of them.
    pub fn workers_of_a_node(&self) -> Option<f64> {
        let nodes = self.pages_by_node.len();
        self.workers.filter(|_| nodes > 0).map(|workers| workers.of as f64 / nodes as f64)
    }
}

impl Service {
    /// Processors used over those that it may use.
    pub fn cpu_share(&self) -> Option<f64> {
        let quota = self.cpu_quota_cores.filter(|quota| *quota > 0.0)?;
        self.cpu_used_cores.map(|used| used / quota)
    }

    /// Memory used over what it may use.
    pub fn memory_share(&self) -> Option<f64> {
        let limit = self.memory_limit_bytes.filter(|limit| *limit > 0)?;
        self.memory_used_bytes.map(|used| used as f64 / limit as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_none() {
        let service = Service { cpu_used_cores: Some(1.0), cpu_quota_cores: Some(0.0), ..Service::default() };
        assert_eq!((service.cpu_share(), service.memory_share()), (None, None));
    }

    #[test]
    fn the_quota_is_that_of_the_nodes_that_answered_or_none() {
        let web = |name: &str, quota| Service { service: name.into(), cpu_quota_cores: quota, ..Service::default() };
        let measured = |services: Vec<Service>, answered: &[&str]| Measured {
            services,
            pages_by_node: answered.iter().map(|node| ((*node).to_owned(), 9)).collect(),
            ..Measured::default()
        };
        let both = || vec![web("web1", Some(0.5)), web("web2", Some(1.0)), web("db1", Some(0.25))];
        let quota = |services, answered: &[&str]| measured(services, answered).quota_cores_of_a_node();
        assert_eq!(quota(both(), &["web1", "web2"]), Some(0.75));
        assert_eq!(quota(both(), &["web2"]), Some(1.0), "the other was lost");
        assert_eq!(quota(vec![web("web1", Some(0.5)), web("web2", None)], &["web1", "web2"]), None);
        assert_eq!(quota(both(), &[]), None);
    }
}
