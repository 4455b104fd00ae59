//! How many transactions each database was behind.

use super::axis::{Axis, Scale};
use super::lines::{Chart, Line, panel};
use super::panel::{Label, Panel};
use crate::report::Report;

/// A line for each database that was ever behind; none when every one kept up or none was asked.
pub fn behind(report: &Report, axis: &Axis) -> Option<Panel> {
    let line = |(service, samples): (&String, &Vec<(u64, u64)>)| {
        let most = samples.iter().map(|sample| sample.1).max().filter(|most| *most > 0)?;
        let key = format!("{service} (most {most})");
        Some((most, Line { key, ..Line::new(service.clone(), steps(samples)) }))
    };
    let (each, lines): (Vec<_>, Vec<_>) = report.figures.series.behind.iter().filter_map(line).unzip();
    let most: u64 = each.into_iter().max()?;
    let height = 70;
    let scale = Scale::linear(0.0, most as f64, height);
    let label = |value: u64| Label { y: scale.y(value as f64), text: value.to_string(), line: true };
    let chart = Chart {
        id: "chart-behind",
        definition: "behind",
        title: "Replication",
        note: "Transactions behind the database that has come furthest; a promotion then would lose them.",
        scale,
        height,
        labels: [0, most].map(label).into(),
        gap: f64::INFINITY,
    };
    panel(axis, chart, &lines, |line| format!("{}: at most {:.0} transactions behind.", line.name, line.most()))
}

/// A value holds until the next one.
fn steps(samples: &[(u64, u64)]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (at, missed) in samples {
        if let Some(last) = points.last().copied() {
            points.push((*at as f64, last.1));
        }
        points.push((*at as f64, *missed as f64));
    }
    points
}
