//! The 95th percentile of the time to a page, from its intended time, on the baseline and in each window.

use super::words::held;
use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges the time to a page.
pub const CHECK: Check = Check {
    name: "page_p95",
    judges: "the 95th percentile of the time to a page, before the first fault and in each window",
    about: About::Service,
    expects: Some("page_p95"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().page_p95?.0;
    let latency = &subject.requests()?.latency;
    let expected = expected::page_p95(most);
    let Some(p95) = latency.p95() else {
        return Some(Found::new(Judgement::Unknown, expected, "no page was answered"));
    };
    let (met, found) = held(p95, most);
    Some(Found::met(met, expected, format!("{found} ({} pages)", latency.count)))
}
