//! Answers that students were told are recorded, and that are not there.

use crate::measure::{Answers, CaseKind};

use super::words::{bound, cases};
use super::{About, Check, Found, Judgement, Subject, expected};

/// Judges lost answers, in each window and over the whole run. A window without an acknowledged submission proves
/// nothing. A loss fails even when something else makes the audit incomplete.
pub const CHECK: Check = Check {
    name: "lost_answers",
    judges: "acknowledged submissions that are missing, in each window and over the whole run",
    about: About::Integrity,
    expects: Some("lost_answers"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().lost_answers?;
    let answers = subject.answers()?;
    let expected = expected::lost_answers(most);
    if answers.lost <= most
        && let Some(why) = &answers.unknown
    {
        return Some(Found::new(Judgement::Unknown, expected, why));
    }
    let advice = "asynchronous replication, or an old primary that came back, loses answers";
    let met = answers.lost <= most;
    let cases = cases(subject.figures, answers, CaseKind::is_loss);
    Some(Found::met(met, expected, words(answers)).naming(cases).advise((!met).then_some(advice)))
}

/// `0 of 31 lost (at most 9.7%, 95% bound)`, with what else the audit found.
pub fn words(answers: &Answers) -> String {
    let bound = bound(answers).map(|bound| format!(" ({bound})"));
    let mut text = format!("{} of {} lost{}", answers.lost, answers.acknowledged, bound.unwrap_or_default());
    let rest = [
        (answers.indeterminate, "without an answer"),
        (answers.recovered, "of them stored all the same"),
        (answers.torn, "of them stored in part"),
        (answers.resent, "stored again by the student's own retry"),
        (answers.stale, "shown late: a page after the acknowledgement had an earlier answer or none"),
    ];
    for (count, what) in rest.iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("; {count} {what}"));
    }
    text
}
