//! [`Report`] → the time line: every chart on one axis, the windows shaded in each.

use std::time::Duration;

use maud::{Markup, html};

use super::axis::Axis;
use super::panel::{Panel, Shade, draw, strip, ticks};
use super::{bands, heat, nodes, probes, replication, resources, traffic, work};
use crate::report::{Report, overview};

/// A chart of a report on an axis; none where there is nothing to show.
type Chart = fn(&Report, &Axis) -> Option<Panel>;

/// Every chart, from top to bottom.
const CHARTS: &[Chart] = &[
    traffic::requests,
    traffic::error_rate,
    traffic::latency,
    heat::latency,
    probes::entry,
    probes::write,
    nodes::requests,
    work::in_hand,
    work::processors,
    bands::detectors,
    bands::primaries,
    replication::behind,
    resources::shares,
];

/// The time line of the whole run.
pub fn section(report: &Report) -> Markup {
    let axis = Axis::new(Duration::ZERO, end(report));
    let shades = shades(report);
    let panels: Vec<_> = CHARTS.iter().filter_map(|chart| chart(report, &axis)).collect();
    html! {
        section id="time-line" {
            h2 { "Time line" }
            @if panels.is_empty() {
                p { "Nothing was recorded over time." }
            } @else {
                @if !shades.is_empty() {
                    p.note {
                        "Shaded: from injection to heal. Shaded lightly: from heal until the cluster was restored. "
                        "Minutes and seconds since the first student's arrival."
                    }
                }
                div.charts {
                    (strip(&axis, &shades))
                    @for panel in &panels { (draw(panel, &axis, &shades)) }
                    (ticks(&axis))
                }
            }
        }
    }
}

/// The windows as charts shade them.
pub fn shades(report: &Report) -> Vec<Shade> {
    let milliseconds = |span: Duration| span.as_secs_f64() * 1000.0;
    let windows = report.figures.windows.iter().enumerate();
    let shade = |(index, window): (usize, &crate::measure::WindowFigures)| {
        let (from, to) = overview::span_of(report, index);
        let restored = window.timeline.restored.or(window.timeline.healed).unwrap_or(to);
        let empty = match (&window.void, window.timeline.inject) {
            (_, None) => Some("never injected"),
            (Some(_), _) => Some("void"),
            _ => None,
        };
        Shade {
            index,
            title: window.title.clone(),
            from: milliseconds(from),
            to: milliseconds(to),
            restored: milliseconds(restored.max(to)),
            empty,
        }
    };
    windows.map(shade).collect()
}

/// The last moment that any chart must show.
fn end(report: &Report) -> Duration {
    let series = &report.figures.series;
    let seconds = Duration::from_secs(series.seconds.len() as u64);
    let probes = Duration::from_millis(series.entry_probes.last().map_or(0, |probe| probe.0));
    let planned = if report.figures.interrupted { Duration::ZERO } else { report.plan.end() };
    let injected = report.figures.windows.iter().enumerate().filter(|(_, window)| window.timeline.inject.is_some());
    let healed = injected
        .map(|(index, window)| overview::span_of(report, index).1.max(window.timeline.restored.unwrap_or_default()));
    [seconds, probes, planned].into_iter().chain(healed).max().unwrap_or_default()
}
