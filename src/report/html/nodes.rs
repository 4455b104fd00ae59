//! Who answered: requests of each node over time, in a row of its own.

use maud::html;

use super::axis::{Axis, Scale, WIDTH, bar, number};
use super::panel::{Label, Panel, path};
use crate::quantity;
use crate::report::Report;

/// Height of one row.
const ROW: u32 = 30;
/// Room between a bar and the row above it.
const GAP: u32 = 6;

/// Requests per node; the last row is of those that no node answered.
pub fn requests(report: &Report, axis: &Axis) -> Option<Panel> {
    let intervals = &report.figures.series.intervals;
    let named = intervals.by_node.iter().map(|(node, counts)| (node.as_str(), counts, "ok"));
    let nobody = intervals.no_node.iter().any(|count| *count > 0).then_some(("no node", &intervals.no_node, "fail0"));
    let rows: Vec<_> = named.chain(nobody).collect();
    let seconds = intervals.length.as_secs_f64();
    let most = rows.iter().flat_map(|row| row.1).max().copied().filter(|_| !intervals.by_node.is_empty())?;
    let scale = Scale::linear(0.0, most as f64, ROW - GAP);
    let bottom = |row: usize| f64::from(ROW) * (row as f64 + 1.0);
    let bars = |counts: &[u64]| -> String {
        let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let one = |(index, count): (usize, &u64)| {
            let (from, to) = intervals.span(index);
            bar(axis, &scale, (from.as_secs_f64() * 1000.0, to.as_secs_f64() * 1000.0), 0.0, *count as f64)
        };
        counted.map(one).collect()
    };
    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    Some(Panel {
        id: "chart-nodes".into(),
        definition: "served",
        title: "Requests per node".into(),
        note: format!(
            "Each bar is {}, the tallest {} a second. No node: no answer came, or it named none.",
            quantity::length(intervals.length),
            number(most as f64 / seconds)
        ),
        description: rows
            .iter()
            .map(|(node, counts, _)| format!("{node}: {}.", quantity::number(sum(counts), "request")))
            .collect::<Vec<_>>()
            .join(" "),
        height: ROW * u32::try_from(rows.len()).unwrap_or(1),
        labels: rows
            .iter()
            .enumerate()
            .map(|(index, row)| Label {
                y: bottom(index) - f64::from(ROW - GAP) / 2.0,
                text: row.0.to_owned(),
                line: false,
            })
            .collect(),
        keys: Vec::new(),
        marks: html! {
            @for (index, (_, counts, class)) in rows.iter().enumerate() {
                g transform=(format!("translate(0 {})", number(bottom(index) - f64::from(ROW - GAP)))) {
                    (path(class, &bars(counts)))
                    (path("zero", &format!("M0 {}H{WIDTH}", ROW - GAP)))
                }
            }
        },
        texts: html! {},
    })
}
