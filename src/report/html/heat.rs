//! How many pages took how long, over time: a row for each class of time, a column for each interval.
//!
//! The more pages, the stronger and the taller the cell, so that it reads without colour and in print.

use maud::html;

use super::axis::{Axis, Scale, number};
use super::panel::{Key, Panel, path, times};
use crate::measure::{Intervals, SPREAD_MS};
use crate::quantity;
use crate::report::Report;

/// Height of one row.
const ROW: u32 = 16;
/// Share of a row's height that the cells of each shade take.
const SHADES: [f64; 5] = [0.3, 0.5, 0.7, 0.85, 1.0];

/// One cell: interval, class of time, pages.
type Cell = (usize, usize, u64);

/// The heat map of times to a page.
pub fn latency(report: &Report, axis: &Axis) -> Option<Panel> {
    let intervals = &report.figures.series.intervals;
    let cells = cells(intervals);
    let (first, last) = (cells.iter().map(|cell| cell.1).min()?, cells.iter().map(|cell| cell.1).max()?);
    let height = u32::try_from(last - first + 1).unwrap_or(1) * ROW;
    let scale = Scale::logarithmic(lower(first), upper(last), height);
    let bounds = bounds(cells.iter().map(|cell| cell.2).max()?);
    let shade = |count: u64| bounds.iter().rposition(|bound| count >= *bound).unwrap_or_default();
    let mut paths = vec![String::new(); bounds.len()];
    for (index, class, count) in &cells {
        let at = shade(*count);
        paths[at].push_str(&cell(intervals, axis, &scale, (*index, *class), SHADES[at + SHADES.len() - bounds.len()]));
    }
    let class_of = |at: usize| format!("heat{}", at + SHADES.len() - bounds.len());
    Some(Panel {
        id: "chart-heat".into(),
        definition: "latency",
        title: "How many pages took how long".into(),
        note: format!(
            "Successes of each {}, by the time to a page; the more, the stronger and the taller.",
            quantity::length(intervals.length)
        ),
        description: description(&cells),
        height,
        labels: times(&scale, 0.0),
        keys: bounds
            .iter()
            .enumerate()
            .map(|(at, bound)| Key { class: class_of(at), text: counts(*bound, bounds.get(at + 1).copied()) })
            .collect(),
        marks: html! { @for (at, data) in paths.iter().enumerate() { (path(&class_of(at), data)) } },
        texts: html! {},
    })
}

fn cells(intervals: &Intervals) -> Vec<Cell> {
    let of = |(index, spread): (usize, &Vec<u64>)| -> Vec<Cell> {
        let counted = spread.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(class, count)| (index, class, *count)).collect()
    };
    intervals.spread.iter().enumerate().flat_map(of).collect()
}

/// The least number of pages of each shade, up to `most`: five steps of the same factor, or as many as there are numbers.
fn bounds(most: u64) -> Vec<u64> {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of pages stay far below 2^52"
    )]
    let bound = |step: usize| (most as f64).powf(step as f64 / SHADES.len() as f64).round() as u64;
    let mut bounds: Vec<u64> = (0..SHADES.len()).map(bound).collect();
    bounds.dedup();
    bounds
}

fn lower(class: usize) -> f64 {
    f64::from(u32::try_from(SPREAD_MS[class]).unwrap_or(u32::MAX))
}

/// Where a class ends; the last one is drawn as if it ended at twice its bound.
fn upper(class: usize) -> f64 {
    if class + 1 < SPREAD_MS.len() { lower(class + 1) } else { lower(class) * 2.0 }
}

/// A cell in the middle of its row, `share` of it high.
fn cell(intervals: &Intervals, axis: &Axis, scale: &Scale, (index, class): (usize, usize), share: f64) -> String {
    let (from, to) = intervals.span(index);
    let [left, right] = [from, to].map(|moment| axis.x(moment.as_secs_f64() * 1000.0));
    let (top, bottom) = (scale.y(upper(class)), scale.y(lower(class)));
    let (middle, half) = ((top + bottom) / 2.0, (bottom - top - 1.0) / 2.0 * share);
    format!(
        "M{} {}H{}V{}H{}z",
        number(left),
        number(middle - half),
        number(right - 0.3),
        number(middle + half),
        number(left)
    )
}

fn counts(from: u64, next: Option<u64>) -> String {
    match next {
        Some(next) if next > from + 1 => format!("{from} to {} pages", next - 1),
        Some(_) => quantity::number(from, "page"),
        None => format!("{from} or more"),
    }
}

fn description(cells: &[Cell]) -> String {
    let mut sums = [0; SPREAD_MS.len()];
    cells.iter().for_each(|(_, class, count)| sums[*class] += count);
    let all: u64 = sums.iter().sum();
    let told = sums.iter().enumerate().filter(|(_, sum)| **sum > 0).map(|(class, sum)| {
        let bounds = match SPREAD_MS.get(class + 1) {
            Some(_) => format!("{} to {}", quantity::milliseconds(lower(class)), quantity::milliseconds(upper(class))),
            None => format!("{} or more", quantity::milliseconds(lower(class))),
        };
        format!("{bounds}: {sum}")
    });
    format!("Of {all} pages: {}.", told.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_as_many_as_counts_tell_apart() {
        assert_eq!(bounds(1), [1]);
        assert_eq!(bounds(3), [1, 2]);
        assert_eq!(bounds(100), [1, 3, 6, 16, 40]);
        let texts: Vec<_> = [(1, Some(3)), (1, Some(2)), (40, None)].map(|(from, next)| counts(from, next)).into();
        assert_eq!(texts, ["1 to 2 pages", "1 page", "40 or more"]);
    }
}
