//! Where each field of a document stands, for messages that are made after it was read.

use std::collections::BTreeMap;

use toml_edit::{Item, Table, TableLike};

/// The line of every field of a document, by its path: `window[2].for`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, usize>);

impl Places {
    pub(super) fn new(text: &str, root: &Table) -> Self {
        let mut places = Self::default();
        places.walk(&Lines::new(text), root, "");
        places
    }

    /// The line of `field`, or of the table that it would stand in; 0 for a field that is not written at the top.
    pub fn line(&self, field: &str) -> usize {
        let line = self.0.get(field).copied();
        line.unwrap_or_else(|| field.rsplit_once('.').map_or(0, |(table, _)| self.line(table)))
    }

    fn walk(&mut self, lines: &Lines, table: &dyn TableLike, path: &str) {
        for (name, item) in table.iter() {
            let field = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let key = table.get_key_value(name).and_then(|(key, _)| key.span());
            if let Some(span) = key.or_else(|| item.span()) {
                self.0.insert(field.clone(), lines.at(span.start));
            }
            if let Item::ArrayOfTables(list) = item {
                for (index, inner) in list.iter().enumerate() {
                    let field = format!("{field}[{}]", index + 1);
                    if let Some(span) = inner.span() {
                        self.0.insert(field.clone(), lines.at(span.start));
                    }
                    self.walk(lines, inner, &field);
                }
            } else if let Some(inner) = item.as_table_like() {
                self.walk(lines, inner, &field);
            }
        }
    }
}

/// The field that is written at the byte `place` of a text that cannot be parsed, as far as its lines show it; else nothing.
pub(super) fn written_at(text: &str, place: usize) -> String {
    let before = text.get(..place).unwrap_or_default();
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text[begin..].lines().next().unwrap_or_default();
    let is_name = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let Some(key) = line.split_once('=').map(|(key, _)| key.trim()).filter(|key| is_name(key)) else {
        return String::new();
    };
    let inner = |line: &str, [open, close]: [&str; 2]| {
        let line = line.split_once(" #").map_or(line, |(line, _)| line);
        let name = line.trim().strip_prefix(open)?.strip_suffix(close)?.trim();
        is_name(name).then(|| name.to_owned())
    };
    let mut lists = BTreeMap::new();
    let mut table = String::new();
    for line in before[..begin].lines() {
        if let Some(name) = inner(line, ["[[", "]]"]) {
            let count = lists.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            table = format!("{name}[{count}].");
        } else if let Some(name) = inner(line, ["[", "]"]) {
            table = format!("{name}.");
        }
    }
    format!("{table}{key}")
}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(end, _)| end + 1).collect())
    }

    /// The line that the byte `offset` is in, from 1.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|begin| *begin <= offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_cannot_be_parsed_is_named_all_the_same() {
        let text = "a = 1\n[class] # mine\nb = [\n[\"x\"],\n[\"x\"]\n]\nstudents = y\n[[window]]\nfor = 1\n[[window]]\nfor = 2\n\"é\" = 3\n";
        let named = |part: &str| written_at(text, text.find(part).unwrap());
        assert_eq!([named("= 1"), named("y"), named("= 2")], ["a", "class.students", "window[2].for"]);
        assert_eq!([named("[class"), named("= 3"), written_at(text, text.len()), written_at("", 9)], [""; 4]);
    }
}
