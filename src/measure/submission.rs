//! Requests that carried a grade → one submission each, with the best that the student was told.
//!
//! All tries of one submission carry the same tokens, so they stand or fall together:
//!
//! - one try acknowledged → *acknowledged*, whatever the others said: the answers must be there;
//! - else one try indeterminate → *indeterminate*: it may have been stored, and a later refusal ("no attempts
//!   remaining") may even be the consequence of it;
//! - else *refused*: the student knows that nothing was recorded.

use std::collections::BTreeMap;

use crate::clock::Stamp;
use crate::history::{ErrorClass, Outcome, Told};

use super::facts::{Facts, Request, Span, Submission};
use super::name::Name;

/// One graded submission with all its tries.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// The student's login.
    pub student: &'a str,
    /// Its number within the student's plan.
    pub number: u32,
    /// The set version of the try that decided.
    pub version: &'a str,
    /// The token of each answered problem.
    pub tokens: &'a [(u32, Name)],
    /// Best that the student was told.
    pub told: Told,
    /// Intended time of the first try.
    pub from: Stamp,
    /// End of the last try.
    pub to: Stamp,
    /// The node that answered the try that decided.
    pub node: Option<&'a str>,
    /// When the student was told that it is recorded; none when nobody told.
    pub acknowledged: Option<Stamp>,
    /// Tries that may have been stored.
    pub storable: usize,
    /// Whether a preview may have left the same tokens in `problem_user`.
    pub previewed: bool,
}

impl Sent<'_> {
    /// Whether it was under way in `span`.
    pub fn overlaps(&self, span: Span) -> bool {
        span.overlaps(self.from, self.to)
    }
}

/// Every submission, by student and number.
pub fn submissions(facts: &Facts) -> Vec<Sent<'_>> {
    let mut tries: BTreeMap<(&str, u32), Vec<(&Request, &Submission)>> = BTreeMap::new();
    for request in &facts.requests {
        if let Some(submission) = &request.submission {
            tries.entry((&request.student, submission.number)).or_default().push((request, submission));
        }
    }
    let mut sent: Vec<Sent<'_>> = tries.into_iter().filter_map(|(key, tries)| one(key, &tries)).collect();
    if !facts.is_complete() {
        mark_cut_off(&mut sent);
    }
    mark_previews(facts, &mut sent);
    sent
}

/// Where the class was ended early, the last submission of each student may have been sent once more, and nothing recorded
/// what came of it: it may be stored once more, and one that was refused until then may be stored at all.
fn mark_cut_off(sent: &mut [Sent<'_>]) {
    for of_one in sent.chunk_by_mut(|one, other| one.student == other.student) {
        let Some(last) = of_one.last_mut() else { continue };
        last.storable += 1;
        if last.told == Told::Refused {
            last.told = Told::Indeterminate;
        }
    }
}

fn one<'a>((student, number): (&'a str, u32), tries: &[(&'a Request, &'a Submission)]) -> Option<Sent<'a>> {
    let rank = |told: Told| match told {
        Told::Acknowledged => 2,
        Told::Indeterminate => 1,
        Told::Refused => 0,
    };
    let (request, submission) = tries.iter().copied().max_by_key(|(_, submission)| rank(submission.told))?;
    Some(Sent {
        student,
        number,
        version: &submission.version,
        tokens: &submission.tokens,
        told: submission.told,
        from: tries.iter().map(|(request, _)| request.intended).min()?,
        to: tries.iter().map(|(request, _)| request.end).max()?,
        node: request.node.as_deref(),
        acknowledged: (submission.told == Told::Acknowledged).then_some(request.end),
        storable: tries.iter().filter(|(request, submission)| storable(request, submission)).count(),
        previewed: false,
    })
}

/// A submission that a test page refuses (no attempts left, out of time) still inserts rows into `past_answer`; one refused
/// on the way there (a login form, a page for a code) does not.
fn storable(request: &Request, submission: &Submission) -> bool {
    let of_the_test = matches!(
        request.outcome,
        Outcome::Failed(
            ErrorClass::NotRecorded | ErrorClass::NoAttemptsLeft | ErrorClass::OutOfTime | ErrorClass::NotOpen
        )
    );
    submission.told != Told::Refused || of_the_test
}

/// A preview of a test, and turning to another page of it, writes the answers into `problem_user` too. One made since the
/// submission before may have carried the tokens of this one, so its traces in that table prove nothing. A preview of homework
/// stores nothing.
fn mark_previews(facts: &Facts, sent: &mut [Sent<'_>]) {
    if facts.homework {
        return;
    }
    let mut previews: BTreeMap<&str, Vec<Stamp>> = BTreeMap::new();
    for request in facts.requests.iter().filter(|request| request.step.keeps_answers()) {
        previews.entry(&request.student).or_default().push(request.intended);
    }
    let mut since: BTreeMap<&str, Stamp> = BTreeMap::new();
    for submission in sent {
        let from = since.insert(submission.student, submission.from).unwrap_or_default();
        let span = Span { from, to: submission.to };
        let made = previews.get(submission.student).into_iter().flatten();
        submission.previewed = made.into_iter().any(|moment| span.contains(*moment));
    }
}
