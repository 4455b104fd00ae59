//! How soon as many nodes served as before.

use super::words::{NOT_MEASURED, held};
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::measure::Strength;
use crate::quantity::length;

/// Judges the time from effect until the balancer counts as many nodes as before, whether the lost one is back or another one
/// has taken its place.
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
        Strength::NotMeasured => Found::new(Judgement::Unknown, expected, NOT_MEASURED),
        Strength::NeverLess => Found::met(true, expected, "no detector said that there were fewer"),
        Strength::After { time, by, .. } => {
            let (met, found) = held(*time, most);
            Found::met(met, expected, format!("{found} (by {by})"))
        }
        Strength::NotSeen { watched } => {
            let found = format!("there were fewer for the {} that it was watched", length(*watched));
            let judgement = if *watched >= most { Judgement::Fail } else { Judgement::Unknown };
            Found::new(judgement, expected, found)
        }
    })
}
