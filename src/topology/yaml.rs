//! A YAML text as a tree of nodes with their lines, as compose reads it: anchors are followed, `<<` is merged, a
//! scalar is its text.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use saphyr_parser::{Event, Parser};

use crate::settings::{Problems, Refusal};

/// One node.
#[derive(Clone, Copy)]
pub struct Node<'a>(&'a MarkedYaml<'a>);

/// One entry of a mapping.
pub struct Entry<'a> {
    /// Its key.
    pub name: &'a str,
    /// The key's line.
    pub line: usize,
    /// Its value.
    pub node: Node<'a>,
}

/// How deep mappings and sequences may stand in each other. Whoever reads them goes as deep.
const DEPTH_MAX: usize = 64;

/// The documents of `text`; a syntax error is a problem of `file`.
pub fn parse<'a>(file: &str, text: &'a str) -> Result<Vec<MarkedYaml<'a>>, Problems> {
    if let Some((line, refusal)) = endless(text) {
        return Err(Problems { file: file.to_owned(), list: vec![refusal.at(line, "")] });
    }
    MarkedYaml::load_from_str(text).map_err(|error| {
        let refusal = Refusal::new(format!("not valid YAML: {}", error.info()));
        Problems { file: file.to_owned(), list: vec![refusal.at(error.marker().line(), "")] }
    })
}

/// Where `text` goes too deep, or stands in itself; none when it never does.
fn endless(text: &str) -> Option<(usize, Refusal)> {
    // The anchor of each mapping and sequence that is open; 0 where it has none.
    let mut open: Vec<usize> = Vec::new();
    for event in Parser::new_from_str(text) {
        // What is no YAML is told by whoever reads it.
        let (event, span) = event.ok()?;
        match event {
            Event::MappingStart(anchor, ..) | Event::SequenceStart(anchor, ..) => open.push(anchor),
            Event::MappingEnd | Event::SequenceEnd => drop(open.pop()),
            Event::Alias(anchor) if open.contains(&anchor) => {
                let refusal = Refusal::new("an alias of what it stands in; expected no circle");
                return Some((span.start.line(), refusal));
            }
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            let refusal = Refusal::new(format!("expected at most {DEPTH_MAX} mappings and sequences in each other"));
            return Some((span.start.line(), refusal));
        }
    }
    None
}

impl<'a> Node<'a> {
    /// The top of a document.
    pub fn new(document: &'a MarkedYaml<'a>) -> Self {
        Self(document)
    }

    /// The value of `name` in this mapping, or in one that is merged into it.
    pub fn get(self, name: &str) -> Option<Node<'a>> {
        self.entry(name).map(|entry| entry.node)
    }

    /// The entry `name` of this mapping, or of one that is merged into it.
    pub fn entry(self, name: &str) -> Option<Entry<'a>> {
        let entries = self.entries();
        let merged = |entry: &Entry<'a>| {
            let sources = if entry.node.is_mapping() { vec![entry.node] } else { entry.node.items() };
            sources.into_iter().find_map(|source| source.entry(name))
        };
        let found = entries.iter().filter(|entry| entry.name == "<<").find_map(merged);
        entries.into_iter().find(|entry| entry.name == name).or(found)
    }

    /// What is written in this mapping itself, in order.
    pub fn entries(self) -> Vec<Entry<'a>> {
        let YamlData::Mapping(mapping) = self.data() else { return Vec::new() };
        let entry = |(key, value): (&'a MarkedYaml<'a>, &'a MarkedYaml<'a>)| match &key.data {
            YamlData::Value(Scalar::String(name)) => {
                Some(Entry { name: name.as_ref(), line: key.span.start.line(), node: Node(value) })
            }
            _ => None,
        };
        mapping.iter().filter_map(entry).collect()
    }

    /// The items of a sequence.
    pub fn items(self) -> Vec<Node<'a>> {
        let YamlData::Sequence(items) = self.data() else { return Vec::new() };
        items.iter().map(Node).collect()
    }

    /// Whether this is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.data(), YamlData::Mapping(_))
    }

    /// Whether nothing is written.
    pub fn is_null(self) -> bool {
        matches!(self.data(), YamlData::Value(Scalar::Null))
    }

    /// The text of a scalar.
    pub fn text(self) -> Option<String> {
        match self.data() {
            YamlData::Value(Scalar::String(text)) => Some(text.clone().into_owned()),
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// Its line.
    pub fn line(self) -> usize {
        self.0.span.start.line()
    }

    fn data(self) -> &'a YamlData<'a, MarkedYaml<'a>> {
        match &self.0.data {
            YamlData::Tagged(_, inner) => &inner.data,
            data => data,
        }
    }
}
