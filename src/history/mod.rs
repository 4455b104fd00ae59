//! Observations: one timestamped fact each, written as JSON lines and read back as a stream.
//!
//! Whoever sees something holds a [`Recorder`]; this room neither knows who writes nor who reads. Facts are
//! stored as they were seen. Everything derived from them (phases, figures, verdicts) is computed later.

mod audit;
mod fact;
mod file;
mod foreign;
mod mark;
mod observation;
mod reader;
mod request;
mod timed;

pub use audit::{AuditSource, StoredAnswer};
pub use fact::{Fact, Probe, ProbeKind, Process};
pub use file::{Recorder, Writer};
pub use mark::Mark;
pub use observation::Observation;
pub use reader::{HISTORY_MAX, LINE_MAX, Reader};
pub use request::{ErrorClass, Outcome, Rendered, Request, Shown, Step, Submission, Told};
pub use timed::Timed;

/// All observations of a run together, in the order in which they were recorded. A long run has millions of them:
/// whoever can takes them from a [`Reader`], one after the other.
pub type History = Vec<Observation>;
