//! Answers that are stored and should not be: phantoms and duplicates.

use super::words::cases;
use super::{About, Check, Found, Judgement, Subject};
use crate::measure::CaseKind;
use crate::quantity::number;

/// Judges phantom and duplicated answers wherever lost answers are judged: none may be there. A duplicate that the
/// student's own retry explains is not counted as one.
pub const CHECK: Check = Check {
    name: "phantom_answers",
    judges: "answers that nobody was told are recorded, or that are recorded twice",
    about: About::Integrity,
    expects: Some("lost_answers"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    subject.expect().lost_answers?;
    let answers = subject.answers()?;
    let expected = "no phantom and no duplicated answer";
    if answers.phantom + answers.duplicated == 0
        && let Some(why) = &answers.unknown
    {
        // The finding on lost answers says the same of a window in which nothing was acknowledged.
        return subject.window().is_none().then(|| Found::new(Judgement::Unknown, expected, why));
    }
    let found = format!("{}, {}", number(answers.phantom, "phantom"), number(answers.duplicated, "duplicate"));
    let wanted = |kind| matches!(kind, CaseKind::Phantom | CaseKind::Duplicated);
    let cases = cases(subject.figures, answers, wanted);
    Some(Found::met(answers.phantom + answers.duplicated == 0, expected, found).naming(cases))
}
