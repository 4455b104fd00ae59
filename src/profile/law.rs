//! Samples → laws that can be written into a file and drawn from: quantiles of times, shares of counts, a histogram of
//! arrivals. Each turns a number from 0 to 1 into a value (inverse sampling), so that who draws decides where chance comes
//! from. Knows nothing of logs.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts stay far below 2^32, and shares are clamped to 0 to 1"
)]

use std::time::Duration;

use crate::settings::millis;

/// Quantiles of times. Between two levels a time is as likely as any other (linear interpolation).
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiles {
    levels: Vec<f64>,
    values: Vec<Duration>,
    /// Whoever draws a class asks for it at every step.
    mean: Duration,
}

impl Quantiles {
    /// These values at these levels. None unless both are as many, at least two, the levels rise from 0 to 1, and no value is
    /// below the one before.
    pub fn new(levels: Vec<f64>, values: Vec<Duration>) -> Option<Self> {
        let whole = levels.first() == Some(&0.0) && levels.last() == Some(&1.0);
        let rising = levels.windows(2).all(|pair| pair[0] < pair[1]) && values.is_sorted();
        (whole && rising && levels.len() == values.len() && levels.len() >= 2).then(|| Self::with(levels, values))
    }

    /// Every time from `low` to `high` is as likely as any other.
    pub fn uniform(low: Duration, high: Duration) -> Self {
        Self::with(vec![0.0, 1.0], vec![low, high.max(low)])
    }

    fn with(levels: Vec<f64>, values: Vec<Duration>) -> Self {
        let between = levels.windows(2).zip(values.windows(2));
        let part =
            |(levels, values): (&[f64], &[Duration])| ((values[0] + values[1]) / 2).mul_f64(levels[1] - levels[0]);
        let mean = between.map(part).sum();
        Self { levels, values, mean }
    }

    /// The quantiles of `samples` at `levels`; none of no samples. Between two samples they are interpolated: definition 7
    /// of R. J. Hyndman and Y. Fan, *Sample quantiles in statistical packages*, The American Statistician 50 (1996).
    pub fn of(samples: &[Duration], levels: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let value = |level: &f64| {
            let place = level.clamp(0.0, 1.0) * last as f64;
            let (below, part) = (place.floor() as usize, place.fract());
            let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
            millis::whole(low + (high - low).mul_f64(part))
        };
        Self::new(levels.to_vec(), levels.iter().map(value).collect())
    }

    /// The levels, from 0 to 1.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// The value at each level.
    pub fn values(&self) -> &[Duration] {
        &self.values
    }

    /// The value at `level`, from 0 to 1.
    pub fn at(&self, level: f64) -> Duration {
        let after = self.levels.partition_point(|known| *known <= level).clamp(1, self.levels.len() - 1);
        let (from, to) = (self.levels[after - 1], self.levels[after]);
        let part = ((level - from) / (to - from)).clamp(0.0, 1.0);
        let (low, high) = (self.values[after - 1], self.values[after]);
        low + (high - low).mul_f64(part)
    }

    /// The largest share of all that is at most `value`: the inverse of [`at`](Self::at).
    pub fn share_up_to(&self, value: Duration) -> f64 {
        let above = self.values.partition_point(|known| *known <= value);
        let Some(before) = above.checked_sub(1) else { return 0.0 };
        let Some(high) = self.values.get(above) else { return 1.0 };
        let (low, from, to) = (self.values[before], self.levels[before], self.levels[above]);
        let part = (value - low).as_secs_f64() / (*high - low).as_secs_f64();
        from + (to - from) * part
    }

    /// The mean: that of what [`at`](Self::at) gives when all levels are as likely.
    pub fn mean(&self) -> Duration {
        self.mean
    }
}

/// How many of all did something not at all, once, twice, and so on.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts(Vec<f64>);

impl Counts {
    /// Most entries: what happened more often counts as so often.
    pub const MAX: usize = 41;

    /// Shares of those who did it as often as the place in the list says, from 0. None unless they make up all (to a hundredth),
    /// and there are 1 to [`MAX`](Self::MAX).
    pub fn new(shares: Vec<f64>) -> Option<Self> {
        let sum: f64 = shares.iter().sum();
        (!shares.is_empty() && shares.len() <= Self::MAX && (sum - 1.0).abs() <= 0.0101).then_some(Self(shares))
    }

    /// All did it so often.
    pub fn always(count: usize) -> Self {
        let mut shares = vec![0.0; count.min(Self::MAX - 1)];
        shares.push(1.0);
        Self(shares)
    }

    /// The shares of `samples`, in hundredths of a percent; none of no samples.
    pub fn of(samples: &[u32]) -> Option<Self> {
        let place = |count: u32| (count as usize).min(Self::MAX - 1);
        let most = samples.iter().copied().map(place).max()?;
        let mut counts = vec![0_u32; most + 1];
        samples.iter().for_each(|count| counts[place(*count)] += 1);
        let share = |count: u32| (f64::from(count) / samples.len() as f64 * 10_000.0).round() / 10_000.0;
        Some(Self(counts.into_iter().map(share).collect()))
    }

    /// The shares, from that of none on.
    pub fn shares(&self) -> &[f64] {
        &self.0
    }

    /// How often somebody did it whose rank among all is `level`, from 0 to 1.
    pub fn at(&self, level: f64) -> u32 {
        let mut rest = level * self.0.iter().sum::<f64>();
        for (count, share) in self.0.iter().enumerate() {
            rest -= share;
            if rest < 0.0 {
                return count as u32;
            }
        }
        // What rounding leaves is the last that anybody did.
        self.0.iter().rposition(|share| *share > 0.0).unwrap_or_default() as u32
    }

    /// How often on average.
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.0.iter().sum();
        let weighted: f64 = self.0.iter().enumerate().map(|(count, share)| count as f64 * share).sum();
        if sum > 0.0 { weighted / sum } else { 0.0 }
    }
}

/// When students arrive: how many in each of equal intervals, the first of which begins with the first arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    every: Duration,
    counts: Vec<u32>,
}

impl Arrivals {
    /// Most intervals.
    pub const MAX: usize = 1000;
    /// Most intervals that a recording is cut into: a person reads them.
    const READABLE: u32 = 400;
    /// Intervals that it is cut into, where half of the students do not come within a smaller part of the time.
    const WANTED: u32 = 60;
    /// Intervals in the time within which the middle half of the students come.
    const MIDDLE: u32 = 20;

    /// So many in each interval. None unless somebody arrives, and there are 1 to [`MAX`](Self::MAX).
    pub fn new(every: Duration, counts: Vec<u32>) -> Option<Self> {
        let some = counts.iter().any(|count| *count > 0);
        (some && counts.len() <= Self::MAX && every >= Duration::from_millis(1)).then_some(Self { every, counts })
    }

    /// Everybody within the first second.
    pub fn at_once() -> Self {
        Self { every: Duration::from_secs(1), counts: vec![1] }
    }

    /// The arrivals at `times` since the first one, in round intervals; none of nobody.
    pub fn of(times: &[Duration]) -> Option<Self> {
        const ROUND: [u64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 6 * 3600, 24 * 3600];
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let last = sorted.last()?;
        let middle = sorted[sorted.len() * 3 / 4] - sorted[sorted.len() / 4];
        let wanted = (*last / Self::WANTED).min(middle / Self::MIDDLE).max(*last / Self::READABLE);
        let round = ROUND.into_iter().map(Duration::from_secs).find(|every| *every >= wanted);
        let every = round.unwrap_or_else(|| Duration::from_secs(wanted.as_secs() + 1));
        let place = |time: &Duration| (time.as_millis() / every.as_millis()) as usize;
        let mut counts = vec![0; place(last) + 1];
        times.iter().for_each(|time| counts[place(time)] += 1);
        Self::new(every, counts)
    }

    /// The length of an interval.
    pub fn every(&self) -> Duration {
        self.every
    }

    /// How many arrive in each.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The end of the last interval in which anybody arrives.
    pub fn end(&self) -> Duration {
        let last = self.counts.iter().rposition(|count| *count > 0).unwrap_or_default();
        self.every * (last as u32 + 1)
    }

    /// When somebody arrives whose rank among all is `level`, from 0 to 1: within an interval every moment is as likely as
    /// any other.
    pub fn at(&self, level: f64) -> Duration {
        let all: f64 = self.counts.iter().map(|count| f64::from(*count)).sum();
        let mut rest = level.clamp(0.0, 1.0) * all;
        for (place, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = f64::from(*count);
            if rest < count {
                return self.every * place as u32 + self.every.mul_f64(rest / count);
            }
            rest -= count;
        }
        self.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(all: &[u64]) -> Vec<Duration> {
        all.iter().copied().map(Duration::from_secs).collect()
    }

    #[test]
    fn quantiles_and_shares_are_inverse() {
        let law = Quantiles::of(&seconds(&[40, 10, 30, 20, 50]), &[0.0, 0.25, 0.5, 1.0]).unwrap();
        assert_eq!(law.values(), seconds(&[10, 20, 30, 50]));
        for level in [0.0, 0.1, 0.25, 0.4, 0.5, 0.9, 1.0] {
            assert!((law.share_up_to(law.at(level)) - level).abs() < 1e-9, "{level}");
        }
        assert_eq!((law.share_up_to(Duration::ZERO), law.share_up_to(Duration::from_secs(99))), (0.0, 1.0));
        assert_eq!(law.mean(), Duration::from_secs_f64(15.0 * 0.25 + 25.0 * 0.25 + 40.0 * 0.5));
        assert_eq!(Quantiles::uniform(Duration::ZERO, Duration::from_secs(4)).at(0.5), Duration::from_secs(2));
        assert_eq!(Quantiles::new(vec![0.0, 1.0], seconds(&[2, 1])), None);
        assert_eq!(Quantiles::new(vec![0.0, 0.9], seconds(&[1, 2])), None);
        assert_eq!(Quantiles::of(&[], &[0.0, 1.0]), None);
    }

    #[test]
    fn counts_are_drawn_as_often_as_they_were() {
        let law = Counts::of(&[0, 1, 1, 3]).unwrap();
        assert_eq!(law.shares(), [0.25, 0.5, 0.0, 0.25]);
        let drawn: Vec<_> = (0..8).map(|place| law.at((f64::from(place) + 0.5) / 8.0)).collect();
        assert_eq!(drawn, [0, 0, 1, 1, 1, 1, 3, 3]);
        assert_eq!((law.mean(), law.at(1.0), Counts::always(2).at(0.3)), (1.25, 3, 2));
        assert_eq!(Counts::of(&[1, 1, 1]).unwrap().shares(), [0.0, 1.0]);
        assert_eq!(Counts::new(vec![0.5, 0.4]), None);
        assert_eq!(Counts::of(&[5000]).unwrap().shares().len(), Counts::MAX);
    }

    #[test]
    fn arrivals_are_drawn_where_they_were() {
        let law = Arrivals::of(&seconds(&[0, 100, 200, 300])).unwrap();
        assert_eq!(
            (law.every(), law.counts().len(), law.end()),
            (Duration::from_secs(5), 61, Duration::from_secs(305))
        );
        // Half of them come within a second, so intervals are as short as one.
        let law = Arrivals::of(&seconds(&[0, 1, 1, 1, 1, 130])).unwrap();
        assert_eq!((law.every(), law.counts().len(), law.counts()[1]), (Duration::from_secs(1), 131, 4));
        assert_eq!([0.0, 0.5, 1.0].map(|level| law.at(level).as_millis()), [0, 1500, 131_000]);
        assert_eq!(law.at(1.0), law.end());
        assert_eq!(Arrivals::new(Duration::from_secs(1), vec![0, 0]), None);
    }
}
