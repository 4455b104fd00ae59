//! What is read of the stores after a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A store that is audited after the run, and whose copy of it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Table `past_answer` of a database that is not the primary.
    Replica {
        /// The database service.
        service: String,
    },
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
