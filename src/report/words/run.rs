//! What was run, and what it cannot show, in words.

use super::{duration_text, path_text};
use crate::fault;
use crate::measure::{ProbeSetting, Requests};
use crate::plan::Profile;
use crate::report::Report;
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

/// The class: `40 students, 5 problems, 6 attempts`.
pub fn class_text(report: &Report) -> String {
    let class = &report.plan.class;
    let (students, problems) = (super::plural(class.students.into(), "student"), class.problems);
    format!("{students}, {problems} problems, {} graded attempts", class.attempts)
}

/// The machine: processors, memory, kernel, engine.
pub fn machine_text(report: &Report) -> String {
    let setup = &report.setup;
    format!("{} processors, {}, Linux {}", setup.cores, size_text(setup.memory_bytes), setup.kernel)
}

/// How a kind of probe asks: `pages through the balancer: every 50 ms, limit 2 s`.
pub fn probe_setting_text(probe: &ProbeSetting) -> String {
    let path = path_text(probe.kind, None);
    format!("{path}: every {}, limit {}", duration_text(probe.resolution), duration_text(probe.limit))
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
        super::plural(requests.not_offered, "action"),
        requests.late
    )
}

/// The same in a few words: `0 not sent, 0 sent late`.
pub fn load_text(requests: &Requests) -> String {
    format!("{} not sent, {} sent late", requests.not_offered, requests.late)
}
