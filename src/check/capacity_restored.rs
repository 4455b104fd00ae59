//! How soon as many nodes served as before.

use super::words::{NOT_MEASURED, held};
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::measure::CapacityRestored;
use crate::quantity::length;

/// Judges the time from effect until the balancer counts as many nodes as before, whether the lost one is back or another one
/// has taken its place. What heal brings back does not count.
pub const CHECK: Check = Check {
    name: "capacity_restored",
    judges: "how soon as many nodes served again as before, the lost one or another in its place",
    about: About::Service,
    expects: Some("capacity_restored"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().capacity_restored?.0;
    let expected = expected::capacity_restored(most);
    Some(match &window.capacity_restored {
        CapacityRestored::NotMeasured => Found::new(Judgement::Unknown, expected, NOT_MEASURED),
        CapacityRestored::NoneLost => Found::met(true, expected, "no web node was lost"),
        CapacityRestored::Unnoticed => {
            Found::new(Judgement::Unknown, expected, "no detector said that the lost node was missing")
        }
        CapacityRestored::After { time, by, .. } => {
            let (met, found) = held(*time, most);
            Found::met(met, expected, format!("{found} (by {by})"))
        }
        CapacityRestored::DidNot { at_least } => {
            let found = format!("there were fewer for at least {}, as long as it was looked at", length(*at_least));
            let judgement = if *at_least >= most { Judgement::Fail } else { Judgement::Unknown };
            Found::new(judgement, expected, found)
        }
    })
}
