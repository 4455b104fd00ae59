//! [`Matrix`] → one self-contained page, in the dress of a report.

use maud::html;

use super::{cells, runs, titles, words};
use crate::matrix::Matrix;
use crate::quantity::solid;
use crate::report::html::document;

/// The matrix as a page.
pub fn render(matrix: &Matrix) -> String {
    let body = html! {
                header {
                    p.brand { b { "wwchaos" } " · matrix · seed " (matrix.seed) }
                    h1 { "What faults cost, topology by topology" }
                    p class="verdict" { span { (solid(&words::matrix_gist(matrix))) } }
                }
                main {
                    div.scroll {
                        table.listing {
                            thead { tr { @for title in titles(matrix) { th scope="col" { (title) } } } }
                            tbody {
                                @for row in &matrix.rows {
                                    tr { @for lines in cells(row) {
                                        td { @for line in lines { div { (solid(&line)) } } }
                                    } }
                                }
                            }
                        }
                    }
                    @for text in words::matrix_caveats(matrix) { p.note { (text) } }
                    div.scroll {
                        table.listing {
                            caption { "The runs" }
                            tbody { @for (topology, run) in runs(matrix) { tr { td { (topology) } td { (run) } } } }
                        }
                    }
                }
    };
    document("matrix", &body).into_string()
}
