//! Lists of durations, shares and whole numbers in a table → values, the first wrong entry of each reported; and a text → as
//! TOML has it.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml_edit::Value;

use super::section::Section;
use super::{Refusal, duration_text, parse_duration, parse_share, shown};

/// Most entries of a list of values.
const ENTRIES_MAX: usize = 2000;
/// Longest entry that a message repeats.
const GOT_MAX: usize = 60;

/// `text` as a TOML file has it, quotes included.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string().trim().to_owned()
}

impl Section<'_> {
    /// A list of durations with their units.
    pub fn durations(&self, key: &str, allowed: RangeInclusive<Duration>) -> Option<Vec<Duration>> {
        let expected =
            format!("a duration from {} to {}", duration_text(*allowed.start()), duration_text(*allowed.end()));
        self.entries(key, "a list of durations", &expected, |entry| {
            entry.as_str().and_then(parse_duration).filter(|span| allowed.contains(span))
        })
    }

    /// A list of percentages, as shares from 0 to 1.
    pub fn shares(&self, key: &str) -> Option<Vec<f64>> {
        self.entries(key, "a list of percentages", "a percentage from 0% to 100%", |entry| {
            entry.as_str().and_then(parse_share)
        })
    }

    /// A list of whole numbers.
    pub fn wholes(&self, key: &str, allowed: RangeInclusive<u32>) -> Option<Vec<u32>> {
        let expected = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        self.entries(key, "a list of whole numbers", &expected, |entry| {
            entry.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| allowed.contains(number))
        })
    }

    fn entries<T>(&self, key: &str, list: &str, expected: &str, parse: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        let values: Vec<Result<T, String>> = self.read(key, list, None, |value| {
            let got = |entry: &Value| shown(entry.to_string().trim(), GOT_MAX);
            Some(value.as_array()?.iter().map(|entry| parse(entry).ok_or_else(|| got(entry))).collect())
        })?;
        if !self.few(key, "entries", values.len(), ENTRIES_MAX) {
            return None;
        }
        let wrong = values.iter().enumerate().find_map(|(place, value)| Some((place + 1, value.as_ref().err()?)));
        if let Some((place, got)) = wrong {
            self.refuse(key, Refusal::new(format!("entry {place}: expected {expected}, got {got}")));
            return None;
        }
        Some(values.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    #[test]
    fn the_first_wrong_entry_is_named() {
        let document =
            Document::parse("x.toml", "a = [\"1s\", 2]\nb = [\"5%\", \"120%\"]\nc = [1, -1]\nd = 1\n").unwrap();
        let root = document.root();
        let second = Duration::from_secs(1);
        assert_eq!(root.durations("a", Duration::ZERO..=second), None);
        assert_eq!(root.shares("b"), None);
        assert_eq!(root.wholes("c", 0..=9), None);
        assert_eq!(root.shares("d"), None);
        let said = document.verdict(()).unwrap_err().to_string();
        let expected = "x.toml:1: a: entry 2: expected a duration from 0s to 1s, got 2\n\
                        x.toml:2: b: entry 2: expected a percentage from 0% to 100%, got \"120%\"\n\
                        x.toml:3: c: entry 2: expected a whole number from 0 to 9, got -1\n\
                        x.toml:4: d: expected a list of percentages, got 1";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_text_is_written_as_it_is_read() {
        for text in ["plain", "a \"quoted\" \\ one", "line\nline", "tab\t\u{1}é"] {
            let document = Document::parse("x.toml", &format!("a = {}\n", quoted(text))).unwrap();
            let read = document.root().read("a", "a text", None, |value| value.as_str().map(str::to_owned));
            assert_eq!(read.as_deref(), Some(text));
        }
    }
}
