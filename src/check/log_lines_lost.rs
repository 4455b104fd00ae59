//! Lines of `answer.log` that should be there for acknowledged submissions.

use super::{About, Check, Found, Judgement, Subject, expected};
use crate::quantity::part;

/// Judges lost lines of `answer.log`, in each window and over the whole run.
pub const CHECK: Check = Check {
    name: "log_lines_lost",
    judges: "lines of answer.log that are missing for acknowledged submissions",
    about: About::Service,
    expects: Some("log_lines_lost"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().log_lines_lost?.0;
    let answers = subject.answers()?;
    let expected = expected::log_lines_lost(most);
    if answers.log_lines_expected == 0 {
        let why = answers.log_unread.as_deref().unwrap_or("no submission was acknowledged");
        return Some(Found::new(Judgement::Unknown, expected, why));
    }
    let (lost, all) = (answers.log_lines_lost, answers.log_lines_expected);
    let found = format!("{lost} of {all} ({})", part(lost, all));
    let advice = "watch the free space of the course volume: WeBWorK does not notice when it cannot write the log";
    Some(
        Found::met(answers.log_lines_lost <= most, expected, found)
            .advise((answers.log_lines_lost > 0).then_some(advice)),
    )
}
