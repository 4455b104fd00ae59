//! Figures in words that findings and reports share, so that both say the same.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::measure::{
    Alarms, AnswerCase, Answers, CaseKind, Count, ExpectedDetection, Failover, Figures, ProbeSetting, Requests,
};
use crate::predict::{Gain, Prediction};
use crate::quantity::{beyond, fine_moment, length, lengths, measured, number, part, percent};

/// Stands where something should have been measured and was not.
pub const NOT_MEASURED: &str = "not measured";

/// A finding names so many submissions; the others stand in report.json.
const CASES_SHOWN: usize = 10;

/// `12.4% (31 of 250 first tries)`; `no first tries` when there was none.
pub fn rate(count: Count, what: &str) -> String {
    if count.total == 0 {
        return format!("no {what}");
    }
    format!("{} ({} of {} {what})", part(count.failed, count.total), count.failed, count.total)
}

/// Whether a time is within its maximum, and the time in words that do not deny it.
pub fn held(time: Duration, most: Duration) -> (bool, String) {
    let met = time <= most;
    (met, if met { length(time) } else { beyond(length(time), &length(most)) })
}

/// How requests failed, the most frequent first: `session lost (243), abandoned (11)`; none when none did.
pub fn classes(requests: &Requests) -> Option<String> {
    let mut classes: Vec<_> = requests.classes.iter().map(|(class, count)| (*count, class)).collect();
    classes.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let said: Vec<_> = classes.iter().map(|(count, class)| format!("{class} ({count})")).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Failover time of a path, with the resolution and the limit of its probes where they decide.
pub fn failover(failover: &Failover, setting: Option<&ProbeSetting>) -> String {
    match failover {
        Failover::NoOutage => setting
            .map_or_else(|| "no outage".to_owned(), |probe| format!("no outage (asked {})", probe_setting(probe))),
        Failover::After { time, late, effect_doubt } => {
            setting.map_or_else(|| length(*time), |probe| measured(*time, probe.resolution + *late + *effect_doubt))
        }
        Failover::DidNot { at_least } => format!("did not fail over (at least {}; ended by heal)", length(*at_least)),
        Failover::NotMeasured => NOT_MEASURED.to_owned(),
    }
}

/// How probes ask: `every 50 ms, limit 2 s`.
pub fn probe_setting(probe: &ProbeSetting) -> String {
    format!("every {}, limit {}", length(probe.resolution), length(probe.limit))
}

/// What a detector's configuration predicts: `10–12 s from haproxy.cfg (inter 2s fall 3)`, or why it never speaks and
/// what would change that, or why nothing is predicted.
pub fn prediction(expected: &ExpectedDetection) -> String {
    let files = expected.files.join(" and ");
    match &expected.prediction {
        Prediction::Within { from, to, settings } => format!("{} from {files} ({settings})", lengths(*from, *to)),
        Prediction::Never { why, change, gives } => {
            format!("never from {files}: {why}; {change}{}", gives.map(gain).unwrap_or_default())
        }
        Prediction::NotModelled { why } => format!("not modelled: {why}"),
    }
}

/// What a changed setting would give: `, and it should take 10–12 s`.
pub fn gain(gain: Gain) -> String {
    format!(", and it should take {}", lengths(gain.from, gain.to))
}

/// What "0 lost" is worth: `at most 9.7%, 95% bound`; none when one was lost or nothing is known.
pub fn bound(answers: &Answers) -> Option<String> {
    answers.lost_share_upper_bound.map(|bound| format!("at most {}, 95% bound", percent(bound)))
}

/// The cases of `answers` that `wanted` chooses, each in a line; of many only the first ones.
pub fn cases(figures: &Figures, answers: &Answers, wanted: impl Fn(CaseKind) -> bool) -> Vec<String> {
    let all: Vec<_> = answers.cases.iter().filter(|case| wanted(case.kind)).collect();
    let mut lines: Vec<_> = all.iter().take(CASES_SHOWN).map(|one| case(figures, one)).collect();
    if all.len() > CASES_SHOWN {
        lines.push(format!("and {} more, in report.json", all.len() - CASES_SHOWN));
    }
    lines
}

/// `lost history: stu004, Quiz1,v1, submission 3, sent at 1:23.4, answered by web1, during kill db1; problem 2:
/// 1000400302; replica db2 holds it`.
fn case(figures: &Figures, case: &AnswerCase) -> String {
    let tokens: Vec<_> = case.tokens.iter().map(|(problem, token)| format!("{problem}: {token}")).collect();
    let title = |index: &usize| figures.windows.get(*index).map(|window| window.title.as_str());
    let windows: Vec<_> = case.windows.iter().filter_map(title).collect();
    let mut text = format!("{}: {}, {}, submission {}", case.kind, case.student, case.version, case.number);
    // What nobody sent has neither a time nor a node.
    if case.sent > Duration::ZERO {
        text.push_str(&format!(", sent at {}", fine_moment(case.sent)));
    }
    if let Some(node) = &case.node {
        text.push_str(&format!(", answered by {node}"));
    }
    if !windows.is_empty() {
        text.push_str(&format!(", during {}", windows.join(" and ")));
    }
    let what = if tokens.len() == 1 { "problem" } else { "problems" };
    text.push_str(&format!("; {what} {}", tokens.join(", ")));
    if let Some(note) = &case.note {
        text.push_str(&format!("; {note}"));
    }
    text
}

/// `3 false alarms (balancer: web1 twice, web2 once; 3 in a rush), all nodes out for 4.2 s`; at least so many where some may
/// have been missed.
pub fn alarms(alarms: &Alarms) -> String {
    let list = &alarms.false_alarms;
    let mut text = if list.is_empty() { "no false alarm".to_owned() } else { number(list.len(), "false alarm") };
    let mut nodes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for alarm in list {
        *nodes.entry((&alarm.detector, &alarm.service)).or_default() += 1;
    }
    let said: Vec<_> = nodes
        .iter()
        .map(|((detector, service), count)| format!("{service} {} by the {detector}", number(*count, "time")))
        .collect();
    let in_rush = list.iter().filter(|alarm| alarm.in_rush).count();
    if !said.is_empty() {
        let rush = if in_rush > 0 { format!("; {in_rush} in a rush") } else { String::new() };
        text.push_str(&format!(" ({}{rush})", said.join(", ")));
    }
    if !alarms.all_out_without_fault.is_zero() {
        text.push_str(&format!(", all nodes out for {}", length(alarms.all_out_without_fault)));
    }
    match &alarms.at_least {
        Some(why) if list.is_empty() => format!("{text} seen, but {why}"),
        Some(why) => format!("at least {text}: {why}"),
        None => text,
    }
}

/// `51 of 58 lines of answer.log`.
pub fn log_lines(answers: &Answers) -> String {
    format!("{} of {} of answer.log", answers.log_lines_lost, number(answers.log_lines_expected, "line"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::ProbeKind;
    use crate::measure::Detection;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn failover_is_worded_exactly() {
        let probe = ProbeSetting { kind: ProbeKind::Entry, resolution: MS(129), limit: MS(2000) };
        let check = |outage: Failover, expected: &str| assert_eq!(failover(&outage, Some(&probe)), expected);
        check(Failover::NoOutage, "no outage (asked every 129 ms, limit 2 s)");
        let after = |late, doubt| Failover::After { time: MS(11_600), late: MS(late), effect_doubt: MS(doubt) };
        check(after(0, 0), "11.6 s ± 129 ms");
        check(after(71, 0), "11.6 s ± 200 ms");
        check(after(71, 50), "11.6 s ± 250 ms");
        check(Failover::DidNot { at_least: MS(30_000) }, "did not fail over (at least 30 s; ended by heal)");
        check(Failover::NotMeasured, "not measured");
    }

    #[test]
    fn a_prediction_names_its_files_and_its_settings() {
        let check = |prediction, expected: &str| {
            let (detector, files) = ("balancer".to_owned(), vec!["haproxy.cfg".to_owned()]);
            let (measured, agrees) = (Detection::NoDetector, None);
            let expecting = ExpectedDetection { detector, files, prediction, measured, agrees };
            assert_eq!(super::prediction(&expecting), expected);
        };
        let gives = Some(Gain { from: MS(10_000), to: MS(12_000) });
        let (why, change) = ("it only connects".to_owned(), "add `option httpchk`".to_owned());
        let never = Prediction::Never { why: why.clone(), change: change.clone(), gives };
        check(never, "never from haproxy.cfg: it only connects; add `option httpchk`, and it should take 10–12 s");
        let never = Prediction::Never { why, change, gives: None };
        check(never, "never from haproxy.cfg: it only connects; add `option httpchk`");
        let settings = "inter 2s fall 3".to_owned();
        let within = Prediction::Within { from: MS(4000), to: MS(6000), settings };
        check(within, "4–6 s from haproxy.cfg (inter 2s fall 3)");
        check(Prediction::NotModelled { why: "fall 1".to_owned() }, "not modelled: fall 1");
    }

    #[test]
    fn the_most_frequent_failure_is_named_first() {
        let classes_of = |list: &[(&str, u64)]| {
            let counts: BTreeMap<_, _> = list.iter().map(|(class, count)| ((*class).to_owned(), *count)).collect();
            classes(&Requests { classes: counts, ..Requests::default() })
        };
        let said = classes_of(&[("500", 2), ("abandoned", 9), ("timeout", 2)]);
        assert_eq!(said.as_deref(), Some("abandoned (9), 500 (2), timeout (2)"));
        assert_eq!(classes_of(&[]), None);
    }

    #[test]
    fn a_rate_shows_its_numbers() {
        assert_eq!(rate(Count { total: 250, failed: 31 }, "first tries"), "12.4% (31 of 250 first tries)");
        assert_eq!(rate(Count::default(), "first tries"), "no first tries");
    }
}
