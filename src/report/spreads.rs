//! [`Report`] → how the figures of a window spread over the sittings, in the columns of the table of windows.

use std::time::Duration;

use super::{Report, words};
use crate::measure::{Count, Failover, Range, Spread};
use crate::quantity::percent;

/// One window of the scenario over all sittings.
#[derive(Debug)]
pub struct SpreadRow {
    /// Fault and target as written.
    pub title: String,
    /// How many windows were injected and seen, of how many.
    pub counted: String,
    /// For each of [`COLUMNS`](super::overview::COLUMNS), median and range.
    pub cells: [Vec<String>; 6],
}

/// A row for each window of the scenario; nothing when the class sat once.
pub fn rows(report: &Report) -> Vec<SpreadRow> {
    report.figures.spreads.iter().map(|spread| row(report, spread)).collect()
}

/// Figures that the table has no room for: name, anchor of the definition, median and range.
pub fn details(spread: &Spread) -> Vec<(String, &'static str, String)> {
    let time = |range: &Option<Range<u64>>| range.map(|range| sentence(&range, |time| milliseconds(*time)));
    let rows = [
        ("time to a page, p95", "latency", time(&spread.page_p95_ms)),
        ("time to a page, p99", "latency", time(&spread.page_p99_ms)),
        (
            "blind time",
            "blind",
            spread.blind.as_ref().map(|range| sentence(range, |blind| words::blind_text(Some(blind)))),
        ),
        ("unavailable", "availability", time(&spread.unavailable_ms)),
        ("degraded", "availability", time(&spread.degraded_ms)),
        ("weighted by failed probes", "availability", time(&spread.weighted_ms)),
        ("recovery", "recovery", spread.recovery.as_ref().map(|range| sentence(range, words::recovery_text))),
        ("worst gap of a student", "gap", time(&spread.worst_gap_ms)),
        ("without redundancy", "redundancy", time(&spread.without_redundancy_ms)),
    ];
    rows.into_iter().filter_map(|(name, anchor, text)| Some((name.to_owned(), anchor, text?))).collect()
}

fn row(report: &Report, spread: &Spread) -> SpreadRow {
    let all = spread.windows.len();
    let out = |index: &&usize| report.figures.windows.get(**index).is_none_or(|window| !window.counts());
    let outs = spread.windows.iter().filter(out).count();
    let seen = u64::try_from(all - outs).unwrap_or(u64::MAX);
    let share = |range: &Option<Range<f64>>| lines(range.as_ref(), seen, |share| percent(*share));
    SpreadRow {
        title: spread.title.clone(),
        counted: if outs == 0 { format!("{all} times") } else { format!("{all} times, {outs} void or cut short") },
        cells: [
            share(&spread.error_rate),
            share(&spread.students_hit),
            failover(spread, seen),
            lines(spread.detection.as_ref(), seen, words::detection_text),
            answers(spread),
            log_lines(spread),
        ],
    }
}

/// Median, range, and how many were measured where not all `seen` windows were.
fn lines<T>(range: Option<&Range<T>>, seen: u64, text: impl Fn(&T) -> String) -> Vec<String> {
    let Some(range) = range else { return vec![words::NOTHING.to_owned()] };
    let [least, median, most] = [&range.least, &range.median, &range.most].map(text);
    let mut lines = if least == most { vec![median] } else { vec![median, format!("({least} to {most})")] };
    if range.of < seen {
        lines.push(format!("measured {} times", range.of));
    }
    lines
}

/// The same in one line.
fn sentence<T>(range: &Range<T>, text: impl Fn(&T) -> String) -> String {
    format!("{}; {} measured", lines(Some(range), range.of, text).join(" "), range.of)
}

fn failover(spread: &Spread, seen: u64) -> Vec<String> {
    // How probes ask stands below the table; beside each of three figures it would only be in the way.
    let text = |failover: &Failover| words::failover_text(failover, None);
    let mut found = lines(spread.failover.as_ref(), seen, text);
    if let Some(range) = spread.failover_write.as_ref().filter(|range| range.most != Failover::NoOutage) {
        found.push(format!("writes: {}", lines(Some(range), seen, text).join(" ")));
    }
    found
}

fn answers(spread: &Spread) -> Vec<String> {
    let sum = &spread.answers;
    if sum.of == 0 {
        return vec!["unknown".to_owned()];
    }
    let bound = sum.lost_share_upper_bound.map_or(String::new(), |bound| format!(" (≤ {})", percent(bound)));
    let mut lines = vec![
        format!("{} lost{bound}", sum.lost),
        format!("{} acknowledged", sum.acknowledged),
        format!("{} indeterminate", sum.indeterminate),
    ];
    if sum.of < spread.windows.len() as u64 {
        lines.push(format!("in {} of {} windows", sum.of, spread.windows.len()));
    }
    lines
}

fn log_lines(spread: &Spread) -> Vec<String> {
    let lost = Count { total: spread.answers.log_lines_expected, failed: spread.answers.log_lines_lost };
    if lost.total == 0 {
        return vec![words::NOTHING.to_owned()];
    }
    vec![lost.failed.to_string(), format!("of {}", lost.total)]
}

fn milliseconds(milliseconds: u64) -> String {
    words::some_time_text(Duration::from_millis(milliseconds))
}
