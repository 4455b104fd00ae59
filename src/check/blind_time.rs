//! How long users failed while every detector said that every node was up.

use super::words::{NOT_MEASURED, held};
use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges the blind time. Where nobody ever noticed it is a lower bound: one within the maximum meets nothing, for users
/// failed until the fault was healed and not until somebody saw it.
pub const CHECK: Check = Check {
    name: "blind_time",
    judges: "how long users failed while every detector said that every node was up",
    about: About::Service,
    expects: Some("blind_time"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().blind_time?.0;
    let expected = expected::blind_time(most);
    let Some(blind) = window.blind else { return Some(Found::new(Judgement::Unknown, expected, NOT_MEASURED)) };
    let (met, took) = held(blind.time, most);
    Some(match (blind.never_detected, met) {
        (true, true) if blind.time.is_zero() => Found::met(true, expected, "nobody failed"),
        (true, true) => Found::new(Judgement::Unknown, expected, format!("at least {took}, never detected")),
        (true, false) => Found::met(false, expected, format!("at least {took}, never detected")),
        (false, _) => Found::met(met, expected, took),
    })
}
