//! How soon the responsible detector said that the target is down.

use crate::measure::{Detection, Failover};
use crate::plan::HealthCheck;
use crate::quantity::{beyond, length};

use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges the time to detect. A responsible detector that stayed silent violates every maximum; a target that nobody
/// watches leaves nothing to judge.
pub const CHECK: Check = Check {
    name: "time_to_detect",
    judges: "how soon the responsible detector said that the target is down",
    about: About::Service,
    expects: Some("time_to_detect"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let Some(most) = subject.expect().time_to_detect else { return silent(subject) };
    let expected = expected::time_to_detect(most);
    Some(match &window.detection {
        Detection::After { detector, time, flaps } => {
            let flaps = if *flaps > 0 { format!(", then {flaps} changes of mind") } else { String::new() };
            let met = *time <= most;
            let took = if met { length(*time) } else { beyond(length(*time), &length(most)) };
            Found::met(met, expected, format!("{took} by the {detector}{flaps}"))
        }
        Detection::Never { detector } => {
            Found::met(false, expected, format!("never by the {detector}")).advise(advice(subject))
        }
        Detection::NoDetector => Found::new(Judgement::Unknown, expected, "no detector watches the target")
            .advise(Some("state time_to_detect only for windows whose target a detector watches")),
        Detection::NotMeasured { why } => Found::new(Judgement::Unknown, expected, format!("not measured: {why}")),
    })
}

/// Nothing is expected, but a detector that never noticed an outage is worth saying, with what to change.
fn silent(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let Detection::Never { detector } = &window.detection else { return None };
    if matches!(window.failover, Failover::NoOutage | Failover::NotMeasured) {
        return None;
    }
    let found = format!("never by the {detector}");
    Some(Found::new(Judgement::Note, "nothing expected", found).advise(advice(subject)))
}

/// What to change, by what the balancer asks.
fn advice(subject: &Subject<'_>) -> Option<&'static str> {
    match subject.plan.health_check()? {
        HealthCheck::Connection => {
            Some("set check = \"content\": a TCP check cannot see a server that accepts and does not answer")
        }
        HealthCheck::Status => {
            Some("set check = \"content\": a status check cannot see a page that says 200 and shows an error")
        }
        HealthCheck::Content => None,
    }
}
