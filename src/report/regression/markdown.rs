//! [`Regression`] → Markdown: a comment on a change, or a page of a CI job.

use std::fmt::Write;

use super::{TITLES, cells, origins, words};
use crate::regression::Regression;
use crate::report::markdown::{escaped, head, row};

/// The comparison as a page.
pub fn render(regression: &Regression) -> String {
    let mut page = format!("# {}: new run and base\n\n", escaped(&regression.scenario));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("**{}**\n", escaped(&words::gist(regression))));
    origins(regression).iter().for_each(|(name, said)| line(&format!("- {name}: {}", escaped(said))));
    let changed = words::changed_texts(&regression.changed);
    changed.iter().for_each(|said| line(&format!("- differs as well: {}", escaped(said))));
    for section in &regression.sections {
        line(&format!("\n## {}\n", escaped(&words::place_text(&section.place))));
        line(&head(TITLES.into_iter()));
        section.differences.iter().for_each(|difference| line(&row(cells(difference).into_iter())));
    }
    line("");
    words::rule_texts(regression).iter().for_each(|said| line(&format!("- {}", escaped(said))));
    page
}
