//! Figures → words. Every format takes its wording from here; no format words a figure itself.
//!
//! A figure that could not be measured is worded as such, never as zero.

mod definitions;
mod run;
mod time;

use std::time::Duration;

pub use definitions::{DEFINITIONS, Definition, class_meaning, definition};
pub use run::{
    app_text, class_text, fault_caveat, load_text, loss_caveat, machine_text, offered_text, probe_setting_text,
};
pub use time::{clock_text, duration_text, milliseconds_text, solid, stamp_text};

use crate::check::Judgement;
use crate::history::ProbeKind;
use crate::measure::{
    AnswerCase, Answers, Blind, Count, Detection, Failover, ProbeSetting, ProbeShare, Recovery, Requests,
};

/// Stands where there is nothing to say.
pub const NOTHING: &str = "–";
/// Stands where something should have been measured and was not.
pub const NOT_MEASURED: &str = "not measured";

/// A share as a percentage: `12.4%`, `0.25%`, `0%`, never rounded down to nothing or up to all.
pub fn share_text(share: f64) -> String {
    let percent = share * 100.0;
    let text = match percent {
        p if p <= 0.0 => "0".to_owned(),
        p if p < 0.01 => return "<0.01%".to_owned(),
        p if p < 1.0 => format!("{p:.2}"),
        p if (99.95..100.0).contains(&p) => return ">99.9%".to_owned(),
        p => format!("{p:.1}"),
    };
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{trimmed}%")
}

/// The share that failed: `12.4%`, or a dash when nothing was asked.
pub fn rate_text(count: Count) -> String {
    count.rate().map_or_else(|| NOTHING.to_owned(), share_text)
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

/// `one answer`, `2 answers`.
pub fn plural(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Failover time of a path, with the resolution and the limit of its probes where they decide.
pub fn failover_text(failover: &Failover, setting: Option<&ProbeSetting>) -> String {
    match failover {
        Failover::NoOutage => setting.map_or_else(
            || "no outage".to_owned(),
            |probe| format!("no outage ({}, limit {})", duration_text(probe.resolution), duration_text(probe.limit)),
        ),
        Failover::After { time } => duration_text(*time),
        Failover::DidNot { at_least } => {
            format!("did not fail over (at least {}; ended by heal)", duration_text(*at_least))
        }
        Failover::NotMeasured => NOT_MEASURED.to_owned(),
    }
}

/// All probes of a kind, over every path.
pub fn probes_of(shares: &[ProbeShare], kind: ProbeKind) -> Count {
    let of_kind = shares.iter().filter(|share| share.kind == kind);
    of_kind.fold(Count::default(), |sum, share| Count {
        total: sum.total + share.probes.total,
        failed: sum.failed + share.probes.failed,
    })
}

/// The share of entry probes that failed: `3.1% of probes failed`; none when none was sent.
pub fn failed_probes_text(shares: &[ProbeShare]) -> Option<String> {
    probes_of(shares, ProbeKind::Entry).rate().map(|share| format!("{} of probes failed", share_text(share)))
}

/// Time to detect, naming the detector.
pub fn detection_text(detection: &Detection) -> String {
    match detection {
        Detection::NoDetector => "no detector".to_owned(),
        Detection::After { detector, time, flaps: 0 } => format!("{} ({detector})", duration_text(*time)),
        Detection::After { detector, time, flaps } => {
            format!("{} ({detector}; {})", duration_text(*time), plural(*flaps, "flap"))
        }
        Detection::Never { detector } => format!("never ({detector})"),
        Detection::NotMeasured { why } => format!("{NOT_MEASURED} ({why})"),
    }
}

/// Blind time; a lower bound when the failure was never detected.
pub fn blind_text(blind: Option<&Blind>) -> String {
    let Some(blind) = blind else { return NOT_MEASURED.to_owned() };
    match (blind.never_detected, blind.time) {
        (true, time) => format!("at least {}, never detected", duration_text(time)),
        (false, time) => some_time_text(time),
    }
}

/// A duration, or `none`.
pub fn some_time_text(time: Duration) -> String {
    if time.is_zero() { "none".to_owned() } else { duration_text(time) }
}

/// When the service was as good as before.
pub fn recovery_text(recovery: &Recovery) -> String {
    match recovery {
        Recovery::NeverLeft => "never left the baseline's band".to_owned(),
        Recovery::After { time } => format!("{} after the effect", duration_text(*time)),
        Recovery::Metastable => "metastable: still worse than the baseline long after heal".to_owned(),
        Recovery::NotSeen { watched, needed } => format!(
            "not seen in the {} after heal; {} are needed to call it metastable",
            duration_text(*watched),
            duration_text(*needed)
        ),
        Recovery::NotMeasured => NOT_MEASURED.to_owned(),
    }
}

/// Lost answers with what the number is worth: `0 of 31 lost (95% bound 9.7%)`.
pub fn lost_text(answers: &Answers) -> String {
    if let Some(why) = &answers.unknown {
        return format!("unknown: {why}");
    }
    match (answers.acknowledged, answers.lost, answers.lost_share_upper_bound) {
        (0, 0, _) => "nothing acknowledged, so nothing to lose".to_owned(),
        (n, 0, Some(bound)) => format!("0 of {n} lost (at most {}, 95% bound)", share_text(bound)),
        (n, lost, _) => format!("{lost} of {n} lost"),
    }
}

/// The audit in a few short lines: acknowledged, lost, indeterminate, and whatever else is not zero.
pub fn answers_lines(answers: &Answers) -> Vec<String> {
    if answers.unknown.is_some() {
        return vec!["unknown".to_owned(), format!("{} acknowledged", answers.acknowledged)];
    }
    let mut lines = vec![match answers.lost_share_upper_bound {
        Some(bound) if answers.lost == 0 => format!("0 lost (≤ {})", share_text(bound)),
        _ => format!("{} lost", answers.lost),
    }];
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

/// Lines of answer.log that are missing.
pub fn log_lines(answers: &Answers) -> Count {
    Count { total: answers.log_lines_expected, failed: answers.log_lines_lost }
}

/// A latency in milliseconds, or a dash.
pub fn latency_text(milliseconds: Option<f64>) -> String {
    milliseconds.map_or_else(|| NOTHING.to_owned(), milliseconds_text)
}

/// The tokens of a case, by problem.
pub fn tokens_text(case: &AnswerCase) -> String {
    case.tokens.iter().map(|(problem, token)| format!("{problem}: {token}")).collect::<Vec<_>>().join(", ")
}

/// A sign that does not depend on colour.
pub fn sign(judgement: Judgement) -> &'static str {
    match judgement {
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

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn failover_is_worded_exactly() {
        let probe = ProbeSetting { kind: ProbeKind::Entry, resolution: MS(50), limit: MS(2000) };
        let check = |failover: Failover, expected: &str| assert_eq!(failover_text(&failover, Some(&probe)), expected);
        check(Failover::NoOutage, "no outage (50 ms, limit 2 s)");
        check(Failover::After { time: MS(11_600) }, "11.6 s");
        check(Failover::DidNot { at_least: MS(30_000) }, "did not fail over (at least 30 s; ended by heal)");
        check(Failover::NotMeasured, "not measured");
    }

    #[test]
    fn detection_names_the_detector() {
        let after = |flaps| Detection::After { detector: "balancer".into(), time: MS(11_200), flaps };
        assert_eq!(detection_text(&after(0)), "11.2 s (balancer)");
        assert_eq!(detection_text(&after(2)), "11.2 s (balancer; 2 flaps)");
        assert_eq!(detection_text(&Detection::Never { detector: "balancer".into() }), "never (balancer)");
        assert_eq!(detection_text(&Detection::NoDetector), "no detector");
    }

    #[test]
    fn a_share_is_never_rounded_to_none_or_all() {
        let texts = [0.0, 0.000_01, 0.0025, 0.124, 0.5, 0.9999, 1.0].map(share_text);
        assert_eq!(texts, ["0%", "<0.01%", "0.25%", "12.4%", "50%", ">99.9%", "100%"]);
    }

    #[test]
    fn no_loss_is_never_said_without_what_it_is_worth() {
        let none = Answers { acknowledged: 31, lost_share_upper_bound: Some(3.0 / 31.0), ..Answers::default() };
        assert_eq!(lost_text(&none), "0 of 31 lost (at most 9.7%, 95% bound)");
        assert_eq!(answers_lines(&none), ["0 lost (≤ 9.7%)", "31 acknowledged", "0 indeterminate"]);
        let nobody_asked = Answers { unknown: Some("the database could not be read".into()), ..none };
        assert_eq!(lost_text(&nobody_asked), "unknown: the database could not be read");
    }
}
