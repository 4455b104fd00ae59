//! The samples of a figure on both sides → whether it changed: by a stated rule, the same for the same samples.
//!
//! A figure is *better* or *worse* when the difference of what is typical is
//!
//! 1. larger than the threshold, a share of the base;
//! 2. larger than what the figure is true to; and
//! 3. not explained by chance: a test says so (at 5 %, adjusted for all that are made in one comparison), or, for times,
//!    every sample of one side is beyond every one of the other by more than the figure is true to and one draw may differ.
//!    Of one sample a side, where there can be no test, that is what decides; but only of figures that follow from how
//!    detectors and probes are set ([`Figure::follows`]), for how far the others spread from run to run is not known.
//!
//! A share is tested by its counts, and from [`ENOUGH`] samples a side on by the samples, since requests that meet one
//! outage fail together. Answers that were lost where the base lost none are worse, whatever chance can explain.
//!
//! It is *unchanged* when nothing differs by more than the figure is true to; when from two samples a side on all of them lie
//! within the threshold; and, for a share, when the interval of its difference is within the threshold or a hundredth. What
//! is neither is *too noisy to tell*: it may be a change as large as is asked for, or none.

use serde::{Deserialize, Serialize};

use crate::measure::Count;

use super::figure::{Figure, Reading};
use super::sample::{Sample, typical};
use super::statistics;

/// What chance may explain at most of what is called changed.
pub const LEVEL: f64 = 0.05;
/// Samples on each side from which on a rank test can find anything.
pub const ENOUGH: usize = 4;
/// A share is no truer than this.
const SHARE: f64 = 0.01;

/// One figure at one place, on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The figure.
    pub figure: Figure,
    /// What the base measured.
    pub base: Side,
    /// What the new runs measured.
    pub new: Side,
    /// The test that was made; none where none was possible.
    pub test: Option<Test>,
    /// What it came to.
    pub outcome: Outcome,
}

/// What one side measured of a figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// One for each sitting in which it was measured.
    pub samples: Vec<Sample>,
    /// The sum of shares and of events, the median of times.
    pub typical: Option<Sample>,
    /// Why it was not measured in others.
    pub missing: Vec<String>,
}

/// A test and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Which.
    pub by: By,
    /// How likely chance alone makes both sides differ so much.
    pub p: f64,
    /// The same, adjusted for all tests of the comparison.
    pub p_adjusted: f64,
}

/// A test by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Fisher's exact test of two shares.
    Fisher,
    /// The exact test of Przyborowski and Wilenski of two numbers of events.
    Events,
    /// The rank test of Wilcoxon, Mann and Whitney.
    Ranks,
}

/// Whether a figure changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// It became smaller.
    Better,
    /// It became larger.
    Worse,
    /// It is as it was.
    Unchanged,
    /// The samples leave it open.
    TooNoisy,
    /// Nothing can be said.
    NotComparable {
        /// Why.
        why: String,
    },
}

impl Side {
    /// The readings of all runs of a side.
    pub fn new<'a>(readings: impl Iterator<Item = &'a Reading>) -> Self {
        let (mut samples, mut missing) = (Vec::new(), Vec::new());
        for reading in readings {
            match reading {
                Ok(sample) => samples.push(*sample),
                Err(why) => missing.push(why.clone()),
            }
        }
        Self { typical: typical(&samples), samples, missing }
    }

    fn sizes(&self) -> Vec<f64> {
        self.samples.iter().map(Sample::size).collect()
    }

    /// Smallest and largest sample.
    pub fn range(&self) -> Option<(Sample, Sample)> {
        let order = |one: &&Sample, other: &&Sample| one.size().total_cmp(&other.size());
        Some((*self.samples.iter().min_by(order)?, *self.samples.iter().max_by(order)?))
    }

    fn count(&self) -> Option<Count> {
        match self.typical? {
            Sample::Share(count) => Some(count),
            _ => None,
        }
    }
}

impl Difference {
    /// Both sides of a figure, not judged yet; `unlike` says why they are not of the same thing.
    pub fn new(figure: Figure, base: Side, new: Side, unlike: Option<&str>) -> Self {
        let why = unlike.map(str::to_owned).or_else(|| match (base.typical, new.typical) {
            (Some(_), Some(_)) => None,
            (None, _) => Some(absent("base", &base)),
            (_, None) => Some(absent("new", &new)),
        });
        let outcome = why.map_or(Outcome::TooNoisy, |why| Outcome::NotComparable { why });
        let mut difference = Self { figure, base, new, test: None, outcome };
        if difference.is_comparable() {
            difference.test = difference.tested().map(|(by, p)| Test { by, p, p_adjusted: p });
        }
        difference
    }

    /// Whether both sides measured the same thing.
    pub fn is_comparable(&self) -> bool {
        !matches!(self.outcome, Outcome::NotComparable { .. })
    }

    /// Whether the base measured something that the new runs did not: a gate has nothing to judge by.
    pub fn is_lost_sight_of(&self) -> bool {
        !self.is_comparable() && self.base.typical.is_some()
    }

    fn tested(&self) -> Option<(By, f64)> {
        let enough = self.base.samples.len().min(self.new.samples.len()) >= ENOUGH;
        let ranks = || (By::Ranks, statistics::ranks(&self.base.sizes(), &self.new.sizes()));
        match (self.base.typical?, self.new.typical?) {
            // Where nothing happened there is nothing to test, and it takes no chance from other tests.
            (Sample::Events { count: 0, .. }, Sample::Events { count: 0, .. }) => None,
            (Sample::Events { count: from, sittings }, Sample::Events { count: to, sittings: others }) => {
                Some((By::Events, statistics::events((from, sittings), (to, others))))
            }
            (Sample::Share(from), Sample::Share(to)) if from.failed + to.failed == 0 => None,
            // A loss is so rare that most samples are 0: the counts say more.
            (Sample::Share(from), Sample::Share(to)) if !enough || self.figure.is_of_answers() => {
                Some((By::Fisher, statistics::fisher(from, to)))
            }
            _ => enough.then(ranks),
        }
    }

    /// Judges it, once its test is adjusted for the others.
    pub fn judge(&mut self, threshold: f64) {
        if let (true, Some(from), Some(to)) = (self.is_comparable(), self.base.typical, self.new.typical) {
            self.outcome = self.judged(threshold, &from, &to);
        }
    }

    fn judged(&self, threshold: f64, from: &Sample, to: &Sample) -> Outcome {
        let (base, new) = (self.base.sizes(), self.new.sizes());
        let (from, to) = (from.size(), to.size());
        let changed = || if to > from { Outcome::Worse } else { Outcome::Better };
        if self.figure.is_of_answers() && from == 0.0 && to > 0.0 {
            return Outcome::Worse;
        }
        let (difference, noticeable) = (apart(from, to), threshold * from);
        let significant = self.test.is_some_and(|test| test.p_adjusted <= LEVEL);
        let (resolution, draw) = self.noise();
        let large = difference > resolution && (difference > noticeable || from.is_infinite());
        if large && (significant || self.is_separate(&base, &new, resolution + draw)) {
            return changed();
        }
        if self.is_same(&base, &new, (resolution, noticeable)) {
            return Outcome::Unchanged;
        }
        Outcome::TooNoisy
    }

    /// What the figure is true to, and what one draw of it may differ by, in the unit of its samples.
    fn noise(&self) -> (f64, f64) {
        let timed = self.base.samples.iter().chain(&self.new.samples).filter_map(|sample| match sample {
            Sample::Time(timed) => Some((timed.resolution, timed.draw)),
            _ => None,
        });
        let most = timed.fold((std::time::Duration::ZERO, std::time::Duration::ZERO), |most, one| {
            (most.0.max(one.0), most.1.max(one.1))
        });
        (most.0.as_secs_f64() * 1000.0, most.1.as_secs_f64() * 1000.0)
    }

    /// Whether every time of one side is beyond every one of the other by more than `noise`.
    fn is_separate(&self, base: &[f64], new: &[f64], noise: f64) -> bool {
        let endless = base.iter().chain(new).any(|size| size.is_infinite());
        let known = self.figure.follows() || endless || base.len().min(new.len()) >= 2;
        let times = matches!(self.base.typical, Some(Sample::Time(_))) && known;
        let [(base_low, base_high), (new_low, new_high)] = [base, new].map(ends);
        let above = |low: f64, high: f64| low > high && apart(high, low) > noise;
        times && (above(new_low, base_high) || above(base_low, new_high))
    }

    /// Whether both sides are the same, as far as that can be told.
    fn is_same(&self, base: &[f64], new: &[f64], (resolution, noticeable): (f64, f64)) -> bool {
        let all: Vec<f64> = base.iter().chain(new).copied().collect();
        let (low, high) = ends(&all);
        if let Some((from, to)) = self.base.count().zip(self.new.count()) {
            let (least, most) = statistics::newcombe(from, to).unwrap_or((-1.0, 1.0));
            let within = noticeable.max(SHARE);
            return from.rate() == to.rate() || (least >= -within && most <= within);
        }
        let several = base.len().min(new.len()) >= 2;
        apart(low, high) <= if several { resolution.max(noticeable) } else { resolution }
    }
}

fn absent(side: &str, of: &Side) -> String {
    format!("{side}: {}", of.missing.first().map_or("not measured", String::as_str))
}

/// How far apart two sizes are; two that are infinite are not.
fn apart(one: f64, other: f64) -> f64 {
    if one.total_cmp(&other).is_eq() { 0.0 } else { (other - one).abs() }
}

fn ends(sizes: &[f64]) -> (f64, f64) {
    sizes.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), size| (low.min(*size), high.max(*size)))
}
