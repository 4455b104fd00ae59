//! The verbs that a cluster understands. Faults are made of these, and of the [evidence](super::Evidence) that shows them.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::need::Need;
use super::trouble::{Limit, Processes, Trouble};
use crate::settings::duration_text;

/// One thing done to a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// SIGKILL to the container: it leaves the network.
    Kill {
        /// The service.
        service: String,
    },
    /// Start a stopped container; nothing to do when it runs.
    Start {
        /// The service.
        service: String,
    },
    /// Stop every process of a container from running.
    Pause {
        /// The service.
        service: String,
    },
    /// Let a paused container run again; nothing to do when it is not paused.
    Unpause {
        /// The service.
        service: String,
    },
    /// Stop and start a container.
    Restart {
        /// The service.
        service: String,
    },
    /// SIGKILL to every process of the server inside a living container.
    KillServer {
        /// The service.
        service: String,
    },
    /// Use up the memory of a container until told otherwise, so that the kernel ends its processes.
    Press {
        /// The service.
        service: String,
        /// The kind of process that the kernel is made to choose.
        victim: Victim,
    },
    /// Stop using up memory.
    Release {
        /// The service.
        service: String,
    },
    /// Fill a volume to a level and keep it there until told otherwise.
    Fill {
        /// The volume.
        volume: String,
        /// Used share of the file system, 0 to 1.
        level: f64,
    },
    /// Remove what filled the volume.
    Drain {
        /// The volume.
        volume: String,
    },
    /// Trouble the network of a container until told otherwise.
    Disturb {
        /// The service.
        service: String,
        /// How.
        trouble: Trouble,
    },
    /// End every trouble of its network.
    Calm {
        /// The service.
        service: String,
    },
    /// SIGSTOP to processes of the server.
    StopServer {
        /// The service.
        service: String,
        /// Which.
        processes: Processes,
    },
    /// SIGCONT to every process of the server.
    ContinueServer {
        /// The service.
        service: String,
    },
    /// Give a container less of something than it needs.
    Limit {
        /// The service.
        service: String,
        /// Of what.
        limit: Limit,
    },
    /// Give it back what it may use otherwise.
    Unlimit {
        /// The service.
        service: String,
        /// What had been limited.
        limit: Limit,
    },
    /// Hold connections to a port of a container until told otherwise.
    Occupy {
        /// The service.
        service: String,
        /// Most connections.
        connections: u32,
    },
    /// Close them.
    Vacate {
        /// The service.
        service: String,
    },
    /// The processes of a service are told another time than it is.
    SetClock {
        /// The service.
        service: String,
        /// Seconds that its clock is ahead; behind where that is negative.
        ahead_seconds: i64,
    },
    /// They are told what time it is.
    ResetClock {
        /// The service.
        service: String,
    },
    /// What the topology calls so begins in a service.
    Begin {
        /// The service.
        service: String,
        /// The name of the condition.
        condition: String,
    },
    /// It ends.
    End {
        /// The service.
        service: String,
        /// The name of the condition.
        condition: String,
    },
}

/// Whom the kernel is made to choose when memory runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Victim {
    /// A process that answers requests.
    Worker,
    /// A short-lived process that renders one problem.
    Render,
    /// The process that starts the workers.
    Manager,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Worker => "worker",
            Self::Render => "render",
            Self::Manager => "manager",
        })
    }
}

impl Step {
    /// What the machine must have for it, beside an engine.
    pub fn needs(&self) -> Option<Need> {
        match self {
            Self::Pause { .. } | Self::Unpause { .. } => Some(Need::Freezer),
            Self::Press { .. } | Self::Release { .. } => Some(Need::MemoryLimit),
            Self::Fill { .. } | Self::Drain { .. } => Some(Need::LimitedVolume),
            Self::Disturb { trouble, .. } => Some(match trouble {
                Trouble::Delay { .. } => Need::Delay,
                Trouble::Narrow { .. } => Need::Rate,
                Trouble::Lose { .. } => Need::Loss,
                Trouble::Cut { .. } | Trouble::Nameless { .. } => Need::PacketFilter,
            }),
            Self::Limit { limit, .. } | Self::Unlimit { limit, .. } => Some(match limit {
                Limit::Processor { .. } => Need::ProcessorLimit,
                Limit::Processes => Need::ProcessLimit,
                Limit::Disk { .. } => Need::DiskLimit,
                Limit::Memory => Need::Starvation,
            }),
            Self::Kill { .. }
            | Self::Start { .. }
            | Self::Restart { .. }
            | Self::KillServer { .. }
            | Self::Calm { .. }
            | Self::StopServer { .. }
            | Self::ContinueServer { .. }
            | Self::Occupy { .. }
            | Self::Vacate { .. }
            | Self::SetClock { .. }
            | Self::ResetClock { .. }
            | Self::Begin { .. }
            | Self::End { .. } => None,
        }
    }

    /// What repeats this step where it has been done already: a restart becomes a start, which does nothing to a
    /// service that runs.
    #[must_use]
    pub fn once_more(&self) -> Self {
        match self {
            Self::Restart { service } => Self::Start { service: service.clone() },
            other => other.clone(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill { service } => write!(f, "kill {service}"),
            Self::Start { service } => write!(f, "start {service}"),
            Self::Pause { service } => write!(f, "pause {service}"),
            Self::Unpause { service } => write!(f, "unpause {service}"),
            Self::Restart { service } => write!(f, "restart {service}"),
            Self::KillServer { service } => write!(f, "kill the server process of {service}"),
            Self::Press { service, victim } => write!(f, "use up the memory of {service} (victim: {victim})"),
            Self::Release { service } => write!(f, "release the memory of {service}"),
            Self::Fill { volume, level } => write!(f, "fill {volume} to {}", crate::settings::share_text(*level)),
            Self::Drain { volume } => write!(f, "drain {volume}"),
            Self::Disturb { service, trouble } => write!(f, "disturb the network of {service}: {trouble}"),
            Self::Calm { service } => write!(f, "calm the network of {service}"),
            Self::StopServer { service, processes } => write!(f, "stop the server of {service} ({processes})"),
            Self::ContinueServer { service } => write!(f, "continue the server of {service}"),
            Self::Limit { service, limit } => write!(f, "limit {service} to {limit}"),
            Self::Unlimit { service, limit } => write!(f, "no longer limit {service} to {limit}"),
            Self::Occupy { service, connections } => write!(f, "hold {connections} connections to {service}"),
            Self::Vacate { service } => write!(f, "close the connections to {service}"),
            Self::SetClock { service, ahead_seconds } => {
                write!(f, "set the clock of {service} {}", off(*ahead_seconds))
            }
            Self::ResetClock { service } => write!(f, "set the clock of {service} right"),
            Self::Begin { service, condition } => write!(f, "begin {condition} in {service}"),
            Self::End { service, condition } => write!(f, "end {condition} in {service}"),
        }
    }
}

/// How far off a clock is.
pub(super) fn off(ahead_seconds: i64) -> String {
    let by = duration_text(Duration::from_secs(ahead_seconds.unsigned_abs()));
    format!("{by} {}", if ahead_seconds < 0 { "behind" } else { "ahead" })
}
