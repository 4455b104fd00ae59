//! Two sets of samples → how far apart their distributions are.
//!
//! D is the largest difference between the shares of both that are at most some value, over all values: the two-sample
//! statistic of A. N. Kolmogorov (1933) and N. V. Smirnov, *On the estimation of the discrepancy between empirical curves of
//! distribution for two independent samples*, Bull. Math. Univ. Moscou 2 (1939). It is 0 where both are the same and 1 where
//! they do not overlap. With n and m samples of one law it exceeds 1.358·√((n+m)/(n·m)) in 5 % of cases (Smirnov 1948, for
//! many samples of a continuous law; with ties it does so less often).
#![allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use std::time::Duration;

/// What D does not exceed in 95 of 100 cases is so many times √((n+m)/(n·m)).
const CRITICAL: f64 = 1.358;

/// How far apart two sets of samples are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// D, from 0 to 1.
    pub d: f64,
    /// What chance alone exceeds in 5 % of cases.
    pub by_chance: f64,
    /// Samples of the first.
    pub first: usize,
    /// Samples of the second.
    pub second: usize,
}

/// The distance of two sets of samples, both in order; none where one has none.
pub fn distance(one: &[Duration], other: &[Duration]) -> Option<Distance> {
    let (n, m) = (one.len(), other.len());
    let d = distance_beyond(one, other, Duration::ZERO)?;
    let (all, both) = ((n + m) as f64, n as f64 * m as f64);
    Some(Distance { d, by_chance: (CRITICAL * (all / both).sqrt()).min(1.0), first: n, second: m })
}

/// D of two sets of samples, both in order, where what is not further apart than `slack` counts as equal: the largest share by which
/// more of one are at most some value than of the other are at most `slack` above it. With a slack of 0 it is D; P. Lévy's metric
/// has share and slack as one number. None where one set has none.
pub fn distance_beyond(one: &[Duration], other: &[Duration], slack: Duration) -> Option<f64> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    // A difference grows only where the set that it is taken from has a sample; past all that is equal there.
    let ahead = |first: &[Duration], second: &[Duration]| {
        let (mut i, mut j, mut d) = (0, 0, 0.0_f64);
        while let Some(value) = first.get(i) {
            i += first[i..].partition_point(|sample| sample <= value);
            j += second[j..].partition_point(|sample| *sample <= *value + slack);
            d = d.max(i as f64 / first.len() as f64 - j as f64 / second.len() as f64);
        }
        d
    };
    Some(ahead(one, other).max(ahead(other, one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(first: &[u64], second: &[u64]) -> f64 {
        let spans = |all: &[u64]| {
            let mut all: Vec<_> = all.iter().copied().map(Duration::from_millis).collect();
            all.sort_unstable();
            all
        };
        distance(&spans(first), &spans(second)).unwrap().d
    }

    #[test]
    fn the_statistic_is_that_of_the_books() {
        assert_eq!(d(&[1, 2, 3], &[3, 1, 2]), 0.0);
        assert_eq!(d(&[1, 2], &[3, 4]), 1.0);
        assert_eq!(d(&[1, 2, 3, 4], &[3, 4, 5, 6]), 0.5);
        assert_eq!(d(&[1, 1, 1, 2], &[1, 2, 2, 2]), 0.5);
        assert!((d(&[5], &[1, 5, 9]) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(distance(&[], &[Duration::ZERO]), None);
        assert_eq!(distance_beyond(&[Duration::ZERO], &[], Duration::ZERO), None);
        let same = vec![Duration::ZERO; 100];
        let found = distance(&same, &same).unwrap();
        assert!((found.by_chance - 0.192).abs() < 0.001, "{found:?}");
    }

    #[test]
    fn what_is_within_the_slack_is_equal() {
        let seconds = |all: &[u64]| all.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
        let beyond = |first: &[u64], second: &[u64], slack: u64| {
            distance_beyond(&seconds(first), &seconds(second), Duration::from_secs(slack)).unwrap()
        };
        assert_eq!(beyond(&[1, 2, 3, 4], &[2, 3, 4, 5], 0), 0.25);
        assert_eq!(beyond(&[1, 2, 3, 4], &[2, 3, 4, 5], 1), 0.0);
        assert_eq!(beyond(&[2, 3, 4, 5], &[1, 2, 3, 4], 1), 0.0);
        assert_eq!(beyond(&[1, 2, 3, 4], &[1, 2, 3, 9], 1), 0.25);
        assert_eq!(beyond(&[1, 2], &[8, 9], 1), 1.0);
    }
}
