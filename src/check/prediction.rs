//! Whether each responsible detector was as quick as its configuration predicts: a disagreement is worth a note, for then
//! either the model or what one believes of the configuration is wrong.

use super::{About, Check, Found, Judgement, Subject, words};
use crate::measure::Detection;
use crate::quantity::length;

/// The check.
pub const CHECK: Check = Check {
    name: "prediction",
    judges: "whether the time to detect is what the detector's configuration predicts",
    about: About::Service,
    expects: None,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let wrong = window.expected_detections.iter().filter(|expected| expected.agrees == Some(false));
    let (predicted, found): (Vec<_>, Vec<_>) =
        wrong.filter_map(|expected| Some((words::prediction(expected), measured(&expected.measured)?))).unzip();
    if found.is_empty() {
        return None;
    }
    Some(Found::new(Judgement::Note, format!("predicted {}", predicted.join("; ")), found.join("; ")))
}

fn measured(detection: &Detection) -> Option<String> {
    match detection {
        Detection::After { detector, time, .. } => Some(format!("{} by the {detector}", length(*time))),
        Detection::Never { detector, .. } => Some(format!("never by the {detector}")),
        Detection::NoDetector | Detection::NotMeasured { .. } => None,
    }
}
