//! [`Trend`] → Markdown: to be read as it is, or kept as a page of a CI job.

use std::fmt::Write;

use super::{TITLES, legend, places, words};
use crate::regression::Trend;
use crate::report::markdown::escaped;

/// The trend as a page.
pub fn render(trend: &Trend) -> String {
    let mut page = format!("# Trend of {}\n\n", escaped(&trend.scenario));
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("| {} |\n|{}", TITLES.join(" | "), "---|".repeat(TITLES.len())));
    for run in trend.runs.iter().enumerate() {
        let cell = |lines: Vec<String>| lines.iter().map(|one| escaped(one)).collect::<Vec<_>>().join("<br>");
        line(&format!("| {} |", words::run_cells(trend, run).map(cell).join(" | ")));
    }
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
