//! Settings declared as data: a name, a kind of value, a default, a sentence of help. Faults and topologies
//! declare theirs this way, so that parsing, `list`, error texts and the reference agree by construction.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Section, parse_duration, parse_share, parse_size};

/// What a setting's value may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of these words.
    Choice(Vec<String>),
    /// A duration with its unit, at least a millisecond.
    Duration,
    /// A whole number from 1.
    Whole,
    /// A percentage.
    Share,
    /// A number of bytes with its unit.
    Size,
}

impl Kind {
    /// One of `words`.
    pub fn choice(words: &[&str]) -> Self {
        Self::Choice(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// What is expected, in the words of an error text.
    pub fn expected(&self) -> String {
        match self {
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Duration => "a duration such as \"2s\" or \"500ms\"".to_owned(),
            Self::Whole => "a whole number from 1".to_owned(),
            Self::Share => "a percentage such as \"90%\"".to_owned(),
            Self::Size => "a size such as \"64MiB\"".to_owned(),
        }
    }

    /// Whether `text` is such a value.
    pub fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Choice(words) => words.iter().any(|word| word == text),
            Self::Duration => parse_duration(text).is_some_and(|span| span >= Duration::from_millis(1)),
            Self::Whole => text.parse::<u32>().is_ok_and(|number| number > 0),
            Self::Share => parse_share(text).is_some(),
            Self::Size => parse_size(text).is_some(),
        }
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The name as written in a file.
    pub name: String,
    /// What its value may be.
    pub kind: Kind,
    /// The value when nothing is written.
    pub default: String,
    /// One sentence on what it does.
    pub help: String,
}

impl Spec {
    /// A setting.
    pub fn new(name: &str, kind: Kind, default: &str, help: &str) -> Self {
        Self { name: name.to_owned(), kind, default: default.to_owned(), help: help.to_owned() }
    }
}

/// The values of declared settings, each as the text a user would write. Made only by checking them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Every setting at its default.
    pub fn defaults(specs: &[Spec]) -> Self {
        Self(specs.iter().map(|spec| (spec.name.clone(), spec.default.clone())).collect())
    }

    /// Reads the settings of `specs` from `section`, which may hold other fields too.
    pub fn read(section: &Section<'_>, specs: &[Spec]) -> Self {
        let mut values = Self::defaults(specs);
        for spec in specs {
            let Some(text) = section.scalar(&spec.name) else { continue };
            if spec.kind.accepts(&text) {
                values.0.insert(spec.name.clone(), text);
            } else if let Kind::Choice(words) = &spec.kind {
                section.unknown_value(&spec.name, &text, &words.iter().map(String::as_str).collect::<Vec<_>>());
            } else {
                section.problem(&spec.name, &format!("expected {}, got `{text}`", spec.kind.expected()), None);
            }
        }
        values
    }

    /// Sets one value by name, as `--set NAME=VALUE` does.
    pub fn set(&mut self, specs: &[Spec], name: &str, text: &str) -> Result<(), String> {
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            let known: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
            return Err(format!("unknown setting `{name}`; known: {}", known.join(", ")));
        };
        if !spec.kind.accepts(text) {
            return Err(format!("setting `{name}`: expected {}, got `{text}`", spec.kind.expected()));
        }
        self.0.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    /// The names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text of a declared setting; empty for one that is not declared.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A share from 0 to 1.
    pub fn share(&self, name: &str) -> f64 {
        parse_share(self.text(name)).unwrap_or_default()
    }

    /// A duration.
    pub fn duration(&self, name: &str) -> Duration {
        parse_duration(self.text(name)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checked_values_get_in() {
        let specs = [Spec::new("check", Kind::choice(&["tcp", "content"]), "content", "how nodes are checked")];
        let mut values = Values::defaults(&specs);
        assert_eq!(values.text("check"), "content");
        assert_eq!(values.set(&specs, "check", "tcp"), Ok(()));
        assert_eq!(values.text("check"), "tcp");
        assert!(values.set(&specs, "check", "udp").is_err_and(|text| text.contains("one of tcp, content")));
        assert!(values.set(&specs, "chek", "tcp").is_err_and(|text| text.contains("known: check")));
    }
}
