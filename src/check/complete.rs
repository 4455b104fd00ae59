//! Whether the run got to its end.

use super::{About, Check, Found, Judgement, Scope, Subject};

/// Judges whether the run was ended early: what had not happened yet was not judged.
pub const CHECK: Check = Check {
    name: "complete",
    judges: "whether the run got to its planned end",
    about: About::Conduct,
    expects: None,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    if *subject.scope != Scope::Run {
        return None;
    }
    let expected = "the run gets to its planned end";
    Some(if let Some(why) = &subject.figures.stopped {
        Found::new(Judgement::Unknown, expected, format!("it was ended early: {why}"))
    } else if subject.figures.interrupted {
        Found::new(Judgement::Unknown, expected, "it was ended early")
    } else if let Some(why) = &subject.figures.unfinished {
        Found::new(Judgement::Unknown, expected, format!("the class did not: {why}"))
    } else {
        Found::new(Judgement::Pass, expected, "it did")
    })
}
