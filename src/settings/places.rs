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
