//! Text that stays within a number of columns: lines that are wrapped, and tables without lines between their rows. Terminals
//! and files show it alike.

use comfy_table::{Cell, ContentArrangement, Table, TableComponent, presets};

use crate::foreign::plain;
use crate::quantity::solid;

/// Text that grows line by line and stays within its width.
#[derive(Debug)]
pub struct Page {
    /// What stands there.
    pub text: String,
    width: usize,
}

impl Page {
    /// Nothing yet, of at most `width` columns.
    pub fn new(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// `said` after `lead`, wrapped, with later lines indented as far.
    pub fn line(&mut self, lead: &str, said: &str) {
        let indent = " ".repeat(lead.chars().count());
        let room = self.width.saturating_sub(indent.len()).max(20);
        for (place, part) in wrap(&solid(&plain(said)), room).iter().enumerate() {
            self.text.push_str(if place == 0 { lead } else { &indent });
            self.text.push_str(&part.replace('\u{a0}', " "));
            self.text.push('\n');
        }
    }
}

/// An empty table with these titles, of at most `width` columns where that is given.
pub fn table(titles: &[&str], width: Option<usize>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
    if let Some(width) = width {
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.set_header(titles);
    table
}

/// A cell in lines.
pub fn cell(lines: &[String]) -> Cell {
    Cell::new(solid(&plain(&lines.join("\n"))))
}

/// The table as text, with so many columns behind each of its own.
pub fn spaced(mut table: Table, behind: u16) -> String {
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, behind));
    });
    drawn(&table)
}

/// The table as text.
pub fn drawn(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end().replace('\u{a0}', " "))).collect()
}

/// `text` in lines of at most `room` characters, broken between words, but not at a no-break space.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
