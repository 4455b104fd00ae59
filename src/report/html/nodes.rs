//! Who answered: the share of each node in the requests over time, in a row of its own.
//!
//! A share and no number: a class that arrives at once sends a hundred times as much as one that thinks, and what shows that
//! a node is no longer asked is that the others are.

use maud::html;

use super::axis::{Axis, Scale, WIDTH, bar, number};
use super::panel::{Key, Label, Panel, path};
use crate::quantity;
use crate::report::Report;

/// Height of one row.
const ROW: u32 = 30;
/// Room between a bar and the row above it.
const GAP: u32 = 6;

/// Requests per node; the last row is of those that no node answered.
pub fn requests(report: &Report, axis: &Axis) -> Option<Panel> {
    let intervals = &report.figures.series.intervals;
    let nobody = intervals.no_node.iter().any(|count| *count > 0);
    let named = intervals.by_node.iter().map(|(node, counts)| (node.as_str(), counts, "ok"));
    let rows: Vec<_> = named.chain(nobody.then_some(("no node", &intervals.no_node, "fail0"))).collect();
    if intervals.by_node.is_empty() {
        return None;
    }
    let all = |index: usize| rows.iter().filter_map(|row| row.1.get(index)).sum::<u64>();
    let scale = Scale::linear(0.0, 1.0, ROW - GAP);
    let top = |row: usize| f64::from(ROW) * (row as f64 + 1.0) - f64::from(ROW - GAP);
    let bars = |counts: &[u64]| -> String {
        let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let one = |(index, count): (usize, &u64)| {
            let (from, to) = intervals.span(index);
            let span = (from.as_secs_f64() * 1000.0, to.as_secs_f64() * 1000.0);
            bar(axis, &scale, span, 0.0, *count as f64 / all(index) as f64)
        };
        counted.map(one).collect()
    };
    let total = |counts: &[u64]| quantity::number(counts.iter().sum::<u64>(), "request");
    Some(Panel {
        id: "chart-nodes".into(),
        definition: "served",
        title: "Requests per node".into(),
        note: format!(
            "Share of the requests of each {}. No node: no answer came, or it named none.",
            quantity::length(intervals.length)
        ),
        description: rows.iter().map(|row| format!("{}: {}.", row.0, total(row.1))).collect::<Vec<_>>().join(" "),
        height: ROW * u32::try_from(rows.len()).unwrap_or(1),
        labels: rows
            .iter()
            .enumerate()
            .map(|(index, row)| Label {
                y: top(index) + f64::from(ROW - GAP) / 2.0,
                text: row.0.to_owned(),
                line: false,
            })
            .collect(),
        keys: rows
            .iter()
            .map(|row| Key { class: row.2.into(), text: format!("{} ({})", row.0, total(row.1)) })
            .collect(),
        marks: html! {
            @for (index, (_, counts, class)) in rows.iter().enumerate() {
                g transform=(format!("translate(0 {})", number(top(index)))) {
                    (path(class, &bars(counts)))
                    (path("zero", &format!("M0 {}H{WIDTH}", ROW - GAP)))
                }
            }
        },
        texts: html! {},
    })
}
