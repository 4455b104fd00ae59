//! What others believed: detectors (up or down, per node) and who was the primary.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::axis::{Axis, number};
use super::panel::{Key, Label, Panel, path, place};
use crate::quantity::number as number_of;
use crate::report::Report;

/// Height of one row.
const ROW: u32 = 24;

/// Each detector's verdict on each node, under the detector's name where there are several.
pub fn detectors(report: &Report, axis: &Axis) -> Option<Panel> {
    let mut nodes: BTreeMap<(&str, &str), Vec<Said>> = BTreeMap::new();
    for (at, detector, service, up) in &report.figures.series.detectors {
        nodes.entry((detector, service)).or_default().push((*at as f64, *up));
    }
    let names: BTreeSet<&str> = nodes.keys().map(|(detector, _)| *detector).collect();
    let first = names.first()?;
    let single = names.len() == 1;
    let rows = rows(&nodes, single);
    let downs: usize = nodes.values().flatten().filter(|(_, up)| *up == Some(false)).count();
    let beliefs = || rows.iter().enumerate().filter_map(|(index, row)| row.changes.map(|changes| (index, changes)));
    let headings = || rows.iter().enumerate().filter(|(_, row)| row.changes.is_none());
    Some(Panel {
        id: "chart-detectors".into(),
        definition: "detection",
        title: if single { format!("What the {first} believed") } else { "What detectors believed".to_owned() },
        note: String::new(),
        description: format!("Nodes were declared down {}.", number_of(downs as u64, "time")),
        height: ROW * u32::try_from(rows.len()).unwrap_or(1),
        labels: beliefs()
            .map(|(index, _)| Label { y: middle(index), text: rows[index].name.to_owned(), line: false })
            .collect(),
        keys: vec![
            Key { class: "up".into(), text: "up (thin)".into() },
            Key { class: "down".into(), text: "down (thick); no bar: not its to judge".into() },
        ],
        marks: html! {
            @for (index, changes) in beliefs() { (row(axis, index, changes)) }
        },
        texts: html! {
            @for (index, heading) in headings() {
                span.on.on-head style=(format!("top:{}px", number(middle(index) + 2.0))) { (heading.name) ":" }
            }
            @for (index, changes) in beliefs() {
                @for (from, to, _) in spans(axis, changes).into_iter().filter(|(_, _, up)| *up == Some(false)) {
                    (text(axis, index, (from, to), "down", "on-down"))
                }
            }
        },
    })
}

/// When, and whether the node is up from then on; none while the detector does not judge it.
type Said = (f64, Option<bool>);

/// A row of the detectors' chart: a detector's name, or a node with the changes of mind about it.
struct Row<'a> {
    name: &'a str,
    changes: Option<&'a [Said]>,
}

fn rows<'a>(nodes: &'a BTreeMap<(&'a str, &'a str), Vec<Said>>, single: bool) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut before = "";
    for ((detector, service), changes) in nodes {
        if !single && *detector != before {
            rows.push(Row { name: detector, changes: None });
        }
        before = detector;
        rows.push(Row { name: service, changes: Some(changes) });
    }
    rows
}

/// [`primaries`] of a run in which they changed.
pub fn changed_primaries(report: &Report, axis: &Axis) -> Option<Panel> {
    let primaries = &report.figures.series.primaries;
    let changed =
        primaries.iter().any(|one| !one.3 || primaries.iter().any(|other| other.1 == one.1 && other.2 != one.2));
    if changed { self::primaries(report, axis) } else { None }
}

/// Which services of roles with a primary accepted writes, and when.
pub fn primaries(report: &Report, axis: &Axis) -> Option<Panel> {
    let mut changes: BTreeMap<&str, Vec<(f64, bool)>> = BTreeMap::new();
    for (at, _, service, writable) in &report.figures.series.primaries {
        changes.entry(service).or_default().push((*at as f64, *writable));
    }
    let accepting = |list: &[(f64, bool)]| -> Vec<(f64, f64)> {
        let ends = list.iter().skip(1).map(|next| next.0).chain(std::iter::once(axis.end()));
        list.iter().zip(ends).filter(|((_, writable), _)| *writable).map(|((from, _), to)| (*from, to)).collect()
    };
    if changes.is_empty() {
        return None;
    }
    let times: usize = changes.values().map(|list| accepting(list).len()).sum();
    Some(Panel {
        id: "chart-primaries".into(),
        definition: "primary",
        title: "Who accepted writes".into(),
        note: "asked twice a second; no bar: refused writes, or did not answer within a second".into(),
        description: format!(
            "Writes were accepted by {} of the databases, in {}.",
            changes.len(),
            number_of(times as u64, "span")
        ),
        height: ROW * u32::try_from(changes.len()).unwrap_or(1),
        labels: changes
            .keys()
            .enumerate()
            .map(|(index, service)| Label { y: middle(index), text: (*service).to_owned(), line: false })
            .collect(),
        keys: Vec::new(),
        marks: html! {
            @for (index, list) in changes.values().enumerate() {
                @for span in accepting(list) { (path("primary", &block(axis, index, span, 8.0))) }
            }
        },
        texts: html! {},
    })
}

fn middle(index: usize) -> f64 {
    (index as f64 + 0.5) * f64::from(ROW)
}

/// (from, to, up) of each belief; before the first change the opposite of it was believed.
fn spans(axis: &Axis, changes: &[Said]) -> Vec<(f64, f64, Option<bool>)> {
    let mut spans = Vec::new();
    let mut from = axis.start();
    // Whom it calls down with its first word was up; of one that is new it said nothing before.
    let mut up = changes.first().is_some_and(|first| first.1 == Some(false)).then_some(true);
    for (at, next) in changes {
        if *next != up {
            spans.push((from, *at, up));
            (from, up) = (*at, *next);
        }
    }
    spans.push((from, axis.end(), up));
    spans
}

fn row(axis: &Axis, index: usize, changes: &[Said]) -> Markup {
    let (mut ups, mut downs) = (String::new(), String::new());
    for (from, to, up) in spans(axis, changes) {
        match up {
            Some(true) => ups.push_str(&block(axis, index, (from, to), 2.0)),
            Some(false) => downs.push_str(&block(axis, index, (from, to), 8.0)),
            None => {}
        }
    }
    html! { (path("up", &ups)) (path("down", &downs)) }
}

/// A bar around the middle of a row, reaching `half` to either side.
fn block(axis: &Axis, index: usize, span: (f64, f64), half: f64) -> String {
    let (left, right, middle) = (number(axis.x(span.0)), number(axis.x(span.1)), middle(index));
    format!("M{left} {}V{}H{right}V{}z", number(middle - half), number(middle + half), number(middle - half))
}

/// A name over a bar that is wide enough for it.
fn text(axis: &Axis, index: usize, span: (f64, f64), name: &str, class: &str) -> Markup {
    let wide = axis.percent(span.1) - axis.percent(span.0) > 4.0;
    html! {
        @if wide {
            span class=(format!("on {class}"))
                style=(format!("top:{}px;{}", number(middle(index)), place(axis, span.0, span.1))) { (name) }
        }
    }
}
