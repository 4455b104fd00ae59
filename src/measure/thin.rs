//! Many points → as many as a chart can show. A run of some minutes keeps every point.
//!
//! A list of more than [`POINTS_MAX`] points is cut into [`BUCKETS`] buckets of equal time. Of each bucket, values keep
//! their lowest and their highest point; probes keep the fastest and the slowest success and one failure, each with the
//! number of probes that it stands for. So no peak is cut off, no failure vanishes, and counts remain true.

/// Most points of a list that is kept whole: 8 minutes of 20 probes a second.
pub const POINTS_MAX: usize = 10_000;
/// Buckets that a longer list is cut into.
const BUCKETS: u64 = 3_000;

/// An entry probe: intended ms, latency ms, ok.
pub type ProbePoint = (u64, f64, bool);

/// The lowest and the highest point of each bucket, when there are too many. `points` are in order of time.
pub fn extremes<T: Clone>(points: &[T], moment: impl Fn(&T) -> u64, value: impl Fn(&T) -> f64) -> Vec<T> {
    if points.len() <= POINTS_MAX {
        return points.to_vec();
    }
    let mut thin = Vec::new();
    for bucket in buckets(points, moment) {
        let places = || 0..bucket.len();
        let by_value = |one: &usize, other: &usize| value(&bucket[*one]).total_cmp(&value(&bucket[*other]));
        let (low, high) = (places().min_by(by_value), places().max_by(by_value));
        let (first, last) = (low.min(high), low.max(high));
        thin.extend(first.into_iter().chain(last.filter(|_| first != last)).map(|place| bucket[place].clone()));
    }
    thin
}

/// Probes, in order of time, with the number that each stands for; no numbers when every probe stands for itself.
pub fn probes<T>(probes: &[T], point: impl Fn(&T) -> ProbePoint) -> (Vec<ProbePoint>, Vec<u32>) {
    if probes.len() <= POINTS_MAX {
        return (probes.iter().map(point).collect(), Vec::new());
    }
    let mut thin: Vec<(ProbePoint, u32)> = Vec::new();
    for bucket in buckets(probes, |probe| point(probe).0) {
        let of = |ok: bool| bucket.iter().map(&point).filter(move |point| point.2 == ok);
        let count = |ok: bool| u32::try_from(of(ok).count()).unwrap_or(u32::MAX);
        let by_latency = |one: &ProbePoint, other: &ProbePoint| one.1.total_cmp(&other.1);
        let start = thin.len();
        thin.extend(of(true).max_by(by_latency).map(|slowest| (slowest, 1)));
        thin.extend(of(true).min_by(by_latency).filter(|_| count(true) > 1).map(|fastest| (fastest, count(true) - 1)));
        thin.extend(of(false).next().map(|first| (first, count(false))));
        thin[start..].sort_by_key(|(point, _)| point.0);
    }
    thin.into_iter().unzip()
}

/// The points of each bucket that holds any.
fn buckets<T>(points: &[T], moment: impl Fn(&T) -> u64) -> impl Iterator<Item = &[T]> {
    let first = points.first().map_or(0, &moment);
    let length = points.last().map_or(0, &moment) - first + 1;
    let width = length.div_ceil(BUCKETS);
    points.chunk_by(move |one, other| (moment(one) - first) / width == (moment(other) - first) / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_stay_as_they_are() {
        let points: Vec<ProbePoint> = (0..10_000).map(|index| (index, 1.0, index % 2 == 0)).collect();
        assert_eq!(probes(&points, |point| *point), (points.clone(), Vec::new()));
    }

    #[test]
    fn of_many_probes_no_failure_vanishes_and_the_counts_are_true() {
        let failed = [7, 1_000_000, 1_000_001];
        let many = (0..5_000_000_u64).step_by(50);
        let mut points: Vec<ProbePoint> = many.map(|ms| (ms, f64::from((ms % 997) as u32), true)).collect();
        points.extend(failed.map(|ms| (ms, 2000.0, false)));
        points.sort_by_key(|point| point.0);
        let (thin, counts) = probes(&points, |point| *point);
        assert!(thin.len() <= POINTS_MAX, "{}", thin.len());
        let sum =
            |ok: bool| -> u32 { thin.iter().zip(&counts).filter(|(point, _)| point.2 == ok).map(|(_, n)| n).sum() };
        assert_eq!((sum(true), sum(false)), (100_000, 3));
        assert_eq!(thin.iter().filter(|point| !point.2).map(|point| point.0).collect::<Vec<_>>(), [7, 1_000_000]);
        let most =
            |points: &[ProbePoint]| points.iter().filter(|point| point.2).map(|point| point.1).fold(0.0, f64::max);
        assert_eq!(most(&thin), most(&points));
        assert!(thin.is_sorted_by_key(|point| point.0));
    }

    #[test]
    fn of_many_values_the_lowest_and_the_highest_of_each_bucket_stay() {
        let points: Vec<(u64, f64)> =
            (0..100_000).map(|index| (index, if index == 77_777 { 1.0 } else { 0.5 })).collect();
        let thin = extremes(&points, |point| point.0, |point| point.1);
        assert!(thin.len() <= POINTS_MAX && thin.contains(&(77_777, 1.0)), "{}", thin.len());
        assert!(thin.is_sorted_by_key(|point| point.0));
    }
}
