//! [`Capacity`] → Markdown: a text for a ticket, or a page of a CI job.

use std::fmt::Write;

use super::{PREDICTION_TITLES, STATE_TITLES, TRIAL_TITLES, words};
use crate::capacity::{Capacity, Trial, words as said};
use crate::report::markdown::{escaped, head, row};

/// The result as a page.
pub fn render(capacity: &Capacity) -> String {
    let mut page = format!("# How many students {} holds\n\n", escaped(&capacity.topology));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("**{}**\n", escaped(&said::sentence(capacity))));
    let metastable = capacity.states.iter().filter_map(said::metastable);
    metastable.for_each(|text| line(&format!("> {}\n", escaped(&text))));
    line(&head(STATE_TITLES.into_iter()));
    capacity.states.iter().for_each(|result| line(&row(words::state_cells(result, capacity.bounds.most).into_iter())));
    for result in &capacity.states {
        line(&format!("\n## {}\n", escaped(result.state.spec().title)));
        line(&format!("{}\n", escaped(&said::ending(result))));
        let bottleneck = result.bottleneck.iter().flat_map(words::bottleneck_lines);
        let lines = bottleneck.chain(words::state_lines(result, capacity.bounds.most));
        lines.for_each(|text| line(&format!("- {}", escaped(&text))));
        trials(&result.trials).iter().for_each(|text| line(text));
    }
    if !capacity.predictions.is_empty() || !capacity.entry_rates.is_empty() {
        line("\n## Predictions\n\nNobody has measured these.\n");
        if !capacity.predictions.is_empty() {
            line(&head(PREDICTION_TITLES.into_iter()));
            capacity.predictions.iter().for_each(|one| line(&row(words::prediction_cells(one).into_iter())));
            line("");
        }
        capacity.entry_rates.iter().for_each(|entry| line(&format!("- {}", escaped(&words::entry_text(entry)))));
    }
    if !capacity.verified.is_empty() {
        line("\n## Predictions that were run\n");
        for one in &capacity.verified {
            line(&escaped(&words::verified_text(one)));
            trials(one.trials()).iter().for_each(|text| line(text));
            line("");
        }
    }
    line("\n## How this was measured\n");
    words::origin_rows(capacity).iter().for_each(|(name, text)| line(&format!("- {name}: {}", escaped(text))));
    let rest = words::unmeasured_lines(capacity).into_iter().chain([words::took_text(capacity)]);
    let rest = rest.chain(words::capacity_rules().map(str::to_owned));
    rest.for_each(|text| line(&format!("- {}", escaped(&text))));
    page
}

/// A table of trials, a line each; nothing of none.
fn trials(trials: &[Trial]) -> Vec<String> {
    if trials.is_empty() {
        return Vec::new();
    }
    let rows = trials.iter().map(|trial| row(words::trial_cells(trial).into_iter()));
    std::iter::once(format!("\n{}", head(TRIAL_TITLES.into_iter()))).chain(rows).collect()
}
