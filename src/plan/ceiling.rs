//! What a run may be at most, whatever is written: nothing here runs for ever, or asks of a machine what none has.

use std::time::Duration;

use super::class::Student;
use super::{Window, Wrong};
use crate::scenario::{Scenario, WINDOW_MAX};
use crate::settings::{Refusal, duration_text};

/// Most windows over all sittings.
pub const WINDOWS_MAX: usize = 200;
/// Most requests of the class that may be planned within one second; a rush plans none, but has no more under way than it
/// has students.
pub const RATE_MAX: usize = 500;

/// What is wrong with the number and the length of windows, by field. A stretched one may be longer than one that is written.
pub fn windows(scenario: &Scenario, _windows: &[Window], _deadline: Duration) -> Wrong {
    if let Some(long) = scenario.windows.iter().find(|window| window.lasts > WINDOW_MAX) {
        let [lasts, most] = [long.lasts, WINDOW_MAX].map(duration_text);
        let refusal = Refusal::new(format!("expected at most {most} with --stretch, got {lasts}"));
        return vec![(format!("{}.for", long.hit.field), refusal.hinted("stretch it less, or write a shorter one"))];
    }
    let (written, repeat) = (scenario.windows.len(), scenario.repeat);
    if written.saturating_mul(repeat as usize) <= WINDOWS_MAX {
        return Wrong::new();
    }
    let field = if written > WINDOWS_MAX { "window" } else { "repeat" };
    let message = format!("expected at most {WINDOWS_MAX} windows over all sittings, got {repeat} times {written}");
    vec![(field.to_owned(), Refusal::new(message).hinted("fewer windows, or fewer sittings"))]
}

/// What is wrong with how much `students` ask for at once, by field.
pub fn rate(scenario: &Scenario, students: &[Student]) -> Wrong {
    let mut times: Vec<Duration> =
        students.iter().flat_map(|student| &student.actions).map(|action| action.at).collect();
    times.sort_unstable();
    let second = Duration::from_secs(1);
    let busiest = times
        .iter()
        .enumerate()
        .map(|(first, start)| (times.partition_point(|at| *at < *start + second) - first, *start));
    match busiest.max_by_key(|(count, _)| *count) {
        Some((count, start)) if count > RATE_MAX => {
            let moment = duration_text(start);
            let message =
                format!("expected at most {RATE_MAX} requests planned within one second, got {count} from {moment} on");
            let (field, hint) = match scenario.load {
                Some(_) => ("load.students", "fewer students, or a larger time"),
                None => ("class.students", "fewer students, or a longer arrival"),
            };
            vec![(field.to_owned(), Refusal::new(message).hinted(hint))]
        }
        _ => Wrong::new(),
    }
}
