//! What the topology's commands timed on the idle cluster: one place held against the other.
//!
//! *Times*: a value divided by the least that the same command found at any place. None for the least itself, and where
//! the least is nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::Timed;

/// What one of the topology's commands timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimingFigures {
    /// The topology's name for the timing.
    pub timing: String,
    /// What was timed, in words.
    pub title: String,
    /// What the command printed, by name.
    pub values: Vec<TimedValue>,
}

/// One number that the command printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimedValue {
    /// Its name, which ends in its unit.
    pub name: String,
    /// What it was at each place, the least first.
    pub places: Vec<TimedPlace>,
}

/// One number at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimedPlace {
    /// The topology's name for the place.
    pub place: String,
    /// The number.
    pub value: f64,
    /// How many times the least it is.
    pub times: Option<f64>,
}

/// The figures of each timing, in the order in which they were taken.
pub fn timings(timed: &[Timed]) -> Vec<TimingFigures> {
    let mut figures: Vec<TimingFigures> = Vec::new();
    for one in timed {
        let index = figures.iter().position(|figure| figure.timing == one.timing).unwrap_or_else(|| {
            let (timing, title) = (one.timing.clone(), one.title.clone());
            figures.push(TimingFigures { timing, title, values: Vec::new() });
            figures.len() - 1
        });
        let values = &mut figures[index].values;
        for (name, value) in &one.values {
            let place = TimedPlace { place: one.place.clone(), value: *value, times: None };
            match values.iter_mut().find(|found| found.name == *name) {
                Some(found) => found.places.push(place),
                None => values.push(TimedValue { name: name.clone(), places: vec![place] }),
            }
        }
    }
    for value in figures.iter_mut().flat_map(|figure| &mut figure.values) {
        value.places.sort_by(|one, other| one.value.total_cmp(&other.value));
        let least = value.places.first().map_or(0.0, |place| place.value);
        for place in value.places.iter_mut().filter(|place| least > 0.0 && place.value > least) {
            place.times = Some(place.value / least);
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn places_are_held_against_the_fastest() {
        let timed = |place: &str, values: &[(&str, f64)]| Timed {
            timing: "small_files".to_owned(),
            title: "small files".to_owned(),
            place: place.to_owned(),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<BTreeMap<_, _>>(),
        };
        let shared = timed("shared", &[("create_ms", 30.0), ("stat_ms", 1.5), ("only_here_ms", 2.0)]);
        let figures = timings(&[shared, timed("local", &[("create_ms", 0.5), ("stat_ms", 0.0)])]);
        let [figure] = figures.as_slice() else { panic!("{figures:?}") };
        let found: Vec<_> = figure
            .values
            .iter()
            .map(|value| {
                let places = value.places.iter().map(|place| (place.place.as_str(), place.value, place.times));
                (value.name.as_str(), places.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            found,
            [
                ("create_ms", vec![("local", 0.5, None), ("shared", 30.0, Some(60.0))]),
                ("only_here_ms", vec![("shared", 2.0, None)]),
                ("stat_ms", vec![("local", 0.0, None), ("shared", 1.5, None)]),
            ]
        );
        assert_eq!(timings(&[]), []);
    }
}
