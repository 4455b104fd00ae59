//! The 95th percentile of the time to a page, from its intended time, on the baseline and in each window.

use std::time::Duration;

use super::words::seconds;
use super::{About, Check, Found, Judgement, Subject};

/// Judges the time to a page.
pub const CHECK: Check = Check {
    name: "page_p95",
    judges: "the 95th percentile of the time to a page, before the first fault and in each window",
    about: About::Service,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().page_p95?;
    let latency = &subject.requests()?.latency;
    let expected = format!("95% of the pages within {}", fine(most));
    let Some(p95) = latency.ms_p95 else {
        return Some(Found::new(Judgement::Unknown, expected, "no page was answered"));
    };
    let p95 = Duration::from_secs_f64(p95 / 1000.0);
    Some(Found::met(p95 <= most, expected, format!("{} ({} pages)", fine(p95), latency.count)))
}

/// Below a second in milliseconds.
fn fine(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { seconds(time) }
}
