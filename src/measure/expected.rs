//! What each responsible detector's configuration predicts of its time to detect, and whether its measured time is so.
//!
//! A *disagreement* is a measured time outside the predicted range by more than the resolution and 10 % of the
//! range's end. The measured time counts from the moment at which the fault was seen to be there, and the fault came at
//! some moment since the last look that did not see it (since the command, where the history does not tell): within that
//! doubt the measured time is as long as fits best. The resolution is how long before it was heard the verdict may have
//! been given, or 100 ms where that is not known, as of a log that is followed. A detector that never
//! spoke disagrees when the window was long enough for it to speak.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fault;
use crate::plan::Window;
use crate::predict::{Prediction, predict};

use super::detected::{Detection, ExpectedDetection};
use super::detection::{BUCKET, Said};
use super::facts::Facts;

use super::timeline::Marks;

/// A tenth of the predicted time is no disagreement.
const SLACK: u32 = 10;

/// What was to be expected in the window of `marks` of each detector that is responsible and names its configuration.
pub fn detections(facts: &Facts, marks: &Marks, planned: &Window, said: &[Said<'_>]) -> Vec<ExpectedDetection> {
    let Some(target) = marks.target.as_deref() else { return Vec::new() };
    let named = said.iter().filter(|one| !one.detector.config.is_empty());
    named.map(|one| of_one(facts, marks, planned, target, one)).collect()
}

fn of_one(facts: &Facts, marks: &Marks, planned: &Window, target: &str, said: &Said<'_>) -> ExpectedDetection {
    let detector = said.detector;
    let nothing = BTreeMap::new();
    let files = facts.configurations.get(&detector.name).unwrap_or(&nothing);
    let files: BTreeMap<_, _> = files.iter().map(|(language, text)| (*language, text.as_str())).collect();
    let unread = detector.config.iter().find(|(language, _)| !files.contains_key(language));
    let seen_as = fault::kind(&planned.fault).and_then(|kind| kind.seen_as);
    let prediction = match (unread, seen_as) {
        (Some((_, path)), _) => Prediction::NotModelled { why: format!("{path} was not read") },
        (None, None) => {
            let why = format!("what a check meets under `{}` depends on the moment", planned.fault);
            Prediction::NotModelled { why }
        }
        (None, Some(failure)) => predict(&files, target, failure),
    };
    let agrees = agrees(&prediction, said, marks);
    let name = |path: &String| path.rsplit('/').next().unwrap_or(path).to_owned();
    ExpectedDetection {
        detector: detector.name.clone(),
        files: detector.config.values().map(name).collect(),
        prediction,
        measured: said.detection.clone(),
        agrees,
    }
}

/// Whether what was `said` is as predicted; none where there is nothing to compare.
fn agrees(prediction: &Prediction, said: &Said<'_>, marks: &Marks) -> Option<bool> {
    let effect = marks.effect()?;
    match (prediction, &said.detection) {
        (Prediction::Within { from, to, .. }, Detection::After { time, within, .. }) => {
            let resolution = within.unwrap_or(BUCKET);
            // The fault came at some moment since the last look that did not see it; a verdict from before that look
            // shows that it came with the command at the earliest.
            let (at, looked) = (said.at?, marks.came_after().unwrap_or(effect.from));
            let longest = at - if at < looked { marks.inject.unwrap_or(looked) } else { looked };
            Some(longest + resolution + *from / SLACK >= *from && *time <= latest(*to, resolution))
        }
        (Prediction::Within { to, .. }, Detection::Never { .. }) => {
            (effect.length() > latest(*to, BUCKET)).then_some(false)
        }
        (Prediction::Never { .. }, Detection::After { .. }) => Some(false),
        (Prediction::Never { .. }, Detection::Never { .. }) => Some(true),
        (Prediction::NotModelled { .. }, _) | (_, Detection::NoDetector | Detection::NotMeasured { .. }) => None,
    }
}

/// The longest time that is no disagreement with `to` as the latest, at this resolution.
fn latest(to: Duration, resolution: Duration) -> Duration {
    to + resolution + to / SLACK
}
