//! Figures → words. Every format takes its wording from here; no format words a figure itself.
//!
//! A figure that could not be measured is worded as such, never as zero.

mod capacity;
mod comparison;
mod definitions;
mod matrix;
mod notes;
mod regression;
mod run;
mod rush;
mod timings;
mod trend;

use std::collections::BTreeMap;
use std::time::Duration;

pub use crate::check::words::NOT_MEASURED;
pub use capacity::{
    DEFINITIONS as CAPACITY_DEFINITIONS, bottleneck_lines, capacity_rules, entry_text, held_out_text, kind_text,
    limit_text, origin_rows, page_time_text, prediction_cells, state_cells, state_lines, took_text, trial_cells,
    unmeasured_lines, verified_text,
};
pub use comparison::{caveats, cell_lines, recommendation, rush_lines, setting_lines, standing_text};
pub use definitions::{DEFINITIONS, Definition, class_meaning, definition, verdict_meaning};
pub use matrix::{matrix_caveats, matrix_gist, row_lines, score_lines};
pub use notes::notes;
pub use regression::{
    change_text, changed_texts, figure_text, gist, origin_text, outcome_lines, outcome_sign, place_text, rule_texts,
    sample_text, side_lines,
};
pub use run::{
    app_text, attempts_text, clock_text, detection_legend, fault_caveats, interrupted_text, load_text, loss_caveat,
    machine_text, offered_text, page_sample_text, probe_setting_text, samples_text, settings_text, sittings_text,
    spending_text, spread_legend, started_again, stores_text,
};
pub use rush::{alarms_text, rush_alarms_lines, rush_texts};
pub use trend::{course_text, run_cells, size_text, spark, spark_legend, started_text};

use super::Report;
use super::overview::Room;
use crate::check::{Finding, Judgement, words};
use crate::history::ProbeKind;
use crate::measure::{
    AnswerCase, Answers, Blind, CapacityRestored, Count, Detection, ExpectedDetection, Failover, ProbeSetting,
    ProbeShare, Recovery, Requests, Source, Timeline, WindowFigures,
};
use crate::predict::Prediction;
use crate::quantity::{self, length, number, part, percent};

/// Stands where there is nothing to say.
pub const NOTHING: &str = "–";

/// As the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The share that failed: `12.4%`, or a dash when nothing was asked.
pub fn rate_text(count: Count) -> String {
    part(count.failed, count.total)
}

/// The numbers behind a share: `31 of 250`.
pub fn of_text(count: Count) -> String {
    format!("{} of {}", count.failed, count.total)
}

/// Share and numbers: `12.4% (31 of 250)`.
pub fn count_text(count: Count) -> String {
    if count.total == 0 { "none sent".to_owned() } else { format!("{} ({})", rate_text(count), of_text(count)) }
}

/// Students with an error over all students who sent anything.
pub fn students(requests: &Requests) -> Count {
    Count { total: requests.students, failed: requests.students_with_error }
}

/// Failover time of a path, with the resolution and the limit of its probes where they decide.
pub fn failover_text(failover: &Failover, setting: Option<&ProbeSetting>) -> String {
    words::failover(failover, setting)
}

/// All probes of a kind, over every path.
pub fn probes_of(shares: &[ProbeShare], kind: ProbeKind) -> Count {
    let of_kind = shares.iter().filter(|share| share.kind == kind);
    of_kind.fold(Count::default(), |sum, share| Count {
        total: sum.total + share.probes.total,
        failed: sum.failed + share.probes.failed,
    })
}

/// That pages which had failed over failed again: `78.2% of later probes failed`; none when none did.
pub fn relapse_text(figures: &WindowFigures) -> Option<String> {
    let later = figures.probes_after_failover.filter(|later| later.failed > 0)?;
    later.rate().map(|share| format!("{} of later probes failed", percent(share)))
}

/// That a detector had every node out: `all nodes out: 11.1 s`; none when none had.
pub fn all_out_text(figures: &WindowFigures) -> Option<String> {
    (!figures.all_out.is_zero()).then(|| format!("all nodes out: {}", length(figures.all_out)))
}

/// When as many nodes served as before: `48.7 s (by web3, in place of another)`.
pub fn capacity_restored_text(restored: &CapacityRestored) -> String {
    match restored {
        CapacityRestored::NotMeasured => NOT_MEASURED.to_owned(),
        CapacityRestored::NoneLost => "no web node was lost".to_owned(),
        CapacityRestored::Unnoticed => "no detector said that the lost node was missing".to_owned(),
        CapacityRestored::After { time, by, replaces: true } => {
            format!("{} (by {by}, in place of another)", length(*time))
        }
        CapacityRestored::After { time, by, replaces: false } => format!("{} (by {by})", length(*time)),
        CapacityRestored::DidNot { at_least } => format!("not within {}", length(*at_least)),
    }
}

/// That a node in another's place made it as many as before: `capacity restored: 48.7 s`; none where none did.
pub fn replaced_text(figures: &WindowFigures) -> Option<String> {
    match &figures.capacity_restored {
        CapacityRestored::After { time, replaces: true, .. } => Some(format!("capacity restored: {}", length(*time))),
        _ => None,
    }
}

/// The share of entry probes that failed: `3.1% of probes failed`; none when none was sent.
pub fn failed_probes_text(shares: &[ProbeShare]) -> Option<String> {
    probes_of(shares, ProbeKind::Entry).rate().map(|share| format!("{} of probes failed", percent(share)))
}

/// Time to detect, naming the detector.
pub fn detection_text(detection: &Detection) -> String {
    match detection {
        Detection::NoDetector => "no detector".to_owned(),
        Detection::After { detector, time, flaps: 0, .. } => format!("{} ({detector})", length(*time)),
        Detection::After { detector, time, flaps, .. } => {
            format!("{} ({detector}; {})", length(*time), number(*flaps, "flap"))
        }
        Detection::Never { detector, .. } => format!("never ({detector})"),
        Detection::NotMeasured { why } => format!("{NOT_MEASURED} ({why})"),
    }
}

/// What was predicted of it, in few words: `predicted 10–12 s`.
pub fn predicted_text(expected: &ExpectedDetection) -> String {
    match &expected.prediction {
        Prediction::Within { from, to, .. } => format!("predicted {}", quantity::lengths(*from, *to)),
        Prediction::Never { .. } => "predicted never".to_owned(),
        Prediction::NotModelled { .. } => "prediction not modelled".to_owned(),
    }
}

/// The same with the files and settings that it follows from, and whether the measured time is so.
pub fn prediction_text(expected: &ExpectedDetection) -> String {
    let agreement = match expected.agrees {
        Some(true) => "; measured as predicted",
        Some(false) => "; measured otherwise",
        None => "",
    };
    format!("{}{agreement}", words::prediction(expected))
}

/// What `text` says of each prediction for a window, with the detector's name where there are several.
pub fn each_prediction(window: &WindowFigures, text: fn(&ExpectedDetection) -> String) -> Vec<String> {
    let all = &window.expected_detections;
    let named = |one: &ExpectedDetection| format!("{}: {}", one.detector, text(one));
    all.iter().map(|one| if all.len() == 1 { text(one) } else { named(one) }).collect()
}

/// What is predicted of which windows, each prediction once.
pub fn predictions(report: &Report) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for window in &report.figures.windows {
        for text in each_prediction(window, prediction_text) {
            match found.iter_mut().find(|(_, other)| *other == text) {
                Some((titles, _)) => titles.push_str(&format!(", {}", window.title)),
                None => found.push((window.title.clone(), text)),
            }
        }
    }
    found
}

/// Blind time; a lower bound when the failure was never detected.
pub fn blind_text(blind: Option<&Blind>) -> String {
    let Some(blind) = blind else { return NOT_MEASURED.to_owned() };
    match (blind.never_detected, blind.time) {
        (true, time) => format!("at least {}, never detected", length(time)),
        (false, time) => some_time_text(time),
    }
}

/// A duration, or `none`.
pub fn some_time_text(time: Duration) -> String {
    if time.is_zero() { "none".to_owned() } else { length(time) }
}

/// When the service was as good as before.
pub fn recovery_text(recovery: &Recovery) -> String {
    match recovery {
        Recovery::NeverLeft => "did not leave the baseline's band before it was healed".to_owned(),
        Recovery::After { time } => format!("{} after the effect", length(*time)),
        Recovery::Metastable => "metastable: still worse than the baseline long after heal".to_owned(),
        Recovery::NotSeen { watched, needed } => format!(
            "not seen in the {} after heal; {} are needed to call it metastable",
            length(*watched),
            length(*needed)
        ),
        Recovery::NotMeasured => NOT_MEASURED.to_owned(),
    }
}

/// Lost answers with what the number is worth: `0 of 31 lost (at most 9.7%, 95% bound)`.
pub fn lost_text(answers: &Answers) -> String {
    if let Some(why) = &answers.unknown {
        return format!("unknown: {why}");
    }
    match (answers.acknowledged, answers.lost, words::bound(answers)) {
        (0, 0, _) => "nothing acknowledged, so nothing to lose".to_owned(),
        (n, 0, Some(bound)) => format!("0 of {n} lost ({bound})"),
        (n, lost, _) => format!("{lost} of {n} lost"),
    }
}

/// The audit in a few short lines: acknowledged, lost, indeterminate; and refused, torn, phantom and duplicated where there are any.
pub fn answers_lines(answers: &Answers, room: Room) -> Vec<String> {
    if answers.unknown.is_some() {
        return vec!["unknown".to_owned(), format!("{} acknowledged", answers.acknowledged)];
    }
    let mut lines = match (answers.lost_share_upper_bound, room) {
        (Some(bound), Room::Narrow) => vec![format!("0 lost (≤ {})", percent(bound))],
        _ => vec![format!("{} lost", answers.lost)],
    };
    lines.extend(words::bound(answers).filter(|_| room == Room::Wide));
    lines.push(format!("{} acknowledged", answers.acknowledged));
    lines.push(format!("{} indeterminate", answers.indeterminate));
    let rest = [
        (answers.refused, "refused"),
        (answers.torn, "torn"),
        (answers.phantom, "phantom"),
        (answers.duplicated, "duplicated"),
    ];
    lines.extend(rest.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")));
    lines
}

/// What stands behind "0 lost (≤ x)"; none where nobody says so.
pub fn bound_legend(report: &Report) -> Option<String> {
    let windows = report.figures.windows.iter().map(|window| &window.answers);
    let mut all = windows.chain(std::iter::once(&report.figures.answers));
    all.any(|answers| answers.unknown.is_none() && answers.lost_share_upper_bound.is_some()).then(|| {
        "0 lost (≤ x): none of n seen lost proves, at 95% confidence, that at most the share x = 3/n is.".to_owned()
    })
}

/// How many of the expectations that the scenario has were met, and in how many places (baseline, windows, whole run)
/// they were judged; none when it has none.
pub fn met_text(findings: &[Finding]) -> Option<String> {
    // Two windows can have one title.
    let mut places: BTreeMap<(&str, Option<usize>, String), bool> = BTreeMap::new();
    for finding in findings {
        let Some(expectation) = &finding.expectation else { continue };
        let met = finding.judgement == Judgement::Pass;
        let scope = (finding.scope.window(), finding.scope.to_string());
        *places.entry((expectation, scope.0, scope.1)).or_insert(true) &= met;
    }
    let mut written: BTreeMap<&str, bool> = BTreeMap::new();
    for ((expectation, ..), met) in &places {
        *written.entry(expectation).or_insert(true) &= met;
    }
    let met = |all: &mut dyn Iterator<Item = &bool>| all.filter(|met| **met).count() as u64;
    let (all, met_all) = (written.len() as u64, met(&mut written.values()));
    let (judged, met_judged) = (places.len() as u64, met(&mut places.values()));
    match (all, judged) {
        (0, _) => None,
        _ if met_all < all => Some(format!(
            "{met_all} of {} met (judged in {}, met in {met_judged}).",
            number(all, "expectation"),
            number(judged, "place")
        )),
        _ if judged == all => Some(format!("{} met.", number(all, "expectation"))),
        _ => Some(format!("{} met (judged in {}).", number(all, "expectation"), number(judged, "place"))),
    }
}

/// Lines of answer.log that are missing.
pub fn log_lines(answers: &Answers) -> Count {
    Count { total: answers.log_lines_expected, failed: answers.log_lines_lost }
}

/// Who or what saw the stamp called `name`.
pub fn source_text(timeline: &Timeline, name: &str) -> String {
    match timeline.sources.get(&name.replace(' ', "_")) {
        None => NOTHING.to_owned(),
        Some(Source::Command) => "wwchaos, which issued it".to_owned(),
        Some(Source::Evidence { detail }) => match timeline.effect_doubt {
            Some(doubt) if name == "effect" => format!("{detail}; not so {} before", length(doubt)),
            _ => detail.clone(),
        },
        Some(Source::Student { student, step, class }) => format!("{student}: {step}, {class}"),
        Some(Source::Probe { kind }) => format!("probe of {}", path_text(*kind, None)),
        Some(Source::Detector { name, detail }) => format!("{name}: {detail}"),
        Some(Source::Traffic) => "students and probes of pages".to_owned(),
        Some(Source::Target) => "evidence gone, and the target serves".to_owned(),
        Some(Source::DatabaseRole { service }) => format!("{service}, which accepts writes"),
        Some(Source::Cluster { awaited }) => {
            let awaited = awaited.as_ref().map(|last| format!("; missing until then: {last}")).unwrap_or_default();
            format!("every service ready, a replica caught up, no node kept out{awaited}")
        }
    }
}

/// A latency in milliseconds, or a dash.
pub fn latency_text(milliseconds: Option<f64>) -> String {
    milliseconds.map_or_else(|| NOTHING.to_owned(), quantity::milliseconds)
}

/// The tokens of a case, by problem.
pub fn tokens_text(case: &AnswerCase) -> String {
    case.tokens.iter().map(|(problem, token)| format!("{problem}: {token}")).collect::<Vec<_>>().join(", ")
}

/// A sign that does not depend on colour.
pub fn sign(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Note => "·",
        Judgement::Pass => "✓",
        Judgement::Unknown => "?",
        Judgement::Fail => "✗",
    }
}

/// What a path of probes is called.
pub fn path_text(kind: ProbeKind, path: Option<&str>) -> String {
    match (kind, path) {
        (ProbeKind::Entry, _) => "pages through the balancer".to_owned(),
        (ProbeKind::Node, Some(node)) => format!("pages of {node} directly"),
        (ProbeKind::Node, None) => "pages of each node directly".to_owned(),
        (ProbeKind::Write, _) => "writes through the balancer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{About, Scope};

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn detection_names_the_detector() {
        let after = |flaps| Detection::After { detector: "balancer".into(), time: MS(11_200), flaps, within: None };
        assert_eq!(detection_text(&after(0)), "11.2 s (balancer)");
        assert_eq!(detection_text(&after(2)), "11.2 s (balancer; 2 flaps)");
        assert_eq!(
            detection_text(&Detection::Never { detector: "balancer".into(), health_check: true }),
            "never (balancer)"
        );
        assert_eq!(detection_text(&Detection::NoDetector), "no detector");
        let never_left = "did not leave the baseline's band before it was healed";
        assert_eq!(recovery_text(&Recovery::NeverLeft), never_left);
    }

    #[test]
    fn expectations_are_counted_as_written() {
        let finding = |expectation: Option<&str>, scope, judgement| Finding {
            check: expectation.unwrap_or("healed").to_owned(),
            about: About::Service,
            expectation: expectation.map(str::to_owned),
            scope,
            judgement,
            expected: String::new(),
            found: String::new(),
            cases: Vec::new(),
            advice: None,
        };
        let window = || Scope::Window { index: 0, title: "freeze web1".to_owned() };
        let mut findings = vec![
            finding(Some("error_rate"), Scope::Baseline, Judgement::Pass),
            finding(Some("error_rate"), window(), Judgement::Pass),
            finding(None, window(), Judgement::Pass),
            finding(None, window(), Judgement::Note),
        ];
        assert_eq!(met_text(&findings).unwrap(), "1 expectation met (judged in 2 places).");
        findings.push(finding(Some("lost_answers"), Scope::Run, Judgement::Fail));
        assert_eq!(met_text(&findings).unwrap(), "1 of 2 expectations met (judged in 3 places, met in 2).");
        assert_eq!(met_text(&findings[2..4]), None);
        // Two windows of one title.
        let later = Scope::Window { index: 1, title: "freeze web1".to_owned() };
        findings.push(finding(Some("error_rate"), later, Judgement::Pass));
        assert_eq!(met_text(&findings).unwrap(), "1 of 2 expectations met (judged in 4 places, met in 3).");
    }

    #[test]
    fn no_loss_is_never_said_without_what_it_is_worth() {
        let none = Answers { acknowledged: 31, lost_share_upper_bound: Some(3.0 / 31.0), ..Answers::default() };
        assert_eq!(lost_text(&none), "0 of 31 lost (at most 9.7%, 95% bound)");
        let narrow = answers_lines(&none, Room::Narrow);
        assert_eq!(narrow, ["0 lost (≤ 9.7%)", "31 acknowledged", "0 indeterminate"]);
        let wide = answers_lines(&none, Room::Wide);
        assert_eq!(wide[..2], ["0 lost", "at most 9.7%, 95% bound"]);
        let nobody_asked = Answers { unknown: Some("the database could not be read".into()), ..none };
        assert_eq!(lost_text(&nobody_asked), "unknown: the database could not be read");
    }
}
