//! What the audit found in the stores, by token.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{AuditSource, StoredAnswer};
use crate::webwork::token;

use super::facts::Facts;
use super::name::{Name, Names};

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

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    /// The set version.
    pub version: Name,
    /// The problem, from 1.
    pub problem: u32,
    /// The token.
    pub token: Name,
    /// For `problem_user`: whether the row counts as attempted.
    attempted: bool,
}

/// The stores as they were found.
#[derive(Debug, Default)]
pub struct Stores {
    /// Rows of `past_answer` by student, in the order of their tokens.
    past: BTreeMap<Name, Vec<Row>>,
    /// Rows of `problem_user` by student, version and problem.
    scores: BTreeMap<Name, BTreeMap<(Name, u32), Row>>,
    /// Tokens with a line in `answer.log`, by student.
    log: BTreeMap<Name, BTreeSet<Name>>,
    /// Who else holds a token, by student: the token, and the holder in words.
    elsewhere: BTreeMap<Name, Vec<(Name, Name)>>,
}

impl Stores {
    /// Takes in what was found. A row without a token tells nothing.
    pub fn take(&mut self, stored: &StoredAnswer, names: &mut Names) {
        if stored.token.is_empty() {
            return;
        }
        let (student, token) = (names.one(&stored.student), names.one(&stored.token));
        let mut row = || Row {
            version: names.one(&stored.version),
            problem: stored.problem,
            token: Name::clone(&token),
            attempted: stored.attempted,
        };
        match &stored.source {
            AuditSource::PastAnswer { .. } => {
                let row = row();
                let rows = self.past.entry(student).or_default();
                rows.insert(rows.partition_point(|other| other.token <= token), row);
            }
            AuditSource::ProblemUser { .. } => {
                let row = row();
                let place = (Name::clone(&row.version), row.problem);
                self.scores.entry(student).or_default().insert(place, row);
            }
            AuditSource::AnswerLog => {
                self.log.entry(student).or_default().insert(token);
            }
            AuditSource::Replica { service } => {
                let holder = names.one(&format!("replica {service} holds it"));
                self.elsewhere.entry(student).or_default().push((token, holder));
            }
            AuditSource::Copy { service } => {
                let holder = names.one(&format!("old primary {service} holds it"));
                self.elsewhere.entry(student).or_default().push((token, holder));
            }
        }
    }

    /// How many rows of `past_answer` hold `token` for `student`.
    pub fn rows(&self, student: &str, token: &str) -> usize {
        let rows = self.past.get(student).map_or(&[][..], Vec::as_slice);
        rows.partition_point(|row| *row.token <= *token) - rows.partition_point(|row| *row.token < *token)
    }

    /// What `problem_user` holds, seen from the submission `number` whose token is `own`.
    pub fn score(&self, student: &str, version: &str, problem: u32, number: u32, own: &str) -> Score {
        let rows = self.scores.get(student);
        let Some(row) = rows.and_then(|rows| rows.get(&(Name::from(version), problem))) else { return Score::Nothing };
        if *row.token == *own {
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
        self.log.get(student).is_some_and(|tokens| tokens.contains(token))
    }

    /// Which stores hold `token` besides those that decide: replicas, copies of old primaries, `answer.log`.
    pub fn elsewhere(&self, student: &str, token: &str) -> BTreeSet<String> {
        let noted = self.elsewhere.get(student).into_iter().flatten();
        let mut holders: BTreeSet<_> =
            noted.filter(|(held, _)| **held == *token).map(|(_, holder)| holder.to_string()).collect();
        if self.has_line(student, token) {
            holders.insert("answer.log has its line".to_owned());
        }
        holders
    }

    /// Rows of `past_answer` and `problem_user` with a token of ours: whose, the row, and whether it is one of
    /// `past_answer`.
    pub fn rows_of_ours(&self) -> impl Iterator<Item = (&Name, &Row, bool)> {
        let past = self.past.iter().flat_map(|(student, rows)| rows.iter().map(move |row| (student, row, true)));
        let scores = self.scores.iter().flat_map(|(student, rows)| rows.values().map(move |row| (student, row, false)));
        past.chain(scores).filter(|(_, row, _)| token::parse(&row.token).is_some())
    }
}

/// What could not be read of the stores.
#[derive(Debug)]
pub struct Unread {
    /// Why the database says nothing; none when it was read.
    pub database: Option<String>,
    /// Why the log says nothing; none when it was read.
    pub log: Option<String>,
}

impl Unread {
    /// What `facts` tell of the reading.
    pub fn new(facts: &Facts) -> Self {
        let past = unread(facts, "past_answer", |source| matches!(source, AuditSource::PastAnswer { .. }));
        let scores = unread(facts, "problem_user", |source| matches!(source, AuditSource::ProblemUser { .. }));
        let log = unread(facts, "answer.log", |source| *source == AuditSource::AnswerLog);
        Self { database: past.or(scores), log }
    }
}

/// Why none of the wanted sources could be read to its end; none when one could.
fn unread(facts: &Facts, name: &str, wanted: impl Fn(&AuditSource) -> bool) -> Option<String> {
    let reads: Vec<_> = facts.reads.iter().filter(|read| wanted(&read.source)).collect();
    if reads.iter().any(|read| read.failed.is_none()) {
        return None;
    }
    let asked = if facts.reads.is_empty() { "the run ended before the audit" } else { "the topology names none" };
    let why = reads.last().and_then(|read| read.failed.as_deref()).unwrap_or(asked);
    Some(format!("{name} could not be read: {why}"))
}
