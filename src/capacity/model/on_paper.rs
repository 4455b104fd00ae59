//! For tests: a class that is like no drawn one, whose pages can be reckoned with by hand. All of its pages are of the test.

use std::time::Duration;

use super::{Class, Crowd, Page};
use crate::measure::ByKind;

/// Pages of the entry, a second and a half apart, the last of which is the test.
const ENTRY: u32 = 6;
/// Pages after it, half a minute apart.
const LATER: u32 = 4;

/// A student who asks for the first page at this second.
fn student(from: f64) -> Vec<Page> {
    let page = |number: u32, seconds: f64| Page {
        at: Duration::from_secs_f64(from + seconds),
        kind: ByKind { page: 1.0, ..ByKind::default() },
        of_the_test: true,
        starts: number + 1 == ENTRY,
    };
    let entry = (0..ENTRY).map(|number| page(number, 1.5 * f64::from(number)));
    entry.chain((0..LATER).map(|later| page(ENTRY + later, 9.0 + 30.0 * f64::from(later + 1)))).collect()
}

/// Everybody enters within a minute, evenly, with 6 pages each, and asks for a page each half a minute from then on.
fn within_a_minute(students: u32) -> Class {
    entering(students, students)
}

/// So many enter each minute.
fn entering(students: u32, per_minute: u32) -> Class {
    (0..students).map(|before| student(f64::from(before) * 60.0 / f64::from(per_minute))).collect()
}

/// That class.
pub fn crowd() -> Crowd<'static> {
    Crowd {
        drawn: Box::new(|students| vec![within_a_minute(students)]),
        entering: Box::new(|students, per_minute| vec![entering(students, per_minute)]),
        sat: Box::new(|trial| Some(within_a_minute(trial.students))),
    }
}
