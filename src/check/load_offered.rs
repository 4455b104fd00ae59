//! Whether the class could do on the baseline what the plan wanted.

use super::{About, Check, Found, Judgement, Scope, Subject, expected};
use crate::measure::Requests;
use crate::quantity::part;

/// Largest share of the planned actions that may stay undone, or be sent late, before the first fault, unless the scenario
/// says another.
pub const NOT_OFFERED_MAX: f64 = 0.01;

/// Judges the offered load: what was never sent, and what the generator sent late. What is late because a student waited
/// for a page is the service's doing and no matter of this check. Only the baseline's: in a window a student who gave up
/// leaves later actions undone, and that is the fault's doing.
pub const CHECK: Check = Check {
    name: "load_offered",
    judges: "whether the class could send what was planned, and in time, before the first fault",
    about: About::Service,
    expects: Some("load_not_offered"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    if *subject.scope != Scope::Baseline || subject.plan.students.is_empty() {
        return None;
    }
    let requests = subject.requests()?;
    let planned = requests.first_tries.total + requests.not_offered;
    let most = subject.expect().load_not_offered.map_or(NOT_OFFERED_MAX, |most| most.0);
    let expected = expected::load_not_offered(most);
    if planned == 0 {
        return Some(Found::new(Judgement::Unknown, expected, "the class sent nothing"));
    }
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let share = (requests.not_offered + requests.late) as f64 / planned as f64;
    let found = format!(
        "{} ({} of {planned} never sent, {} sent late)",
        part(requests.not_offered + requests.late, planned),
        requests.not_offered,
        requests.late
    );
    let advice = if is_hindered(requests) {
        "the load generator was in time: students did not get so far, for pages had failed before or did not come"
    } else {
        "fewer students, or a machine with more processors: what is measured here is the machine's limit"
    };
    let met = share <= most;
    // Too little load is no fault of the service: what was measured is another quiz than the planned one.
    let judgement = if met { Judgement::Pass } else { Judgement::Unknown };
    Some(Found::new(judgement, expected, found).advise((!met).then_some(advice)))
}

/// Whether what was never sent follows from pages that failed or did not come, and not from a generator that cannot keep up.
pub fn is_hindered(requests: &Requests) -> bool {
    requests.late == 0 && requests.hindered > 0 && requests.hindered == requests.not_offered
}
