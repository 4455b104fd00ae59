//! One table of a document, read field by field.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml_edit::{Item, Table, TableLike, Value};

use super::problem::nearest;
use super::{Document, Refusal, duration_text, parse_duration, parse_share, parse_size, shown, size_text};

/// Longest value that a message repeats.
const GOT_MAX: usize = 60;
/// Most texts in a list.
const TEXTS_MAX: usize = 1000;
/// Most tables of one kind.
const TABLES_MAX: usize = 256;

/// One table of a [`Document`].
pub struct Section<'a> {
    document: &'a Document,
    table: &'a dyn TableLike,
    path: String,
    known: RefCell<Vec<String>>,
}

impl<'a> Section<'a> {
    pub(super) fn new(document: &'a Document, table: &'a dyn TableLike, path: String) -> Self {
        Self { document, table, path, known: RefCell::default() }
    }

    /// A text of one line, and not of nothing.
    pub fn text(&self, key: &str) -> Option<String> {
        let text = self.read(key, "a text", None, |value| value.as_str().map(str::to_owned))?;
        self.one_line(key, text)
    }

    /// A text that must be there.
    pub fn required_text(&self, key: &str) -> String {
        self.required(key, "a text", self.text(key))
    }

    fn one_line(&self, key: &str, text: String) -> Option<String> {
        let why = match text.chars().find(|letter| letter.is_control()) {
            _ if text.is_empty() => "empty; expected a text".to_owned(),
            Some(letter) => format!("expected a text on one line, got {} in it", letter.escape_default()),
            None => return Some(text),
        };
        self.refuse(key, Refusal::new(why));
        None
    }

    /// A duration with its unit, for example `30s` or `500ms`.
    pub fn duration(&self, key: &str, allowed: RangeInclusive<Duration>) -> Option<Duration> {
        let expected =
            format!("a duration from {} to {}", duration_text(*allowed.start()), duration_text(*allowed.end()));
        let written = self.table.get(key).and_then(Item::as_str);
        let hint = match written.map(humantime::parse_duration) {
            Some(Ok(_)) => "no less than a millisecond counts",
            _ => "write it with a unit: \"30s\", \"500ms\", \"2m\"",
        };
        let read = self.read(key, &expected, Some(hint), |value| value.as_str().and_then(parse_duration));
        self.within(key, read, &allowed, &expected)
    }

    /// A whole number.
    pub fn whole(&self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        let read = self.read(key, &expected, None, |value| value.as_integer().and_then(|n| u64::try_from(n).ok()));
        self.within(key, read, &allowed, &expected)
    }

    /// A number that need not be whole.
    pub fn number(&self, key: &str, allowed: RangeInclusive<f64>) -> Option<f64> {
        let expected = format!("a number from {} to {}", allowed.start(), allowed.end());
        #[allow(clippy::cast_precision_loss, reason = "what is allowed is far smaller")]
        let of = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
        let read = self.read(key, &expected, None, of);
        self.within(key, read, &allowed, &expected)
    }

    /// A share between nothing and all, written as a percentage, for example `5%`.
    pub fn share(&self, key: &str) -> Option<f64> {
        self.read(key, "a percentage from 0% to 100%", Some("write it as \"5%\""), |value| {
            value.as_str().and_then(parse_share)
        })
    }

    /// A number of bytes with its unit, for example `64MiB`.
    pub fn size(&self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a size from {} to {}", size_text(*allowed.start()), size_text(*allowed.end()));
        let hint = "write it as \"64MiB\"";
        let read = self.read(key, &expected, Some(hint), |value| value.as_str().and_then(parse_size));
        self.within(key, read, &allowed, &expected)
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.read(key, "true or false", None, Value::as_bool)
    }

    /// One of a table of names.
    pub fn choice<T: Copy>(&self, key: &str, table: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = table.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
            self.refuse(key, Refusal::unknown("value", &text, &names));
        }
        found.map(|(_, value)| *value)
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        let texts: Vec<String> = self.read(key, "a list of texts", None, |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })?;
        self.few(key, "texts", texts.len(), TEXTS_MAX).then_some(texts)
    }

    /// A list of texts of one line, none of which is nothing.
    pub fn lines(&self, key: &str) -> Option<Vec<String>> {
        let texts = self.texts(key)?;
        texts.into_iter().map(|text| self.one_line(key, text)).collect()
    }

    /// Any scalar, as the text a user would write.
    pub fn scalar(&self, key: &str) -> Option<String> {
        let text = self.read(key, "a text, a number, true or false", None, |value| match value {
            Value::String(text) => Some(text.value().clone()),
            Value::Integer(number) => Some(number.value().to_string()),
            Value::Boolean(flag) => Some(flag.value().to_string()),
            _ => None,
        })?;
        self.one_line(key, text)
    }

    /// A sub-table.
    pub fn section(&self, key: &str) -> Option<Section<'a>> {
        let item = self.item(key)?;
        let found = item.as_table_like();
        if found.is_none() {
            let refusal = Refusal::new(format!("expected a table, got {}", got(item)));
            self.refuse(key, refusal.hinted(format!("write [{}]", self.field(key))));
        }
        found.map(|table| Section::new(self.document, table, self.field(key)))
    }

    /// Every table of a list of tables (`[[key]]`).
    pub fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(item) = self.item(key) else { return Vec::new() };
        let Some(list) = item.as_array_of_tables() else {
            let refusal = Refusal::new(format!("expected a list of tables, got {}", got(item)));
            self.refuse(key, refusal.hinted(format!("write [[{}]]", self.field(key))));
            return Vec::new();
        };
        if !self.few(key, "tables", list.len(), TABLES_MAX) {
            return Vec::new();
        }
        let section = |(index, table): (usize, &'a Table)| {
            Section::new(self.document, table, format!("{}[{}]", self.field(key), index + 1))
        };
        list.iter().enumerate().map(section).collect()
    }

    /// Every sub-table of a table, with its name.
    pub fn named_sections(&self, key: &str) -> Vec<(String, Section<'a>)> {
        let Some(outer) = self.section(key) else { return Vec::new() };
        let names = outer.keys();
        if !self.few(key, "tables", names.len(), TABLES_MAX) {
            return Vec::new();
        }
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

    /// Whether nothing was reported of the field: what follows from its value can be judged.
    pub fn sound(&self, key: &str) -> bool {
        self.document.sound(&self.field(key))
    }

    /// Reports a problem of one field.
    pub fn refuse(&self, key: &str, refusal: Refusal) {
        self.document.problem(&self.field(key), refusal);
    }

    /// Reports every field that no getter asked for.
    pub fn finish(&self) {
        let known = self.known.borrow();
        let names: Vec<_> = known.iter().map(String::as_str).collect();
        for key in self.keys().iter().filter(|key| !known.contains(key)) {
            let meant = nearest(key, &names);
            let refusal = Refusal {
                message: format!("unknown field; known here: {}", names.join(", ")),
                hint: meant.map(|name| format!("did you mean `{name}`?")),
            };
            let missing = meant.filter(|name| !self.has(name)).map(|name| self.field(name));
            self.document.unknown_field(&self.field(key), refusal, missing);
        }
    }

    /// The value, or a problem that says it is missing.
    pub fn required<T: Default>(&self, key: &str, expected: &str, value: Option<T>) -> T {
        if value.is_none() && !self.has(key) {
            self.refuse(key, Refusal::new(format!("missing; expected {expected}")));
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

    pub(super) fn read<T>(
        &self,
        key: &str,
        expected: &str,
        hint: Option<&str>,
        parse: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let item = self.item(key)?;
        let parsed = item.as_value().and_then(parse);
        if parsed.is_none() {
            let message = format!("expected {expected}, got {}", got(item));
            self.refuse(key, Refusal { message, hint: hint.map(str::to_owned) });
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
        let got = self.table.get(key).map(got).unwrap_or_default();
        self.refuse(key, Refusal::new(format!("out of range; expected {expected}, got {got}")));
        None
    }

    /// Whether there are not too many; else that is reported.
    pub(super) fn few(&self, key: &str, what: &str, count: usize, most: usize) -> bool {
        if count > most {
            self.refuse(key, Refusal::new(format!("expected at most {most} {what}, got {count}")));
        }
        count <= most
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// What is written, on one line.
fn got(item: &Item) -> String {
    let Some(value) = item.as_value() else { return "a table".to_owned() };
    shown(&value.to_string().split_whitespace().collect::<Vec<_>>().join(" "), GOT_MAX)
}
