//! [`Capacity`] → tables and a few sentences, for a terminal. The sentence for a department comes last, where one looks.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};

use super::{PREDICTION_TITLES, STATE_TITLES, TRIAL_TITLES, words};
use crate::capacity::{Capacity, words as said};
use crate::foreign::plain;
use crate::quantity::solid;
use crate::report::terminal::wrap;

/// Columns that it uses where nobody says otherwise.
pub const WIDTH: usize = 100;

/// The result as text of at most `width` columns.
pub fn render(capacity: &Capacity, width: usize) -> String {
    let mut page = Page { text: String::new(), width };
    page.line("", &format!("{}: how many students {} holds", capacity.scenario, capacity.topology));
    for (name, text) in words::origin_rows(capacity) {
        page.line(&format!("  {name:<9}  "), &text);
    }
    for result in &capacity.states {
        page.blank();
        page.line("", &format!("{}: {}", result.state.words().title, said::ending(result)));
        let bottleneck = result.bottleneck.iter().flat_map(words::bottleneck_lines);
        bottleneck.chain(words::model_lines(&result.models)).for_each(|text| page.line("  - ", &text));
        page.table(&TRIAL_TITLES, result.trials.iter().map(|trial| words::trial_cells(trial).to_vec()));
    }
    if !capacity.predictions.is_empty() || !capacity.entry_rates.is_empty() {
        page.blank();
        page.line("", "Predictions: nobody has measured these.");
        page.table(&PREDICTION_TITLES, capacity.predictions.iter().map(|one| words::prediction_cells(one).to_vec()));
        capacity.entry_rates.iter().for_each(|entry| page.line("  - ", &words::entry_text(entry)));
    }
    page.blank();
    words::unmeasured_lines(capacity).iter().for_each(|text| page.line("", text));
    page.line("", &words::took_text(capacity));
    page.table(&STATE_TITLES, capacity.states.iter().map(|result| words::state_cells(result).to_vec()));
    capacity.states.iter().filter_map(said::metastable).for_each(|text| page.line("", &text));
    page.blank();
    page.line("", &said::sentence(capacity));
    page.text
}

/// Text that grows line by line and stays within its width.
struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// `said` after `lead`, wrapped, with later lines indented as far.
    fn line(&mut self, lead: &str, said: &str) {
        let indent = " ".repeat(lead.chars().count());
        let room = self.width.saturating_sub(indent.len()).max(20);
        for (place, part) in wrap(&solid(&plain(said)), room).iter().enumerate() {
            self.text.push_str(if place == 0 { lead } else { &indent });
            self.text.push_str(&part.replace('\u{a0}', " "));
            self.text.push('\n');
        }
    }

    /// A table of `rows`, each cell in lines; nothing when there is none.
    fn table(&mut self, titles: &[&str], rows: impl Iterator<Item = Vec<Vec<String>>>) {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
        table.set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        table.set_header(titles);
        for row in rows {
            table.add_row(row.iter().map(|lines| solid(&plain(&lines.join("\n")))));
        }
        if table.row_iter().next().is_none() {
            return;
        }
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 1));
        });
        self.text.extend(table.lines().map(|line| format!("{}\n", line.trim_end().replace('\u{a0}', " "))));
    }
}
