//! What the audit says, as data.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::AuditSource;
use crate::settings::millis;

/// The audit of a set of submissions. Definitions: ARCHITECTURE.md, "Answers".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answers {
    /// The student was told that it was recorded.
    pub acknowledged: u64,
    /// The student was told that it was not.
    pub refused: u64,
    /// Nobody told.
    pub indeterminate: u64,
    /// Acknowledged, and missing from the authoritative store.
    pub lost: u64,
    /// Upper bound of the true share of lost submissions at 95 % confidence when none was lost: 3/n.
    pub lost_share_upper_bound: Option<f64>,
    /// Indeterminate, and found whole.
    pub recovered: u64,
    /// Indeterminate, and found in part.
    pub torn: u64,
    /// Refused, or never sent, and found.
    pub phantom: u64,
    /// Found more than once in `past_answer`, more often than the student sent it.
    pub duplicated: u64,
    /// Found more than once in `past_answer` because the student sent it again when nobody told.
    pub resent: u64,
    /// Acknowledged, and a page that the student asked for later showed an earlier answer or none.
    pub stale: u64,
    /// Lines of `answer.log` that should be there for acknowledged submissions.
    pub log_lines_expected: u64,
    /// Those of them that are missing.
    pub log_lines_lost: u64,
    /// Why nothing is known of lines of `answer.log`; none when it was read.
    pub log_unread: Option<String>,
    /// Why the audit says nothing; none when it does.
    pub unknown: Option<String>,
    /// The submissions behind the counts other than acknowledged, refused, indeterminate.
    pub cases: Vec<AnswerCase>,
}

/// One submission that is not simply acknowledged and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerCase {
    /// What is the matter with it.
    pub kind: CaseKind,
    /// The student.
    pub student: String,
    /// The set version.
    pub version: String,
    /// Number of the submission.
    pub number: u32,
    /// The tokens concerned, by problem.
    pub tokens: Vec<(u32, String)>,
    /// When it was sent.
    #[serde(rename = "sent_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub sent: Duration,
    /// The node that answered.
    pub node: Option<String>,
    /// The windows in which it was under way, by their index.
    #[serde(default)]
    pub windows: Vec<usize>,
    /// What else is known, for example that an old primary's copy holds it.
    pub note: Option<String>,
}

/// The rule of three: when none of n was lost, at most 3/n of all are, at 95 % confidence. None when one was, or of none.
pub fn lost_share_upper_bound(lost: u64, acknowledged: u64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    (lost == 0 && acknowledged > 0).then(|| (3.0 / acknowledged as f64).min(1.0))
}

/// A store that was read for the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreRead {
    /// Which, and whose.
    #[serde(flatten)]
    pub source: AuditSource,
    /// Rows or lines that belong to our submissions.
    pub rows: u64,
    /// Why it could not be read; none when it was.
    pub failed: Option<String>,
}

/// What the audit says of a submission that is not simply acknowledged and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum CaseKind {
    /// Acknowledged, and missing from `past_answer`.
    #[serde(rename = "lost history")]
    LostHistory,
    /// Acknowledged, and `problem_user` holds an earlier answer.
    #[serde(rename = "reverted")]
    Reverted,
    /// Acknowledged, and `problem_user` holds no answer, or one that does not count as attempted.
    #[serde(rename = "lost score")]
    LostScore,
    /// Indeterminate, and found whole.
    #[serde(rename = "recovered")]
    Recovered,
    /// Indeterminate, and found in part.
    #[serde(rename = "torn")]
    Torn,
    /// Refused or never sent, and found.
    #[serde(rename = "phantom")]
    Phantom,
    /// Found more often than the student sent it.
    #[serde(rename = "duplicated")]
    Duplicated,
    /// Found more than once, as the student's own retry explains.
    #[serde(rename = "resent")]
    Resent,
    /// Acknowledged, and a later page of the same student showed an earlier answer or none.
    #[serde(rename = "stale")]
    Stale,
    /// Acknowledged, and lines of `answer.log` are missing.
    #[serde(rename = "log lines lost")]
    LogLinesLost,
}

impl CaseKind {
    /// Whether an acknowledged answer is missing.
    pub fn is_loss(self) -> bool {
        matches!(self, Self::LostHistory | Self::Reverted | Self::LostScore)
    }
}

impl fmt::Display for CaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LostHistory => "lost history",
            Self::Reverted => "reverted",
            Self::LostScore => "lost score",
            Self::Recovered => "recovered",
            Self::Torn => "torn",
            Self::Phantom => "phantom",
            Self::Duplicated => "duplicated",
            Self::Resent => "resent",
            Self::Stale => "stale",
            Self::LogLinesLost => "log lines lost",
        })
    }
}
