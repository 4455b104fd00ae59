//! The first screen: what was run, the verdict in one sentence, the table of windows.

use maud::{Markup, html};

use super::tables::header as linked;
use crate::check::Judgement;
use crate::quantity;
use crate::report::overview::{self, COLUMNS, Room, Row};
use crate::report::{Report, words};

/// What was run, when and on what.
pub fn header(report: &Report) -> Markup {
    html! {
        header {
            p.brand { b { "wwchaos" } " · " (report.plan.scenario) " · " time datetime=(report.started) { (when(report)) } }
            h1 { (report.plan.title) }
            p class=(format!("verdict {}", report.verdict.judgement)) {
                (badge(report.verdict.judgement))
                span { (quantity::solid(&report.verdict.sentence)) }
            }
            @if let Some(met) = words::met_text(&report.verdict.findings) {
                p.met { (words::verdict_meaning(report.verdict.judgement)) " " a href="#judged" { (met) } }
            }
            (alarms(report))
            @if report.setup.stand_in { p.banner { (words::app_text(report)) } }
            nav aria-label="Sections" {
                a href="#windows" { "Windows" }
                @if !report.figures.spreads.is_empty() { a href="#spreads" { "Over all sittings" } }
                a href="#time-line" { "Time line" }
                @for (index, window) in report.figures.windows.iter().enumerate() {
                    a href=(format!("#window-{}", index + 1)) { (index + 1) " " (window.title) }
                }
                @if !report.figures.requests.classes.is_empty() { a href="#errors" { "Errors" } }
                a href="#judged" { "What was judged" }
                a href="#set-up" { "Set-up" }
                a href="#definitions" { "Definitions" }
            }
        }
    }
}

/// The table of windows and what one must know to read it.
pub fn section(report: &Report) -> Markup {
    html! {
        section id="windows" {
            h2 { "Windows" }
            (table(report, ""))
            (notes(report))
        }
    }
}

/// The table of windows; the page at `base` has a section of each.
pub fn table(report: &Report, base: &str) -> Markup {
    html! {
        table.wide role="table" {
            caption { "What each fault did to the class" }
            thead role="rowgroup" {
                tr role="row" {
                    (linked("Window", "window"))
                    @for column in &COLUMNS { (linked(column.title, column.definition)) }
                }
            }
            tbody role="rowgroup" {
                @for row in overview::rows(report, Room::Wide) { (line(&row, base)) }
            }
        }
    }
}

/// A judgement as a word, a sign and a colour.
pub fn badge(judgement: Judgement) -> Markup {
    html! { b class=(format!("badge {judgement}")) { (words::sign(judgement)) " " (judgement) } }
}

fn line(row: &Row, base: &str) -> Markup {
    html! {
        tr role="row" class=[row.window.is_none().then_some("aside")] {
            th scope="row" role="rowheader" {
                @match row.window {
                    Some(index) => a href=(format!("{base}#window-{}", index + 1)) { (row.title) },
                    None => (row.title),
                }
                @if let Some(judgement) = row.judgement { " " (badge(judgement)) }
                small { (row.when) }
                @if row.void.is_some() { small { "void: says nothing" } }
            }
            (cells(&row.cells))
        }
    }
}

/// The cells of [`COLUMNS`]: the figure large, what stands beside it small.
pub fn cells(cells: &[Vec<String>]) -> Markup {
    html! {
        @for (lines, column) in cells.iter().zip(&COLUMNS) {
            td role="cell" data-label=(column.title) {
                div {
                    @for (index, line) in lines.iter().enumerate() {
                        @let line = quantity::solid(line);
                        @if index == 0 { strong { (line) } } @else { small { (line) } }
                    }
                }
            }
        }
    }
}

fn alarms(report: &Report) -> Markup {
    html! {
        @if report.figures.interrupted {
            p.alarm { (words::interrupted_text(report)) }
        }
        @if let Some(text) = words::clock_text(report) { p.alarm { (text) } }
        @for what in &report.verdict.left_behind { p.alarm { "Left behind: " (what) } }
    }
}

fn notes(report: &Report) -> Markup {
    let void = report.figures.windows.iter().filter_map(|w| w.void.as_ref().map(|why| (&w.title, "is void", why)));
    let sick = report
        .figures
        .windows
        .iter()
        // What may still be there is said at the top.
        .filter(|w| w.timeline.healed.is_some())
        .filter_map(|w| w.heal_failed.as_ref().map(|why| (&w.title, "was not healed for certain", why)));
    let requests = &report.figures.requests;
    html! {
        @for (title, what, why) in void.chain(sick) { p.alarm { (title) " " (what) ": " (why) "." } }
        @if report.figures.windows.is_empty() { p.note { "No fault was injected." } }
        @for text in words::rush_texts(report) { p.note { (text) } }
        @if let Some(text) = words::alarms_text(report) { p.note { (text) } }
        @if let Some(text) = words::detection_legend(report) { p.note { (text) } }
        @if let Some(caveat) = words::loss_caveat(report) { p.note { (caveat) } }
        @if let Some(text) = words::stores_text(report) { p.note { (text) } }
        @if requests.not_offered + requests.late > 0 { p.note { (words::offered_text(requests)) } }
    }
}

fn when(report: &Report) -> String {
    report.started.replace('T', " ").replace('Z', " UTC")
}
