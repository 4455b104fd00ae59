//! [`Comparison`] → one self-contained page, in the dress of a report.

use maud::html;

use super::{cells, runs, titles, words};
use crate::compare::Comparison;
use crate::quantity::solid;
use crate::report::html::document;

/// The comparison as a page.
pub fn render(comparison: &Comparison) -> String {
    let body = html! {
                header {
                    p.brand { b { "wwchaos" } " · " (comparison.set) " · topology " (comparison.topology) " · seed " (comparison.seed) }
                    h1 { (comparison.title) }
                    p class="verdict" { span { (solid(&words::recommendation(comparison))) } }
                }
                main {
                    div.scroll {
                        table.listing {
                            thead { tr { @for title in titles(comparison) { th scope="col" { (title) } } } }
                            tbody {
                                @for row in comparison.rows.iter().enumerate() {
                                    tr { @for lines in cells(comparison, row) {
                                        td { @for line in lines { div { (solid(&line)) } } }
                                    } }
                                }
                            }
                        }
                    }
                    @for text in words::caveats(comparison) { p.note { (text) } }
                    div.scroll {
                        table.listing {
                            caption { "The runs" }
                            tbody { @for (settings, run) in runs(comparison) { tr { td { (settings) } td { (run) } } } }
                        }
                    }
                }
    };
    document(&comparison.set, &body).into_string()
}
