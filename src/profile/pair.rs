//! What was measured of a recording and of what is held against it, such as a class drawn from its profile → how far both are
//! apart, part by part, and what is counted of both.

use std::time::Duration;

use super::measured::share;
use super::{Distance, Measured, Part, Pause, distance};

/// What is held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// When students arrive, since the first.
    Arrivals,
    /// How long before the deadline each student's last graded submission is.
    LastGrade,
    /// How long after the student's start it is.
    Stay,
    /// The pauses before a step.
    Pause(Pause),
}

impl Subject {
    /// Whether a recording tells it that does not tell the parts `untold`: what is usual is nothing to hold against it.
    pub fn is_told(self, untold: &[Part]) -> bool {
        let part = match self {
            Self::Arrivals => return true,
            Self::LastGrade => Part::LastGrade,
            // Without the start it would count from the first action.
            Self::Stay => Part::Pause(Pause::Start),
            Self::Pause(pause) => Part::Pause(pause),
        };
        !untold.contains(&part)
    }
}

/// What is counted of one side: samples say nothing of how many there are of a student, and those that count from the first
/// arrival or to the deadline nothing of the time between both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tally {
    /// Visits.
    pub students: usize,
    /// From the first arrival to the last graded submission.
    pub length: Duration,
    /// Login pages before signing in, of a visit; none where nobody signed in.
    pub refreshes: Option<f64>,
    /// Graded submissions of a visit; none where nobody had the test.
    pub grades: Option<f64>,
    /// Share of previews among the looks that are no reloads.
    pub previews: Option<f64>,
    /// Share of reloads among the pages of the test.
    pub reloads: Option<f64>,
}

impl Tally {
    /// What is counted of `measured`.
    pub fn of(measured: &Measured) -> Self {
        let [views, previews, reloads] = measured.looks;
        Self {
            students: measured.arrivals.len(),
            length: measured.length,
            refreshes: mean(&measured.refreshes),
            grades: mean(&measured.grades),
            previews: share(previews, views + previews),
            reloads: share(reloads, measured.pages),
        }
    }

    /// Leaves out what the recording does not tell, for which usual values stand.
    pub fn forget(&mut self, untold: &[Part]) {
        let told = |part: Part, what: Option<f64>| what.filter(|_| !untold.contains(&part));
        self.refreshes = told(Part::Refreshes, self.refreshes);
        self.grades = told(Part::Grades, self.grades);
        self.previews = told(Part::Previews, self.previews);
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn mean(counts: &[u32]) -> Option<f64> {
    let all: u64 = counts.iter().copied().map(u64::from).sum();
    (!counts.is_empty()).then(|| all as f64 / counts.len() as f64)
}

/// The samples of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What they are of.
    pub subject: Subject,
    /// Those of the recording.
    pub recorded: Vec<Duration>,
    /// Those of what is held against it.
    pub other: Vec<Duration>,
    /// How far they are apart.
    pub distance: Distance,
}

/// Every part of which both sides have samples.
pub fn pairs(mut recorded: Measured, mut other: Measured) -> Vec<Pair> {
    let subjects =
        [Subject::Arrivals, Subject::LastGrade, Subject::Stay].into_iter().chain(Pause::all().map(Subject::Pause));
    let samples = |measured: &mut Measured, subject: Subject| match subject {
        Subject::Arrivals => std::mem::take(&mut measured.arrivals),
        Subject::LastGrade => std::mem::take(&mut measured.leads),
        Subject::Stay => std::mem::take(&mut measured.stays),
        Subject::Pause(pause) => measured.pauses.remove(&pause).unwrap_or_default(),
    };
    let pair = |subject| {
        let (mut recorded, mut other) = (samples(&mut recorded, subject), samples(&mut other, subject));
        recorded.sort_unstable();
        other.sort_unstable();
        let distance = distance(&recorded, &other)?;
        Some(Pair { subject, recorded, other, distance })
    };
    subjects.filter_map(pair).collect()
}
