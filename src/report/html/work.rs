//! How much the containers and nodes had to do: processors used over those that they may use, and what the balancer had in hand.

use maud::html;

use super::axis::{Axis, Scale, polyline, round_step};
use super::panel::{Key, Label, Panel, path};
use crate::quantity;
use crate::report::Report;

/// Most lines in one chart.
const LINES: usize = 4;

/// A line: its name, and its values at moments in milliseconds.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

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
            Line::new(report, axis, service.clone(), used.iter().map(share))
        })
        .collect();
    lines.sort_by(|one, other| other.most().total_cmp(&one.most()));
    lines.truncate(LINES);
    let top = lines.iter().map(Line::most).fold(1.0, f64::max);
    let height = 90;
    let scale = Scale::linear(0.0, top, height);
    let label = |value: f64| Label { y: scale.y(value), text: quantity::percent(value), line: true };
    let told = |line: &Line| format!("{}: at most {} of its limit.", line.name, quantity::percent(line.most()));
    let note = "Share of the processors that the container may use; those that used most of it.";
    let texts = ("chart-processors", "processors", "Processors of the services", note);
    panel(report, axis, (&scale, height), &lines, texts, ([0.0, 0.5, 1.0].map(label).into(), &told))
}

/// Requests that the balancer had in hand for each node.
pub fn in_hand(report: &Report, axis: &Axis) -> Option<Panel> {
    let nodes = report.figures.series.work.in_hand_max.iter();
    let count = |requests: &Option<u64>| requests.map(|requests| requests as f64);
    let mut lines: Vec<_> = nodes
        .filter_map(|(node, requests)| Line::new(report, axis, node.clone(), requests.iter().map(count)))
        .collect();
    lines.truncate(LINES);
    let most = lines.iter().map(Line::most).fold(1.0, f64::max);
    let step = round_step(most, 3.0);
    let height = 70;
    let scale = Scale::linear(0.0, most, height);
    let labels = (0..=3).map(|index| f64::from(index) * step).filter(|value| *value <= most);
    let labels = labels.map(|value| Label { y: scale.y(value), text: format!("{value:.0}"), line: true }).collect();
    let told = |line: &Line| format!("{}: at most {:.0} at once.", line.name, line.most());
    let note = "Most at once in each interval, those that waited for the node among them. A node that hangs keeps what it has.";
    let texts = ("chart-in-hand", "in-hand", "Requests in hand at the balancer", note);
    panel(report, axis, (&scale, height), &lines, texts, (labels, &told))
}

/// What one sees of a line, in words.
type Told<'a> = &'a dyn Fn(&Line) -> String;

impl Line {
    /// Of the values of the report's intervals that the axis shows; none where there is none.
    fn new(report: &Report, axis: &Axis, name: String, values: impl Iterator<Item = Option<f64>>) -> Option<Self> {
        let intervals = &report.figures.series.intervals;
        let middle = |index: usize| {
            let (from, to) = intervals.span(index);
            (from + to).as_secs_f64() * 500.0
        };
        let points = values.enumerate().filter_map(|(index, value)| Some((middle(index), value?)));
        let points: Vec<_> = points.filter(|point| point.1.is_finite() && axis.shows(point.0)).collect();
        (!points.is_empty()).then_some(Self { name, points })
    }

    fn most(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(0.0, f64::max)
    }
}

/// A chart of lines; none where there is no line. `texts` are its anchor, its definition's, its title and its note.
fn panel(
    report: &Report,
    axis: &Axis,
    (scale, height): (&Scale, u32),
    lines: &[Line],
    (id, definition, title, note): (&str, &'static str, &str, &str),
    (labels, told): (Vec<Label>, Told<'_>),
) -> Option<Panel> {
    if lines.is_empty() {
        return None;
    }
    // Where an interval has no value, a line ends.
    let gap = report.figures.series.intervals.length.as_secs_f64() * 1500.0;
    Some(Panel {
        id: id.to_owned(),
        definition,
        title: title.to_owned(),
        note: note.to_owned(),
        description: lines.iter().map(told).collect::<Vec<_>>().join(" "),
        height,
        labels,
        keys: lines
            .iter()
            .enumerate()
            .map(|(index, line)| Key { class: format!("line l{index}"), text: line.name.clone() })
            .collect(),
        marks: html! {
            @for (index, line) in lines.iter().enumerate() {
                (path(&format!("line l{index}"), &polyline(axis, scale, line.points.iter().copied(), gap)))
            }
        },
        texts: html! {},
    })
}
