//! How often the detector changed its mind about the target after its first verdict.

use super::{About, Check, Found, Judgement, Subject, expected};
use crate::measure::Detection;
use crate::quantity::number;

/// Judges the flaps of a window. A detector that never spoke never changed its mind; a target that nobody watches leaves
/// nothing to judge.
pub const CHECK: Check = Check {
    name: "flaps",
    judges: "how often a detector changed its mind after it had said that the target is down",
    about: About::Service,
    expects: Some("flaps"),
    judge,
};

/// What helps where a node goes down and up again and again.
const ADVICE: &str = "a node that is taken back while it is sick hurts students each time: find out what restarts it, or \
                      ask for more passed checks before it is taken back";

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().flaps?.0;
    let window = subject.window()?;
    let expected = expected::flaps(most);
    Some(match &window.detection {
        Detection::After { detector, flaps, .. } => {
            let met = *flaps <= most;
            let found = format!("{} of mind by the {detector} after its first verdict", number(*flaps, "change"));
            Found::met(met, expected, found).advise((!met).then_some(ADVICE))
        }
        Detection::Never { detector, .. } => {
            Found::new(Judgement::Pass, expected, format!("none by the {detector}, which never said down"))
        }
        Detection::NoDetector => Found::new(Judgement::Unknown, expected, "no detector watches the target"),
        Detection::NotMeasured { why } => Found::new(Judgement::Unknown, expected, format!("not measured: {why}")),
    })
}
