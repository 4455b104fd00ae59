//! The kinds of outage: what the proxy does in each, and which span of time is its true length.
//!
//! For all of them the true length runs from the moment at which the proxy was switched to the moment at which it was
//! switched back, both stamped by the proxy itself. A request belongs to the outage when it reaches the proxy between the
//! two. It may have been due a moment earlier: that, and the time between two probes, is the resolution.

use serde::Serialize;

use crate::clock::Stamp;

/// How the service is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The listening socket is closed and every connection is reset, as when a process ends: the kernel refuses new
    /// connections. The end is the moment at which the port listens again.
    Refused,
    /// Connections are accepted and their requests read, as by the kernel of a frozen host. Nothing that reached it is
    /// ever answered, not even after the end: the host is fenced, and another one takes its place.
    Hung,
    /// The connection is accepted, the request is read, then the connection is reset (RST, by `SO_LINGER` 0): what a
    /// crashing worker does. Unlike *refused*, the client had a connection.
    Reset,
    /// Answered at once, with status 500.
    ServerError,
    /// Answered at once, with status 200 and a whole page for a signed-in student that holds WeBWorK's error text.
    SoftFailure,
    /// Answered rightly, 3 s after the request came: later than a probe's limit of 2 s. What came before the end is
    /// answered late even after it.
    Slow,
}

/// All kinds.
pub const KINDS: &[Kind] = &[Kind::Refused, Kind::Hung, Kind::Reset, Kind::ServerError, Kind::SoftFailure, Kind::Slow];

impl Kind {
    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Hung => "hung",
            Self::Reset => "reset",
            Self::ServerError => "status 500",
            Self::SoftFailure => "soft failure",
            Self::Slow => "slow",
        }
    }
}

/// What an outage really was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// How the service was away.
    pub kind: Kind,
    /// When the proxy was switched.
    pub from: Stamp,
    /// When it was switched back.
    pub to: Stamp,
}
