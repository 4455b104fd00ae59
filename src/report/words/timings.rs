//! What commands of the topology timed on the idle cluster, one place held against the other.

use crate::measure::{TimedPlace, TimedValue, TimingFigures};
use crate::quantity::digits;

/// How many times the least is told of: below, nobody would call it more.
const TOLD: f64 = 1.05;

/// Of each timing a sentence: every value at every place, the least first, and how many times that the others took.
pub fn timing_texts(timings: &[TimingFigures]) -> Vec<String> {
    let text = |timing: &TimingFigures| {
        let values: Vec<_> = timing.values.iter().map(value_text).collect();
        format!("Timed on the idle cluster, {}: {}.", timing.title, values.join("; "))
    };
    timings.iter().map(text).collect()
}

fn value_text(value: &TimedValue) -> String {
    let (what, unit) = value.name.rsplit_once('_').unwrap_or((&value.name, ""));
    let place = |place: &TimedPlace| {
        let times = place.times.filter(|times| *times >= TOLD);
        let times = times.map(|times| format!(" ({} times)", digits(times))).unwrap_or_default();
        format!("{} {unit} at {}{times}", digits(place.value), place.place)
    };
    let places: Vec<_> = value.places.iter().map(place).collect();
    format!("{} {}", what.replace('_', " "), places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_told_with_what_it_took() {
        let place = |place: &str, value, times| TimedPlace { place: place.to_owned(), value, times };
        let value = |name: &str, places| TimedValue { name: name.to_owned(), places };
        let values = vec![
            value("create_ms", vec![place("local", 0.47, None), place("shared", 30.25, Some(64.36))]),
            value("read_again_ms", vec![place("local", 0.02, None), place("shared", 1.6, Some(80.0))]),
        ];
        let title = "a thousand small files, each".to_owned();
        assert_eq!(
            timing_texts(&[TimingFigures { timing: "small_files".to_owned(), title, values }]),
            [
                "Timed on the idle cluster, a thousand small files, each: create 0.47 ms at local, 30.2 ms at shared (64.4 times); \
                 read again 0.020 ms at local, 1.60 ms at shared (80.0 times)."
            ]
        );
    }
}
