//! What a rush asked for, and what detectors said of nodes that had no fault, in words.

use super::{NOTHING, count_text, some_time_text};
use crate::check::words;
use crate::measure::RushFigures;
use crate::quantity::{length, number, span};
use crate::report::Report;

/// False alarms in a rush, and the time in which all nodes were out.
pub fn rush_alarms_lines(report: &Report, rush: &RushFigures) -> Vec<String> {
    let Some(alarms) = &report.figures.alarms else { return vec![NOTHING.to_owned()] };
    let mut lines = match (rush.false_alarms, &alarms.at_least) {
        (0, Some(_)) => vec!["false alarms unknown".to_owned()],
        (0, None) => vec!["no false alarm".to_owned()],
        (count, _) => vec![number(count, "false alarm")],
    };
    if !rush.all_out.is_zero() {
        lines.push(format!("all nodes out: {}", length(rush.all_out)));
    }
    lines
}

/// What the students of each rush met: `Rush 3:15–3:40: 60 students beside the class asked without thinking, and 67.5% (566
/// of 838) of their requests failed. Time without a page through the balancer: 19 s.`
pub fn rush_texts(report: &Report) -> Vec<String> {
    let one = |rush: &RushFigures| {
        let asked = &rush.requests;
        let out = some_time_text(rush.availability.unavailable);
        format!(
            "Rush {}: {} beside the class asked without thinking, and {} of their requests failed. Time without a page \
             through the balancer: {out}.",
            span(rush.start, rush.end),
            number(asked.students, "student"),
            count_text(asked.first_tries)
        )
    };
    report.figures.rushes.iter().map(one).collect()
}

/// What detectors said of nodes that had no fault; none when they said nothing, and no rush tempted them.
pub fn alarms_text(report: &Report) -> Option<String> {
    let alarms = report.figures.alarms.as_ref()?;
    let quiet = alarms.false_alarms.is_empty() && alarms.at_least.is_none();
    (!quiet || !report.figures.rushes.is_empty())
        .then(|| format!("While no fault was active: {}.", words::alarms(alarms)))
}
