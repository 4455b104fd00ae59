//! What commands of the topology timed on the idle cluster, one place held against the other.

use std::collections::BTreeMap;

use crate::history::Timed;

/// Of each measure a sentence: every value at every place, the least first, and how many times that the others took.
pub fn timed_texts(timed: &[Timed]) -> Vec<String> {
    let mut measures: BTreeMap<&str, Vec<&Timed>> = BTreeMap::new();
    for one in timed {
        measures.entry(&one.measure).or_default().push(one);
    }
    measures.into_values().filter_map(|places| text(&places)).collect()
}

fn text(places: &[&Timed]) -> Option<String> {
    let first = places.first()?;
    let values = first.values.keys().map(|name| {
        let mut found: Vec<_> =
            places.iter().filter_map(|one| Some((*one.values.get(name)?, one.place.as_str()))).collect();
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        let least = found.first().map_or(0.0, |(value, _)| *value);
        let (what, unit) = name.rsplit_once('_').unwrap_or((name, ""));
        let each = found.iter().map(|(value, place)| {
            let times = if *value > least && least > 0.0 {
                format!(" ({} times)", short(value / least))
            } else {
                String::new()
            };
            format!("{} {unit} at {place}{times}", short(*value))
        });
        format!("{} {}", what.replace('_', " "), each.collect::<Vec<_>>().join(", "))
    });
    Some(format!("Timed on the idle cluster, {}: {}.", first.title, values.collect::<Vec<_>>().join("; ")))
}

/// Three digits, or all before the point: `0.021`, `1.82`, `30.3`, `1520`.
fn short(value: f64) -> String {
    let places = match value.abs() {
        tiny if tiny < 0.1 => 3,
        small if small < 10.0 => 2,
        middle if middle < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_held_against_the_fastest() {
        let timed = |place: &str, create: f64, stat: f64| Timed {
            measure: "small_files".to_owned(),
            title: "a thousand small files, each".to_owned(),
            place: place.to_owned(),
            values: BTreeMap::from([("create_ms".to_owned(), create), ("read_again_ms".to_owned(), stat)]),
        };
        assert_eq!(
            timed_texts(&[timed("shared", 30.25, 1.6), timed("local", 0.47, 0.02)]),
            [
                "Timed on the idle cluster, a thousand small files, each: create 0.47 ms at local, 30.2 ms at shared (64.4 times); \
                 read again 0.020 ms at local, 1.60 ms at shared (80.0 times)."
            ]
        );
        assert_eq!(timed_texts(&[]), Vec::<String>::new());
    }
}
