//! The kinds of facts.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::{AuditSource, StoredAnswer};
use super::mark::Mark;
use super::request::{Outcome, Request, Step};
use super::timed::Timed;
use crate::clock::Stamp;
use crate::topology::Language;

/// What an [`Observation`](super::Observation) says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The plan that this is the history of; the first fact of a run.
    Origin {
        /// Hash of the plan and the preface as they were stored.
        hash: String,
    },
    /// The class starts: offsets of the plan count from here.
    LoadStarted {
        /// The moment of offset zero.
        zero: Stamp,
    },
    /// The class is over.
    LoadEnded {
        /// Whether it ran to its end.
        complete: bool,
        /// Why it did not.
        why: Option<String>,
    },
    /// One request of one student, judged.
    Request(Request),
    /// An action of the plan that was never sent.
    NotOffered {
        /// The student's login.
        student: String,
        /// What should have been sent.
        step: Step,
        /// When it was due.
        intended: Stamp,
    },
    /// One answered or failed probe.
    Probe(Probe),
    /// The rate at which a kind of probe really asks.
    ProbeRate {
        /// The kind.
        kind: ProbeKind,
        /// Nanoseconds between two probes of this kind on one path.
        interval_ns: u64,
        /// Nanoseconds after which a probe has failed.
        limit_ns: u64,
    },
    /// Something done to, or seen of, the injection of a window.
    Window {
        /// Index in the plan.
        window: usize,
        /// What.
        mark: Mark,
    },
    /// A detector changed its mind about a node.
    Detector {
        /// The detector's name.
        detector: String,
        /// The node's service.
        service: String,
        /// Whether it now says that the node is up. None when it no longer judges it: it is in maintenance, or no server of it.
        up: Option<bool>,
        /// The detector's own words.
        detail: String,
        /// When it was last known to think otherwise. None at its first word, of a detector whose lines are followed,
        /// and in histories that do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Stamp>,
    },
    /// A detector can no longer be read, or can be read again. A detector of which this was never told is readable.
    DetectorRead {
        /// The detector's name.
        detector: String,
        /// Why it cannot be read; none when it can.
        failed: Option<String>,
        /// Since when it cannot: when it was heard last. Where this is missing, since it was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Stamp>,
    },
    /// A file that says how a detector is configured, as it is in its container when the watching begins, without
    /// comments; what may be secret is masked.
    Configuration {
        /// The detector's name.
        detector: String,
        /// The language that it is written in.
        language: Language,
        /// Its path in the container.
        path: String,
        /// What it says.
        text: String,
    },
    /// A service of a role with a primary accepts writes, or no longer does.
    Primary {
        /// The role.
        role: String,
        /// The service.
        service: String,
        /// Whether it accepts writes now; one that does not answer does not.
        #[serde(default = "yes")]
        writable: bool,
    },
    /// How far a service of a role with a primary has come in the sequence of transactions.
    Position {
        /// The role.
        role: String,
        /// The service.
        service: String,
        /// Sequence number of the last transaction that it wrote or applied.
        transaction: u64,
    },
    /// The kernel ended a process of a service because its memory group was full.
    OomKill {
        /// The service.
        service: String,
        /// Process id as the kernel names it.
        pid: u32,
        /// The kernel's name of the process.
        command: String,
        /// What kind of process it was.
        process: Process,
    },
    /// The kernel's count of out-of-memory kills of a service.
    OomCount {
        /// The service.
        service: String,
        /// Kills since the container started.
        kills: u64,
    },
    /// Memory in use and its limit.
    Memory {
        /// The service.
        service: String,
        /// Bytes charged to the container.
        used_bytes: u64,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// What a service has used of its processors, counted from the start of its container.
    Cpu {
        /// The service.
        service: String,
        /// Processor time in nanoseconds.
        used_ns: u64,
        /// Periods of the kernel in which it wanted to run while it had a limit; none when that cannot be read.
        periods: Option<u64>,
        /// Those of them in which it was held back because it had used up what it may.
        throttled: Option<u64>,
    },
    /// Statements of the app that a database has under way; recorded when the number changes.
    Statements {
        /// The service.
        service: String,
        /// So many.
        under_way: u32,
    },
    /// What a page of a test took by the app's own log.
    PageTime {
        /// The node's service.
        service: String,
        /// When it was done, in whole seconds since 1970 by the node's clock.
        done_unix_s: u64,
        /// From the moment at which a worker took the request to its answer.
        took_ms: u64,
    },
    /// What an operation on a volume took: a line written to a file that is there, and read again.
    VolumeTime {
        /// The volume.
        volume: String,
        /// In nanoseconds.
        took_ns: u64,
    },
    /// What a balancer has in hand for a node.
    InHand {
        /// The detector's name.
        detector: String,
        /// The node's service.
        service: String,
        /// Requests that the node has.
        requests: u64,
        /// Requests that wait until the balancer may give them to it.
        queued: u64,
    },
    /// What waits at a balancer for any of its nodes, for none may have another request.
    Waiting {
        /// The detector's name.
        detector: String,
        /// Requests.
        requests: u32,
    },
    /// How full a volume is.
    Level {
        /// The volume.
        volume: String,
        /// Used share of the file system, 0 to 1.
        used_share: f64,
        /// Bytes that can still be written.
        free_bytes: u64,
    },
    /// What the engine told of a container.
    Container {
        /// The service.
        service: String,
        /// The engine's word: die, start, pause, unpause, oom, kill, ...
        action: String,
    },
    /// Wall clock less monotonic clock.
    Clock {
        /// In nanoseconds, as text: it does not fit in a JSON number.
        wall_less_monotonic_ns: String,
    },
    /// What the kernel has accounted to those who look, each from a beginning of its own.
    Spent {
        /// Processor time of the harness, in nanoseconds.
        harness_ns: u64,
        /// Processor time of the class.
        class_ns: u64,
        /// Processor time of the engine's daemons; none when it cannot be read.
        daemons_ns: Option<u64>,
        /// Most memory of the harness that was resident at one time.
        harness_peak_bytes: u64,
    },
    /// What the engine's daemons used on the idle cluster, before anything was asked of it.
    IdleDaemons {
        /// Processor time in nanoseconds.
        cpu_ns: u64,
        /// Over this long.
        length_ns: u64,
    },
    /// A command of the topology timed something on the idle cluster.
    Timed(Timed),
    /// A submission found in one of the stores after the run.
    Stored(StoredAnswer),
    /// Whether a store could be read to its end.
    AuditRead {
        /// Which store, and whose.
        source: AuditSource,
        /// Rows or lines that belong to our submissions.
        rows: u64,
        /// Why it could not be read; none when it was.
        failed: Option<String>,
    },
    /// The run was ended early by the user.
    Interrupted,
    /// The run was ended early by wwchaos itself: what came after would have been measured of something else than what was
    /// planned, or would have hurt the machine.
    Stopped {
        /// Why.
        why: String,
    },
    /// Something could not be measured here.
    Unmeasured {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

fn yes() -> bool {
    true
}

/// A process that the kernel ended, by its part in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// It starts the workers.
    Manager,
    /// It answers requests.
    Worker,
    /// It renders one problem.
    Render,
    /// Our own, which uses up the memory.
    Hog,
    /// None of these.
    Other,
}

impl Process {
    /// Whether it belongs to the app.
    pub fn is_of_the_app(self) -> bool {
        matches!(self, Self::Manager | Self::Worker | Self::Render)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manager => "manager",
            Self::Worker => "worker",
            Self::Render => "render",
            Self::Hog => "hog",
            Self::Other => "other",
        })
    }
}

/// What is asked at a fixed rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// A signed-in page through the balancer.
    Entry,
    /// A signed-in page of one node, past the balancer.
    Node,
    /// A write through the balancer: a new session that the next request must find.
    Write,
}

/// One probe. All its figures refer to its intended time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// What was asked.
    pub kind: ProbeKind,
    /// The node asked directly, for [`ProbeKind::Node`].
    pub path: Option<String>,
    /// When it was due.
    pub intended: Stamp,
    /// When it was sent.
    pub sent: Stamp,
    /// When the first byte of the page that decides arrived; none when none did, and in histories that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Stamp>,
    /// When it was over.
    pub end: Stamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The node that served it, when the answer named one.
    pub node: Option<String>,
}
