//! Pass, fail or unknown, with the findings behind it. Fail beats unknown beats pass.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, Scope};

/// What a check, or a whole run, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Nothing was expected, and what was found is worth noting. Never a verdict.
    Note,
    /// Every expectation was met.
    Pass,
    /// At least one could not be judged, and none was violated.
    Unknown,
    /// At least one was violated.
    Fail,
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        })
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Name of the check.
    pub check: String,
    /// What kind of statement it makes.
    pub about: About,
    /// The expectation of the scenario that it judges, by name; none when nobody had to write one.
    pub expectation: Option<String>,
    /// Where.
    #[serde(flatten)]
    pub scope: Scope,
    /// What it came to.
    pub judgement: Judgement,
    /// What was expected, as a sentence part: `error rate at most 5%`.
    pub expected: String,
    /// What was found: `12.4% (31 of 250 first tries)`.
    pub found: String,
    /// The submissions that speak against it, each in a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// What to change, where one can say.
    pub advice: Option<String>,
}

/// The judgement of a run and all its findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The worst judgement of the findings.
    pub judgement: Judgement,
    /// One sentence that a non-expert understands.
    pub sentence: String,
    /// Everything that was judged.
    pub findings: Vec<Finding>,
    /// Why something was left behind; empty when nothing was.
    pub left_behind: Vec<String>,
}
