//! [`Trend`] → bytes, one file per format, listed in [`FORMATS`]. Wording comes from [`words`], as in a report of one run.

mod html;
mod markdown;
pub mod terminal;

use super::json::lines;
use super::{Rendering, shown, words};
use crate::regression::{Course, Place, Trend};

/// Every format.
pub const FORMATS: &[Rendering<Trend>] = &[
    Rendering { name: "terminal", render: |trend| Ok(shown(&terminal::render(trend, terminal::WIDTH))) },
    Rendering { name: "html", render: |trend| Ok(shown(&html::render(trend))) },
    Rendering { name: "markdown", render: |trend| Ok(shown(&markdown::render(trend))) },
    Rendering { name: "json", render: lines },
];

/// Headers of the table of runs.
const TITLES: [&str; 8] = ["Run", "Version", "Verdict", "Error rate", "Failover", "Detected", "p95", "Lost"];

/// What the columns of the table of runs hold, and what marks a run.
fn legend() -> &'static str {
    "Error rate, failover time of pages and time to detect are the largest of the run's windows; p95 (time to a page) and lost \
     answers those of the whole run. ≠: the run was planned otherwise than the newest, in this."
}

/// The places of a trend, each with its courses.
fn places(trend: &Trend) -> Vec<(&Place, Vec<&Course>)> {
    let mut places: Vec<(&Place, Vec<&Course>)> = Vec::new();
    for course in &trend.courses {
        match places.last_mut().filter(|(place, _)| **place == course.place) {
            Some((_, courses)) => courses.push(course),
            None => places.push((&course.place, vec![course])),
        }
    }
    places
}

#[cfg(test)]
mod tests;
