//! A few lines over time in one chart, each with its key and its peak in words.

use maud::html;

use super::axis::{Axis, Scale, polyline};
use super::panel::{Key, Label, Panel, path};

/// Most lines that are told apart.
pub const LINES: usize = 4;

/// A line.
pub struct Line {
    /// Of what it is.
    pub name: String,
    /// The same as the legend says it.
    pub key: String,
    /// Values at moments in milliseconds.
    pub points: Vec<(f64, f64)>,
}

/// What a chart of lines is beside its lines.
pub struct Chart {
    /// The anchor.
    pub id: &'static str,
    /// Anchor of the definition of what it shows.
    pub definition: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What a reader must know to read it.
    pub note: &'static str,
    /// The values from bottom to top.
    pub scale: Scale,
    /// Height in pixels.
    pub height: u32,
    /// Labels at the left edge.
    pub labels: Vec<Label>,
    /// Values further apart than so many milliseconds are not joined.
    pub gap: f64,
}

impl Line {
    /// A line that the legend calls as it is called.
    pub fn new(name: String, points: Vec<(f64, f64)>) -> Self {
        Self { key: name.clone(), name, points }
    }

    /// Its highest value.
    pub fn most(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(0.0, f64::max)
    }
}

/// The chart of `lines`, of which `told` says one in words; none where there is no line.
pub fn panel(axis: &Axis, chart: Chart, lines: &[Line], told: impl Fn(&Line) -> String) -> Option<Panel> {
    let key = |(index, line): (usize, &Line)| Key { class: format!("line l{index}"), text: line.key.clone() };
    (!lines.is_empty()).then(|| Panel {
        id: chart.id.to_owned(),
        definition: chart.definition,
        title: chart.title.to_owned(),
        note: chart.note.to_owned(),
        description: lines.iter().map(told).collect::<Vec<_>>().join(" "),
        height: chart.height,
        labels: chart.labels,
        keys: lines.iter().enumerate().map(key).collect(),
        marks: html! {
            @for (index, line) in lines.iter().enumerate() {
                (path(&format!("line l{index}"), &polyline(axis, &chart.scale, line.points.iter().copied(), chart.gap)))
            }
        },
        texts: html! {},
    })
}
