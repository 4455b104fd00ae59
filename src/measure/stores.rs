//! What the audit found in the stores, by token.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{AuditSource, StoredAnswer};
use crate::webwork::token;

use super::facts::Facts;

/// What `problem_user` holds for one problem of one student, seen from one submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// The submission's own token, or one of a later preview or submission; and whether the row counts as attempted.
    Held {
        /// Whether the token is the submission's own.
        own: bool,
        /// Whether the row counts as attempted.
        attempted: bool,
    },
    /// The token of an earlier submission.
    Older,
    /// No token.
    Nothing,
}

/// The stores as they were found.
#[derive(Debug, Default)]
pub struct Stores<'a> {
    /// Rows of `past_answer` by student and token.
    past: BTreeMap<(&'a str, &'a str), Vec<&'a StoredAnswer>>,
    scores: BTreeMap<(&'a str, &'a str, u32), &'a StoredAnswer>,
    log: BTreeSet<(&'a str, &'a str)>,
    copies: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    /// Why the database says nothing; none when it was read.
    pub database_unread: Option<String>,
    /// Why the log says nothing; none when it was read.
    pub log_unread: Option<String>,
}

impl<'a> Stores<'a> {
    /// The stores as `facts` tell them.
    pub fn new(facts: &Facts<'a>) -> Self {
        let mut stores = Self::default();
        for stored in facts.stored.iter().copied().filter(|stored| !stored.token.is_empty()) {
            let key = (stored.student.as_str(), stored.token.as_str());
            match &stored.source {
                AuditSource::PastAnswer { .. } => stores.past.entry(key).or_default().push(stored),
                AuditSource::ProblemUser { .. } => {
                    stores.scores.insert((&stored.student, &stored.version, stored.problem), stored);
                }
                AuditSource::AnswerLog => {
                    stores.log.insert(key);
                }
                AuditSource::Copy { service } => {
                    stores.copies.entry(key).or_default().insert(service);
                }
            }
        }
        let past = unread(facts, "past_answer", |source| matches!(source, AuditSource::PastAnswer { .. }));
        let scores = unread(facts, "problem_user", |source| matches!(source, AuditSource::ProblemUser { .. }));
        stores.database_unread = past.or(scores);
        stores.log_unread = unread(facts, "answer.log", |source| *source == AuditSource::AnswerLog);
        stores
    }

    /// How many rows of `past_answer` hold `token` for `student`.
    pub fn rows(&self, student: &str, token: &str) -> usize {
        self.past.get(&(student, token)).map_or(0, Vec::len)
    }

    /// What `problem_user` holds, seen from the submission `number` whose token is `own`.
    pub fn score(&self, student: &str, version: &str, problem: u32, number: u32, own: &str) -> Score {
        let Some(row) = self.scores.get(&(student, version, problem)) else { return Score::Nothing };
        if row.token == own {
            return Score::Held { own: true, attempted: row.attempted };
        }
        match token::parse(&row.token) {
            Some(held) if held.number > number => Score::Held { own: false, attempted: row.attempted },
            Some(held) if held.number < number => Score::Older,
            _ => Score::Nothing,
        }
    }

    /// Whether `answer.log` has a line with `token`.
    pub fn has_line(&self, student: &str, token: &str) -> bool {
        self.log.contains(&(student, token))
    }

    /// The old primaries whose copied tables hold `token`.
    pub fn copies(&self, student: &str, token: &str) -> Vec<&'a str> {
        self.copies.get(&(student, token)).into_iter().flatten().copied().collect()
    }

    /// Rows of `past_answer` and `problem_user` with a token of ours: which student, which token, and whether the row
    /// is one of `past_answer`.
    pub fn rows_of_ours(&self) -> impl Iterator<Item = (&'a StoredAnswer, bool)> + '_ {
        let past = self.past.values().flatten().map(|row| (*row, true));
        let scores = self.scores.values().map(|row| (*row, false));
        past.chain(scores).filter(|(row, _)| token::parse(&row.token).is_some())
    }
}

/// Why none of the wanted sources could be read to its end; none when one could.
fn unread(facts: &Facts<'_>, name: &str, wanted: impl Fn(&AuditSource) -> bool) -> Option<String> {
    let reads: Vec<_> = facts.reads.iter().filter(|(source, _)| wanted(source)).collect();
    if reads.iter().any(|(_, failed)| failed.is_none()) {
        return None;
    }
    let asked = if facts.reads.is_empty() { "the run ended before the audit" } else { "the topology names none" };
    let why = reads.last().and_then(|(_, failed)| *failed).unwrap_or(asked);
    Some(format!("{name} could not be read: {why}"))
}
