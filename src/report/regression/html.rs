//! [`Regression`] → one self-contained page, in the dress of a report.

use maud::html;

use super::{TITLES, cells, origins, words};
use crate::quantity::solid;
use crate::regression::{Outcome, Regression};
use crate::report::html::document;

/// The comparison as a page.
pub fn render(regression: &Regression) -> String {
    let verdict = if regression.is_worse() { "fail" } else { "pass" };
    let body = html! {
                header {
                    p.brand { b { "wwchaos" } " · " (regression.scenario) }
                    h1 { "How the new run stands against the base" }
                    p class=(format!("verdict {verdict}")) { span { (solid(&words::gist(regression))) } }
                    table.listing { tbody {
                        @for (name, said) in origins(regression) { tr { th scope="row" { (name) } td { (said) } } }
                        @for said in words::changed_texts(&regression.changed) {
                            tr { th scope="row" { "differs as well" } td { (said) } }
                        }
                    } }
                }
                main {
                    @for section in &regression.sections {
                        section {
                            h2 { (words::place_text(&section.place)) }
                            div.scroll { table.listing {
                                thead { tr { @for title in TITLES { th scope="col" { (title) } } } }
                                tbody { @for difference in &section.differences {
                                    tr { @for (place, lines) in cells(difference).iter().enumerate() {
                                        @let class = (place + 1 == TITLES.len()).then(|| colour(&difference.outcome));
                                        td { @for line in lines { div class=[class] { (solid(line)) } } }
                                    } }
                                } }
                            } }
                        }
                    }
                    section {
                        h2 { "How it was told" }
                        @for text in words::rule_texts(regression) { p.note { (text) } }
                    }
                }
    };
    document(&format!("{} against its base", regression.scenario), &body).into_string()
}

/// The class of the style sheet for an outcome; its sign says the same without colour.
fn colour(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "pass",
        Outcome::Worse => "fail",
        Outcome::TooNoisy | Outcome::NotComparable { .. } => "unknown",
        Outcome::Unchanged => "quiet",
    }
}
