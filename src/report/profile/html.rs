//! [`Sketch`] → one self-contained page: what the profile says, and charts of recorded against replayed in the dress of a
//! report. No script.

use std::fmt::Write;
use std::time::Duration;

use maud::{Markup, html};

use super::{Other, Sketch, at, facts, legend, subject_text, untold_text};
use crate::profile::{Pair, Subject};
use crate::quantity::{length, number as count_of, percent, solid, statistic};
use crate::report::html::axis::{Axis, Scale, WIDTH, number, round_step};
use crate::report::html::document;

/// Height of a chart in pixels.
const HEIGHT: u32 = 130;
/// Intervals of the chart of arrivals.
const INTERVALS: u32 = 60;
/// Points of a curve: closer than a pixel they are drawn once.
const POINTS: usize = 400;

/// The profile as a page.
pub fn render(sketch: &Sketch) -> String {
    let title = &sketch.profile.title;
    let [first, second] = sketch.other.sides();
    let body = html! {
        header {
            p.brand { b { "wwchaos" } " · load profile" }
            h1 { (title) }
            p { (sketch.profile.source) }
        }
        main {
            div.scroll { table.pairs { tbody { @for (name, fact) in facts(sketch) {
                tr { th scope="row" { (name) } td { (solid(&fact)) } }
            } } } }
            @if let Some(untold) = untold_text(sketch) { p.note { (untold) } }
            h2 { (first.column) " against " (second.long) }
            p.note { (legend(sketch)) }
            div.charts.columns {
                @for (place, pair) in sketch.pairs.iter().enumerate() { (chart(pair, sketch.other, &format!("chart-{place}"))) }
            }
            div.scroll { table.listing {
                thead { tr { @for title in ["", first.column, "Median", "p95", second.column, "Median", "p95", "D", "By chance"] {
                    th scope="col" { (title) }
                } } }
                tbody { @for pair in &sketch.pairs { tr {
                    th scope="row" { (subject_text(pair.subject)) }
                    @for samples in [&pair.recorded, &pair.other] {
                        td { (samples.len()) }
                        @for share in [0.5, 0.95] { td { (solid(&length(at(samples, share)))) } }
                    }
                    td { (statistic(pair.distance.d)) }
                    td { (statistic(pair.distance.by_chance)) }
                } } }
            } }
        }
        footer { "Nothing here is of a person: students are counts and times." }
    };
    document(title, &body).into_string()
}

/// One part: how many arrive in each interval, or which share is at most so long.
fn chart(pair: &Pair, other: Other, id: &str) -> Markup {
    let [first, second] = other.sides();
    let keys = [("l0", first.long), ("l1", second.long)];
    let name = subject_text(pair.subject);
    let drawn = match pair.subject {
        Subject::Arrivals => arrivals(pair),
        _ => shares(pair),
    };
    let said = format!(
        "{} {}, median {}; {} {}, median {}; D {}",
        pair.recorded.len(),
        first.short,
        length(at(&pair.recorded, 0.5)),
        pair.other.len(),
        second.short,
        length(at(&pair.other, 0.5)),
        statistic(pair.distance.d)
    );
    let (title, description) = (format!("{id}-title"), format!("{id}-desc"));
    html! {
        figure.panel id=(id) {
            figcaption {
                h3 { (name) }
                ul.keys { @for (class, text) in keys { li { i class=(format!("key line {class}")) {} (text) } } }
                p.note { (drawn.what) " " (solid(&said)) "." }
            }
            div.plot style=(format!("height:{HEIGHT}px")) {
                svg role="img" aria-labelledby=(format!("{title} {description}"))
                    viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
                    title id=(title) { (name) }
                    desc id=(description) { (drawn.what) " " (said) }
                    path.grid d=(drawn.grid) {}
                    @for (line, (class, _)) in drawn.lines.iter().zip(keys) {
                        path class=(format!("line {class}")) fill="none" d=(line) {}
                    }
                }
                @for (y, label) in &drawn.labels { span.y style=(format!("top:{}px", number(*y))) { (label) } }
            }
            div.ticks { @for (moment, label) in drawn.axis.ticks(6.0) {
                @let place = drawn.axis.percent(moment);
                span.last[place > 97.0] style=(format!("left:{}%", number(place))) { (label) }
            } }
        }
    }
}

/// What a chart shows.
struct Drawn {
    what: String,
    axis: Axis,
    grid: String,
    lines: [String; 2],
    labels: Vec<(f64, String)>,
}

#[allow(clippy::cast_precision_loss, reason = "students are few")]
fn arrivals(pair: &Pair) -> Drawn {
    let last = pair.recorded.last().max(pair.other.last()).copied().unwrap_or_default();
    let every = Duration::from_secs((last.as_secs() / u64::from(INTERVALS)).max(1));
    let axis = Axis::new(Duration::ZERO, last + every);
    let count = |samples: &[Duration], from: Duration| {
        samples.partition_point(|at| *at < from + every) - samples.partition_point(|at| *at < from)
    };
    let begins: Vec<Duration> = (0..).map(|place| every * place).take_while(|from| *from <= last).collect();
    let counts =
        [&pair.recorded, &pair.other].map(|all| begins.iter().map(|from| count(all, *from)).collect::<Vec<_>>());
    let all = [pair.recorded.len(), pair.other.len()].map(|all| all.max(1) as f64);
    // A drawn class may have another size: what is compared is its shape.
    let most = counts[0]
        .iter()
        .map(|count| *count as f64)
        .chain(counts[1].iter().map(|count| *count as f64 * all[0] / all[1]));
    let most = most.fold(1.0, f64::max);
    let scale = Scale::linear(0.0, most, HEIGHT);
    let line = |counts: &[usize], of: f64| {
        let mut path = format!("M0 {HEIGHT}");
        for (from, count) in begins.iter().zip(counts) {
            let y = number(scale.y(*count as f64 * all[0] / of));
            let [left, right] = [*from, *from + every].map(|at| number(axis.x(milliseconds(at))));
            let _ = write!(path, "L{left} {y}H{right}");
        }
        path
    };
    let lines = [line(&counts[0], all[0]), line(&counts[1], all[1])];
    let step = round_step(most, 4.0);
    let marks: Vec<f64> = (0..).map(|place| f64::from(place) * step).take_while(|mark| *mark <= most).collect();
    let labels: Vec<_> = marks.iter().map(|mark| (scale.y(*mark), format!("{mark:.0}"))).collect();
    let what = format!("Arrivals in each {}, since the first.", length(every));
    Drawn { what, grid: grid(&labels), axis, lines, labels }
}

fn shares(pair: &Pair) -> Drawn {
    // One pause that is a hundred times as long as all others would hide them.
    let most = at(&pair.recorded, 0.99).max(at(&pair.other, 0.99)).max(Duration::from_secs(1));
    let axis = Axis::new(Duration::ZERO, most);
    let scale = Scale::linear(0.0, 1.0, HEIGHT);
    let line = |samples: &[Duration]| {
        let mut path = format!("M0 {HEIGHT}");
        let every = (samples.len() / POINTS).max(1);
        #[allow(clippy::cast_precision_loss, reason = "samples are few")]
        for (place, value) in samples.iter().enumerate().filter(|(place, _)| place % every == 0) {
            let share = (place + 1) as f64 / samples.len() as f64;
            let _ = write!(path, "H{}V{}", number(axis.x(milliseconds(*value))), number(scale.y(share)));
        }
        path + &format!("H{WIDTH}")
    };
    let labels = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (scale.y(share), percent(share)));
    let what = match pair.subject {
        Subject::LastGrade => "Share of students whose last graded submission is at most so long before the deadline.",
        Subject::Stay => "Share of students whose last graded submission is at most so long after their start.",
        _ => "Share of pauses that are at most so long.",
    };
    let lines = [line(&pair.recorded), line(&pair.other)];
    let beyond = pair.recorded.iter().filter(|value| **value > most).count();
    let beyond =
        if beyond == 0 { String::new() } else { format!(" {} longer than shown.", count_of(beyond, "sample")) };
    Drawn { what: what.to_owned() + &beyond, grid: grid(&labels), axis, lines, labels: labels.to_vec() }
}

fn grid(labels: &[(f64, String)]) -> String {
    labels.iter().map(|(y, _)| format!("M0 {}H{WIDTH}", number(*y))).collect()
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
