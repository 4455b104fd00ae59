//! A TOML text → typed values, with every problem of the file at once: file, line, field, what was
//! expected, and a hint.
//!
//! A [`Section`] is one table. Each getter names a field, so the set of known fields is the set of getters
//! called; [`Section::finish`] reports everything else with the nearest known name. Values that are wrong or
//! absent yield their default, so reading goes on and the caller decides at the end with
//! [`Document::verdict`]. This room knows nothing of scenarios or topologies.

pub mod millis;
mod spec;
mod unit;

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml_edit::{Document as Toml, Item, TableLike, Value};

pub use spec::{Kind, Spec, Values};
pub use unit::{duration_text, parse_duration, parse_share, parse_size, share_text, size_text};

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 when the problem is not of one line.
    pub line: usize,
    /// The field as a dotted path, for example `window[2].for`.
    pub field: String,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to write instead, where one can say.
    pub hint: Option<String>,
}

/// All that is wrong with one file.
#[derive(Debug, thiserror::Error)]
pub struct Problems {
    /// The file's name as the user knows it.
    pub file: String,
    /// The problems, in the order of the file.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match problem.line {
                0 => write!(f, "{}: ", self.file)?,
                line => write!(f, "{}:{line}: ", self.file)?,
            }
            if !problem.field.is_empty() {
                write!(f, "{}: ", problem.field)?;
            }
            write!(f, "{}", problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, " (hint: {hint})")?;
            }
        }
        Ok(())
    }
}

/// A parsed file that collects its problems.
pub struct Document {
    file: String,
    toml: Toml<String>,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl Document {
    /// Parses `text`; a syntax error is a problem like any other.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let toml = Toml::parse(text.to_owned()).map_err(|error| Problems {
            file: file.to_owned(),
            list: vec![Problem {
                line: line_of(text, error.span().map_or(0, |span| span.start)),
                field: String::new(),
                message: format!("not valid TOML: {}", error.message().to_lowercase()),
                hint: None,
            }],
        })?;
        Ok(Self { file: file.to_owned(), toml, problems: RefCell::default() })
    }

    /// The file's top level.
    pub fn root(&self) -> Section<'_> {
        Section::new(self, self.toml.as_table(), String::new(), 0)
    }

    /// The value when nothing was wrong, else every problem.
    pub fn verdict<T>(&self, value: T) -> Result<T, Problems> {
        let mut found = self.problems.borrow().clone();
        if found.is_empty() {
            return Ok(value);
        }
        found.sort_by_key(|(offset, _)| *offset);
        Err(Problems { file: self.file.clone(), list: found.into_iter().map(|(_, problem)| problem).collect() })
    }

    fn report(&self, offset: usize, field: String, message: String, hint: Option<String>) {
        let line = line_of(self.toml.raw(), offset);
        self.problems.borrow_mut().push((offset, Problem { line, field, message, hint }));
    }
}

/// One table of a [`Document`].
pub struct Section<'a> {
    document: &'a Document,
    table: &'a dyn TableLike,
    path: String,
    offset: usize,
    known: RefCell<Vec<String>>,
}

impl<'a> Section<'a> {
    fn new(document: &'a Document, table: &'a dyn TableLike, path: String, offset: usize) -> Self {
        Self { document, table, path, offset, known: RefCell::default() }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.read(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// A text that must be there.
    pub fn required_text(&self, key: &str) -> String {
        self.required(key, "a text", self.text(key))
    }

    /// A duration with its unit, for example `30s` or `500ms`.
    pub fn duration(&self, key: &str, allowed: RangeInclusive<Duration>) -> Option<Duration> {
        let expected =
            format!("a duration from {} to {}", duration_text(*allowed.start()), duration_text(*allowed.end()));
        let read = self.read_hinted(key, &expected, "write it with a unit: \"30s\", \"500ms\", \"2m\"", |value| {
            value.as_str().and_then(parse_duration)
        });
        self.within(key, read, &allowed, &expected)
    }

    /// A whole number.
    pub fn whole(&self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        let read = self.read(key, &expected, |value| value.as_integer().and_then(|n| u64::try_from(n).ok()));
        self.within(key, read, &allowed, &expected)
    }

    /// A share between nothing and all, written as a percentage, for example `5%`.
    pub fn share(&self, key: &str) -> Option<f64> {
        self.read_hinted(key, "a percentage from 0% to 100%", "write it as \"5%\"", |value| {
            value.as_str().and_then(parse_share)
        })
    }

    /// A number of bytes with its unit, for example `64MiB`.
    pub fn size(&self, key: &str) -> Option<u64> {
        self.read_hinted(key, "a size", "write it with a unit: \"64MiB\"", |value| value.as_str().and_then(parse_size))
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.read(key, "true or false", Value::as_bool)
    }

    /// One of a table of names.
    pub fn choice<T: Copy>(&self, key: &str, table: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = table.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
            self.unknown_value(key, &text, &names);
        }
        found.map(|(_, value)| *value)
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.read(key, "a list of texts", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    /// Any scalar, as the text a user would write.
    pub fn scalar(&self, key: &str) -> Option<String> {
        self.read(key, "a text, a number, true or false", |value| match value {
            Value::String(text) => Some(text.value().clone()),
            Value::Integer(number) => Some(number.value().to_string()),
            Value::Boolean(flag) => Some(flag.value().to_string()),
            _ => None,
        })
    }

    /// A sub-table.
    pub fn section(&self, key: &str) -> Option<Section<'a>> {
        let item = self.item(key)?;
        let found = item.as_table_like();
        if found.is_none() {
            self.problem(key, "expected a table", Some(&format!("write [{}]", self.field(key))));
        }
        found.map(|table| Section::new(self.document, table, self.field(key), self.offset_of(key)))
    }

    /// Every table of a list of tables (`[[key]]`).
    pub fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(item) = self.item(key) else { return Vec::new() };
        let Some(list) = item.as_array_of_tables() else {
            self.problem(key, "expected a list of tables", Some(&format!("write [[{}]]", self.field(key))));
            return Vec::new();
        };
        let section = |(index, table): (usize, &'a toml_edit::Table)| {
            let offset = table.span().map_or(self.offset, |span| span.start);
            Section::new(self.document, table, format!("{}[{}]", self.field(key), index + 1), offset)
        };
        list.iter().enumerate().map(section).collect()
    }

    /// Every sub-table of a table, with its name.
    pub fn named_sections(&self, key: &str) -> Vec<(String, Section<'a>)> {
        let Some(outer) = self.section(key) else { return Vec::new() };
        let names = outer.keys();
        names.into_iter().filter_map(|name| outer.section(&name).map(|inner| (name, inner))).collect()
    }

    /// The names written in this table.
    pub fn keys(&self) -> Vec<String> {
        self.table.iter().map(|(key, _)| key.to_owned()).collect()
    }

    /// Whether the field is written in the file.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Reports a problem of one field.
    pub fn problem(&self, key: &str, message: &str, hint: Option<&str>) {
        self.document.report(self.offset_of(key), self.field(key), message.to_owned(), hint.map(str::to_owned));
    }

    /// Reports a value that is not in a table of names.
    pub fn unknown_value(&self, key: &str, value: &str, known: &[&str]) {
        let message = format!("unknown value `{value}`; known: {}", known.join(", "));
        self.problem(key, &message, nearest(value, known).map(|name| format!("did you mean `{name}`?")).as_deref());
    }

    /// Reports every field that no getter asked for.
    pub fn finish(self) {
        let known = self.known.borrow();
        let names: Vec<_> = known.iter().map(String::as_str).collect();
        for key in self.keys().iter().filter(|key| !known.contains(key)) {
            let message = format!("unknown field; known here: {}", names.join(", "));
            let hint = nearest(key, &names).map(|name| format!("did you mean `{name}`?"));
            self.problem(key, &message, hint.as_deref());
        }
    }

    /// The value, or a problem that says it is missing.
    pub fn required<T: Default>(&self, key: &str, expected: &str, value: Option<T>) -> T {
        if value.is_none() && !self.has(key) {
            let message = format!("missing; expected {expected}");
            self.document.report(self.offset, self.field(key), message, None);
        }
        value.unwrap_or_default()
    }

    fn item(&self, key: &str) -> Option<&'a Item> {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|name| name == key) {
            known.push(key.to_owned());
        }
        self.table.get(key)
    }

    fn read<T>(&self, key: &str, expected: &str, parse: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.read_inner(key, expected, None, parse)
    }

    fn read_hinted<T>(&self, key: &str, expected: &str, hint: &str, parse: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.read_inner(key, expected, Some(hint), parse)
    }

    fn read_inner<T>(
        &self,
        key: &str,
        expected: &str,
        hint: Option<&str>,
        parse: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let item = self.item(key)?;
        let parsed = item.as_value().and_then(parse);
        if parsed.is_none() {
            let got = item.as_value().map_or_else(|| "a table".to_owned(), |value| value.to_string().trim().to_owned());
            self.problem(key, &format!("expected {expected}, got {got}"), hint);
        }
        parsed
    }

    fn within<T: PartialOrd>(
        &self,
        key: &str,
        value: Option<T>,
        allowed: &RangeInclusive<T>,
        expected: &str,
    ) -> Option<T> {
        let value = value?;
        if allowed.contains(&value) {
            return Some(value);
        }
        self.problem(key, &format!("out of range; expected {expected}"), None);
        None
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn offset_of(&self, key: &str) -> usize {
        let span = |range: Option<Range<usize>>| range.map(|range| range.start);
        let entry = self.table.get_key_value(key);
        entry.and_then(|(key, item)| span(key.span()).or_else(|| span(item.span()))).unwrap_or(self.offset)
    }
}

/// The known name nearest to what was written, when it is near enough to be a slip.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|name| (strsim::damerau_levenshtein(written, name), *name));
    let (distance, name) = scored.min()?;
    let prefix = written.len() >= 3 && name.starts_with(written);
    (distance <= 2.max(written.len() / 3) || prefix).then_some(name)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let document = Document::parse("x.toml", text).expect("valid TOML");
        let root = document.root();
        root.duration("for", Duration::from_secs(1)..=Duration::from_secs(60));
        root.whole("students", 1..=100);
        root.choice("check", &[("tcp", 1), ("status", 2)]);
        root.finish();
        let said = document.verdict(()).map_or_else(|problems| problems.to_string(), |()| "fine".to_owned());
        assert_eq!(said, expected);
    }

    #[test]
    fn every_problem_is_reported_with_its_line() {
        check("for = \"30s\"\nstudents = 5\n", "fine");
        check(
            "for = 30\n\nstudent = 5\ncheck = \"tpc\"",
            "x.toml:1: for: expected a duration from 1s to 1m, got 30 (hint: write it with a unit: \"30s\", \"500ms\", \"2m\")\n\
             x.toml:3: student: unknown field; known here: for, students, check (hint: did you mean `students`?)\n\
             x.toml:4: check: unknown value `tpc`; known: tcp, status (hint: did you mean `tcp`?)",
        );
        check("students = 500", "x.toml:1: students: out of range; expected a whole number from 1 to 100");
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let problems = Document::parse("x.toml", "a = 1\nb = = 2\n").err().expect("a problem");
        assert_eq!(problems.list[0].line, 2);
    }
}
