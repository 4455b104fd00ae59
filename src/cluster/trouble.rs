//! What a network, the processes of a server, and the resources of a container can be made to suffer.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{duration_text, share_text};

/// Trouble of a container's network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// No packet passes between the container and others.
    Cut {
        /// A role, a service, or [`EVERYONE`](crate::settings::EVERYONE).
        from: String,
        /// The direction in which none passes.
        way: Way,
    },
    /// Packets are lost, drawn one by one, in both directions.
    Lose {
        /// Share that is lost, 0 to 1.
        share: f64,
    },
    /// Each packet that the container sends leaves later.
    Delay {
        /// Milliseconds.
        by_ms: u32,
        /// Milliseconds, drawn evenly for each packet, that it may be more or less.
        jitter_ms: u32,
    },
    /// Packets that leave the container wait until the ones before them are through.
    Narrow {
        /// Bits per second.
        bits: u64,
    },
    /// Names are not found.
    Nameless {
        /// Whether the question fails at once; else no answer comes.
        refused: bool,
    },
}

/// A direction, as seen from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Nothing comes and nothing goes.
    Both,
    /// The target is heard and hears nothing.
    In,
    /// The target hears and is not heard.
    Out,
}

/// Which processes of a server are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Processes {
    /// Every one.
    All,
    /// The one that starts the others.
    Manager,
    /// One of those that the manager started.
    Worker,
}

/// A limit of a container's resources below what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum Limit {
    /// Of the processor time that it may use otherwise, no more than this.
    Processor {
        /// 0 to 1.
        share: f64,
    },
    /// No process more than there are.
    Processes,
    /// Reads and writes of disks, each.
    Disk {
        /// Bytes per second.
        bytes: u64,
    },
    /// No memory more than is used, and nobody is killed for want of it: who asks for more waits.
    Memory,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { from, way: Way::Both } => write!(f, "cut off from {from}"),
            Self::Cut { from, way: Way::In } => write!(f, "deaf to {from}"),
            Self::Cut { from, way: Way::Out } => write!(f, "mute towards {from}"),
            Self::Lose { share } => write!(f, "{} of the packets lost", share_text(*share)),
            Self::Delay { by_ms, jitter_ms: 0 } => write!(f, "packets delayed by {}", millis(*by_ms)),
            Self::Delay { by_ms, jitter_ms } => {
                write!(f, "packets delayed by {} ± {}", millis(*by_ms), millis(*jitter_ms))
            }
            Self::Narrow { bits } => write!(f, "sending at most {} kbit/s", bits / 1000),
            Self::Nameless { refused: true } => f.write_str("names refused"),
            Self::Nameless { refused: false } => f.write_str("names never answered"),
        }
    }
}

fn millis(count: u32) -> String {
    duration_text(std::time::Duration::from_millis(count.into()))
}

impl fmt::Display for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Processes {
    /// The word for it that scripts know.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Manager => "manager",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processor { share } => write!(f, "{} of its processor time", share_text(*share)),
            Self::Processes => f.write_str("no more processes than it has"),
            Self::Disk { bytes } => write!(f, "{} KiB/s of each disk", bytes / 1024),
            Self::Memory => f.write_str("no more memory than it uses"),
        }
    }
}
