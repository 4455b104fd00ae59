//! Small tables: figures with links to their definitions, findings.

use maud::{Markup, html};

use super::summary::badge;
use crate::check::Finding;
use crate::quantity;
use crate::report::{Report, words};

/// A column header that links to its definition.
pub fn header(title: &str, definition: &str) -> Markup {
    html! { th scope="col" role="columnheader" { (link(title, definition)) } }
}

/// A figure's name that links to its definition and shows it on hover.
pub fn link(title: &str, definition: &str) -> Markup {
    let text = words::definition(definition).map_or("", |definition| definition.text);
    html! { a.def href=(format!("#def-{definition}")) title=(text) { (title) } }
}

/// Text whose parts between backticks are code.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (quantity::solid(part)) }
        }
    }
}

/// Figures by name: (name, anchor of the definition, value). Empty values are left out.
pub fn figures(caption: &str, rows: &[(String, &str, String)]) -> Markup {
    let rows: Vec<_> = rows.iter().filter(|row| !row.2.is_empty()).collect();
    html! {
        @if !rows.is_empty() {
            table.pairs {
                caption { (caption) }
                tbody {
                    @for (name, definition, value) in rows {
                        tr {
                            th scope="row" { @if definition.is_empty() { (name) } @else { (link(name, definition)) } }
                            td { (prose(value)) }
                        }
                    }
                }
            }
        }
    }
}

/// A table with a header; nothing when it has no rows.
pub fn listing(caption: &str, titles: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        @if !rows.is_empty() {
            div.scroll {
                table.listing {
                    caption { (caption) }
                    thead { tr { @for title in titles { th scope="col" { (title) } } } }
                    tbody { @for row in rows { tr { @for cell in row { td { (quantity::solid(cell)) } } } } }
                }
            }
        }
    }
}

/// One finding: judgement, expected, found, advice.
pub fn finding(finding: &Finding) -> Markup {
    html! {
        li.finding {
            (badge(finding.judgement)) " " b { (finding.check) } " "
            span.quiet { "(" (finding.scope) ")" }
            dl {
                div { dt { "expected" } dd { (prose(&finding.expected)) } }
                div { dt { "found" } dd { (prose(&finding.found)) } }
                @if !finding.cases.is_empty() { div { dt { "cases" } dd { ul { @for case in &finding.cases { li { (prose(case)) } } } } } }
                @if let Some(advice) = &finding.advice { div { dt { "advice" } dd { (prose(advice)) } } }
            }
        }
    }
}

/// Everything that was judged, the worst first.
pub fn findings(report: &Report) -> Markup {
    let mut findings: Vec<_> = report.verdict.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.judgement));
    html! {
        section id="judged" {
            h2 { (link("What was judged", "verdict")) }
            p { (words::met_text(&report.verdict.findings).unwrap_or_else(|| "The scenario expects nothing.".to_owned())) }
            ul.findings { @for one in findings { (finding(one)) } }
        }
    }
}
