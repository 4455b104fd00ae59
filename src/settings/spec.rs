//! Settings declared as data: a name, a kind of value, a default, a sentence of help. Faults and topologies
//! declare theirs this way, so that parsing, `list`, error texts and the reference agree by construction.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Refusal, Section, parse_duration, parse_share, parse_size, shown, suggestion};

/// Longest value that a message repeats.
const GOT_MAX: usize = 60;

/// Whoever is not the target.
pub const EVERYONE: &str = "everyone";

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
    /// A service, a role, or [`EVERYONE`]; whether there is such a one is for the plan to say.
    Peer,
}

impl Kind {
    /// One of `words`.
    pub fn choice(words: &[&str]) -> Self {
        Self::Choice(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// What is expected, in the words of an error text.
    fn expected(&self) -> String {
        match self {
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Duration => "a duration such as \"2s\" or \"500ms\"".to_owned(),
            Self::Whole => "a whole number from 1".to_owned(),
            Self::Share => "a percentage such as \"90%\"".to_owned(),
            Self::Size => "a size such as \"64MiB\"".to_owned(),
            Self::Peer => "a service, a role, or everyone".to_owned(),
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Choice(_) => "a word",
            Self::Duration => "a duration",
            Self::Whole => "a whole number",
            Self::Share => "a percentage",
            Self::Size => "a size",
            Self::Peer => "a service or a role",
        }
    }

    /// Such a value as a number that can be compared; none for anything else. A word is its place.
    fn measure(&self, text: &str) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "compared with bounds that a user writes")]
        match self {
            Self::Choice(words) => words.iter().position(|word| word == text).map(|place| place as f64),
            Self::Duration => {
                parse_duration(text).filter(|span| *span >= Duration::from_millis(1)).map(|span| span.as_secs_f64())
            }
            Self::Whole => whole(text).filter(|number| *number > 0).map(f64::from),
            Self::Share => parse_share(text),
            Self::Size => parse_size(text).map(|bytes| bytes as f64),
            Self::Peer => (!text.is_empty()).then_some(0.0),
        }
    }
}

/// A number of digits alone: components that read it know no sign.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
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
    /// The smallest value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The largest value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

impl Spec {
    /// A setting.
    pub fn new(name: &str, kind: Kind, default: &str, help: &str) -> Self {
        Self { name: name.to_owned(), kind, default: default.to_owned(), help: help.to_owned(), min: None, max: None }
    }

    /// The same with a smallest and a largest value.
    #[must_use]
    pub fn within(self, min: &str, max: &str) -> Self {
        Self { min: Some(min.to_owned()), max: Some(max.to_owned()), ..self }
    }

    /// What is expected, in the words of an error text.
    pub fn expected(&self) -> String {
        let least = if self.kind == Kind::Whole { Some("1") } else { None };
        let (noun, min) = (self.kind.noun(), self.min.as_deref().or(least));
        match (min, self.max.as_deref()) {
            (Some(min), Some(max)) => format!("{noun} from {min} to {max}"),
            (Some(min), None) => format!("{noun} from {min}"),
            (None, Some(max)) => format!("{noun} up to {max}"),
            (None, None) => self.kind.expected(),
        }
    }

    /// Refuses a text that is no value of this setting.
    pub fn check(&self, text: &str) -> Result<(), Refusal> {
        let bound = |bound: &Option<String>| bound.as_deref().and_then(|bound| self.kind.measure(bound));
        let (min, max) = (bound(&self.min), bound(&self.max));
        let fits = |found: f64| min.is_none_or(|min| found >= min) && max.is_none_or(|max| found <= max);
        if self.kind.measure(text).is_some_and(fits) {
            return Ok(());
        }
        let words: Vec<_> = match &self.kind {
            Kind::Choice(words) => words.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let message = format!("expected {}, got `{}`", self.expected(), shown(text, GOT_MAX));
        Err(Refusal { message, hint: suggestion(text, &words) })
    }
}

/// The values of declared settings, each as the text a user would write. Made only by checking them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
            match spec.check(&text) {
                Ok(()) => drop(values.0.insert(spec.name.clone(), text)),
                Err(refusal) => section.refuse(&spec.name, refusal),
            }
        }
        values
    }

    /// Sets one value by name, as `--set NAME=VALUE` does.
    pub fn set(&mut self, specs: &[Spec], name: &str, text: &str) -> Result<(), Refusal> {
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            let known: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
            return Err(Refusal::unknown("setting", name, &known));
        };
        spec.check(text)?;
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

    /// The value of `spec` in one unit for every reader: components know fewer ways to write a duration than users do.
    pub fn plain(&self, spec: &Spec) -> String {
        match spec.kind {
            Kind::Duration => format!("{}ms", self.duration(&spec.name).as_millis()),
            _ => self.text(&spec.name).to_owned(),
        }
    }

    /// A share from 0 to 1.
    pub fn share(&self, name: &str) -> f64 {
        parse_share(self.text(name)).unwrap_or_default()
    }

    /// A whole number.
    pub fn whole(&self, name: &str) -> u32 {
        whole(self.text(name)).unwrap_or_default()
    }

    /// A number of bytes.
    pub fn size(&self, name: &str) -> u64 {
        parse_size(self.text(name)).unwrap_or_default()
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
        let refused = |name, text| Values::default().set(&specs, name, text).expect_err("refused").to_string();
        assert_eq!(refused("check", "tpc"), "expected one of tcp, content, got `tpc` (hint: did you mean `tcp`?)");
        assert_eq!(refused("chek", "tcp"), "unknown setting `chek`; known: check (hint: did you mean `check`?)");
    }

    #[test]
    fn a_range_is_of_the_kind_of_the_setting() {
        let check = |kind: Kind, (min, max): (&str, &str), (fits, fails): (&[&str], &[&str]), expected: &str| {
            let spec = Spec::new("x", kind, min, "help").within(min, max);
            fits.iter().for_each(|text| assert_eq!(spec.check(text), Ok(()), "{text}"));
            fails.iter().for_each(|text| assert!(spec.check(text).is_err(), "{text}"));
            assert_eq!(spec.expected(), expected);
        };
        check(
            Kind::Duration,
            ("100ms", "1m"),
            (&["100ms", "60s"], &["99ms", "61s", "1ns", "5"]),
            "a duration from 100ms to 1m",
        );
        check(Kind::Whole, ("1", "32"), (&["1", "32"], &["0", "33", "100000", "x"]), "a whole number from 1 to 32");
        check(Kind::Share, ("1%", "100%"), (&["1%", "100%"], &["0%", "101%"]), "a percentage from 1% to 100%");
        check(Kind::Size, ("1MiB", "1GiB"), (&["1024KiB"], &["2GiB", "9"]), "a size from 1MiB to 1GiB");
        assert_eq!(Spec::new("x", Kind::Whole, "1", "help").expected(), "a whole number from 1");
    }
}
