//! How soon after heal the service was as good as before the fault.

use std::time::Duration;

use super::words::{NOT_MEASURED, held};
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::measure::Recovery;
use crate::quantity::length;

/// Judges the time from the command to heal until the service was back in the baseline's band. A service that never left
/// it, or came back by itself before heal, meets every maximum; a metastable one violates every one.
pub const CHECK: Check = Check {
    name: "recovery_time",
    judges: "how soon after heal the service was as good as before the fault",
    about: About::Service,
    expects: Some("recovery_time"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().recovery_time?.0;
    let expected = expected::recovery_time(most);
    let stamps = window.timeline.recover.zip(window.timeline.heal);
    Some(match (&window.recovery, stamps) {
        (Recovery::NeverLeft, _) => Found::met(true, expected, "it never left the baseline's band"),
        (Recovery::After { .. }, Some((recover, heal))) => {
            let after = recover.saturating_sub(heal);
            let (met, took) = held(after, most);
            let found = if after == Duration::ZERO { "before heal".to_owned() } else { format!("{took} after heal") };
            Found::met(met, expected, found)
        }
        (Recovery::Metastable, _) => Found::met(false, expected, "metastable: not long after heal either"),
        (Recovery::NotSeen { watched, .. }, _) if *watched > most => {
            Found::met(false, expected, format!("not seen in the {} after heal", length(*watched)))
        }
        (Recovery::NotSeen { watched, .. }, _) => {
            let found = format!("not seen, and watched for {} only", length(*watched));
            let advice = "a longer `recovery` in the scenario, so that it can be seen";
            Found::new(Judgement::Unknown, expected, found).advise(Some(advice))
        }
        (Recovery::After { .. } | Recovery::NotMeasured, _) => Found::new(Judgement::Unknown, expected, NOT_MEASURED),
    })
}
