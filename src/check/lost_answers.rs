//! Answers that students were told are recorded, and that are not there.

use crate::history::AuditSource;
use crate::measure::{Answers, CaseKind, Figures};

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
    let most = subject.expect().lost_answers?.0;
    let answers = subject.answers()?;
    let expected = expected::lost_answers(most);
    if answers.lost <= most
        && let Some(why) = &answers.unknown
    {
        return Some(Found::new(Judgement::Unknown, expected, why));
    }
    let met = answers.lost <= most;
    let cases = cases(subject.figures, answers, CaseKind::is_loss);
    let advice = || advice(subject.figures, answers);
    Some(Found::met(met, expected, words(answers)).naming(cases).advise((!met).then(advice)))
}

/// Where to look. Of what else than the primary held answers the audit says that it read it, or could not: a replica, or
/// what an old primary put aside. An old primary matters where a fault hit a database, or left such tables.
fn advice(figures: &Figures, answers: &Answers) -> &'static str {
    // What was stored over it may hide in which order its lines were written, so one that tells is enough.
    if answers.cases.iter().any(|case| case.kind == CaseKind::Reverted) {
        return "an earlier submission was stored over a later one: a node that hung does, when it is back, what a student has \
                sent again to another one meanwhile; end a node before it may come back";
    }
    let sources = || figures.stores.iter().map(|store| &store.source);
    let copied = figures.stores.iter().any(|store| matches!(store.source, AuditSource::Copy { .. }) && store.rows > 0);
    let replicated = copied || sources().any(|source| matches!(source, AuditSource::Replica { .. }));
    let hit = |target: &str| sources().filter_map(database).any(|service| service == target);
    let hit = figures.windows.iter().any(|window| window.hits().any(|(_, target)| hit(target)));
    if !replicated {
        "there is one database and no replica: look at what is stored when the app says that an answer is recorded, and \
         at what of it the database keeps when it ends"
    } else if hit || copied {
        "asynchronous replication, an old primary that came back, or commits that were not on disk when every database ended, lose \
         answers"
    } else {
        "no fault hit a database: look at what is stored when the app says that an answer is recorded"
    }
}

/// The database that a store is in.
fn database(source: &AuditSource) -> Option<&String> {
    match source {
        AuditSource::PastAnswer { service }
        | AuditSource::ProblemUser { service }
        | AuditSource::Replica { service }
        | AuditSource::Copy { service } => Some(service),
        AuditSource::AnswerLog => None,
    }
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
