//! [`Trend`] → Markdown: to be read as it is, or kept as a page of a CI job.

use std::fmt::Write;

use super::{TITLES, legend, places, words};
use crate::regression::Trend;
use crate::report::markdown::{escaped, head, row};

/// The trend as a page.
pub fn render(trend: &Trend) -> String {
    let mut page = format!("# Trend of {}\n\n", escaped(&trend.scenario));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&head(TITLES.into_iter()));
    trend.runs.iter().enumerate().for_each(|run| line(&row(words::run_cells(trend, run).into_iter())));
    line(&format!("\n{}", escaped(legend())));
    for (place, courses) in places(trend) {
        line(&format!("\n## {}\n\n| figure | course | |\n|---|---|---|", escaped(&words::place_text(place))));
        for course in courses {
            let text = escaped(&words::course_text(course));
            line(&format!("| {} | {} | {text} |", words::figure_text(course.figure), words::spark(course)));
        }
    }
    line(&format!("\n{}", words::spark_legend()));
    trend.skipped.iter().for_each(|one| line(&format!("\nSkipped {}: {}", escaped(&one.run), escaped(&one.why))));
    page
}
