//! Memory and disk of the parts that windows aimed at, as shares of their limits.

use super::axis::{Axis, Scale, WIDTH};
use super::lines::{Chart, LINES, Line, panel};
use super::panel::{Label, Panel};
use crate::measure::WindowFigures;
use crate::quantity;
use crate::report::Report;
use crate::settings::size_text;

/// Samples further apart than this are not joined: the part was gone.
const GAP: f64 = 5000.0;

/// Memory and disk of every part that a window aimed at.
pub fn shares(report: &Report, axis: &Axis) -> Option<Panel> {
    let hits = report.figures.windows.iter().flat_map(WindowFigures::hits);
    let mut targets: Vec<&str> = hits.map(|(_, target)| target).collect();
    targets.sort_unstable();
    targets.dedup();
    of(report, axis, &targets)
}

/// Memory in use over its limit, and how full volumes are, of the `targets` in the span of the axis.
pub fn of(report: &Report, axis: &Axis, targets: &[&str]) -> Option<Panel> {
    let series = &report.figures.series;
    let mut lines = Vec::new();
    let mut add = |name: String, points: &[(f64, f64)]| lines.push(Line::new(name, thinned(axis, points)));
    for target in targets {
        let samples = series.memory.get(*target).into_iter().flatten().filter(|sample| axis.shows(sample.0 as f64));
        if let Some(most) = samples.clone().map(|sample| sample.1).max() {
            let points = samples.map(|(at, used, limit)| (*at as f64, *used as f64 / (*limit).max(1) as f64));
            add(format!("memory of {target} (most {})", size_text(most)), &points.collect::<Vec<_>>());
        }
        let levels = series.levels.get(*target).into_iter().flatten().filter(|level| axis.shows(level.0 as f64));
        let points: Vec<_> = levels.map(|(at, used)| (*at as f64, *used)).collect();
        if !points.is_empty() {
            add(format!("disk {target}"), &points);
        }
    }
    lines.truncate(LINES);
    let height = 90;
    let scale = Scale::linear(0.0, 1.0, height);
    let label = |value: f64| Label { y: scale.y(value), text: quantity::percent(value), line: true };
    let chart = Chart {
        id: "chart-resources",
        definition: "resources",
        title: "Memory and disk of the sick parts",
        note: "Share of the limit; a limit that is lowered makes the share jump.",
        scale,
        height,
        labels: [0.0, 0.5, 1.0].map(label).into(),
        gap: GAP.max(axis.length() / WIDTH * 6.0),
    };
    panel(axis, chart, &lines, |line| {
        format!("{}: at most {} of the limit.", line.name, quantity::percent(line.most()))
    })
}

/// The highest point of every two units of width.
fn thinned(axis: &Axis, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut thin: Vec<(f64, f64)> = Vec::new();
    let column = |at: f64| (axis.x(at) / 2.0) as u32;
    for point in points {
        match thin.last_mut() {
            Some(last) if column(last.0) == column(point.0) => last.1 = last.1.max(point.1),
            _ => thin.push(*point),
        }
    }
    thin
}
