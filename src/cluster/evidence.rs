//! The evidence that a cluster can give of what was done to it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::step::off;
use super::trouble::{Limit, Processes, Trouble};

/// What shows that a fault is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "evidence", rename_all = "snake_case")]
pub enum Evidence {
    /// The engine says that the container does not run.
    Stopped {
        /// The service.
        service: String,
    },
    /// The engine says that the container is paused.
    Paused {
        /// The service.
        service: String,
    },
    /// The container runs and no process of the server is left in it.
    ServerGone {
        /// The service.
        service: String,
    },
    /// The kernel's counter rose, a process of the app was the victim, and memory is still being used up.
    OomKilled {
        /// The service.
        service: String,
    },
    /// The file system itself says that it is that full.
    Full {
        /// The volume.
        volume: String,
        /// Used share of the file system, 0 to 1.
        level: f64,
    },
    /// The kernel lists the rules in the container's network, and the helper that put them there still runs.
    Disturbed {
        /// The service.
        service: String,
        /// How.
        trouble: Trouble,
    },
    /// The engine's list of processes shows them stopped.
    ServerStopped {
        /// The service.
        service: String,
        /// Which.
        processes: Processes,
    },
    /// The container's control group has the limit, by its own files, and is at it where that shows.
    Limited {
        /// The service.
        service: String,
        /// Of what.
        limit: Limit,
    },
    /// So many connections are held, or the service takes no more.
    Occupied {
        /// The service.
        service: String,
        /// Most connections.
        connections: u32,
    },
    /// The time in what the service answers is that much off.
    ClockOff {
        /// The service.
        service: String,
        /// Seconds that its clock is ahead; behind where that is negative.
        ahead_seconds: i64,
    },
    /// The service itself says so.
    Begun {
        /// The service.
        service: String,
        /// The name of the condition.
        condition: String,
    },
}

impl Evidence {
    /// Whether the harness itself keeps the fault up for as long as the window lasts. Of another fault the cluster may
    /// end the evidence on its own, for example by starting a container again.
    pub fn is_kept_up(&self) -> bool {
        match self {
            Self::OomKilled { .. } | Self::Full { .. } => true,
            Self::Stopped { .. }
            | Self::Paused { .. }
            | Self::ServerGone { .. }
            | Self::Disturbed { .. }
            | Self::ServerStopped { .. }
            | Self::Limited { .. }
            | Self::Occupied { .. }
            | Self::ClockOff { .. }
            | Self::Begun { .. } => false,
        }
    }

    /// Whether there are moments without it while the fault lasts: it shows when the service next wants what it may not have.
    pub fn comes_and_goes(&self) -> bool {
        match self {
            Self::Limited { limit, .. } => matches!(limit, Limit::Memory),
            Self::Occupied { .. } => true,
            Self::Stopped { .. }
            | Self::Paused { .. }
            | Self::ServerGone { .. }
            | Self::OomKilled { .. }
            | Self::Full { .. }
            | Self::Disturbed { .. }
            | Self::ServerStopped { .. }
            | Self::ClockOff { .. }
            | Self::Begun { .. } => false,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { service } => write!(f, "the engine says that {service} does not run"),
            Self::Paused { service } => write!(f, "the engine says that {service} is paused"),
            Self::ServerGone { service } => write!(f, "no server process is left in {service}"),
            Self::OomKilled { service } => write!(f, "the kernel killed a process of the server in {service}"),
            Self::Full { volume, level } => {
                write!(f, "the file system of {volume} is {} full", crate::settings::share_text(*level))
            }
            Self::Disturbed { service, trouble } => write!(f, "the kernel has the network of {service} {trouble}"),
            Self::ServerStopped { service, processes } => {
                write!(f, "the engine says that the server of {service} is stopped ({processes})")
            }
            Self::Limited { service, limit } => write!(f, "the control group of {service} has {limit}"),
            Self::Occupied { service, connections } => {
                write!(f, "{connections} connections to {service} are held, or it takes no more")
            }
            Self::ClockOff { service, ahead_seconds } => {
                write!(f, "{service} answers with a clock that is {}", off(*ahead_seconds))
            }
            Self::Begun { service, condition } => write!(f, "{service} says that it has {condition}"),
        }
    }
}
