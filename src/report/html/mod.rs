//! [`Report`] → one self-contained page: verdict, table of windows, time line, each window, what was judged,
//! set-up, definitions.
//!
//! No script, no network, no font: everything is in the file. Charts are SVG whose width follows the page; their
//! labels are text beside them, so that they stay legible on a phone and in print. Nothing is told by colour
//! alone. Points closer than a pixel are drawn once, so the size does not grow with the length of the run.
//!
//! # To add a chart
//!
//! Write a function `fn(&Report, &Axis) -> Option<Panel>` (copy `resources.rs`), none where there is nothing to
//! show, and add it to `CHARTS` in `charts.rs`.

pub(in crate::report) mod axis;
mod bands;
mod charts;
mod errors;
mod heat;
mod lines;
mod nodes;
mod panel;
mod probes;
mod replication;
mod resources;
mod setup;
mod spreads;
mod summary;
mod tables;
mod traffic;
mod window;
mod work;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) use summary::{badge, table};
pub(super) use tables::link;

use super::{Format, Report, shown, words};

/// One file, no network, no script.
pub const FORMAT: Format = Format {
    name: "html",
    file: "report.html",
    does: "one self-contained page with charts, for people",
    render: |report: &Report| Ok(shown(&page(report).into_string())),
};

const STYLE: &str = include_str!("style.css");

fn page(report: &Report) -> Markup {
    let verdict = report.verdict.judgement.to_string();
    let body = html! {
                (summary::header(report))
                main {
                    (summary::section(report))
                    (spreads::section(report))
                    (charts::section(report))
                    @for index in 0..report.figures.windows.len() { (window::section(report, index)) }
                    (errors::section(report))
                    (tables::findings(report))
                    (setup::section(report))
                    (definitions())
                }
                footer { "Written by " (report.tool) ". Times count from the first student's arrival." }
    };
    document(&format!("{verdict} · {}", report.plan.scenario), &body)
}

/// A page that is complete in itself, with this in its body.
pub(super) fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" { (head(title)) body { (body) } }
    }
}

/// The head of a page that is complete in itself.
fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · wwchaos" }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// What every figure means.
pub(super) fn definitions() -> Markup {
    definition_list(&words::DEFINITIONS.iter().collect::<Vec<_>>())
}

/// What these figures mean.
pub(super) fn definition_list(definitions: &[&words::Definition]) -> Markup {
    html! {
        section id="definitions" {
            h2 { "What the figures mean" }
            dl.definitions {
                @for one in definitions {
                    div id=(format!("def-{}", one.id)) {
                        dt { (one.term) }
                        dd { (one.text) }
                    }
                }
            }
        }
    }
}
