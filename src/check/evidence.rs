//! Whether each fault was seen to be there.

use super::{About, Check, Found, Judgement, Subject};

/// Judges the evidence of a window. A fault that never took hold proves nothing, so the best it can be is unknown.
pub const CHECK: Check = Check {
    name: "evidence",
    judges: "whether each fault was seen to take hold",
    about: About::Conduct,
    expects: None,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let expected = "the fault is seen to be there";
    let seen = window.evidence.as_deref().unwrap_or("seen");
    Some(match (&window.void, &window.ended_early) {
        (Some(why), _) => Found::new(Judgement::Unknown, expected, why),
        (None, Some(why)) => Found::new(Judgement::Pass, expected, format!("{seen}; the cluster ended it: {why}")),
        (None, None) => Found::new(Judgement::Pass, expected, seen),
    })
}
