//! The share of first tries of students that failed, on the baseline and in each window.

use super::words::{classes, rate};
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::quantity::percent;

/// Judges the error rate.
pub const CHECK: Check = Check {
    name: "error_rate",
    judges: "the share of students' first tries that failed, before the first fault and in each window",
    about: About::Service,
    expects: Some("error_rate"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().error_rate?;
    let requests = subject.requests()?;
    let expected = expected::error_rate(most);
    let mut found = rate(requests.first_tries, "first tries");
    if requests.first_tries.rate().is_some_and(|rate| rate > most) {
        found.extend(classes(requests).map(|classes| format!("; with retries, {classes}")));
    }
    Some(match requests.first_tries.rate() {
        Some(rate) if rate > most && percent(rate) == percent(most) => {
            Found::met(false, expected, format!("just over {found}"))
        }
        Some(rate) => Found::met(rate <= most, expected, found),
        None => Found::new(Judgement::Unknown, expected, found),
    })
}
