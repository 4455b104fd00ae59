//! What was run, and what it cannot show, in words.

use std::collections::BTreeMap;
use std::time::Duration;

use super::path_text;
use crate::check::words;
use crate::fault;
use crate::history::AuditSource;
use crate::measure::{Detection, ProbeSetting, Requests, Sample, WindowFigures};
use crate::plan::{Load, Plan, Profile};
use crate::quantity::{self, number};
use crate::report::Report;
use crate::scenario::{Class, Work};
use crate::settings::size_text;

/// A wall clock that moved by so much against the monotonic one was set; by less, it was kept right.
const CLOCK_SET: Duration = Duration::from_secs(1);

/// Every setting of topology and app, as `--set` takes them.
pub fn settings_text(plan: &Plan) -> String {
    plan.settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// That a run was ended early, and why.
pub fn interrupted_text(report: &Report) -> String {
    match &report.figures.stopped {
        Some(why) => format!("The run was ended early: {why}. Figures cover what ran."),
        None => "The run was interrupted; figures cover what ran.".to_owned(),
    }
}

/// Whose request a sample is of: `stu012: grade at 1:02.3`.
pub fn page_sample_text(sample: &Sample) -> String {
    format!("{}: {} at {}", sample.student, sample.step, quantity::fine_moment(sample.intended))
}

/// What stands above samples: `What students read: a sample of each of 3 classes`.
pub fn samples_text(samples: &[Sample]) -> String {
    match samples {
        [one] => format!("What students read: a sample of \"{}\"", one.class),
        _ => format!("What students read: a sample of each of {} classes", samples.len()),
    }
}

/// That the wall clock was set while the run went on; none when it was not.
pub fn clock_text(report: &Report) -> Option<String> {
    let by = report.figures.clock_drift;
    (by >= CLOCK_SET)
        .then(|| format!("The wall clock was set by {} during the run. No figure comes from it.", quantity::length(by)))
}

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
fn class_text(class: &Class) -> String {
    let (students, problems) = (number(class.students, "student"), number(class.problems, "problem"));
    if class.work == Work::Homework {
        return format!("{students}, {problems} of homework");
    }
    let (attempts, allowed) = (number(class.attempts, "attempt"), class.attempts_allowed());
    let paged = if class.per_page == 0 { String::new() } else { format!(" ({} on a page)", class.per_page) };
    format!("{students}, {problems}{paged}, up to {attempts} each ({allowed} allowed)")
}

/// The class, and how often it takes the quiz: `5 sittings of 40 students, ...`.
pub fn sittings_text(plan: &Plan) -> String {
    let class = class_text(&plan.class);
    let rush = plan.rushes.first().map_or_else(String::new, |rush| {
        let (from, to) = (quantity::moment(rush.start), quantity::moment(rush.end));
        format!("; a rush of {} more from {from} to {to}", number(rush.students, "student"))
    });
    let sittings = if plan.repeat == 1 { class } else { format!("{} of {class}", number(plan.repeat, "sitting")) };
    sittings + &plan.load.as_ref().map_or_else(String::new, shape_text) + &rush
}

/// The profile of a class: `; profile homework-deadline (a homework deadline), 2 times as long`.
fn shape_text(load: &Load) -> String {
    let how = if load.replay { "each recorded action of " } else { "" };
    #[allow(clippy::float_cmp, reason = "what nobody has scaled is exactly this")]
    let time = if load.time == 1.0 { String::new() } else { format!(", {} times as long", load.time) };
    format!("; {how}profile {} ({}){time}", load.profile, load.title)
}

/// What the table of spreads shows.
pub fn spread_legend(report: &Report) -> String {
    format!("Over {}, median (least to most); answers are summed:", number(report.plan.repeat, "sitting"))
}

/// Why the test allows more attempts than a student makes: `6 planned at most; 24 allowed, as each may be sent again 3
/// times`.
pub fn attempts_text(class: &Class) -> String {
    if class.work == Work::Homework {
        return "as many as a student likes".to_owned();
    }
    let (planned, allowed) = (class.attempts, class.attempts_allowed());
    let again = number(class.retries, "time");
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

/// What each fault of a window stands for and what it cannot show, in two sentences.
pub fn fault_caveats(window: &WindowFigures) -> Vec<String> {
    let used = fault::KINDS.iter().filter(|kind| window.faults().any(|fault| fault == kind.name));
    used.map(|kind| format!("It stands for {}. It cannot show {}.", kind.stands_for, kind.cannot_show)).collect()
}

/// Who was put out again after heal and started by wwchaos, and when; none where nobody was.
pub fn started_again(window: &WindowFigures) -> Option<String> {
    let all: Vec<_> =
        window.started_again.iter().map(|one| format!("{} (at {})", one.target, quantity::moment(one.at))).collect();
    (!all.is_empty()).then(|| format!("put out again after heal, and started by wwchaos: {}", all.join(", ")))
}

/// What "0 lost" does not say after faults that keep the page cache; none when the run had no such fault.
pub fn loss_caveat(report: &Report) -> Option<String> {
    let ran = |kind: &&fault::Kind| {
        report.figures.windows.iter().any(|window| window.faults().any(|fault| fault == kind.name))
    };
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

/// Which stores decided over answers, and which were read besides: `Answers were judged by past_answer (412 rows) and
/// problem_user (200 rows) of db2; read besides: ...`; none when nothing was audited.
pub fn stores_text(report: &Report) -> Option<String> {
    let (mut decided, mut besides) = (Vec::new(), Vec::new());
    let mut primary = None;
    for store in &report.figures.stores {
        let rows = match &store.failed {
            Some(why) => format!("could not be read: {why}"),
            None => number(store.rows, if store.source == AuditSource::AnswerLog { "line" } else { "row" }),
        };
        match &store.source {
            AuditSource::PastAnswer { service } => {
                primary = Some(service);
                decided.push(format!("past_answer ({rows})"));
            }
            AuditSource::ProblemUser { service } => {
                primary = Some(service);
                decided.push(format!("problem_user ({rows})"));
            }
            AuditSource::AnswerLog => besides.push(format!("answer.log ({rows})")),
            AuditSource::Replica { service } => besides.push(format!("past_answer of the replica {service} ({rows})")),
            AuditSource::Copy { service } => besides.push(format!("what {service} held as an old primary ({rows})")),
        }
    }
    let besides = if besides.is_empty() { String::new() } else { format!("; read besides: {}", besides.join(", ")) };
    Some(format!("Answers were judged by {} of {}{besides}.", decided.join(" and "), primary?))
}

/// What the times to detect of each detector are true to, by the worst of them: `A time to detect is true to 121 ms
/// (balancer).`; none when nothing was detected.
pub fn detection_legend(report: &Report) -> Option<String> {
    let measured = |window: &WindowFigures| {
        let each = window.expected_detections.iter().map(|expected| expected.measured.clone());
        std::iter::once(window.detection.clone()).chain(each).collect::<Vec<_>>()
    };
    let mut worst: BTreeMap<String, Option<Duration>> = BTreeMap::new();
    for detection in report.figures.windows.iter().flat_map(measured) {
        let Detection::After { detector, within, .. } = detection else { continue };
        let known = worst.entry(detector).or_insert(within);
        // Where one of them is not known, the worst is not.
        *known = known.zip(within).map(|(one, other)| one.max(other));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (detector, within) in worst {
        match within {
            Some(within) => known.push(format!("{} ({detector})", quantity::length(within))),
            None => unknown.push(detector),
        }
    }
    let known = (!known.is_empty()).then(|| format!("A time to detect is true to {}", known.join(", ")));
    let unknown = (!unknown.is_empty()).then(|| {
        let what = if known.is_some() { "how" } else { "How" };
        format!("{what} late the word of {} was heard is not known", unknown.join(" and "))
    });
    let parts: Vec<_> = known.into_iter().chain(unknown).collect();
    (!parts.is_empty()).then(|| parts.join("; ") + ".")
}

/// What looking cost: `14.5% of one processor (harness 6.2%, class 4.1%, Docker's daemons 4.2%), 31 MiB`; none when the
/// history does not tell.
pub fn spending_text(report: &Report) -> Option<String> {
    let spending = report.figures.spending?;
    let (harness, class) = (spending.harness_cpu_share, spending.class_cpu_share);
    let parts = format!("harness {}, class {}", quantity::percent(harness), quantity::percent(class));
    let cpu = match spending.looking_cpu_share {
        Some(all) => {
            let growth = quantity::percent((all - harness - class).max(0.0));
            format!("{} of one processor ({parts}, Docker's daemons {growth})", quantity::percent(all))
        }
        None => format!("{parts} of one processor, Docker's daemons not measured"),
    };
    Some(format!("{cpu}, {}", size_text(spending.harness_peak_bytes)))
}

/// Actions of the plan that the harness did not offer in time.
pub fn offered_text(requests: &Requests) -> String {
    format!(
        "Load: {} of the plan never sent, {} sent more than 250 ms late.",
        number(requests.not_offered, "action"),
        requests.late
    )
}

/// The same in a few words: `0 not sent, 0 sent late`.
pub fn load_text(requests: &Requests) -> String {
    format!("{} not sent, {} sent late", requests.not_offered, requests.late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn times_to_detect_are_true_to_what_was_measured() {
        let mut report = sample::four_windows();
        let legend = |report: &Report| detection_legend(report).unwrap();
        assert_eq!(legend(&report), "A time to detect is true to 121 ms (balancer).");
        let (detector, time) = ("database_manager".to_owned(), Duration::from_secs(6));
        report.figures.windows[0].detection = Detection::After { detector, time, flaps: 0, within: None };
        let both = "A time to detect is true to 121 ms (balancer); how late the word of database_manager was heard is not known.";
        assert_eq!(legend(&report), both);
        report.figures.windows.truncate(1);
        report.figures.windows[0].expected_detections.clear();
        assert_eq!(legend(&report), "How late the word of database_manager was heard is not known.");
        report.figures.windows[0].detection = Detection::NoDetector;
        assert_eq!(detection_legend(&report), None);
    }
}
