//! Observations: one timestamped fact each, written as JSON lines and read back as a stream.
//!
//! Whoever sees something holds a [`Recorder`]; this room neither knows who writes nor who reads. Facts are
//! stored as they were seen. Everything derived from them (phases, figures, verdicts) is computed later.

mod fact;
mod file;
mod request;

pub use fact::{AuditSource, Fact, Mark, Probe, ProbeKind, Process, StoredAnswer};
pub use file::{Recorder, Writer, read};
pub use request::{ErrorClass, Outcome, Request, Shown, Step, Submission, Told};

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// One fact and the moment at which it was known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// When it was known here.
    pub at: Stamp,
    /// What was seen.
    #[serde(flatten)]
    pub fact: Fact,
}

/// All observations of a run, in the order in which they were recorded.
pub type History = Vec<Observation>;
