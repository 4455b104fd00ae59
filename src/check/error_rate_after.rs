//! The share of first tries of students that failed between the command to heal and the next window.

use super::error_rate::share;
use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges the error rate after heal, where another is expected than in the window.
pub const CHECK: Check = Check {
    name: "error_rate_after",
    judges: "the share of students' first tries that failed between heal and the next window",
    about: About::Service,
    expects: Some("error_rate_after"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().error_rate_after?.0;
    let expected = expected::error_rate_after(most);
    Some(match &window.requests_after {
        Some(after) => {
            let (judgement, found) = share(after, most);
            Found::new(judgement, expected, found)
        }
        None => Found::new(Judgement::Unknown, expected, "no time after heal was measured"),
    })
}
