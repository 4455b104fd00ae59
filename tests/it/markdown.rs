//! Markdown as GitHub and GitLab read it: what somebody who looks at the page sees.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What we write in HTML; anything else would have come from what somebody else said.
const HTML: [&str; 3] = ["<br>", "<details><summary>How this was measured</summary>", "</details>"];

/// What stands on a page.
#[derive(Debug, Default)]
pub struct Page {
    /// Headings.
    pub headings: Vec<String>,
    /// What is said loudest.
    pub strong: Vec<String>,
    /// Tables: the head and the rows. Lines of a cell are divided by spaces.
    pub tables: Vec<Vec<Vec<String>>>,
    /// Items of lists, with how deep they are.
    pub items: Vec<(usize, String)>,
    /// All text.
    pub text: String,
}

impl Page {
    /// Reads `source`, which is called `what`. Fails where a row has other cells than its table's head, and at a link, a
    /// picture, a block of code, a text that is struck through and a tag that is not ours.
    pub fn read(what: &str, source: &str) -> Self {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        let mut page = Self::default();
        let mut open: Vec<Tag> = Vec::new();
        // Of the items that are open, where they are in the page's.
        let mut items = Vec::new();
        for (event, place) in Parser::new_ext(source, options).into_offset_iter() {
            let here = &source[place];
            match event {
                Event::Start(tag) => {
                    page.start(&tag, items.len());
                    match tag {
                        Tag::Item => items.push(page.items.len() - 1),
                        // What is read of a row is as wide as the head, whatever was written.
                        Tag::TableRow => assert_eq!(cells(here), page.width(), "{what}: `{here}`"),
                        Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::Strikethrough => {
                            panic!("{what}: {tag:?}: `{here}`")
                        }
                        _ => {}
                    }
                    open.push(tag);
                }
                Event::End(end) => {
                    open.pop();
                    if end == TagEnd::Item {
                        items.pop();
                    }
                }
                Event::Text(text) | Event::Code(text) => page.say(&text, &open, items.last()),
                Event::SoftBreak | Event::HardBreak => page.say(" ", &open, items.last()),
                Event::Html(tag) | Event::InlineHtml(tag) => {
                    assert!(HTML.contains(&tag.trim_end()), "{what}: `{tag}`");
                    page.say(" ", &open, items.last());
                }
                Event::Rule => {}
                event => panic!("{what}: {event:?}: `{here}`"),
            }
        }
        page
    }

    /// The items of lists that are in no other item, each with all that is in it.
    pub fn entries(&self) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for (deep, text) in &self.items {
            match entries.last_mut().filter(|_| *deep > 0) {
                Some(entry) => entry.extend([" ", text]),
                None => entries.push(text.clone()),
            }
        }
        entries
    }

    fn start(&mut self, tag: &Tag, deep: usize) {
        match tag {
            Tag::Heading { .. } => self.headings.push(String::new()),
            Tag::Strong => self.strong.push(String::new()),
            Tag::Item => self.items.push((deep, String::new())),
            Tag::Table(_) => self.tables.push(Vec::new()),
            Tag::TableHead | Tag::TableRow => self.tables.last_mut().unwrap().push(Vec::new()),
            Tag::TableCell => self.tables.last_mut().unwrap().last_mut().unwrap().push(String::new()),
            _ => {}
        }
    }

    fn say(&mut self, text: &str, open: &[Tag], item: Option<&usize>) {
        self.text.push_str(text);
        if let Some(item) = item {
            self.items[*item].1.push_str(text);
        }
        for tag in open {
            let part = match tag {
                Tag::Heading { .. } => self.headings.last_mut(),
                Tag::Strong => self.strong.last_mut(),
                Tag::TableCell => {
                    self.tables.last_mut().and_then(|table| table.last_mut()).and_then(|row| row.last_mut())
                }
                _ => None,
            };
            if let Some(part) = part {
                part.push_str(text);
            }
        }
    }

    /// How many cells the head of the last table has.
    fn width(&self) -> usize {
        self.tables.last().unwrap()[0].len()
    }
}

/// How many cells are written in a row.
fn cells(row: &str) -> usize {
    let bars = row.trim().replace("\\|", "").matches('|').count();
    bars - 1
}
