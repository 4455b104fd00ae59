//! What was measured of a recording and of a class that was drawn from its profile → how far both are apart, part by part.

use std::time::Duration;

use super::{Distance, Measured, Pause, distance};

/// What is held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// When students arrive, since the first.
    Arrivals,
    /// How long before the deadline each student's last graded submission is.
    LastGrade,
    /// The pauses before a step.
    Pause(Pause),
}

/// The samples of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What they are of.
    pub subject: Subject,
    /// Those of the recording.
    pub recorded: Vec<Duration>,
    /// Those of the class that was drawn.
    pub drawn: Vec<Duration>,
    /// How far they are apart.
    pub distance: Distance,
}

/// Every part of which both sides have samples.
pub fn pairs(mut recorded: Measured, mut drawn: Measured) -> Vec<Pair> {
    let subjects = [Subject::Arrivals, Subject::LastGrade].into_iter().chain(Pause::all().map(Subject::Pause));
    let samples = |measured: &mut Measured, subject: Subject| match subject {
        Subject::Arrivals => std::mem::take(&mut measured.arrivals),
        Subject::LastGrade => std::mem::take(&mut measured.leads),
        Subject::Pause(pause) => measured.pauses.remove(&pause).unwrap_or_default(),
    };
    let pair = |subject| {
        let (mut recorded, mut drawn) = (samples(&mut recorded, subject), samples(&mut drawn, subject));
        recorded.sort_unstable();
        drawn.sort_unstable();
        let distance = distance(&recorded, &drawn)?;
        Some(Pair { subject, recorded, drawn, distance })
    };
    subjects.filter_map(pair).collect()
}
