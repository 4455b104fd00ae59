//! Submissions and stores → the audit of answers, in the manner in which Jepsen audits sets.
//!
//! - *lost*: acknowledged, and a token of it is missing from `past_answer` (`lost history`); or it is the student's
//!   last acknowledged submission of a problem and `problem_user` holds an earlier one (`reverted`), or no token or
//!   a row that does not count as attempted (`lost score`). The token of something sent later in `problem_user` is
//!   fine: previews and submissions nobody confirmed write there too. A submission counts once, whatever it lost.
//! - *recovered*: indeterminate, and found whole. *torn*: indeterminate, and found in part: in `past_answer` not for
//!   every problem, or in one table only. Found nowhere is the ordinary fate of an indeterminate submission and no
//!   case.
//! - *phantom*: refused, and `problem_user` holds it; or a token that nobody sent, or of another student. Rows in
//!   `past_answer` alone do not make a refused submission a phantom: WeBWorK inserts them when it refuses for want of
//!   attempts.
//! - *duplicated*: more rows of one token in `past_answer` than tries that may have been stored; something behind the
//!   student sent or stored it again. When the student's own tries explain the rows it is *resent*: WeBWorK does not
//!   guard a submission against being sent twice, and the student did that when nobody told. Reported, no failure.
//! - *stale*: acknowledged, and a page that the student asked for afterwards showed an earlier answer to one of its
//!   problems, or none: read from a node that did not know it yet. Whether it is lost is for the stores to say.
//! - *log lines lost*: of acknowledged submissions, the problems without a line in `answer.log`. Lines without a token
//!   of ours (blank problems have lines too) do not count.
//!
//! Traces in `problem_user` prove nothing where a preview may have left them, which those of homework do not; then `past_answer`
//! alone decides. A submission of homework is of one problem: stored in one table only it is torn all the same.
//! When `past_answer` or `problem_user` could not be read, the audit says nothing of what is stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::Told;
use crate::webwork::token;

use super::cases::{AnswerCase, Answers, CaseKind, lost_share_upper_bound};
use super::facts::{Facts, Shown, Span};
use super::requests::as_count;
use super::stores::{Score, Stores, Unread};
use super::submission::{Sent, submissions};

/// A verdict of the audit on one submission.
type Case = (CaseKind, Vec<(u32, String)>);

/// Every submission with what the audit says of it.
pub struct Audit<'a> {
    facts: &'a Facts,
    unread: Unread,
    /// From inject to heal of each window.
    windows: Vec<Option<Span>>,
    submissions: Vec<(Sent<'a>, Vec<Case>)>,
    /// Tokens that nobody sent.
    unsent: Vec<AnswerCase>,
}

impl<'a> Audit<'a> {
    /// Audits every submission of `facts`, whose windows lasted so long.
    pub fn new(facts: &'a Facts, windows: Vec<Option<Span>>) -> Self {
        let unread = Unread::new(facts);
        let sent = submissions(facts);
        let last = last_acknowledged(&sent);
        let unsent = if facts.is_complete() { unsent(facts, &sent) } else { Vec::new() };
        let judge = |submission: Sent<'a>| {
            let cases = cases(facts, &unread, &submission, &last);
            (submission, cases)
        };
        let submissions = sent.into_iter().map(judge).collect();
        Self { facts, unread, windows, submissions, unsent }
    }

    /// The audit of the whole run.
    pub fn whole(&self) -> Answers {
        let mut answers = self.sum(|_| true, "the run");
        if self.unread.database.is_none() {
            answers.phantom += as_count(self.unsent.len());
            answers.cases.extend(self.unsent.iter().cloned());
        }
        answers
    }

    /// The audit of the submissions that were under way in `span`.
    pub fn of(&self, span: Span) -> Answers {
        self.sum(|sent| sent.overlaps(span), "the window")
    }

    /// What a student was told of each submission under way in `span`, and whether it is lost.
    pub fn of_student(&self, student: &str, span: Span) -> impl Iterator<Item = (Told, bool)> {
        let sent = self.submissions.iter().filter(move |(sent, _)| sent.student == student && sent.overlaps(span));
        sent.map(|(sent, cases)| (sent.told, cases.iter().any(|(kind, _)| kind.is_loss())))
    }

    /// How many of the submissions of which `wanted` says so by student and number the stores hold whole; none when they could
    /// not be read.
    pub fn recorded(&self, wanted: impl Fn(&str, u32) -> bool) -> Option<usize> {
        if self.unread.database.is_some() {
            return None;
        }
        let held = |(sent, cases): &&(Sent<'_>, Vec<Case>)| match sent.told {
            Told::Acknowledged => !cases.iter().any(|(kind, _)| kind.is_loss()),
            Told::Indeterminate => cases.iter().any(|(kind, _)| *kind == CaseKind::Recovered),
            Told::Refused => {
                cases.iter().any(|(kind, found)| *kind == CaseKind::Phantom && found.len() == sent.tokens.len())
            }
        };
        let chosen = self.submissions.iter().filter(|(sent, _)| wanted(sent.student, sent.number));
        Some(chosen.filter(held).count())
    }

    /// Why `answer.log` says nothing; none when it was read.
    pub fn log_unread(&self) -> Option<&str> {
        self.unread.log.as_deref()
    }

    fn sum(&self, belongs: impl Fn(&Sent<'_>) -> bool, whole: &str) -> Answers {
        let mut answers = Answers::default();
        for (sent, cases) in self.submissions.iter().filter(|(sent, _)| belongs(sent)) {
            match sent.told {
                Told::Acknowledged => answers.acknowledged += 1,
                Told::Refused => answers.refused += 1,
                Told::Indeterminate => answers.indeterminate += 1,
            }
            if sent.told == Told::Acknowledged && self.unread.log.is_none() {
                answers.log_lines_expected += as_count(sent.tokens.len());
            }
            answers.lost += u64::from(cases.iter().any(|(kind, _)| kind.is_loss()));
            for (kind, tokens) in cases {
                add(&mut answers, *kind, tokens.len());
                answers.cases.push(self.case(sent, *kind, tokens));
            }
        }
        answers.cases.sort_by_key(|case| case.sent);
        answers.log_unread = self.unread.log.clone();
        answers.unknown = self.unread.database.clone();
        if answers.unknown.is_none() && answers.acknowledged == 0 {
            answers.unknown = Some(format!("no submission was acknowledged in {whole}"));
        }
        if answers.unknown.is_none() {
            answers.lost_share_upper_bound = lost_share_upper_bound(answers.lost, answers.acknowledged);
        }
        answers
    }

    fn case(&self, sent: &Sent<'_>, kind: CaseKind, tokens: &[(u32, String)]) -> AnswerCase {
        AnswerCase {
            kind,
            student: sent.student.to_owned(),
            version: sent.version.to_owned(),
            number: sent.number,
            tokens: tokens.to_vec(),
            sent: self.facts.offset(sent.from),
            node: sent.node.map(str::to_owned),
            windows: self.windows_of(sent),
            note: kind.is_loss().then(|| self.evidence(sent, tokens)),
        }
    }

    /// The windows in which `sent` was under way.
    fn windows_of(&self, sent: &Sent<'_>) -> Vec<usize> {
        let windows = self.windows.iter().enumerate();
        windows.filter_map(|(index, span)| span.filter(|span| sent.overlaps(*span)).map(|_| index)).collect()
    }

    /// What other stores hold of lost tokens.
    fn evidence(&self, sent: &Sent<'_>, tokens: &[(u32, String)]) -> String {
        let holders: BTreeSet<_> =
            tokens.iter().flat_map(|(_, token)| self.facts.stores.elsewhere(sent.student, token)).collect();
        if holders.is_empty() {
            return "nothing else that was read holds it".to_owned();
        }
        holders.into_iter().collect::<Vec<_>>().join("; ")
    }
}

fn add(answers: &mut Answers, kind: CaseKind, tokens: usize) {
    match kind {
        CaseKind::Recovered => answers.recovered += 1,
        CaseKind::Torn => answers.torn += 1,
        CaseKind::Phantom => answers.phantom += 1,
        CaseKind::Duplicated => answers.duplicated += 1,
        CaseKind::Resent => answers.resent += 1,
        CaseKind::Stale => answers.stale += 1,
        CaseKind::LogLinesLost => answers.log_lines_lost += as_count(tokens),
        CaseKind::LostHistory | CaseKind::Reverted | CaseKind::LostScore => {}
    }
}

/// The last acknowledged submission of each problem, by student, version and problem.
fn last_acknowledged<'a>(sent: &[Sent<'a>]) -> BTreeMap<(&'a str, &'a str, u32), u32> {
    let mut last = BTreeMap::new();
    for submission in sent.iter().filter(|submission| submission.told == Told::Acknowledged) {
        for (problem, _) in submission.tokens {
            let number = last.entry((submission.student, submission.version, *problem)).or_insert(submission.number);
            *number = (*number).max(submission.number);
        }
    }
    last
}

fn cases(facts: &Facts, unread: &Unread, sent: &Sent<'_>, last: &BTreeMap<(&str, &str, u32), u32>) -> Vec<Case> {
    let stores = &facts.stores;
    let mut cases = Vec::new();
    if unread.database.is_none() {
        match sent.told {
            Told::Acknowledged => cases.extend(losses(stores, sent, last)),
            Told::Indeterminate => cases.extend(found(stores, sent)),
            Told::Refused => cases.extend(phantom(stores, sent)),
        }
        cases.extend(repeated(stores, sent));
    }
    cases.extend(stale(facts, sent));
    if sent.told == Told::Acknowledged && unread.log.is_none() {
        let missing = chosen(sent, |_, token| !stores.has_line(sent.student, token));
        cases.extend(some(CaseKind::LogLinesLost, missing));
    }
    cases
}

/// The tokens of `sent` that `wanted` chooses.
fn chosen(sent: &Sent<'_>, wanted: impl Fn(u32, &str) -> bool) -> Vec<(u32, String)> {
    sent.tokens
        .iter()
        .filter(|(problem, token)| wanted(*problem, token))
        .map(|(problem, token)| (*problem, token.to_string()))
        .collect()
}

fn some(kind: CaseKind, tokens: Vec<(u32, String)>) -> Option<Case> {
    (!tokens.is_empty()).then_some((kind, tokens))
}

fn score(stores: &Stores, sent: &Sent<'_>, problem: u32, token: &str) -> Score {
    stores.score(sent.student, sent.version, problem, sent.number, token)
}

fn losses(stores: &Stores, sent: &Sent<'_>, last: &BTreeMap<(&str, &str, u32), u32>) -> Vec<Case> {
    let decides = |problem: u32| last.get(&(sent.student, sent.version, problem)) == Some(&sent.number);
    let state = |problem: u32, token: &str| decides(problem).then(|| score(stores, sent, problem, token));
    let history = chosen(sent, |_, token| stores.rows(sent.student, token) == 0);
    let reverted = chosen(sent, |problem, token| state(problem, token) == Some(Score::Older));
    let lost = chosen(sent, |problem, token| {
        matches!(state(problem, token), Some(Score::Nothing | Score::Held { attempted: false, .. }))
    });
    [some(CaseKind::LostHistory, history), some(CaseKind::Reverted, reverted), some(CaseKind::LostScore, lost)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether an indeterminate submission was stored, whole or in part.
fn found(stores: &Stores, sent: &Sent<'_>) -> Option<Case> {
    let rows = chosen(sent, |_, token| stores.rows(sent.student, token) > 0);
    let state = |problem: u32, token: &str| score(stores, sent, problem, token);
    let own = chosen(sent, |problem, token| matches!(state(problem, token), Score::Held { own: true, .. }));
    let newer = chosen(sent, |problem, token| matches!(state(problem, token), Score::Held { own: false, .. }));
    let proof = if sent.previewed { Vec::new() } else { own.clone() };
    let all = sent.tokens.len();
    if rows.is_empty() && proof.is_empty() {
        return None;
    }
    if rows.len() == all && own.len() + newer.len() == all {
        return some(CaseKind::Recovered, rows);
    }
    let mut traces = rows;
    traces.extend(proof);
    traces.sort_unstable();
    traces.dedup();
    some(CaseKind::Torn, traces)
}

/// What `problem_user` holds of a refused submission.
fn phantom(stores: &Stores, sent: &Sent<'_>) -> Option<Case> {
    if sent.previewed {
        return None;
    }
    let held =
        chosen(sent, |problem, token| matches!(score(stores, sent, problem, token), Score::Held { own: true, .. }));
    some(CaseKind::Phantom, held)
}

/// What `past_answer` holds more than once.
fn repeated(stores: &Stores, sent: &Sent<'_>) -> Option<Case> {
    let twice = chosen(sent, |_, token| stores.rows(sent.student, token) > 1);
    let most = twice.iter().map(|(_, token)| stores.rows(sent.student, token)).max().unwrap_or_default();
    some(if most > sent.storable { CaseKind::Duplicated } else { CaseKind::Resent }, twice)
}

/// What a page that was asked for after the acknowledgement did not show yet.
fn stale(facts: &Facts, sent: &Sent<'_>) -> Option<Case> {
    let acknowledged = sent.acknowledged?;
    let later = facts.requests_of(sent.student).filter(|request| request.sent >= acknowledged);
    let pages = later.filter_map(|request| request.shown.as_deref());
    let pages: Vec<&Shown> = pages.filter(|shown| *shown.version == *sent.version).collect();
    let old = |held: &str| held.is_empty() || token::parse(held).is_some_and(|held| held.number < sent.number);
    let behind =
        |problem: u32| pages.iter().any(|page| page.answers.iter().any(|(at, held)| *at == problem && old(held)));
    some(CaseKind::Stale, chosen(sent, |problem, _| behind(problem)))
}

/// Tokens of ours that no submission of that student carried. A preview writes tokens into `problem_user` that no
/// submission need carry, so rows there count only for students who never previewed. Asked only when the class ran to
/// its end: otherwise a submission may have been sent and not recorded.
fn unsent(facts: &Facts, sent: &[Sent<'_>]) -> Vec<AnswerCase> {
    let known: BTreeSet<(&str, &str)> = sent
        .iter()
        .flat_map(|submission| submission.tokens.iter().map(|(_, token)| (submission.student, &**token)))
        .collect();
    let kept = facts.requests.iter().filter(|request| !facts.homework && request.step.keeps_answers());
    let previewers: BTreeSet<&str> = kept.map(|request| &*request.student).collect();
    let mut unsent: BTreeMap<(&str, u32), AnswerCase> = BTreeMap::new();
    for (student, row, past) in facts.stores.rows_of_ours() {
        let student: &str = student;
        if known.contains(&(student, &*row.token)) || (!past && previewers.contains(student)) {
            continue;
        }
        let number = token::parse(&row.token).map_or(0, |token| token.number);
        let case = unsent.entry((student, number)).or_insert_with(|| AnswerCase {
            kind: CaseKind::Phantom,
            student: student.to_owned(),
            version: row.version.to_string(),
            number,
            tokens: Vec::new(),
            sent: std::time::Duration::ZERO,
            node: None,
            windows: Vec::new(),
            note: Some("this student never sent it".to_owned()),
        });
        if !case.tokens.iter().any(|(problem, token)| *problem == row.problem && **token == *row.token) {
            case.tokens.push((row.problem, row.token.to_string()));
        }
    }
    unsent.into_values().collect()
}
