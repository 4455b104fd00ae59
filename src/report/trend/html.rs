//! [`Trend`] → one self-contained page: the table of runs, and a chart for each figure in the dress of a report. No script.

use std::fmt::Write;

use maud::{Markup, html};

use super::{TITLES, legend, places, words};
use crate::check::Judgement;
use crate::quantity::solid;
use crate::regression::{Course, Trend};
use crate::report::html::axis::{Scale, WIDTH, number};
use crate::report::html::document;

/// Height of a chart in pixels.
const HEIGHT: u32 = 70;

/// The trend as a page.
pub fn render(trend: &Trend) -> String {
    let newest = trend.runs.last().map_or(Judgement::Unknown, |point| point.origin.judgement);
    let body = html! {
                header {
                    p.brand { b { "wwchaos" } " · " (trend.scenario) }
                    h1 { "How the last " (crate::quantity::number(trend.runs.len(), "run")) " went" }
                    p class=(format!("verdict {newest}")) {
                        b class=(format!("badge {newest}")) { (words::sign(newest)) " " (newest) }
                        span { "is the verdict of the newest run." }
                    }
                }
                main {
                    div.scroll { table.listing {
                        thead { tr { th scope="col" { "No." } @for title in TITLES { th scope="col" { (title) } } } }
                        tbody { @for (place, point) in trend.runs.iter().enumerate() {
                            tr {
                                td { (place + 1) }
                                @for lines in words::run_cells(trend, (place, point)) {
                                    td { @for line in lines { div { (solid(&line)) } } }
                                }
                            }
                        } }
                    } }
                    p.note { (legend()) }
                    @for (section, (place, courses)) in places(trend).into_iter().enumerate() {
                        section {
                            h2 { (words::place_text(place)) }
                            div.charts.columns { @for (chart, course) in courses.into_iter().enumerate() {
                                (drawn(trend, course, &format!("chart-{section}-{chart}")))
                            } }
                        }
                    }
                    @for one in &trend.skipped { p.note { "Skipped " (one.run) ": " (one.why) } }
                }
                footer { "A line joins runs, one after the other, in which a figure was measured; a mark at the top is a time that did not end; "
                    "a dashed line marks a run that was planned otherwise than the newest." }
    };
    document(&format!("trend of {}", trend.scenario), &body).into_string()
}

/// The chart of one figure: a place for each run, the oldest at the left.
fn drawn(trend: &Trend, course: &Course, id: &str) -> Markup {
    let name = words::figure_text(course.figure);
    let most = largest(course);
    // Room above the largest, for what is larger than any.
    let scale = Scale::linear(0.0, most * 1.25, HEIGHT);
    let joins = |run: usize| course.samples.get(run).copied().flatten().is_some_and(|sample| sample.size().is_finite());
    let (mut line, mut dots, mut endless, mut other) = (String::new(), String::new(), String::new(), String::new());
    for (run, sample) in course.samples.iter().enumerate() {
        let x = x(run, course.samples.len());
        if trend.runs.get(run).is_some_and(|point| !point.differs.is_empty()) {
            let _ = write!(other, "M{} 0V{HEIGHT}", number(x));
        }
        match sample.as_ref().map(|sample| sample.size()) {
            Some(size) if size.is_finite() => {
                let y = number(scale.y(size));
                // A line does not lead past a run that has no such place.
                let letter = if run > 0 && joins(run - 1) { 'L' } else { 'M' };
                let _ = write!(line, "{letter}{} {y}", number(x));
                let _ = write!(dots, "M{} {y}h0", number(x));
            }
            Some(_) => {
                let _ = write!(endless, "M{} 0h8v6h-8z", number(x - 4.0));
            }
            None => {}
        }
    }
    let top = number(scale.y(most));
    let (title, description) = (format!("{id}-title"), format!("{id}-desc"));
    html! {
        figure.panel id=(id) {
            figcaption { h3 { (name) } p.note { (words::course_text(course)) } }
            div.plot style=(format!("height:{HEIGHT}px")) {
                svg role="img" aria-labelledby=(format!("{title} {description}"))
                    viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
                    title id=(title) { (name) }
                    desc id=(description) { (words::spark(course)) ": " (words::course_text(course)) }
                    path.grid d=(format!("M0 {top}H{WIDTH}M0 {HEIGHT}H{WIDTH}")) {}
                    @for (class, data) in [("edge empty", &other), ("line l0", &line), ("down", &endless)] {
                        @if !data.is_empty() { path class=(class) d=(data) {} }
                    }
                    // Larger than a probe among thousands: a run may stand alone.
                    @if !dots.is_empty() { path.dots style="stroke-width:6" d=(dots) {} }
                }
                span.y style=(format!("top:{top}px")) { (words::size_text(course, most)) }
                span.y style=(format!("top:{HEIGHT}px")) { "0" }
            }
            div.ticks { @for run in 0..course.samples.len() {
                span style=(format!("left:{}%", number(x(run, course.samples.len()) / WIDTH * 100.0))) { (run + 1) }
            } }
        }
    }
}

/// The largest of a chart; where all is nothing, what one can still tell from nothing.
fn largest(course: &Course) -> f64 {
    let sizes = course.samples.iter().flatten().map(crate::regression::Sample::size).filter(|size| size.is_finite());
    let most = sizes.fold(0.0, f64::max);
    let least = match course.samples.iter().flatten().next() {
        Some(crate::regression::Sample::Share(_)) => 0.01,
        Some(crate::regression::Sample::Time(_)) => 1000.0,
        _ => 1.0,
    };
    if most > 0.0 { most } else { least }
}

/// The place of a run in the width of a chart.
#[allow(clippy::cast_precision_loss, reason = "runs are few")]
fn x(run: usize, runs: usize) -> f64 {
    (run as f64 + 0.5) / runs.max(1) as f64 * WIDTH
}
