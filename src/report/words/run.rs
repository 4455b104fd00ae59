//! What was run, and what it cannot show, in words.

use super::path_text;
use crate::check::words;
use crate::fault;
use crate::measure::{ProbeSetting, Requests};
use crate::plan::Profile;
use crate::quantity::number;
use crate::report::Report;
use crate::scenario::Class;
use crate::settings::size_text;

/// What the app is, and what its figures are not worth.
pub fn app_text(report: &Report) -> String {
    if !report.setup.stand_in {
        return format!("The app is {}.", report.setup.app);
    }
    let what = format!("The app is a {}: it fails as WeBWorK does, but it is not WeBWorK.", report.setup.app);
    match report.plan.profile() {
        None => what,
        Some(Profile::Cheap(name)) => format!(
            "{what} Profile {name} makes problems cheap to render, so absolute capacity and memory are not WeBWorK's."
        ),
        Some(Profile::Measured(name)) => {
            format!("{what} Profile {name} makes problems cost what they were measured to cost in WeBWorK.")
        }
    }
}

/// The class: `40 students, 5 problems, up to 6 attempts each (24 allowed)`.
pub fn class_text(class: &Class) -> String {
    let (students, problems) = (number(class.students.into(), "student"), number(class.problems.into(), "problem"));
    let (attempts, allowed) = (number(class.attempts.into(), "attempt"), class.attempts_allowed());
    format!("{students}, {problems}, up to {attempts} each ({allowed} allowed)")
}

/// Why the test allows more attempts than a student makes: `6 planned at most; 24 allowed, as each may be sent again 3
/// times`.
pub fn attempts_text(class: &Class) -> String {
    let (planned, allowed) = (class.attempts, class.attempts_allowed());
    let again = number(class.retries.into(), "time");
    format!("{planned} planned at most for a student; the test allows {allowed}, as each may be sent again {again}")
}

/// The machine: processors, memory, kernel, engine.
pub fn machine_text(report: &Report) -> String {
    let setup = &report.setup;
    format!("{} processors, {}, Linux {}", setup.cores, size_text(setup.memory_bytes), setup.kernel)
}

/// How a kind of probe asks: `pages through the balancer: every 50 ms, limit 2 s`.
pub fn probe_setting_text(probe: &ProbeSetting) -> String {
    format!("{}: {}", path_text(probe.kind, None), words::probe_setting(probe))
}

/// What a fault stands for and what it cannot show, in two sentences; none for an unknown fault.
pub fn fault_caveat(name: &str) -> Option<String> {
    let kind = fault::kind(name)?;
    Some(format!("It stands for {}. It cannot show {}.", kind.stands_for, kind.cannot_show))
}

/// What "0 lost" does not say after faults that keep the page cache; none when the run had no such fault.
pub fn loss_caveat(report: &Report) -> Option<String> {
    let ran = |kind: &&fault::Kind| report.figures.windows.iter().any(|window| window.fault == kind.name);
    let kinds = fault::KINDS.iter().filter(|kind| kind.spares_page_cache).filter(ran);
    let faults: Vec<_> = kinds.map(|kind| kind.name).collect();
    (!faults.is_empty()).then(|| {
        format!(
            "\"lost\" after {}: the page cache survives here, so writes that a real power failure loses because they \
             were not yet on disk are not counted.",
            faults.join(" and ")
        )
    })
}

/// Actions of the plan that the harness did not offer in time.
pub fn offered_text(requests: &Requests) -> String {
    format!(
        "Load: {} of the plan never sent, {} sent more than a second late.",
        number(requests.not_offered, "action"),
        requests.late
    )
}

/// The same in a few words: `0 not sent, 0 sent late`.
pub fn load_text(requests: &Requests) -> String {
    format!("{} not sent, {} sent late", requests.not_offered, requests.late)
}
