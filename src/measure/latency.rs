//! Times → percentiles, by an HdrHistogram with 3 significant digits.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::figures::Latency;

/// Longest time that is told apart, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// The histogram of `times` in microseconds; none when there is none.
pub fn histogram(times: impl IntoIterator<Item = Duration>) -> Option<Histogram<u64>> {
    let mut times = times.into_iter().peekable();
    times.peek()?;
    let mut histogram = Histogram::new_with_bounds(1, LONGEST, 3).ok()?;
    for time in times {
        histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
    Some(histogram)
}

/// The percentiles of `times`; all absent when there is none.
pub fn latency(times: impl IntoIterator<Item = Duration>) -> Latency {
    let Some(histogram) = histogram(times) else { return Latency::default() };
    let ms = |quantile: f64| Some(milliseconds(histogram.value_at_quantile(quantile)));
    Latency {
        count: histogram.len(),
        ms_p50: ms(0.50),
        ms_p95: ms(0.95),
        ms_p99: ms(0.99),
        ms_max: Some(milliseconds(histogram.max())),
    }
}

/// The smallest of `sorted` that at least `share` of them do not exceed (nearest rank).
pub fn nearest_rank<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts stay far below 2^52, and the rank is within them"
    )]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// A duration in milliseconds, with its fraction.
pub fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[allow(clippy::cast_precision_loss, reason = "an hour in microseconds is far below 2^52")]
fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_true_to_three_digits() {
        let latency = latency((1..=1000).map(Duration::from_millis));
        let near = |value: Option<f64>, truth: f64| (value.unwrap() - truth).abs() <= truth / 1000.0;
        assert_eq!(latency.count, 1000);
        assert!(near(latency.ms_p50, 500.0) && near(latency.ms_p95, 950.0), "{latency:?}");
        assert!(near(latency.ms_p99, 990.0) && near(latency.ms_max, 1000.0), "{latency:?}");
    }

    #[test]
    fn nothing_recorded_gives_no_percentile() {
        assert_eq!(latency([]), Latency::default());
        assert_eq!(nearest_rank::<u64>(&[], 0.5), None);
    }

    #[test]
    fn the_nearest_rank_is_one_of_the_values() {
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 0.5), Some(2));
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 0.95), Some(4));
        assert_eq!(nearest_rank(&[7], 0.5), Some(7));
    }
}
