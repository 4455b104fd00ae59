//! Stored runs → how they differ from other runs of the same ([`Regression`]), and how the last of them went ([`Trend`]).
//! Pure, and without a word of its own for a figure: reports word it.
//!
//! This is run against run, over time. What the lines of one set came to with different settings, side by side and
//! with a recommendation, is `compare`.
//!
//! [`likeness`] says what may be compared with what, [`difference`] by which rule a figure is called changed, [`statistics`]
//! holds the tests with their sources.

mod difference;
mod figure;
mod likeness;
mod run;
mod sample;
mod statistics;
mod trend;

use serde::{Deserialize, Serialize};

pub use difference::{By, Difference, ENOUGH, LEVEL, Outcome, Side};
pub use figure::Figure;
pub use likeness::Changed;
use likeness::unlike;
pub use run::{Conditions, Origin, Place, Run};
pub use sample::{Sample, Timed};
pub use trend::{Course, Point, Skipped, Trend};

use crate::history::ProbeKind;

/// Version of [`Regression`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;
/// What is too small to be told where nobody says otherwise, as a share of the base.
pub const THRESHOLD: f64 = 0.1;

/// New runs held against a base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// The scenario of the new runs.
    pub scenario: String,
    /// The share of the base below which a difference is not told.
    pub threshold: f64,
    /// The runs that the new ones are held against.
    pub base: Vec<Origin>,
    /// The runs that are judged.
    pub new: Vec<Origin>,
    /// In which conditions the sides differ.
    pub changed: Vec<Changed>,
    /// What differs where.
    pub sections: Vec<Section>,
}

/// The figures of one place on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Where.
    pub place: Place,
    /// Those that a side has measured.
    pub differences: Vec<Difference>,
}

/// Nothing of two sides can be compared, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotComparable(pub String);

impl Regression {
    /// The runs `new` held against the runs `base`.
    pub fn new(base: &[Run], new: &[Run], threshold: f64) -> Result<Self, NotComparable> {
        let (Some(first), Some(other)) = (base.first(), new.first()) else {
            return Err(NotComparable("no run".to_owned()));
        };
        comparable(base, &other.conditions)?;
        likeness::mixed(new).map_or(Ok(()), |why| Err(NotComparable(why)))?;
        let places = likeness::places(&first.conditions, &other.conditions);
        let mut sections: Vec<_> = places.into_iter().map(|place| section(base, new, place)).collect();
        sections.retain(|section| !section.differences.is_empty());
        judge(&mut sections, threshold);
        let origins = |side: &[Run]| side.iter().map(|run| run.origin.clone()).collect();
        Ok(Self {
            schema: SCHEMA,
            scenario: other.conditions.scenario.clone(),
            threshold,
            base: origins(base),
            new: origins(new),
            changed: likeness::changed(base, new),
            sections,
        })
    }

    /// Every figure of every place.
    pub fn differences(&self) -> impl Iterator<Item = (&Place, &Difference)> {
        self.sections.iter().flat_map(|section| section.differences.iter().map(|one| (&section.place, one)))
    }

    /// How many figures came to `outcome`; of those that are not comparable, whatever the reason.
    pub fn count(&self, outcome: &Outcome) -> usize {
        let same = |found: &Outcome| std::mem::discriminant(found) == std::mem::discriminant(outcome);
        self.differences().filter(|(_, difference)| same(&difference.outcome)).count()
    }

    /// Whether any figure is worse.
    pub fn is_worse(&self) -> bool {
        self.count(&Outcome::Worse) > 0
    }

    /// Whether the base measured something that the new runs did not, or one side was ended early: what it had not measured then
    /// nobody can hold against it.
    pub fn is_blind(&self) -> bool {
        let cut = |side: &[Origin]| side.iter().any(|run| run.interrupted);
        cut(&self.base) || cut(&self.new) || self.differences().any(|(_, difference)| difference.is_lost_sight_of())
    }
}

/// Whether new runs in the conditions `new` can be held against the runs `base`.
pub fn comparable(base: &[Run], new: &Conditions) -> Result<(), NotComparable> {
    let first = base.first().and_then(|base| unlike(&base.conditions, new));
    likeness::mixed(base).or(first).map_or(Ok(()), |why| Err(NotComparable(why)))
}

fn section(base: &[Run], new: &[Run], place: Place) -> Section {
    let mut figures: Vec<Figure> = Vec::new();
    for run in base.iter().chain(new) {
        let here = run.readings.iter().filter(|(other, _)| *other == place);
        figures.extend(here.flat_map(|(_, all)| all.iter().map(|(figure, _)| *figure)));
    }
    figures.sort_unstable();
    figures.dedup();
    let side = |runs: &[Run], figure| Side::new(runs.iter().flat_map(|run| run.readings(&place, figure)));
    let unlike = match (base.first(), new.first()) {
        (Some(base), Some(new)) => likeness::unlike_at(&base.conditions, &new.conditions, &place),
        _ => None,
    };
    let each = figures.into_iter().map(|figure| {
        let why = unlike.clone().or_else(|| limits(base, new, figure));
        Difference::new(figure, side(base, figure), side(new, figure), why.as_deref())
    });
    let measured = |one: &Difference| one.base.typical.is_some() || one.new.typical.is_some();
    Section { differences: each.filter(measured).collect(), place }
}

/// Why a failover time is another figure: a probe that waits longer sees fewer outages.
fn limits(base: &[Run], new: &[Run], figure: Figure) -> Option<String> {
    let kind = match figure {
        Figure::Failover | Figure::Unavailable => ProbeKind::Entry,
        Figure::FailoverWrite => ProbeKind::Write,
        _ => return None,
    };
    let mut limits = base.iter().chain(new).filter_map(|run| run.limit(kind));
    let first = limits.next()?;
    limits.any(|limit| limit != first).then(|| "probes have another limit".to_owned())
}

/// Adjusts every test for the others, and judges each figure.
fn judge(sections: &mut [Section], threshold: f64) {
    let mut all: Vec<_> = sections.iter_mut().flat_map(|section| &mut section.differences).collect();
    let found: Vec<_> = all.iter_mut().filter_map(|one| one.test.as_mut()).collect();
    let adjusted = statistics::adjusted(&found.iter().map(|test| test.p).collect::<Vec<_>>());
    found.into_iter().zip(adjusted).for_each(|(test, adjusted)| test.p_adjusted = adjusted);
    all.into_iter().for_each(|one| one.judge(threshold));
}

#[cfg(test)]
mod tests;
