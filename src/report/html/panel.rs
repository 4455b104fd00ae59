//! One chart: an SVG that stretches with the page, its labels as text, its legend, the windows shaded.

use maud::{Markup, PreEscaped, html};

use super::axis::{Axis, Scale, WIDTH, number};
use super::tables::link;
use crate::quantity;

/// A window as every chart shades it.
#[derive(Debug)]
pub struct Shade {
    /// Index of the window.
    pub index: usize,
    /// What to call it.
    pub title: String,
    /// From injection, in milliseconds.
    pub from: f64,
    /// To the first heal step.
    pub to: f64,
    /// To the moment when the cluster was restored.
    pub restored: f64,
    /// Why nothing happened in it: void, or never reached.
    pub empty: Option<&'static str>,
}

/// A label at the left edge.
#[derive(Debug)]
pub struct Label {
    /// Place from the top.
    pub y: f64,
    /// The text.
    pub text: String,
    /// Whether a line runs from it through the chart.
    pub line: bool,
}

/// An entry of the legend.
#[derive(Debug)]
pub struct Key {
    /// The class of the mark in the style sheet.
    pub class: String,
    /// What it stands for.
    pub text: String,
}

/// A chart before it is laid on an axis.
#[derive(Debug)]
pub struct Panel {
    /// The anchor.
    pub id: String,
    /// Anchor of the definition of what it shows; empty where the title says it.
    pub definition: &'static str,
    /// What it shows, with its unit.
    pub title: String,
    /// What a reader must know to read it.
    pub note: String,
    /// What one sees in it, in words.
    pub description: String,
    /// Height in pixels.
    pub height: u32,
    /// Labels at the left edge.
    pub labels: Vec<Label>,
    /// The legend.
    pub keys: Vec<Key>,
    /// The marks, as SVG.
    pub marks: Markup,
    /// Texts over the marks, as HTML.
    pub texts: Markup,
}

/// Longest time that the left edge has room for, in milliseconds.
const TIME_MAX: f64 = 60_000.0;

/// Labels of a logarithmic scale of times in milliseconds, whose top is `top` below that of the chart.
pub fn times(scale: &Scale, top: f64) -> Vec<Label> {
    let label = |value: f64| Label { y: scale.y(value) + top, text: quantity::milliseconds(value), line: true };
    scale.decades().into_iter().filter(|value| *value <= TIME_MAX).map(label).collect()
}

/// A mark of one path with a class of the style sheet.
pub fn path(class: &str, data: &str) -> Markup {
    html! { @if !data.is_empty() { path class=(class) d=(data) {} } }
}

/// The chart on its axis, over the shaded windows.
pub fn draw(panel: &Panel, axis: &Axis, shades: &[Shade]) -> Markup {
    let (title, description) = (format!("{}-title", panel.id), format!("{}-desc", panel.id));
    let lines: String =
        panel.labels.iter().filter(|label| label.line).map(|l| format!("M0 {}H{WIDTH}", number(l.y))).collect();
    html! {
        figure.panel id=(panel.id) {
            figcaption {
                h3 { @if panel.definition.is_empty() { (panel.title) } @else { (link(&panel.title, panel.definition)) } }
                @if !panel.keys.is_empty() {
                    ul.keys { @for key in &panel.keys { li { i class=(format!("key {}", key.class)) {} (key.text) } } }
                }
                @if !panel.note.is_empty() { p.note { (panel.note) } }
            }
            div.plot style=(format!("height:{}px", panel.height)) {
                svg role="img" aria-labelledby=(format!("{title} {description}"))
                    viewBox=(format!("0 0 {WIDTH} {}", panel.height)) preserveAspectRatio="none" {
                    title id=(title) { (panel.title) }
                    desc id=(description) { (panel.description) }
                    @for shade in shades.iter().filter(|shade| axis.overlaps(shade.from, shade.restored)) {
                        (shaded(shade, axis, panel.height))
                    }
                    (path("grid", &verticals(axis, panel.height)))
                    (path("grid", &lines))
                    (panel.marks)
                }
                @for label in &panel.labels {
                    span.y title=(label.text) style=(format!("top:{}px", number(label.y))) { (label.text) }
                }
                (panel.texts)
            }
            // On paper a chart may be far from the axis below the last one.
            div.paper aria-hidden="true" { (ticks(axis)) }
        }
    }
}

/// The time axis with the names of the windows, over all charts. A name may run on until the next window.
pub fn strip(axis: &Axis, shades: &[Shade]) -> Markup {
    let shown: Vec<_> = shades.iter().filter(|shade| axis.overlaps(shade.from, shade.to)).collect();
    let starts = shown.iter().skip(1).map(|shade| shade.from).chain(std::iter::once(axis.end()));
    html! {
        div.strip aria-hidden="true" {
            @if !shown.is_empty() {
                div.plot {
                    @for (shade, next) in shown.iter().zip(starts) {
                        i.fault.empty[shade.empty.is_some()] style=(place(axis, shade.from, shade.to)) {}
                        a.name href=(format!("#window-{}", shade.index + 1)) title=(shade_text(shade)) tabindex="-1"
                            style=(place(axis, shade.from, next.max(shade.to))) {
                            b { (shade.index + 1) } span { " " (shade.title) }
                        }
                    }
                }
            }
            (ticks(axis))
        }
    }
}

/// The labels of the time axis.
pub fn ticks(axis: &Axis) -> Markup {
    html! {
        div.ticks {
            @for (moment, label) in axis.ticks(10.0) {
                @let percent = axis.percent(moment);
                span.last[percent > 97.0] style=(format!("left:{}%", number(percent))) { (label) }
            }
        }
    }
}

/// `left` and `width` of a span of time.
pub fn place(axis: &Axis, from: f64, to: f64) -> String {
    let left = axis.percent(from);
    format!("left:{}%;width:{}%", number(left), number(axis.percent(to) - left))
}

fn shade_text(shade: &Shade) -> String {
    shade.empty.map_or(shade.title.clone(), |why| format!("{} ({why})", shade.title))
}

fn shaded(shade: &Shade, axis: &Axis, height: u32) -> Markup {
    let (left, right, restored) = (axis.x(shade.from), axis.x(shade.to), axis.x(shade.restored));
    let rectangle = |from: f64, to: f64| format!("M{} 0V{height}H{}V0z", number(from), number(to));
    let edges = format!("M{} 0V{height}M{} 0V{height}", number(left), number(right));
    html! {
        g {
            title { (shade_text(shade)) }
            @if shade.empty.is_none() {
                path.shade d=(rectangle(left, right)) {}
                @if restored > right { path.healing d=(rectangle(right, restored)) {} }
            }
            path.edge.empty[shade.empty.is_some()] d=(PreEscaped(edges)) {}
        }
    }
}

fn verticals(axis: &Axis, height: u32) -> String {
    axis.ticks(10.0).iter().map(|(moment, _)| format!("M{} 0V{height}", number(axis.x(*moment)))).collect()
}
