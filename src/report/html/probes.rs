//! Probes through the balancer: each success as a dot at its latency, failures as bars above.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use maud::html;

use super::axis::{Axis, Scale, WIDTH, number};
use super::panel::{Key, Label, Panel, path, times};
use crate::check::words;
use crate::history::ProbeKind;
use crate::report::words::path_text;
use crate::report::{Report, overview};

/// Height of the part that shows failures.
const LANE: u32 = 26;

/// Probes of pages.
pub fn entry(report: &Report, axis: &Axis) -> Option<Panel> {
    let series = &report.figures.series;
    let probes = points(&series.entry_probes, &series.entry_probe_counts, axis);
    panel(report, axis, ProbeKind::Entry, &probes)
}

/// Probes of writes.
pub fn write(report: &Report, axis: &Axis) -> Option<Panel> {
    let series = &report.figures.series;
    let probes = points(&series.write_probes, &series.write_probe_counts, axis);
    panel(report, axis, ProbeKind::Write, &probes)
}

/// Probes of writes, when one of them failed.
pub fn failed_writes(report: &Report, axis: &Axis) -> Option<Panel> {
    let failed = report.figures.series.write_probes.iter().any(|(at, _, ok)| !ok && axis.shows(*at as f64));
    if failed { write(report, axis) } else { None }
}

fn panel(report: &Report, axis: &Axis, kind: ProbeKind, probes: &[Point]) -> Option<Panel> {
    let count = |chosen: fn(&Point) -> bool| probes.iter().filter(|one| chosen(one)).map(|one| one.count).sum::<u64>();
    let (all, failed) = (count(|_| true), count(|probe| !probe.ok));
    let successes = probes.iter().filter(|probe| probe.ok).map(|probe| probe.latency);
    let (low, high) = successes.fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    if probes.is_empty() {
        return None;
    }
    let low = if high > 0.0 { 10f64.powf(low.max(1.0).log10().floor()) } else { 10.0 };
    let limit = overview::probe(report, kind).map(|probe| probe.limit.as_secs_f64() * 1000.0);
    let height = 110;
    let top = limit.unwrap_or(high).max(high).max(low * 10.0);
    let scale = Scale::logarithmic(low, top, height - LANE);
    let place = |value: f64| scale.y(value) + f64::from(LANE);
    let mut labels = times(&scale, f64::from(LANE));
    labels.push(Label { y: 10.0, text: "failed".into(), line: false });
    let asked =
        overview::probe(report, kind).map_or(String::new(), |probe| format!("Asked {}. ", words::probe_setting(probe)));
    Some(Panel {
        id: if kind == ProbeKind::Write { "chart-write-probes" } else { "chart-probes" }.into(),
        definition: "probe",
        title: format!("Probes of {}", path_text(kind, None)),
        note: format!("{asked}A bar at the top: the share of probes that failed, at their intended time."),
        description: format!("{failed} of {all} probes failed."),
        height,
        labels,
        keys: vec![
            Key { class: "dot".into(), text: "success, at its latency".into() },
            Key { class: "fail0".into(), text: format!("failed ({failed})") },
        ],
        marks: html! {
            (path("dots", &dots(axis, probes, place)))
            (path("fail0", &lane(axis, probes)))
            (path("zero", &format!("M0 {LANE}H{WIDTH}")))
        },
        texts: html! {},
    })
}

/// A probe, or several that are alike.
struct Point {
    at: f64,
    latency: f64,
    ok: bool,
    count: u64,
}

/// The probes that the axis shows; `counts` says how many each stands for, and is empty where each stands for itself.
fn points(probes: &[(u64, f64, bool)], counts: &[u32], axis: &Axis) -> Vec<Point> {
    let counts = counts.iter().copied().chain(std::iter::repeat(1));
    let point = |((at, latency, ok), count): (&(u64, f64, bool), u32)| Point {
        at: *at as f64,
        latency: *latency,
        ok: *ok,
        count: u64::from(count),
    };
    probes.iter().zip(counts).map(point).filter(|point| axis.shows(point.at)).collect()
}

/// One dot for each pixel that a success falls on: a line of no length with round ends.
fn dots(axis: &Axis, probes: &[Point], place: impl Fn(f64) -> f64) -> String {
    let on = probes.iter().filter(|probe| probe.ok);
    let pixels: BTreeSet<(u32, u32)> =
        on.map(|probe| (axis.x(probe.at).round() as u32, (place(probe.latency) * 2.0).round() as u32)).collect();
    let mut data = String::new();
    for (x, y) in pixels {
        let _ = write!(data, "M{x} {}h0", number(f64::from(y) / 2.0));
    }
    data
}

/// Bars as high as the share of probes that failed, two units wide.
fn lane(axis: &Axis, probes: &[Point]) -> String {
    let mut columns: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for probe in probes {
        let column = columns.entry((axis.x(probe.at) / 2.0) as u32).or_default();
        column.0 += probe.count;
        column.1 += if probe.ok { 0 } else { probe.count };
    }
    let mut data = String::new();
    for (column, (all, failed)) in columns.into_iter().filter(|(_, (_, failed))| *failed > 0) {
        let height = failed as f64 / all as f64 * f64::from(LANE - 4);
        let (x, bottom) = (column * 2, LANE - 2);
        let _ = write!(data, "M{x} {bottom}v-{}h2v{}z", number(height), number(height));
    }
    data
}
