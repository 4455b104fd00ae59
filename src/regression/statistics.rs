//! Samples of two sides → how likely chance alone makes them differ so much. Exact tests, for samples are few.
//!
//! - [`fisher`]: two shares. R. A. Fisher, *The Design of Experiments*, 1935; two-sided by the sum of all tables that are no
//!   likelier.
//! - [`newcombe`]: an interval for the difference of two shares. R. G. Newcombe, *Interval estimation for the difference
//!   between independent proportions*, Statistics in Medicine 17 (1998), method 10, without continuity correction.
//! - [`events`]: two numbers of events. J. Przyborowski and H. Wilenski, *Homogeneity of results in testing samples from
//!   Poisson series*, Biometrika 31 (1940): given their sum, one of them is binomial.
//! - [`ranks`]: two sets of times. F. Wilcoxon (1945), H. B. Mann and D. R. Whitney (1947), *On a test of whether one of two
//!   random variables is stochastically larger than the other*; the exact distribution of the rank sum, with middle ranks
//!   where times are equal, up to [`EXACT_MAX`] samples, and the normal one with a correction for ties beyond.
//! - [`adjusted`]: many tests at once. Y. Benjamini and Y. Hochberg, *Controlling the false discovery rate*, Journal of the
//!   Royal Statistical Society B 57 (1995).
//!
//! The crate that has most of them needs a newer Rust than wwchaos does, and has no exact test where times are equal.
#![allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use crate::measure::Count;

/// Most samples of both sides together for which the rank sum's distribution is computed exactly.
const EXACT_MAX: usize = 60;
/// Two probabilities that differ by less are equal: they were rounded.
const ROUNDED: f64 = 1.0 + 1e-7;
/// The quantile of the normal law behind a two-sided interval of 95 %.
const Z: f64 = 1.959_964;

/// Two-sided p value of the hypothesis that both shares are the same. 1 where a side has none at all.
pub fn fisher(base: Count, new: Count) -> f64 {
    let (all, failed) = (base.total + new.total, base.failed + new.failed);
    let factorials = Factorials::new(all);
    let least = failed.saturating_sub(base.total);
    let probability = |hits: u64| {
        factorials.choose(new.total, hits) + factorials.choose(base.total, failed - hits)
            - factorials.choose(all, failed)
    };
    no_likelier((least..=failed.min(new.total)).map(|hits| probability(hits).exp()), probability(new.failed).exp())
}

/// The 95 % interval of the difference of the shares, new less base. None where a side has none at all.
pub fn newcombe(base: Count, new: Count) -> Option<(f64, f64)> {
    let (from, to) = (base.rate()?, new.rate()?);
    let ((base_low, base_high), (new_low, new_high)) = (wilson(base, from), wilson(new, to));
    let away = |one: f64, other: f64| one.hypot(other);
    let difference = to - from;
    Some((difference - away(to - new_low, base_high - from), difference + away(new_high - to, from - base_low)))
}

/// E. B. Wilson's score interval of 95 %.
fn wilson(count: Count, rate: f64) -> (f64, f64) {
    let n = count.total as f64;
    let (middle, scale) = (rate + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half) / scale, (middle + half) / scale)
}

/// Two-sided p value of the hypothesis that both happened equally often for each of so many sittings.
pub fn events((base, sittings): (u64, u64), (new, others): (u64, u64)) -> f64 {
    let share = others as f64 / (sittings + others).max(1) as f64;
    let (all, factorials) = (base + new, Factorials::new(base + new));
    let probability = |hits: u64| {
        (factorials.choose(all, hits) + hits as f64 * share.ln() + (all - hits) as f64 * (1.0 - share).ln()).exp()
    };
    if all == 0 || share <= 0.0 || share >= 1.0 {
        return 1.0;
    }
    no_likelier((0..=all).map(probability), probability(new))
}

/// Two-sided p value of the hypothesis that times of both sides come from one distribution. 1 where a side has none.
pub fn ranks(base: &[f64], new: &[f64]) -> f64 {
    let all: Vec<f64> = base.iter().chain(new).copied().collect();
    // Twice the middle rank of each, so that it is whole.
    let rank = |value: &f64| {
        let (below, equal) = all.iter().fold((0, 0), |(below, equal), other| {
            (below + usize::from(other < value), equal + usize::from(other == value))
        });
        2 * below + equal + 1
    };
    if base.is_empty() || new.is_empty() {
        return 1.0;
    }
    let (ranks, sum) = (all.iter().map(rank).collect::<Vec<_>>(), new.iter().map(rank).sum::<usize>());
    let middle = new.len() * (all.len() + 1);
    let away = sum.abs_diff(middle);
    if all.len() > EXACT_MAX { by_normal(&ranks, new.len(), away) } else { by_count(&ranks, new.len(), middle, away) }
}

/// The share of all ways to choose `chosen` of `ranks` whose sum is at least `away` from `middle`.
fn by_count(ranks: &[usize], chosen: usize, middle: usize, away: usize) -> f64 {
    let most: usize = ranks.iter().sum();
    // How many ways there are to choose so many with such a sum.
    let mut ways = vec![vec![0.0_f64; most + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for number in (1..=chosen).rev() {
            for sum in (*rank..=most).rev() {
                ways[number][sum] += ways[number - 1][sum - rank];
            }
        }
    }
    let all: f64 = ways[chosen].iter().sum();
    let far = ways[chosen].iter().enumerate().filter(|(sum, _)| sum.abs_diff(middle) >= away);
    (far.map(|(_, ways)| ways).sum::<f64>() / all).min(1.0)
}

/// The same by the normal law.
fn by_normal(ranks: &[usize], chosen: usize, away: usize) -> f64 {
    let (n, k) = (ranks.len() as f64, chosen as f64);
    let mean = n + 1.0;
    let squares: f64 = ranks.iter().map(|rank| (*rank as f64 - mean).powi(2)).sum();
    let deviation = (k * (n - k) / (n * (n - 1.0)) * squares).sqrt();
    if deviation == 0.0 { 1.0 } else { beyond((away as f64 - 1.0).max(0.0) / deviation) }
}

/// How much of the normal law is further from its middle than `z` deviations, on both sides; M. Abramowitz and I. A. Stegun,
/// 7.1.26, true to 1.5e-7.
fn beyond(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    (sum * (-x * x).exp()).clamp(0.0, 1.0)
}

/// Every p value adjusted for the others: to call changed what is at most α errs in at most the share α of what is so called.
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*other].total_cmp(&p_values[*one]));
    let (mut least, all, mut found) = (1.0_f64, p_values.len(), vec![1.0; p_values.len()]);
    for (after, place) in order.into_iter().enumerate() {
        least = least.min(p_values[place] * all as f64 / (all - after) as f64);
        found[place] = least;
    }
    found
}

/// The sum of the probabilities that are not above that of what was found.
fn no_likelier(all: impl Iterator<Item = f64>, found: f64) -> f64 {
    all.filter(|probability| *probability <= found * ROUNDED).sum::<f64>().min(1.0)
}

/// Logarithms of factorials.
struct Factorials(Vec<f64>);

impl Factorials {
    fn new(most: u64) -> Self {
        let mut sum = 0.0;
        let logarithm = |number: u64| {
            sum += (number.max(1) as f64).ln();
            sum
        };
        Self((0..=most).map(logarithm).collect())
    }

    /// The logarithm of how many ways there are to choose `some` of `all`.
    fn choose(&self, all: u64, some: u64) -> f64 {
        let of = |number: u64| usize::try_from(number).ok().and_then(|number| self.0.get(number)).copied();
        match all.checked_sub(some) {
            Some(rest) => of(all).unwrap_or_default() - of(some).unwrap_or_default() - of(rest).unwrap_or_default(),
            None => f64::NEG_INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-5, "{found}, expected {expected}");
    }

    fn count(failed: u64, total: u64) -> Count {
        Count { total, failed }
    }

    /// By hand where they are fractions; else as published or as R gives them.
    #[test]
    fn fisher_is_exact() {
        // The lady tasting tea: 3 of 4 and 1 of 4.
        near(fisher(count(1, 4), count(3, 4)), 34.0 / 70.0);
        near(fisher(count(0, 4), count(4, 4)), 2.0 / 70.0);
        // `fisher.test(matrix(c(1, 9, 11, 3), 2))`.
        near(fisher(count(1, 10), count(11, 14)), 0.002759);
        near(fisher(count(0, 200), count(0, 180)), 1.0);
        near(fisher(count(0, 0), count(3, 9)), 1.0);
    }

    /// Table II of Newcombe's paper, method 10: 56/70 and 48/80, 9/10 and 3/10, 10/10 and 0/10.
    #[test]
    fn the_interval_of_a_difference_is_newcombes() {
        let check = |new, base, low, high| {
            let (from, to) = newcombe(base, new).unwrap();
            near(from, low);
            near(to, high);
        };
        check(count(56, 70), count(48, 80), 0.0524, 0.3339);
        check(count(9, 10), count(3, 10), 0.1705, 0.8090);
        check(count(10, 10), count(0, 10), 0.6075, 1.0);
        assert_eq!(newcombe(count(0, 0), count(1, 2)), None);
    }

    #[test]
    fn events_are_held_against_how_long_was_watched() {
        near(events((0, 1), (5, 1)), 2.0 / 32.0);
        near(events((0, 1), (6, 1)), 2.0 / 64.0);
        // Two in a third of the time and none before: probabilities 4/9, 4/9, 1/9.
        near(events((0, 2), (2, 1)), 1.0 / 9.0);
        near(events((0, 1), (0, 3)), 1.0);
    }

    #[test]
    fn ranks_that_do_not_overlap_are_as_unlikely_as_counting_says() {
        near(ranks(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]), 2.0 / 70.0);
        near(ranks(&[1.0, 2.0, 3.0], &[4.0, 5.0, f64::INFINITY]), 2.0 / 20.0);
        near(ranks(&[1.0], &[2.0]), 1.0);
        near(ranks(&[3.0, 3.0, 3.0], &[3.0, 3.0]), 1.0);
        near(ranks(&[f64::INFINITY, f64::INFINITY], &[f64::INFINITY]), 1.0);
        // Of six ways to choose two of 1 1 1 2, three have the 2, and all sums are as far from the middle.
        near(ranks(&[1.0, 1.0], &[1.0, 2.0]), 1.0);
        assert!((ranks(&[], &[1.0]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn many_ranks_are_judged_as_few_are() {
        // 30 and 30 are counted, 31 and 31 go by the normal law: the same shift has nearly the same p value.
        let side = |count: u32, shift: f64| (0..count).map(|place| f64::from(place) + shift).collect::<Vec<_>>();
        let (exact, normal) = (ranks(&side(30, 0.0), &side(30, 7.5)), ranks(&side(31, 0.0), &side(31, 7.5)));
        assert!(exact > 0.001 && exact < 0.1 && (exact - normal).abs() < 0.01, "{exact} {normal}");
        near(beyond(1.959_964), 0.05);
        near(beyond(0.0), 1.0);
    }

    #[test]
    fn many_tests_at_once_are_held_to_more() {
        let found = adjusted(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
        assert!(adjusted(&[]).is_empty());
    }
}
