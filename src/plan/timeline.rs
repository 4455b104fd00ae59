//! When windows begin and end, and what is wrong with that.

use std::time::Duration;

use super::Window;
use super::recorded::Shape;
use crate::scenario::{LENGTH_MAX, Scenario};
use crate::settings::{Refusal, duration_text};

/// Start and end of each window of `scenario`, in the order of the file, within its first sitting.
pub fn spans(scenario: &Scenario) -> Vec<(Duration, Duration)> {
    let mut next = scenario.baseline;
    let span = |window: &crate::scenario::Window| {
        let start = window.at.unwrap_or(next);
        let end = start + window.lasts;
        next = end + scenario.recovery;
        (start, end)
    };
    scenario.windows.iter().map(span).collect()
}

/// Start and end of the rush of `scenario` within its first sitting, if it has one: as written, or one recovery after the
/// last window.
pub fn rush(scenario: &Scenario) -> Option<(Duration, Duration)> {
    let rush = scenario.rush.as_ref()?;
    let start = rush.at.unwrap_or_else(|| needed(scenario, spans(scenario).last().map(|(_, end)| *end)));
    Some((start, start + rush.lasts))
}

/// The deadline of a sitting: that of the profile, where the scenario names one; as written, or one recovery after the last window or the rush.
pub fn deadline(scenario: &Scenario, spans: &[(Duration, Duration)]) -> Duration {
    let last = spans.last().map(|(_, end)| *end).max(rush(scenario).map(|(_, end)| end));
    let recorded = Shape::of(scenario).map(|shape| shape.length());
    recorded.or(scenario.length).unwrap_or_else(|| needed(scenario, last))
}

/// What is wrong with the times of `windows`, by field. One mistake is one entry: a `length` that is too short for
/// several windows is told once.
pub fn check(scenario: &Scenario, windows: &[Window], deadline: Duration) -> Vec<(String, Refusal)> {
    let mut wrong = Vec::new();
    for (index, (window, written)) in windows.iter().zip(&scenario.windows).enumerate() {
        let before = index.checked_sub(1).and_then(|index| windows.get(index));
        let start = duration_text(window.start);
        let refusal = if window.start < scenario.baseline {
            let baseline = duration_text(scenario.baseline);
            let message = format!("starts at {start}, before the baseline of {baseline} is over");
            Refusal::new(message).hinted("a shorter baseline, or a later start")
        } else if let Some(before) = before.filter(|before| window.start < before.end) {
            let message =
                format!("starts at {start}, before window[{index}] has ended at {}", duration_text(before.end));
            Refusal::new(message).hinted("faults come one after the other")
        } else {
            continue;
        };
        wrong.push((format!("{}.at", written.hit.field), refusal));
    }
    // Without a length that is written, windows that are out of order were told of.
    let late = windows.iter().zip(&scenario.windows).find(|(window, _)| window.end > deadline);
    let late = late.filter(|_| scenario.length.is_some() || scenario.load.is_some());
    if let Some((window, written)) = late {
        let (end, run) = (duration_text(window.end), duration_text(deadline));
        let refusal = Refusal::new(format!("{} ends at {end}, past the end of the run at {run}", written.hit.field));
        let last = windows.get(..scenario.windows.len()).and_then(<[Window]>::last);
        let needed = needed(scenario, last.map(|window| window.end));
        if scenario.load.is_some() {
            let hint = format!("the profile ends there; a larger time makes it {} or longer", duration_text(needed));
            wrong.push(("load.time".to_owned(), refusal.hinted(hint)));
            return wrong;
        }
        let hint = match duration_text(needed) {
            text if needed <= LENGTH_MAX => format!("make it at least {text}, or leave it out"),
            _ => "leave it out".to_owned(),
        };
        wrong.push(("length".to_owned(), refusal.hinted(hint)));
    }
    wrong
}

fn needed(scenario: &Scenario, last: Option<Duration>) -> Duration {
    last.map_or(scenario.baseline, |end| end + scenario.recovery)
}
