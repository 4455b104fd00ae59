//! The share of first tries of students that failed, on the baseline, in each window, and after heal.
//!
//! What students send between the command to heal and the next window is judged by the same expectation, unless
//! `error_rate_after` says another: a service that passes a fault and fails when it is over did not pass.

use super::words::{classes, rate};
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::measure::Requests;
use crate::quantity::percent;

/// Judges the error rate.
pub const CHECK: Check = Check {
    name: "error_rate",
    judges: "the share of students' first tries that failed, before the first fault, in each window, and after heal",
    about: About::Service,
    expects: Some("error_rate"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let expect = subject.expect();
    let most = expect.error_rate?.0;
    let (mut judgement, mut found) = share(subject.requests()?, most);
    let after = subject.window().and_then(|window| window.requests_after.as_ref());
    let after = after.filter(|_| expect.error_rate_after.is_none());
    if let Some((Judgement::Fail, later)) = after.map(|after| share(after, most)) {
        found.push_str(&format!("; after heal {later}"));
        judgement = Judgement::Fail;
    }
    Some(Found::new(judgement, expected::error_rate(most), found))
}

/// Whether the share is at most `most`, and the share in words: with how requests failed where it is not.
pub(super) fn share(requests: &Requests, most: f64) -> (Judgement, String) {
    let found = rate(requests.first_tries, "first tries");
    match requests.first_tries.rate() {
        None => (Judgement::Unknown, found),
        Some(rate) if rate <= most => (Judgement::Pass, found),
        Some(rate) => {
            let just = if percent(rate) == percent(most) { "just over " } else { "" };
            let classes = classes(requests).map(|classes| format!("; with retries, {classes}")).unwrap_or_default();
            (Judgement::Fail, format!("{just}{found}{classes}"))
        }
    }
}
