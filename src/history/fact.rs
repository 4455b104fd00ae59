//! The kinds of facts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// What an [`Observation`](super::Observation) says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
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
        /// Whether the detector now says that the node is up.
        up: bool,
        /// The detector's own words.
        detail: String,
    },
    /// The primary of a role is, or is again, this service.
    Primary {
        /// The role.
        role: String,
        /// The service.
        service: String,
    },
    /// The kernel ended a process of a service because its memory group was full.
    OomKill {
        /// The service.
        service: String,
        /// Process id as the kernel names it.
        pid: u32,
        /// The kernel's name of the process.
        command: String,
        /// `manager`, `worker`, `render`, `hog` (ours) or `other`.
        process: String,
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
    /// Something could not be measured here.
    Unmeasured {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

/// What happened to the injection of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    /// The target is known.
    Target {
        /// The service or volume.
        target: String,
    },
    /// The first inject step was issued.
    InjectIssued,
    /// The evidence was seen: the fault is there.
    EffectSeen {
        /// The evidence in its own words.
        detail: String,
    },
    /// Injecting failed or the evidence never came.
    Void {
        /// Why.
        why: String,
    },
    /// The first heal step was issued.
    HealIssued,
    /// The evidence is gone and the target serves again.
    HealConfirmed,
    /// Healing could not be confirmed.
    HealFailed {
        /// Why.
        why: String,
    },
    /// Every detector and every role is as before the window.
    Restored,
}

/// What a student does with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reload the login page until the quiz opens.
    Refresh,
    /// Sign in.
    Login,
    /// Look at the list of sets.
    SetList,
    /// Look at the quiz's page.
    QuizInfo,
    /// Start a version (a GET that writes).
    Start,
    /// Look at the test again.
    View,
    /// Preview the answers.
    Preview,
    /// Submit the answers for grading.
    Grade,
    /// Look at the recorded score.
    Review,
    /// Sign out.
    Logout,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refresh => "refresh",
            Self::Login => "login",
            Self::SetList => "set list",
            Self::QuizInfo => "quiz info",
            Self::Start => "start",
            Self::View => "view",
            Self::Preview => "preview",
            Self::Grade => "grade",
            Self::Review => "review",
            Self::Logout => "logout",
        })
    }
}

/// One request of one student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The student's login.
    pub student: String,
    /// What it was for.
    pub step: Step,
    /// 0 for the first try, then 1, 2, ...
    pub retry: u32,
    /// When the plan wanted it sent (retries: when the student decided to).
    pub intended: Stamp,
    /// When it was sent.
    pub sent: Stamp,
    /// When the head of the answer was there.
    pub first_byte: Option<Stamp>,
    /// When it was over.
    pub end: Stamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The node that served it, when the answer named one.
    pub node: Option<String>,
    /// For a grade: what was submitted and what the student was told.
    pub submission: Option<Submission>,
    /// The start of a page nobody foresaw, or the text of a transport error.
    pub sample: Option<String>,
}

/// The graded submission that a request carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Number of the submission within the student's plan, from 1.
    pub number: u32,
    /// The set version, for example `Quiz1,v1`.
    pub version: String,
    /// The token of each answered problem, by problem number from 1.
    pub tokens: Vec<(u32, String)>,
    /// What the student was told.
    pub told: Told,
}

/// What a student was told about a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The final page said that it was recorded.
    Acknowledged,
    /// A page said that it was not, or was made before anything could be written.
    Refused,
    /// Nobody told: time-out, reset, 500, 502, 504, cut page.
    Indeterminate,
}

/// Success, or the class of the failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The right page, whole.
    Success,
    /// Anything else.
    Failed(ErrorClass),
}

impl Outcome {
    /// Whether the right page came.
    pub fn is_success(&self) -> bool {
        *self == Self::Success
    }
}

/// How a request failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Nobody listens there.
    Refused,
    /// The connection was reset or closed without an answer.
    Reset,
    /// No route, or no connection within the time of the transport.
    Unreachable,
    /// Not complete within a probe's limit.
    Timeout,
    /// The student's patience ended first.
    Abandoned,
    /// The name could not be resolved.
    Dns,
    /// The body ended before it was complete.
    CutBody,
    /// A status that is an error, for example 500, 502, 503, 504.
    Status(u16),
    /// The login form on a page that needs a session.
    SessionLost,
    /// The page's own "software error" text.
    SoftwareError,
    /// No test version could be made.
    StartFailed,
    /// The page says that the score was not recorded.
    NotRecorded,
    /// A two-factor page.
    TwoFactor,
    /// The course does not exist (its folder cannot be read).
    CourseMissing,
    /// A page that none of the known texts explains.
    Unforeseen,
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Reset => f.write_str("reset"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Timeout => f.write_str("timeout"),
            Self::Abandoned => f.write_str("abandoned"),
            Self::Dns => f.write_str("dns"),
            Self::CutBody => f.write_str("cut body"),
            Self::Status(code) => write!(f, "{code}"),
            Self::SessionLost => f.write_str("session lost"),
            Self::SoftwareError => f.write_str("software error page"),
            Self::StartFailed => f.write_str("start failed"),
            Self::NotRecorded => f.write_str("not recorded"),
            Self::TwoFactor => f.write_str("two-factor page"),
            Self::CourseMissing => f.write_str("course missing"),
            Self::Unforeseen => f.write_str("unforeseen page"),
        }
    }
}

/// What is asked at a fixed rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// When it was over.
    pub end: Stamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The node that served it, when the answer named one.
    pub node: Option<String>,
}

/// A store that is audited after the run, and whose copy of it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "store", rename_all = "snake_case")]
pub enum AuditSource {
    /// Table `problem_user` of the authoritative primary.
    ProblemUser {
        /// The database service that answered as primary.
        service: String,
    },
    /// Table `past_answer` of the authoritative primary.
    PastAnswer {
        /// The database service that answered as primary.
        service: String,
    },
    /// `answer.log` on the shared volume.
    AnswerLog,
    /// Table `past_answer` as an old primary held it before it was re-seeded.
    Copy {
        /// The old primary.
        service: String,
    },
}

/// The token of one answer as one store holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// Where it was found.
    pub source: AuditSource,
    /// The student's login.
    pub student: String,
    /// The set version.
    pub version: String,
    /// The problem, from 1.
    pub problem: u32,
    /// The token; empty for a row without one.
    pub token: String,
    /// For `problem_user`: whether the row counts as attempted.
    pub attempted: bool,
}
