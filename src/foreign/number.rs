//! Numbers in JSON that others wrote → the largest of them: a figure that is no figure is found before anything counts with it.

use serde_json::Value;

/// No figure that is stored is larger, whatever its unit: a day in microseconds, or what is in the memory of a large machine.
pub const NUMBER_MAX: f64 = 1e13;

/// The largest number in a value, by its size without its sign. A seed is any number of 64 bits, and no figure.
pub fn largest(value: &Value) -> Option<f64> {
    let most = |all: &mut dyn Iterator<Item = &Value>| all.filter_map(largest).max_by(f64::total_cmp);
    match value {
        Value::Number(number) => number.as_f64().map(f64::abs),
        Value::Array(all) => most(&mut all.iter()),
        Value::Object(all) => most(&mut all.iter().filter(|(name, _)| *name != "seed").map(|(_, value)| value)),
        _ => None,
    }
}

/// Every place of a number in a value; of a list the first two members.
#[cfg(test)]
pub(crate) fn places(value: &Value) -> Vec<String> {
    let below = |name: String, one: &Value| places(one).into_iter().map(move |place| format!("/{name}{place}"));
    match value {
        Value::Number(_) => vec![String::new()],
        Value::Array(all) => {
            all.iter().take(2).enumerate().flat_map(|(place, one)| below(place.to_string(), one)).collect()
        }
        Value::Object(all) => all.iter().flat_map(|(name, one)| below(name.clone(), one)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_seed_is_no_figure() {
        assert_eq!(largest(&json!({ "seed": 9e18, "a": [1, { "b": -7.5 }], "c": "12" })), Some(7.5));
        assert_eq!(largest(&json!({ "c": "12" })), None);
        assert_eq!(places(&json!({ "a": [1, { "b": 2 }, 3], "c": "12" })), ["/a/0", "/a/1/b"]);
    }
}
