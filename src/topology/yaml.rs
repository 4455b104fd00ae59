//! A YAML text as a tree of nodes with their lines, as compose reads it: anchors are followed, `<<` is merged, a
//! scalar is its text.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::settings::{Problems, Refusal, shown};

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
    if let Some((line, refusal)) = refused(text) {
        return Err(Problems { file: file.to_owned(), list: vec![refusal.at(line, "")] });
    }
    MarkedYaml::load_from_str(text).map_err(|error| {
        let refusal = Refusal::new(format!("not valid YAML: {}", error.info()));
        Problems { file: file.to_owned(), list: vec![refusal.at(error.marker().line(), "")] }
    })
}

/// A mapping or sequence that is open.
struct Open {
    /// Its anchor; 0 where it has none.
    anchor: usize,
    /// Whether what comes next is a key; never in a sequence.
    key: Option<bool>,
}

/// Where `text` goes too deep, stands in itself, or says what programs read differently; none when it never does.
fn refused(text: &str) -> Option<(usize, Refusal)> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        // What is no YAML is told by whoever reads it.
        let (event, span) = event.ok()?;
        let refuse = |message: String| Some((span.start.line(), Refusal::new(message)));
        let node =
            matches!(event, Event::Alias(_) | Event::Scalar(..) | Event::MappingStart(..) | Event::SequenceStart(..));
        let key =
            node && open.last_mut().and_then(|open| open.key.as_mut()).is_some_and(|key| std::mem::replace(key, !*key));
        match &event {
            Event::Scalar(_, _, _, Some(_)) | Event::MappingStart(_, Some(_)) | Event::SequenceStart(_, Some(_)) => {
                return refuse("expected no tag (`!...`)".to_owned());
            }
            Event::Scalar(text, style, ..) if key && (*style != ScalarStyle::Plain || is_name(text)) => {}
            Event::Scalar(text, ..) if key => {
                return refuse(format!("expected a name, got {}; write it in quotes", shown(text, 60)));
            }
            _ if key => return refuse("expected a name".to_owned()),
            Event::Alias(anchor) if open.iter().any(|open| open.anchor == *anchor) => {
                return refuse("an alias of what it stands in; expected no circle".to_owned());
            }
            _ => {}
        }
        match event {
            Event::MappingStart(anchor, _) => open.push(Open { anchor, key: Some(true) }),
            Event::SequenceStart(anchor, _) => open.push(Open { anchor, key: None }),
            Event::MappingEnd | Event::SequenceEnd => drop(open.pop()),
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return refuse(format!("expected at most {DEPTH_MAX} mappings and sequences in each other"));
        }
    }
    None
}

/// Whether every program reads this, without quotes, as a text: some take it for a number or a truth where others do not.
fn is_name(text: &str) -> bool {
    let word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].contains(&text.to_lowercase().as_str());
    text.starts_with(|c: char| c.is_ascii_alphabetic() || "_<$/".contains(c)) && !word
}

/// Every scalar of `text` with its line, as far as it can be read.
pub fn scalars(text: &str) -> Vec<(usize, String)> {
    let events = Parser::new_from_str(text).map_while(Result::ok);
    let scalars = events.filter_map(|(event, span)| match event {
        Event::Scalar(text, ..) => Some((span.start.line(), text.into_owned())),
        _ => None,
    });
    scalars.collect()
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

    /// What is written in this mapping or merged into it, each name once.
    pub fn all(self) -> Vec<Entry<'a>> {
        let (merges, mut all): (Vec<_>, Vec<_>) = self.entries().into_iter().partition(|entry| entry.name == "<<");
        for entry in merges {
            let sources = if entry.node.is_mapping() { vec![entry.node] } else { entry.node.items() };
            for more in sources.into_iter().flat_map(Node::all) {
                if !all.iter().any(|known| known.name == more.name) {
                    all.push(more);
                }
            }
        }
        all
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
