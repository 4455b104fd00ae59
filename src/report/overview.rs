//! [`Report`] → the table of windows, in words: what terminal and page show first.

use std::time::Duration;

use super::{Report, words};
use crate::check::{Finding, Judgement, Scope};
use crate::history::ProbeKind;
use crate::measure::{Failover, ProbeSetting, Requests, RushFigures, WindowFigures};
use crate::quantity;

/// A column with the anchor of its definition.
#[derive(Debug)]
pub struct Column {
    /// The header.
    pub title: &'static str,
    /// Anchor in [`words::DEFINITIONS`].
    pub definition: &'static str,
}

/// The columns after the row's own title.
pub const COLUMNS: [Column; 6] = [
    Column { title: "Error rate", definition: "error-rate" },
    Column { title: "Students hit", definition: "students" },
    Column { title: "Failover time", definition: "failover" },
    Column { title: "Time to detect", definition: "detection" },
    Column { title: "Answers", definition: "answers" },
    Column { title: "Log lines lost", definition: "log-lines" },
];

/// One row: a window, the baseline, or the whole run.
#[derive(Debug)]
pub struct Row {
    /// Index of the window, if it is one.
    pub window: Option<usize>,
    /// What the row is about.
    pub title: String,
    /// When it was, on the class's clock.
    pub when: String,
    /// Why the row says nothing.
    pub void: Option<String>,
    /// The worst judgement of its findings; none when nothing was expected of it and the run went as planned.
    pub judgement: Option<Judgement>,
    /// For each of [`COLUMNS`], the figure and what stands beside it.
    pub cells: [Vec<String>; 6],
}

/// How much room a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// A few letters: what a sign stands for is told below the table.
    Narrow,
    /// A few words.
    Wide,
}

/// The baseline, the windows, every rush, the whole run.
pub fn rows(report: &Report, room: Room) -> Vec<Row> {
    let mut rows = vec![baseline(report)];
    rows.extend((0..report.figures.windows.len()).map(|index| window(report, index, room)));
    rows.extend(report.figures.rushes.iter().map(|figures| rush(report, figures)));
    rows.push(whole_run(report, room));
    rows
}

/// Findings of one window.
pub fn findings_of(report: &Report, window: usize) -> impl Iterator<Item = &Finding> {
    report.verdict.findings.iter().filter(move |finding| finding.scope.window() == Some(window))
}

/// How entry probes asked.
pub fn probe(report: &Report, kind: ProbeKind) -> Option<&ProbeSetting> {
    report.figures.probes.iter().find(|probe| probe.kind == kind)
}

/// From injection to heal on the class's clock, planned where it did not happen.
pub fn span_of(report: &Report, index: usize) -> (Duration, Duration) {
    let timeline = &report.figures.windows[index].timeline;
    let planned = report.plan.windows.get(index);
    let start = timeline.inject.or(planned.map(|window| window.start)).unwrap_or_default();
    let end =
        timeline.heal.or(planned.map(|window| window.end)).unwrap_or(start + report.figures.windows[index].planned);
    (start, end.max(start))
}

fn baseline(report: &Report) -> Row {
    let baseline = &report.figures.baseline;
    let none = || vec![words::NOTHING.to_owned()];
    Row {
        window: None,
        title: "baseline".to_owned(),
        when: quantity::span(Duration::ZERO, baseline.length),
        void: None,
        judgement: worst(report.verdict.findings.iter().filter(|finding| finding.scope == Scope::Baseline)),
        cells: [
            error_rate(&baseline.requests),
            students(&baseline.requests),
            words::failed_probes_text(&baseline.failed_probes).map_or_else(none, |text| vec![text]),
            none(),
            none(),
            none(),
        ],
    }
}

fn window(report: &Report, index: usize, room: Room) -> Row {
    let figures = &report.figures.windows[index];
    let (start, end) = span_of(report, index);
    let span = quantity::span(start, end);
    Row {
        window: Some(index),
        title: figures.title.clone(),
        when: if figures.timeline.inject.is_some() { span } else { format!("planned {span}") },
        void: figures.void.clone(),
        judgement: worst(findings_of(report, index)),
        cells: [
            figures.requests.as_ref().map_or_else(|| vec![words::NOTHING.to_owned()], error_rate),
            figures.requests.as_ref().map_or_else(|| vec![words::NOTHING.to_owned()], students),
            failover(report, figures),
            detection(figures),
            words::answers_lines(&figures.answers, room),
            log_lines(&figures.answers),
        ],
    }
}

/// What the class met in a rush: what it was asked by itself stands in a note.
fn rush(report: &Report, figures: &RushFigures) -> Row {
    let none = || vec![words::NOTHING.to_owned()];
    Row {
        window: None,
        title: "rush".to_owned(),
        when: quantity::span(figures.start, figures.end),
        void: None,
        judgement: None,
        cells: [
            error_rate(&figures.of_class),
            students(&figures.of_class),
            words::failed_probes_text(&figures.failed_probes).map_or_else(none, |text| vec![text]),
            words::rush_alarms_lines(report, figures),
            none(),
            none(),
        ],
    }
}

fn whole_run(report: &Report, room: Room) -> Row {
    let figures = &report.figures;
    Row {
        window: None,
        title: "whole run".to_owned(),
        when: quantity::span(Duration::ZERO, length(report)),
        void: None,
        // What stands beside the whole is what the whole came to.
        judgement: worst(report.verdict.findings.iter()),
        cells: [
            error_rate(&figures.requests),
            students(&figures.requests),
            vec![words::NOTHING.to_owned()],
            vec![words::NOTHING.to_owned()],
            words::answers_lines(&figures.answers, room),
            log_lines(&figures.answers),
        ],
    }
}

/// How long the run was planned to last, or lasted when it was interrupted or did not get to its planned end.
fn length(report: &Report) -> Duration {
    if report.figures.interrupted || report.figures.unfinished.is_some() {
        Duration::from_secs(report.figures.series.seconds.len() as u64)
    } else {
        // The class may have needed a moment more than was planned.
        report.plan.end().max(report.figures.baseline.length)
    }
}

fn error_rate(requests: &Requests) -> Vec<String> {
    let count = requests.first_tries;
    if count.total == 0 {
        return vec![words::NOTHING.to_owned(), "no request".to_owned()];
    }
    vec![words::rate_text(count), words::of_text(count)]
}

fn students(requests: &Requests) -> Vec<String> {
    let count = words::students(requests);
    if count.total == 0 {
        return vec![words::NOTHING.to_owned()];
    }
    vec![words::rate_text(count), words::of_text(count)]
}

/// Time to detect, and what was predicted of it.
fn detection(figures: &WindowFigures) -> Vec<String> {
    let mut lines = figure_and_detail(words::detection_text(&figures.detection));
    lines.extend(words::each_prediction(figures, words::predicted_text));
    lines.extend(words::all_out_text(figures));
    lines.extend(words::replaced_text(figures));
    lines
}

/// Failover time of pages with the share of failed probes; that of writes when they were out too.
fn failover(report: &Report, figures: &WindowFigures) -> Vec<String> {
    let mut lines = figure_and_detail(words::failover_text(&figures.failover, probe(report, ProbeKind::Entry)));
    lines.extend(words::relapse_text(figures));
    lines.extend(words::failed_probes_text(&figures.failed_probes));
    match &figures.failover_write {
        Failover::NoOutage | Failover::NotMeasured => {}
        same if *same == figures.failover => lines.push("writes: the same".to_owned()),
        other => lines.push(format!("writes: {}", words::failover_text(other, probe(report, ProbeKind::Write)))),
    }
    lines
}

/// The figure on a line of its own, what stands in brackets behind it on the next.
fn figure_and_detail(text: String) -> Vec<String> {
    match text.split_once(" (") {
        Some((figure, detail)) => vec![figure.to_owned(), format!("({detail}")],
        None => vec![text],
    }
}

fn log_lines(answers: &crate::measure::Answers) -> Vec<String> {
    let count = words::log_lines(answers);
    match (&answers.log_unread, count.total) {
        (Some(_), _) => vec!["unknown".to_owned()],
        (None, 0) => vec![words::NOTHING.to_owned()],
        (None, total) => vec![count.failed.to_string(), format!("of {total}")],
    }
}

/// The worst judgement; none when everything passed and nothing was expected.
fn worst<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<Judgement> {
    let findings: Vec<_> = findings.collect();
    let worst = findings.iter().map(|finding| finding.judgement).max()?;
    let expected = findings.iter().any(|finding| finding.expectation.is_some());
    (expected || worst > Judgement::Pass).then_some(worst)
}
