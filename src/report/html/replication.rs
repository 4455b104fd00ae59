//! How many transactions each database was behind.

use maud::html;

use super::axis::{Axis, Scale, polyline};
use super::panel::{Key, Label, Panel, path};
use crate::report::Report;

/// The line of one database.
struct Line<'a> {
    service: &'a str,
    most: u64,
    points: Vec<(f64, f64)>,
}

/// A line for each database that was ever behind; none when every one kept up or none was asked.
pub fn behind(report: &Report, axis: &Axis) -> Option<Panel> {
    let series = report.figures.series.behind.iter();
    let lines: Vec<Line<'_>> = series
        .filter_map(|(service, samples)| {
            let most = samples.iter().map(|sample| sample.1).max().filter(|most| *most > 0)?;
            Some(Line { service, most, points: steps(samples) })
        })
        .collect();
    let most = lines.iter().map(|line| line.most).max()?;
    let height = 70;
    let scale = Scale::linear(0.0, most as f64, height);
    let label = |value: u64| Label { y: scale.y(value as f64), text: value.to_string(), line: true };
    Some(Panel {
        id: "chart-behind".into(),
        definition: "behind",
        title: "Replication".into(),
        note: "Transactions behind the database that has come furthest; a promotion then would lose them.".into(),
        description: lines
            .iter()
            .map(|line| format!("{}: at most {} transactions behind.", line.service, line.most))
            .collect::<Vec<_>>()
            .join(" "),
        height,
        labels: [0, most].map(label).into(),
        keys: lines
            .iter()
            .enumerate()
            .map(|(index, line)| Key {
                class: format!("line l{index}"),
                text: format!("{} (most {})", line.service, line.most),
            })
            .collect(),
        marks: html! {
            @for (index, line) in lines.iter().enumerate() {
                (path(&format!("line l{index}"), &polyline(axis, &scale, line.points.iter().copied(), f64::INFINITY)))
            }
        },
        texts: html! {},
    })
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
