//! How requests failed: each class with its number, its meaning, and what one page of it said.

use maud::{Markup, html};

use super::tables::{link, listing};
use crate::measure::{Requests, Sample};
use crate::report::{Report, words};

/// Failures of the whole run; nothing when there were none.
pub fn section(report: &Report) -> Markup {
    let figures = &report.figures;
    html! {
        @if !figures.requests.classes.is_empty() {
            section id="errors" {
                h2 { (link("Errors of the whole run", "error-rate")) }
                (classes(&figures.requests))
                (samples(&figures.samples))
            }
        }
    }
}

/// Failed requests by class, the most frequent first.
pub fn classes(requests: &Requests) -> Markup {
    let mut classes: Vec<_> = requests.classes.iter().collect();
    classes.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let row = |(class, number): (&String, &u64)| {
        vec![class.clone(), number.to_string(), words::class_meaning(class).to_owned()]
    };
    let rows: Vec<_> = classes.into_iter().map(row).collect();
    listing("Failed requests by class", &["Class", "Requests", "What the student met"], &rows)
}

/// What one request of each class brought, in its own words; folded.
pub fn samples(samples: &[Sample]) -> Markup {
    html! {
        @if !samples.is_empty() {
            details.samples {
                summary { (words::samples_text(samples)) }
                p.note { "The text of the page, or of the transport's error where none came; cookies, keys and hidden fields are removed." }
                dl {
                    @for sample in samples {
                        div {
                            dt { b { (sample.class) } " " span.quiet { (words::page_sample_text(sample)) } }
                            dd { blockquote { (sample.text) } }
                        }
                    }
                }
            }
        }
    }
}
