//! How much the containers and nodes had to do: processors used over those that they may use, and what the balancer had in hand.

use super::axis::{Axis, Scale, round_step};
use super::lines::{Chart, LINES, Line, panel};
use super::panel::{Label, Panel};
use crate::quantity;
use crate::report::Report;

/// Processors of the services that used most of what they may use.
pub fn processors(report: &Report, axis: &Axis) -> Option<Panel> {
    let mut lines: Vec<_> = report
        .setup
        .limits
        .iter()
        .filter(|(_, thousandths, _)| *thousandths > 0)
        .filter_map(|(service, thousandths, _)| {
            let limit = f64::from(*thousandths) / 1000.0;
            let used = report.figures.series.work.cpu_cores.get(service)?;
            let share = |cores: &Option<f64>| cores.map(|cores| cores / limit);
            line(report, axis, service, used.iter().map(share))
        })
        .collect();
    lines.sort_by(|one, other| other.most().total_cmp(&one.most()));
    lines.truncate(LINES);
    let top = lines.iter().map(Line::most).fold(1.0, f64::max);
    let height = 90;
    let scale = Scale::linear(0.0, top, height);
    let label = |value: f64| Label { y: scale.y(value), text: quantity::percent(value), line: true };
    let chart = Chart {
        id: "chart-processors",
        definition: "processors",
        title: "Processors of the services",
        note: "Share of the processors that the container may use; those that used most of it.",
        scale,
        height,
        labels: [0.0, 0.5, 1.0].map(label).into(),
        gap: gap(report),
    };
    panel(axis, chart, &lines, |line| {
        format!("{}: at most {} of its limit.", line.name, quantity::percent(line.most()))
    })
}

/// Requests that the balancer had in hand for each node.
pub fn in_hand(report: &Report, axis: &Axis) -> Option<Panel> {
    let nodes = report.figures.series.work.in_hand_max.iter();
    let count = |requests: &Option<u64>| requests.map(|requests| requests as f64);
    let mut lines: Vec<_> =
        nodes.filter_map(|(node, requests)| line(report, axis, node, requests.iter().map(count))).collect();
    lines.truncate(LINES);
    let most = lines.iter().map(Line::most).fold(1.0, f64::max);
    let step = round_step(most, 3.0);
    let height = 70;
    let scale = Scale::linear(0.0, most, height);
    let labels = (0..=3).map(|index| f64::from(index) * step).filter(|value| *value <= most);
    let labels = labels.map(|value| Label { y: scale.y(value), text: format!("{value:.0}"), line: true }).collect();
    let chart = Chart {
        id: "chart-in-hand",
        definition: "in-hand",
        title: "Requests in hand at the balancer",
        note: "Most at once in each interval, those that waited for the node among them. A node that hangs keeps what it has.",
        scale,
        height,
        labels,
        gap: gap(report),
    };
    panel(axis, chart, &lines, |line| format!("{}: at most {:.0} at once.", line.name, line.most()))
}

/// Where an interval has no value, a line ends.
fn gap(report: &Report) -> f64 {
    report.figures.series.intervals.length.as_secs_f64() * 1500.0
}

/// The line of the values of the report's intervals that the axis shows; none where there is none.
fn line(report: &Report, axis: &Axis, name: &str, values: impl Iterator<Item = Option<f64>>) -> Option<Line> {
    let intervals = &report.figures.series.intervals;
    let middle = |index: usize| {
        let (from, to) = intervals.span(index);
        (from + to).as_secs_f64() * 500.0
    };
    let points = values.enumerate().filter_map(|(index, value)| Some((middle(index), value?)));
    let points: Vec<_> = points.filter(|point| point.1.is_finite() && axis.shows(point.0)).collect();
    (!points.is_empty()).then(|| Line::new(name.to_owned(), points))
}
