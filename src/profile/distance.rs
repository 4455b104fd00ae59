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
    if n == 0 || m == 0 {
        return None;
    }
    let (mut i, mut j, mut d) = (0, 0, 0.0_f64);
    while i < n && j < m {
        // Past all that is equal in both: between equal values there is no share to compare.
        let value = one[i].min(other[j]);
        i += one[i..].partition_point(|sample| *sample <= value);
        j += other[j..].partition_point(|sample| *sample <= value);
        d = d.max((i as f64 / n as f64 - j as f64 / m as f64).abs());
    }
    let (all, both) = ((n + m) as f64, n as f64 * m as f64);
    Some(Distance { d, by_chance: (CRITICAL * (all / both).sqrt()).min(1.0), first: n, second: m })
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
        let same = vec![Duration::ZERO; 100];
        let found = distance(&same, &same).unwrap();
        assert!((found.by_chance - 0.192).abs() < 0.001, "{found:?}");
    }
}
