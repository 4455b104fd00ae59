//! What students met: requests by outcome, error rate, time to a page.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::html;

use super::axis::{Axis, Scale, bar, number, polyline, round_step};
use super::panel::{Key, Label, Panel, path, times};
use crate::measure::{Latency, Second};
use crate::quantity;
use crate::report::Report;

/// Most failure classes with a colour of their own.
const CLASSES: usize = 4;

/// One of the values of a latency, in milliseconds.
type Value = fn(&Latency) -> Option<f64>;

/// Some seconds together, so that an hour has no more bars than a minute has pixels.
struct Bucket {
    span: (f64, f64),
    seconds: f64,
    ok: u64,
    failed: BTreeMap<String, u64>,
}

impl Bucket {
    fn all_failed(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// Student requests per second: successes above the line, failures below it.
pub fn requests(report: &Report, axis: &Axis) -> Option<Panel> {
    let buckets = buckets(report, axis, step(axis, 1));
    let classes = classes(&buckets);
    let per_second = |number: u64, bucket: &Bucket| number as f64 / bucket.seconds;
    let most = buckets.iter().map(|bucket| per_second(bucket.ok, bucket)).fold(0.0, f64::max);
    let worst = buckets.iter().map(|bucket| per_second(bucket.all_failed(), bucket)).fold(0.0, f64::max);
    if most + worst == 0.0 {
        return None;
    }
    let height = 150;
    let step = round_step(most + worst, 5.0);
    let high = (most / step).ceil() * step;
    let scale = Scale::linear(-(worst / step).ceil() * step, high, height);
    let ok: String =
        buckets.iter().map(|bucket| bar(axis, &scale, bucket.span, 0.0, per_second(bucket.ok, bucket))).collect();
    let mut below: Vec<String> = vec![String::new(); CLASSES + 1];
    for bucket in &buckets {
        let mut depth = 0.0;
        // In the order of the legend, so that classes are told apart without their colours.
        for (place, (class, _)) in classes.iter().enumerate() {
            let Some(number) = bucket.failed.get(class) else { continue };
            let next = depth - per_second(*number, bucket);
            below[place.min(CLASSES)].push_str(&bar(axis, &scale, bucket.span, depth, next));
            depth = next;
        }
    }
    let seconds = buckets.first().map_or(1.0, |bucket| bucket.seconds);
    Some(Panel {
        id: "chart-requests".into(),
        definition: "error-rate",
        title: "Student requests per second".into(),
        note: format!("Successes above the line, failures below it in the order of the legend{}.", mean_text(seconds)),
        description: format!(
            "At most {} successes and {} failures per second. Failed in all: {}.",
            number(most),
            number(worst),
            failed_text(&classes)
        ),
        height,
        labels: labels(&scale, step, -worst, high),
        keys: keys(&classes),
        marks: html! {
            (path("ok", &ok))
            @for (place, data) in below.iter().enumerate() { (path(&format!("fail{place}"), data)) }
            (path("zero", &format!("M0 {}H1000", number(scale.y(0.0)))))
        },
        texts: html! {},
    })
}

/// Share of the requests that ended in a few seconds and had failed.
pub fn error_rate(report: &Report, axis: &Axis) -> Option<Panel> {
    let buckets = buckets(report, axis, step(axis, 5));
    let rates: Vec<(&Bucket, f64)> = buckets
        .iter()
        .filter(|bucket| bucket.ok + bucket.all_failed() > 0)
        .map(|bucket| (bucket, bucket.all_failed() as f64 / (bucket.ok + bucket.all_failed()) as f64))
        .collect();
    if rates.is_empty() {
        return None;
    }
    let worst = rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    let height = 90;
    let scale = Scale::linear(0.0, 1.0, height);
    let bars: String = rates.iter().map(|(bucket, rate)| bar(axis, &scale, bucket.span, 0.0, *rate)).collect();
    let seconds = buckets.first().map_or(5.0, |bucket| bucket.seconds);
    let label = |value: f64| Label { y: scale.y(value), text: quantity::percent(value), line: true };
    Some(Panel {
        id: "chart-error-rate".into(),
        definition: "error-rate",
        title: "Requests that failed".into(),
        note: format!(
            "Share of all student requests, retries too, which an error rate leaves out; each bar is {}.",
            quantity::length(Duration::from_secs_f64(seconds))
        ),
        description: format!("At worst {} of the requests failed.", quantity::percent(worst)),
        height,
        labels: [0.0, 0.5, 1.0].map(label).into(),
        keys: Vec::new(),
        marks: path("fail0", &bars),
        texts: html! { @if worst == 0.0 { span.on.none { "no request failed" } } },
    })
}

/// Percentiles and the longest of the times to a page of each interval, on a logarithmic scale.
pub fn latency(report: &Report, axis: &Axis) -> Option<Panel> {
    let intervals = &report.figures.series.intervals;
    let all = intervals.latency.iter();
    let low = all.clone().filter_map(|one| one.ms_p50).reduce(f64::min)?;
    let high = all.filter_map(|one| one.ms_max).fold(0.0, f64::max);
    let height = 140;
    let scale = Scale::logarithmic(10f64.powf(low.max(1.0).log10().floor()), high.max(low * 10.0), height);
    let length = intervals.length.as_secs_f64() * 1000.0;
    let line = |value: Value| {
        let points = intervals.latency.iter().enumerate();
        let points = points.filter_map(|(index, one)| value(one).map(|value| ((index as f64 + 0.5) * length, value)));
        polyline(axis, &scale, points, length * 3.5)
    };
    let lines: [(&str, &str, Value); 4] = [
        ("max", "slowest", |one| one.ms_max),
        ("p99", "p99", |one| one.ms_p99),
        ("p95", "p95", |one| one.ms_p95),
        ("p50", "p50 (median)", |one| one.ms_p50),
    ];
    Some(Panel {
        id: "chart-latency".into(),
        definition: "latency",
        title: "Time to a page".into(),
        note: format!(
            "Successes of each {}, from intended send to last byte; logarithmic. p95: 95% of them were no slower.",
            quantity::length(intervals.length)
        ),
        description: format!(
            "Medians from {} on; the slowest page took {}.",
            quantity::milliseconds(low),
            quantity::milliseconds(high)
        ),
        height,
        labels: times(&scale, 0.0),
        keys: lines
            .iter()
            .map(|(class, text, _)| Key { class: format!("line {class}"), text: (*text).into() })
            .collect(),
        marks: html! { @for (class, _, value) in &lines { (path(&format!("line {class}"), &line(*value))) } },
        texts: html! {},
    })
}

/// Seconds per bucket: at least `least`, round, and few enough buckets for a screen.
fn step(axis: &Axis, least: usize) -> usize {
    let wanted = (axis.length() / 1000.0 / 500.0).ceil() as usize;
    [1, 2, 5, 10, 15, 30, 60].into_iter().find(|step| *step >= wanted.max(least)).unwrap_or(120)
}

/// The buckets that the axis shows any part of.
fn buckets(report: &Report, axis: &Axis, step: usize) -> Vec<Bucket> {
    let bucket = |(index, part): (usize, &[Second])| {
        let mut failed = BTreeMap::new();
        for (class, number) in part.iter().flat_map(|second| &second.failed) {
            *failed.entry(class.clone()).or_insert(0) += number;
        }
        let start = (index * step) as f64 * 1000.0;
        Bucket {
            span: (start, start + part.len() as f64 * 1000.0),
            seconds: part.len() as f64,
            ok: part.iter().map(|second| second.ok).sum(),
            failed,
        }
    };
    let all = report.figures.series.seconds.chunks(step).enumerate().map(bucket);
    all.filter(|bucket| axis.overlaps(bucket.span.0, bucket.span.1)).collect()
}

/// Failure classes of the run, the most frequent first.
fn classes(buckets: &[Bucket]) -> Vec<(String, u64)> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (class, number) in buckets.iter().flat_map(|bucket| &bucket.failed) {
        *sums.entry(class.clone()).or_insert(0) += number;
    }
    let mut classes: Vec<_> = sums.into_iter().collect();
    classes.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    classes
}

fn failed_text(classes: &[(String, u64)]) -> String {
    let texts: Vec<_> = classes.iter().map(|(class, sum)| format!("{class} {sum}")).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

fn keys(classes: &[(String, u64)]) -> Vec<Key> {
    let mut keys = vec![Key { class: "ok".into(), text: "success".into() }];
    let named = classes.iter().take(CLASSES).enumerate();
    keys.extend(
        named.map(|(place, (class, sum))| Key { class: format!("fail{place}"), text: format!("{class} ({sum})") }),
    );
    let rest: u64 = classes.iter().skip(CLASSES).map(|(_, sum)| sum).sum();
    if rest > 0 {
        keys.push(Key { class: format!("fail{CLASSES}"), text: format!("other failures ({rest})") });
    }
    keys
}

fn labels(scale: &Scale, step: f64, low: f64, high: f64) -> Vec<Label> {
    let first = (low / step).floor() as i64;
    let last = (high / step).round() as i64;
    let label = |index: i64| {
        let value = index as f64 * step;
        Label { y: scale.y(value), text: number(value.abs()), line: true }
    };
    (first..=last).map(label).collect()
}

fn mean_text(seconds: f64) -> String {
    if seconds > 1.0 {
        format!("; mean of each {}", quantity::length(Duration::from_secs_f64(seconds)))
    } else {
        String::new()
    }
}
