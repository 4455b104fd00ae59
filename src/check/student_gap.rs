//! How long the student who was worst off tried and got nothing.

use super::words::held;
use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges the worst gap of any one student. A student without an error has none.
pub const CHECK: Check = Check {
    name: "student_gap",
    judges: "the longest time in which one student tried and nothing succeeded",
    about: About::Service,
    expects: Some("student_gap"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().student_gap?.0;
    let expected = expected::student_gap(most);
    let sent = window.requests.as_ref().is_some_and(|requests| requests.students > 0);
    let Some(gap) = window.worst_gap.filter(|_| sent) else {
        return Some(Found::new(Judgement::Unknown, expected, "no student sent anything"));
    };
    Some(match gap.max {
        None => Found::met(true, expected, "no student saw an error"),
        Some(worst) => {
            let (met, found) = held(worst, most);
            Found::met(met, expected, found)
        }
    })
}
