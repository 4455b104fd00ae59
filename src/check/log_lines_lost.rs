//! Lines of `answer.log` that should be there for acknowledged submissions.

use super::words::{number, percent};
use super::{About, Check, Found, Judgement, Subject};

/// Judges lost lines of `answer.log`, in each window and over the whole run.
pub const CHECK: Check = Check {
    name: "log_lines_lost",
    judges: "lines of answer.log that are missing for acknowledged submissions",
    about: About::Service,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().log_lines_lost?;
    let answers = subject.answers()?;
    let expected = format!("at most {} of answer.log lost", number(most, "line"));
    if answers.log_lines_expected == 0 {
        let why = answers.log_unread.as_deref().unwrap_or("no submission was acknowledged");
        return Some(Found::new(Judgement::Unknown, expected, why));
    }
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let share = answers.log_lines_lost as f64 / answers.log_lines_expected as f64;
    let found = format!("{} of {} ({})", answers.log_lines_lost, answers.log_lines_expected, percent(share));
    let advice = "watch the free space of the course volume: WeBWorK does not notice when it cannot write the log";
    Some(
        Found::met(answers.log_lines_lost <= most, expected, found)
            .advise((answers.log_lines_lost > 0).then_some(advice)),
    )
}
