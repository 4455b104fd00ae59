//! Whether each fault was seen to be gone again.

use super::{About, Check, Found, Judgement, Subject};
use crate::quantity::length;

/// Judges the healing of a window. A fault that may still be there spoils what follows: unknown at best.
pub const CHECK: Check = Check {
    name: "healed",
    judges: "whether each fault was seen to be gone and its target to serve again",
    about: About::Conduct,
    expects: None,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let expected = "the fault is seen to be gone";
    let timeline = &window.timeline;
    timeline.inject?;
    Some(match (&window.heal_failed, timeline.heal, timeline.healed) {
        (Some(why), _, _) => Found::new(Judgement::Unknown, expected, why)
            .advise(Some("`wwchaos down` removes what this run may have left behind")),
        (None, heal, Some(healed)) => {
            let took = heal.map(|heal| format!("{} after healing began", length(healed.saturating_sub(heal))));
            Found::new(Judgement::Pass, expected, took.unwrap_or_else(|| "seen".to_owned()))
        }
        (None, _, None) => Found::new(Judgement::Unknown, expected, "the run ended before it was seen"),
    })
}
