//! What trials came to → which class size to try next, until the largest that holds is known well enough ([`Search`]). Pure: no
//! clock, no cluster, the same answers give the same search.
//!
//! # How it goes
//!
//! 1. The first trial is of a class a little smaller than what the sizing run lets one expect to be the limit: half a bracket
//!    beside it, for right at the limit every run is a toss.
//! 2. *Bracket*: while everything holds (fails), a larger (smaller) class is tried: half a bracket beyond what the trials until
//!    then let one [expect](Search::expect), where that lies further out; else a whole bracket further, for the limit is
//!    expected to be near, then by three tenths, then by doubling and halving.
//! 3. *Bisect* until the bracket is no wider than [`WIDTH`] of its lower end, or two steps.
//! 4. *Confirm*: both ends are tried until each has as many runs as asked for.
//!
//! Where the guess is good, that is two sizes. A trial whose answer is clear counts at once; a close one is repeated until the
//! majority of the asked runs is settled.
//!
//! # What noise does
//!
//! A smaller class is taken to fare no worse than a larger one. Runs may contradict that: of all places between two tried sizes
//! the limit is put where the fewest runs contradict it (held above it, failed below it), which is the most likely place
//! whenever each run is more likely right than wrong. What is stated reaches over every place that one contradiction more would
//! allow, unless one run of each end is all that is asked for. So a size of whose three runs one said otherwise is no end of
//! the statement; the next one outward is, and is tried where it was not: once where its answer is clear. Every search ends: each
//! trial is a new size or a run that is missing, and all together are bounded.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trial::Outcome;
use cuts::{Cuts, Runs, cuts, ends};

mod cuts;

/// A bracket is narrow enough when it is no wider than this share of its lower end. Its ends are then about as far from the limit
/// as two classes of one size differ (3 % and less, at which one run of eight contradicts): with narrower ones, more runs
/// contradict, and what is stated becomes wider, not narrower (`three_searches_agree_within_what_they_state`).
pub const WIDTH: f64 = 0.12;
/// Beside what is expected, the ends of a bracket lie at this factor.
const ASIDE: f64 = 1.0 + WIDTH / 2.0;
/// What is expected is followed where it lies beyond this factor; what is nearer tells little more than a bracket's other end.
const FAR: f64 = 1.0 + WIDTH * 1.5;
/// Steps that a bracket need not be narrower than: of few students one more or less decides nothing.
const NARROWEST: u32 = 2;
/// The factors of the second step to a side on which there is no end yet, and of every further one: after one step of
/// a bracket's width what is expected is off by little, after a second one by anything.
const SECOND: f64 = 1.3;
const DOUBLE: f64 = 2.0;
/// A void trial is repeated so often.
const VOIDS_MAX: u32 = 2;
/// How much longer than without noise a search may go on: our choice, which leaves each end of a bracket the runs that settle a
/// contradiction, and bounds a search that noise would never let end.
const PATIENCE: f64 = 1.5;
/// How many limits an estimate looks at.
const LOOKED_AT: u32 = 48;

/// Within which sizes is searched, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Smallest class that is tried, at least 1.
    pub least: u32,
    /// Largest class that is tried.
    pub most: u32,
    /// What the sizing run lets one expect; brought within the two.
    pub first_guess: u32,
    /// Runs of each end of the bracket, at least 1; an odd number can always be decided by majority.
    pub repeats: u32,
    /// Sizes differ by a whole number of this, at least 1.
    pub step: u32,
}

/// How many trials a search takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// When the limit is within 15 % of the guess and every answer is clear: the median.
    pub likely: u32,
    /// Never more.
    pub most: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A trial of so many students.
    Try(u32),
    /// Nothing: this is what was found.
    Found(Found),
    /// Nothing: it cannot be found.
    Stuck(Stuck),
}

/// Between which sizes the limit lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The largest class that is said to hold; none when not even the smallest does.
    pub holds: Option<u32>,
    /// The smallest that is said to fail; none when not even the largest does.
    pub fails: Option<u32>,
    /// Runs of the class that holds.
    pub runs_of_holds: u32,
    /// Runs of the class that fails.
    pub runs_of_fails: u32,
    /// Runs that contradict the statement: that held with more students or failed with fewer.
    pub contradictions: u32,
    /// Whether even the largest class that may be asked for holds.
    pub at_most_asked: bool,
    /// Whether the search was ended because it had taken as many trials as it may.
    pub out_of_trials: bool,
}

/// A search that ended without an answer: three trials of one size in a row were void, so this machine cannot offer such a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stuck {
    /// The size at which it did.
    pub at: u32,
    /// The largest class of which most runs held until then.
    pub holds: Option<u32>,
    /// The smallest above it of which most runs failed.
    pub fails: Option<u32>,
}

/// The trials so far.
#[derive(Clone, Debug)]
pub struct Search {
    bounds: Bounds,
    /// Where the limit is expected.
    expected: u32,
    /// The size that was tried first.
    first: Option<u32>,
    runs: BTreeMap<u32, Runs>,
    /// The size whose last trials were void, and how many.
    void: Option<(u32, u32)>,
    taken: u32,
    most: u32,
}

impl Search {
    /// A search that has not begun.
    pub fn new(bounds: Bounds) -> Self {
        let mut search = Self::endless(bounds);
        search.most = estimate(bounds).most;
        search
    }

    fn endless(bounds: Bounds) -> Self {
        let least = bounds.least.max(1);
        let most = bounds.most.max(least);
        let (repeats, step) = (bounds.repeats.max(1), bounds.step.max(1));
        let bounds = Bounds { least, most, first_guess: bounds.first_guess.clamp(least, most), repeats, step };
        Self {
            bounds,
            expected: bounds.first_guess,
            first: None,
            runs: BTreeMap::new(),
            void: None,
            taken: 0,
            most: u32::MAX,
        }
    }

    /// What is known by now lets one expect the limit at `students`: the sizing run knows least of what a page costs.
    pub fn expect(&mut self, students: u32) {
        self.expected = students.clamp(self.bounds.least, self.bounds.most);
    }

    /// Takes in what a trial of `students` came to.
    pub fn take(&mut self, students: u32, outcome: &Outcome) {
        self.taken = self.taken.saturating_add(1);
        let Some(holds) = outcome.holds() else {
            let before = self.void.filter(|(size, _)| *size == students).map_or(0, |(_, count)| count);
            self.void = Some((students, before + 1));
            return;
        };
        self.void = None;
        self.first.get_or_insert(students);
        let runs = self.runs.entry(students).or_default();
        if holds {
            runs.held += 1
        } else {
            runs.failed += 1
        }
        runs.clear |= outcome.is_clear();
    }

    /// How many trials were taken.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// What to do next.
    pub fn next(&self) -> Next {
        let sizes: Vec<(u32, Runs)> = self.runs.iter().map(|(size, runs)| (*size, *runs)).collect();
        let cuts = cuts(&sizes, self.bounds.repeats);
        if let Some((at, count)) = self.void
            && count > VOIDS_MAX
        {
            let (holds, fails) = ends(&sizes, &cuts);
            return Next::Stuck(Stuck { at, holds, fails });
        }
        if self.taken >= self.most {
            return self.found(&sizes, &cuts, true);
        }
        match self.wanted(&sizes, &cuts) {
            Some(students) => Next::Try(students),
            None => self.found(&sizes, &cuts, false),
        }
    }

    /// The size whose trial would tell most; none when all is told.
    fn wanted(&self, sizes: &[(u32, Runs)], cuts: &Cuts) -> Option<u32> {
        if let Some((size, _)) = self.void {
            return Some(size);
        }
        if sizes.is_empty() {
            return Some(self.on_step(f64::from(self.bounds.first_guess) / ASIDE));
        }
        let (low, high) = cuts.best;
        let ends = low.saturating_sub(1)..(high + 1).min(sizes.len());
        let around = || sizes[ends.clone()].iter();
        let fewest =
            |all: &mut dyn Iterator<Item = &(u32, Runs)>| all.min_by_key(|(_, runs)| runs.all()).map(|(size, _)| *size);
        let repeats = self.bounds.repeats;
        let unsettled = fewest(&mut around().filter(|(_, runs)| !runs.settled(repeats)));
        let open = || fewest(&mut sizes[low..high].iter().filter(|(_, runs)| runs.all() < repeats));
        let narrower = || {
            let holds = low.checked_sub(1).and_then(|place| sizes.get(place)).map(|(size, _)| *size);
            self.narrower(holds, sizes.get(high).map(|(size, _)| *size))
        };
        let confirmed = || fewest(&mut around().filter(|(_, runs)| runs.all() < repeats));
        unsettled.or_else(open).or_else(narrower).or_else(confirmed).or_else(|| self.outward(sizes, cuts))
    }

    /// A size between the ends, or beyond the one that there is; none when they are near enough to each other.
    fn narrower(&self, holds: Option<u32>, fails: Option<u32>) -> Option<u32> {
        let Bounds { least, most, .. } = self.bounds;
        match (holds, fails) {
            (Some(holds), Some(fails)) => {
                let between = self.on_step(f64::from(holds) / 2.0 + f64::from(fails) / 2.0);
                let narrow = f64::from(fails - holds) <= self.tolerance(f64::from(holds));
                (!narrow && holds < between && between < fails).then_some(between)
            }
            (Some(holds), None) if holds < most => Some(self.above(holds)),
            (None, Some(fails)) if fails > least => Some(self.below(fails)),
            _ => None,
        }
    }

    /// The size to try when `holds` does and nothing fails yet.
    fn above(&self, holds: u32) -> u32 {
        let Bounds { most, step, .. } = self.bounds;
        let aim = f64::from(self.expected) * ASIDE;
        let size = match self.stride(|size, first| size > first) {
            _ if aim > f64::from(holds) * FAR => aim,
            Some(stride) => f64::from(holds) * stride,
            None => f64::from(holds) + self.in_steps(self.tolerance(f64::from(holds))),
        };
        self.on_step(size).max(holds.saturating_add(step)).min(most)
    }

    /// The size to try when `fails` does and nothing holds yet.
    fn below(&self, fails: u32) -> u32 {
        let Bounds { least, step, .. } = self.bounds;
        let aim = f64::from(self.expected) / ASIDE;
        let size = match self.stride(|size, first| size < first) {
            _ if aim < f64::from(fails) / FAR => aim,
            Some(stride) => f64::from(fails) / stride,
            None => f64::from(fails) - self.in_steps(self.tolerance(f64::from(fails) / (1.0 + WIDTH))),
        };
        self.on_step(size).min(fails.saturating_sub(step)).max(least)
    }

    /// The factor of the next step to a side on which there is no end yet, by how many sizes lie on that side of the first; none for
    /// the first such step, which is a bracket wide.
    fn stride(&self, beyond: fn(u32, u32) -> bool) -> Option<f64> {
        let first = self.first.unwrap_or(self.bounds.first_guess);
        match self.runs.keys().filter(|size| beyond(**size, first)).count() {
            0 => None,
            1 => Some(SECOND),
            _ => Some(DOUBLE),
        }
    }

    /// Where an end of the bracket is no end of the statement: the next size outward, until its answer is settled.
    fn outward(&self, sizes: &[(u32, Runs)], cuts: &Cuts) -> Option<u32> {
        let at = |place: Option<usize>| place.and_then(|place| sizes.get(place)).copied();
        let missing = |end: Option<(u32, Runs)>| end.filter(|(_, runs)| !runs.settled(self.bounds.repeats));
        let untried = |size: u32| (!self.runs.contains_key(&size)).then_some(size);
        let below = || {
            let (inner, _) = at(cuts.best.0.checked_sub(1)).filter(|_| cuts.near.0 < cuts.best.0)?;
            let outer = at(cuts.near.0.checked_sub(1));
            let least = outer.map_or(self.bounds.least, |(size, _)| size);
            let wanted = self.on_step(f64::from(inner) * (1.0 - WIDTH)).min(inner.saturating_sub(self.bounds.step));
            let far = f64::from(inner.saturating_sub(least)) > self.tolerance(f64::from(least));
            let wanted = wanted.max(self.bounds.least);
            let new = if outer.is_none() || far { untried(wanted).filter(|size| *size < inner) } else { None };
            new.or_else(|| missing(outer).map(|(size, _)| size))
        };
        let above = || {
            let (inner, _) = at(Some(cuts.best.1)).filter(|_| cuts.near.1 > cuts.best.1)?;
            let outer = at(Some(cuts.near.1));
            let most = outer.map_or(self.bounds.most, |(size, _)| size);
            let wanted = self.on_step(f64::from(inner) * (1.0 + WIDTH)).max(inner.saturating_add(self.bounds.step));
            let far = f64::from(most.saturating_sub(inner)) > self.tolerance(f64::from(inner));
            let wanted = wanted.min(self.bounds.most);
            let new = if outer.is_none() || far { untried(wanted).filter(|size| *size > inner) } else { None };
            new.or_else(|| missing(outer).map(|(size, _)| size))
        };
        below().or_else(above)
    }

    /// The widest bracket that need not be narrowed.
    fn tolerance(&self, holds: f64) -> f64 {
        (holds * WIDTH).max(f64::from(self.bounds.step.saturating_mul(NARROWEST)))
    }

    /// The whole steps in `students`.
    fn in_steps(&self, students: f64) -> f64 {
        let step = f64::from(self.bounds.step);
        // Rounding loses no step.
        (students / step + 1e-9).floor() * step
    }

    /// The size nearest to `students` that may be tried.
    fn on_step(&self, students: f64) -> u32 {
        let Bounds { least, most, step, .. } = self.bounds;
        let steps = ((students - f64::from(least)) / f64::from(step)).round().max(0.0);
        let size = f64::from(least) + steps * f64::from(step);
        // Whatever is no number of students becomes the nearest that is.
        (size.min(f64::from(most)) as u32).clamp(least, most)
    }

    fn found(&self, sizes: &[(u32, Runs)], cuts: &Cuts, out_of_trials: bool) -> Next {
        // Where no size may be tried that lies outward, there is only where the limit most likely is.
        let lowest = sizes.first().is_some_and(|(size, _)| *size <= self.bounds.least);
        let highest = sizes.last().is_some_and(|(size, _)| *size >= self.bounds.most);
        let low = if cuts.near.0 == 0 && lowest { cuts.best.0 } else { cuts.near.0 };
        let high = if cuts.near.1 == sizes.len() && highest { cuts.best.1 } else { cuts.near.1 };
        let holds = low.checked_sub(1).and_then(|place| sizes.get(place));
        let fails = sizes.get(high);
        let against = |(size, runs): &(u32, Runs)| match (holds, fails) {
            (_, Some((fails, _))) if size >= fails => runs.held,
            (Some((holds, _)), _) if size <= holds => runs.failed,
            _ => 0,
        };
        Next::Found(Found {
            holds: holds.map(|(size, _)| *size),
            fails: fails.map(|(size, _)| *size),
            runs_of_holds: holds.map_or(0, |(_, runs)| runs.all()),
            runs_of_fails: fails.map_or(0, |(_, runs)| runs.all()),
            contradictions: sizes.iter().map(against).sum(),
            at_most_asked: fails.is_none() && holds.is_some_and(|(size, _)| *size >= self.bounds.most),
            out_of_trials,
        })
    }

    /// The largest class of which most runs held until now, and the smallest above it of which most failed.
    pub fn bracket(&self) -> (Option<u32>, Option<u32>) {
        let sizes: Vec<(u32, Runs)> = self.runs.iter().map(|(size, runs)| (*size, *runs)).collect();
        ends(&sizes, &cuts(&sizes, self.bounds.repeats))
    }
}

/// How many trials a search within `bounds` takes.
pub fn estimate(bounds: Bounds) -> Estimate {
    let Bounds { least, most, first_guess: guess, .. } = Search::endless(bounds).bounds;
    let between = |from: f64, to: f64| {
        (0..=LOOKED_AT).map(move |place| from * (to / from).powf(f64::from(place) / f64::from(LOOKED_AT)))
    };
    let guess = f64::from(guess);
    let mut near: Vec<_> = between(guess * 0.85, guess * 1.15).map(|limit| dry(bounds, limit, true)).collect();
    near.sort_unstable();
    let likely = near.get(near.len() / 2).copied().unwrap_or(1);
    let far = between(f64::from(least) * 0.5, f64::from(most) * 1.5).map(|limit| dry(bounds, limit, false)).max();
    let worst = f64::from(far.unwrap_or(likely).max(likely)) * PATIENCE;
    Estimate { likely, most: worst.ceil() as u32 + VOIDS_MAX }
}

/// How many trials a search takes when every class of at most `limit` students holds, and no answer contradicts another.
fn dry(bounds: Bounds, limit: f64, clear: bool) -> u32 {
    use super::trial::Margin::{Clear, Close};
    let margin = if clear { Clear } else { Close };
    let mut search = Search::endless(bounds);
    while let Next::Try(students) = search.next() {
        let holds = f64::from(students) <= limit;
        let fails = Outcome::Fails { margin, reasons: Vec::new() };
        search.take(students, &if holds { Outcome::Holds { margin } } else { fails });
    }
    search.taken
}

#[cfg(test)]
mod tests;
