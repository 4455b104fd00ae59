//! The last runs of a scenario → [`Trend`]: how each figure went from one to the next.

use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::likeness;
use super::run::{Origin, Place, Run};
use super::sample::{Sample, typical};

/// Version of [`Trend`] as JSON. It grows when a reader of the version before could misread a field.
const SCHEMA: u32 = 1;

/// Runs of one scenario in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its runs, oldest first.
    pub runs: Vec<Point>,
    /// Each figure that any of them measured.
    pub courses: Vec<Course>,
    /// Runs that are left out.
    pub skipped: Vec<Skipped>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Which run.
    #[serde(flatten)]
    pub origin: Origin,
    /// In what its plan differs from that of the newest, other than in its seed; empty when in nothing.
    pub differs: Vec<String>,
}

/// How one figure went at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Where.
    pub place: Place,
    /// Which.
    pub figure: Figure,
    /// What each run measured of it, in the order of the runs: the median or the sum over its sittings; null where it did not.
    pub samples: Vec<Option<Sample>>,
}

/// A run that is not in a trend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its folder.
    pub run: String,
    /// Why.
    pub why: String,
}

impl Trend {
    /// The trend of `runs`, oldest first; none of no run.
    pub fn new(runs: &[Run], skipped: Vec<Skipped>) -> Option<Self> {
        let newest = runs.last()?;
        let differs = |run: &Run| {
            let (from, to) = (&newest.conditions, &run.conditions);
            let settings = likeness::differences(from, to).into_iter();
            let settings = settings.map(|changed| format!("{} {}", changed.what, changed.new.join(", ")));
            let other = likeness::unlike(from, to).or_else(|| likeness::unlike_at(from, to, &Place::Run));
            settings.chain(other).collect()
        };
        let points = runs.iter().map(|run| Point { origin: run.origin.clone(), differs: differs(run) });
        Some(Self {
            schema: SCHEMA,
            scenario: newest.conditions.scenario.clone(),
            runs: points.collect(),
            courses: courses(runs),
            skipped,
        })
    }

    /// The course of `figure` for the whole run.
    pub fn whole(&self, figure: Figure) -> Option<&Course> {
        self.courses.iter().find(|course| course.place == Place::Run && course.figure == figure)
    }

    /// The largest that the run at `place` measured of `figure` in any window.
    pub fn worst(&self, run: usize, figure: Figure) -> Option<Sample> {
        let windows = self.courses.iter().filter(|course| matches!(course.place, Place::Window { .. }));
        let here = windows.filter(|course| course.figure == figure);
        let samples = here.filter_map(|course| course.samples.get(run).copied().flatten());
        samples.max_by(|one, other| one.size().total_cmp(&other.size()))
    }
}

fn courses(runs: &[Run]) -> Vec<Course> {
    let mut places: Vec<&Place> = Vec::new();
    for (place, _) in runs.iter().rev().flat_map(|run| &run.readings) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    // Windows that only older runs have come after those of the newest, and the whole run last.
    places.sort_by_key(|place| match place {
        Place::Baseline => 0,
        Place::Window { .. } => 1,
        Place::Run => 2,
    });
    let mut courses = Vec::new();
    for place in places {
        let here = runs.iter().flat_map(|run| run.readings.iter().filter(|(other, _)| other == place));
        let mut figures: Vec<_> = here.flat_map(|(_, all)| all.iter().map(|(figure, _)| *figure)).collect();
        figures.sort_unstable();
        figures.dedup();
        for figure in figures {
            let measured = |run: &Run| {
                let samples: Vec<_> = run.readings(place, figure).iter().filter_map(|one| one.clone().ok()).collect();
                typical(&samples)
            };
            let samples: Vec<_> = runs.iter().map(measured).collect();
            if samples.iter().any(Option::is_some) {
                courses.push(Course { place: place.clone(), figure, samples });
            }
        }
    }
    courses
}
