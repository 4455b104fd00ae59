//! For tests: a class that is like no drawn one, whose pages can be reckoned with by hand. All of its pages are of the test.

use std::time::Duration;

use super::Crowd;
use crate::measure::ByKind;

/// Everybody enters within a minute, evenly, with 6 pages each, and asks for a page each half a minute from then on.
fn demand(students: u32) -> Vec<f64> {
    let n = f64::from(students);
    (0..180).map(|second| if second < 60 { n * 0.1 + n * f64::from(second) / 1800.0 } else { n / 30.0 }).collect()
}

/// So many enter each minute, with their 6 pages at once, and ask for a page each half a minute for two minutes.
fn entering(students: u32, per_minute: u32) -> Vec<f64> {
    let begins = |before: u32| (f64::from(before) * 60.0 / f64::from(per_minute)) as usize;
    let mut pages = vec![0.0; begins(students - 1) + 121];
    for from in (0..students).map(begins) {
        pages[from] += 6.0;
        pages[from + 1..from + 121].iter_mut().for_each(|all| *all += 1.0 / 30.0);
    }
    pages
}

fn of_the_test(pages: Vec<f64>) -> Vec<ByKind> {
    pages.into_iter().map(|page| ByKind { page, ..ByKind::default() }).collect()
}

/// That class, which thinks for 12 s while it enters.
pub fn crowd() -> Crowd<'static> {
    Crowd {
        demand: Box::new(|students| of_the_test(demand(students))),
        drawn: Box::new(|students| vec![of_the_test(demand(students))]),
        entering: Box::new(|students, per_minute| of_the_test(entering(students, per_minute))),
        entry_pages: 6.0,
        entry_thinking: Duration::from_secs(12),
    }
}
