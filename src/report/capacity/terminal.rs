//! [`Capacity`] → tables and a few sentences, for a terminal. The sentence for a department comes last, where one looks.

use super::{PREDICTION_TITLES, STATE_TITLES, TRIAL_TITLES, words};
use crate::capacity::{Capacity, words as said};
use crate::report::columns::{self, Page};

/// What the format is called.
pub const NAME: &str = "terminal";
/// Columns that it uses where nobody says otherwise.
pub const WIDTH: usize = 100;

/// The result as text of at most `width` columns.
pub fn render(capacity: &Capacity, width: usize) -> String {
    let mut page = Page::new(width);
    page.line("", &format!("{}: how many students {} holds", capacity.scenario, capacity.topology));
    for (name, text) in words::origin_rows(capacity) {
        page.line(&format!("  {name:<9}  "), &text);
    }
    for result in &capacity.states {
        page.blank();
        page.line("", &format!("{}: {}", result.state.spec().title, said::ending(result)));
        let bottleneck = result.bottleneck.iter().flat_map(words::bottleneck_lines);
        let lines = bottleneck.chain(words::state_lines(result, capacity.bounds.most));
        lines.for_each(|text| page.line("  - ", &text));
        table(&mut page, width, &TRIAL_TITLES, result.trials.iter().map(|trial| words::trial_cells(trial).to_vec()));
    }
    if !capacity.predictions.is_empty() || !capacity.entry_rates.is_empty() {
        page.blank();
        page.line("", "Predictions: nobody has measured these.");
        table(
            &mut page,
            width,
            &PREDICTION_TITLES,
            capacity.predictions.iter().map(|one| words::prediction_cells(one).to_vec()),
        );
        capacity.entry_rates.iter().for_each(|entry| page.line("  - ", &words::entry_text(entry)));
    }
    if !capacity.verified.is_empty() {
        page.blank();
        page.line("", "Predictions that were run:");
        for one in &capacity.verified {
            page.line("  - ", &words::verified_text(one));
            table(&mut page, width, &TRIAL_TITLES, one.trials().iter().map(|trial| words::trial_cells(trial).to_vec()));
        }
    }
    page.blank();
    words::unmeasured_lines(capacity).iter().for_each(|text| page.line("", text));
    page.line("", &words::took_text(capacity));
    table(
        &mut page,
        width,
        &STATE_TITLES,
        capacity.states.iter().map(|result| words::state_cells(result, capacity.bounds.most).to_vec()),
    );
    capacity.states.iter().filter_map(said::metastable).for_each(|text| page.line("", &text));
    page.blank();
    page.line("", &said::sentence(capacity));
    page.text
}

/// A table of `rows`, each cell in lines; nothing when there is none.
fn table(page: &mut Page, width: usize, titles: &[&str], rows: impl Iterator<Item = Vec<Vec<String>>>) {
    let mut table = columns::table(titles, Some(width));
    for row in rows {
        table.add_row(row.iter().map(|lines| columns::cell(lines)));
    }
    if table.row_iter().next().is_some() {
        page.text.push_str(&columns::spaced(table, 1));
    }
}
