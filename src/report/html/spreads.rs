//! Median and range of each window over the sittings.

use maud::{Markup, html};

use super::summary::cells;
use super::tables::{figures, header as linked};
use crate::report::overview::COLUMNS;
use crate::report::spreads::{SpreadRow, details, rows};
use crate::report::{Report, words};

/// The table of spreads, and what it has no room for; nothing when the class sat once.
pub fn section(report: &Report) -> Markup {
    let rows = rows(report);
    html! {
        @if !rows.is_empty() {
            section id="spreads" {
                h2 { "Over all sittings" }
                table.wide role="table" {
                    caption { (words::spread_legend(report)) }
                    thead role="rowgroup" {
                        tr role="row" {
                            (linked("Window", "spread"))
                            @for column in &COLUMNS { (linked(column.title, column.definition)) }
                        }
                    }
                    tbody role="rowgroup" { @for row in &rows { (line(row)) } }
                }
                div.columns {
                    @for spread in &report.figures.spreads { (figures(&spread.title, &details(spread))) }
                }
            }
        }
    }
}

fn line(row: &SpreadRow) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (row.title) small { (row.counted) } }
            (cells(&row.cells))
        }
    }
}
