//! How often detectors called a node down that had no fault, over the whole run.

use super::{About, Check, Found, Judgement, Scope, Subject, expected, words};

/// Judges the false alarms of the run: of no window, for they are those outside of all windows.
pub const CHECK: Check = Check {
    name: "false_alarms",
    judges: "how often detectors called a node down while no fault was active",
    about: About::Service,
    expects: Some("false_alarms"),
    judge,
};

/// What helps where sound nodes are taken out.
const ADVICE: &str = "a node that is only busy is taken out, and the others get its requests: a longer timeout of the check or \
                      more failed checks until a node is down, or a check that is answered when all workers are busy";

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let most = subject.expect().false_alarms?.0;
    if *subject.scope != Scope::Run {
        return None;
    }
    let expected = expected::false_alarms(most);
    let Some(alarms) = &subject.figures.alarms else {
        return Some(Found::new(Judgement::Unknown, expected, "the topology has no detector"));
    };
    let found = words::alarms(alarms);
    let met = alarms.false_alarms.len() as u64 <= most;
    Some(match (&alarms.at_least, met) {
        (Some(_), true) => Found::new(Judgement::Unknown, expected, found),
        _ => Found::met(met, expected, found).advise((!met).then_some(ADVICE)),
    })
}
