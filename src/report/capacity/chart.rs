//! One chart over the number of students: measured points, curves, limits and goals as SVG that stretches with the page, its labels
//! as text beside it, in the dress of a report.

use std::fmt::Write;

use maud::{Markup, html};

use crate::report::html::axis::{Scale, WIDTH, number, round_step};
use crate::report::html::link;

/// Height of a chart in pixels.
pub const HEIGHT: u32 = 150;
/// Labels of the axis of students.
const TICKS: f64 = 8.0;

/// Points or a line of one kind.
#[derive(Debug)]
pub struct Curve {
    /// What it is, for the legend.
    pub name: String,
    /// The class of the line in the style sheet.
    pub class: &'static str,
    /// Students and value, fewest students first.
    pub points: Vec<(f64, f64)>,
    /// Points that are drawn by themselves.
    pub dots: Vec<(f64, f64)>,
}

/// A chart before it is drawn.
#[derive(Debug)]
pub struct Chart {
    /// The anchor.
    pub id: String,
    /// What it shows, with its unit.
    pub title: String,
    /// Anchor of the definition of what it shows.
    pub definition: &'static str,
    /// What one sees in it, in words.
    pub description: String,
    /// From bottom to top.
    pub scale: Scale,
    /// Values at the left edge with their text.
    pub labels: Vec<(f64, String)>,
    /// What is drawn.
    pub curves: Vec<Curve>,
    /// The largest value that meets its goal, and the goal in words.
    pub goal: Option<(f64, String)>,
    /// From the class that holds to the one that fails, each with what it is.
    pub bands: Vec<(f64, f64, String)>,
    /// The largest class that is shown.
    pub most: f64,
}

impl Chart {
    fn x(&self, students: f64) -> f64 {
        (students / self.most.max(1.0) * WIDTH).clamp(0.0, WIDTH)
    }

    fn line(&self, points: &[(f64, f64)]) -> String {
        let mut path = String::new();
        for (students, value) in points {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{} {}", number(self.x(*students)), number(self.scale.y(*value)));
        }
        path
    }

    fn dots(&self, points: &[(f64, f64)]) -> String {
        let dot = |(students, value): &(f64, f64)| {
            format!("M{} {}h0", number(self.x(*students)), number(self.scale.y(*value)))
        };
        points.iter().map(dot).collect()
    }

    /// The chart as a figure.
    pub fn draw(&self) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let grid: String =
            self.labels.iter().map(|(value, _)| format!("M0 {}H{WIDTH}", number(self.scale.y(*value)))).collect();
        let step = round_step(self.most, TICKS);
        let ticks = (0..=(self.most / step).min(20.0) as u32).map(|tick| f64::from(tick) * step);
        html! {
            figure.panel id=(self.id) {
                figcaption {
                    h3 { (link(&self.title, self.definition)) }
                    ul.keys {
                        @for curve in &self.curves { li { i class=(format!("key line {}", curve.class)) {} (curve.name) } }
                        @if let Some((_, goal)) = &self.goal { li { i.key.line.goal {} (goal) } }
                        @if !self.bands.is_empty() { li { i.key.band {} "from the class that holds to the one that fails" } }
                    }
                    p.note { (self.description) }
                }
                div.plot style=(format!("height:{HEIGHT}px")) {
                    svg role="img" aria-labelledby=(format!("{title} {description}"))
                        viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
                        title id=(title) { (self.title) }
                        desc id=(description) { (self.description) }
                        @for (holds, fails, text) in &self.bands {
                            @let (left, right) = (number(self.x(*holds)), number(self.x(*fails)));
                            g { title { (text) }
                                path.shade d=(format!("M{left} 0V{HEIGHT}H{right}V0z")) {}
                                path.edge d=(format!("M{left} 0V{HEIGHT}M{right} 0V{HEIGHT}")) {}
                            }
                        }
                        path.grid d=(grid) {}
                        @if let Some((most, _)) = &self.goal {
                            path.goal d=(format!("M0 {}H{WIDTH}", number(self.scale.y(*most)))) {}
                        }
                        @for curve in &self.curves {
                            @if !curve.points.is_empty() { path class=(format!("line {}", curve.class)) d=(self.line(&curve.points)) {} }
                            @if !curve.dots.is_empty() {
                                // A trial is one of few, and larger than a probe among thousands.
                                path class=(format!("line {}", curve.class)) style="stroke-width:6;stroke-linecap:round;stroke-dasharray:none"
                                    d=(self.dots(&curve.dots)) {}
                            }
                        }
                    }
                    @for (value, text) in &self.labels {
                        span.y title=(text) style=(format!("top:{}px", number(self.scale.y(*value)))) { (text) }
                    }
                }
                div.ticks {
                    @for students in ticks {
                        @let percent = self.x(students) / WIDTH * 100.0;
                        span.last[percent > 97.0] style=(format!("left:{}%", number(percent))) { (number(students)) }
                    }
                }
            }
        }
    }
}
