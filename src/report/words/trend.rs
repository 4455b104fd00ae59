//! How the runs of a scenario went, in words and in characters.

use std::time::Duration;

use super::regression::sample_text;
use super::{NOTHING, sign};
use crate::measure::Count;
use crate::quantity::{length, percent};
use crate::regression::{Course, Figure, Point, Sample, Trend};

/// Characters of a spark line, lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Stands for a run that did not measure the figure.
const GAP: char = '·';
/// Stands for a time that did not end.
const ENDLESS: char = '∞';

/// One character for each run, from nothing to the largest that was measured.
pub fn spark(course: &Course) -> String {
    let most = largest(course);
    let bar = |sample: &Sample| {
        let share = if most > 0.0 { sample.size() / most } else { 0.0 };
        if sample.size().is_infinite() {
            return ENDLESS;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
        let place = (share * 7.0).round() as usize;
        BARS.get(place).copied().unwrap_or(GAP)
    };
    course.samples.iter().map(|sample| sample.as_ref().map_or(GAP, bar)).collect()
}

/// What the characters mean.
pub fn spark_legend() -> String {
    format!(
        "One character a run, oldest first, from nothing ({}) to the largest ({}) of its line; {GAP} not measured, {ENDLESS} without \
         end.",
        BARS[0], BARS[7]
    )
}

/// The largest size that ended; 0 where there is none.
fn largest(course: &Course) -> f64 {
    let sizes = course.samples.iter().flatten().map(Sample::size).filter(|size| size.is_finite());
    sizes.fold(0.0, f64::max)
}

/// A size of the samples of `course`, for the edge of a chart.
pub fn size_text(course: &Course, size: f64) -> String {
    match course.samples.iter().flatten().next() {
        Some(Sample::Share(_)) => percent(size),
        Some(Sample::Time(_)) => length(Duration::from_secs_f64(size / 1000.0)),
        _ => size.to_string(),
    }
}

/// Smallest, largest and newest: `4 s to 12 s, newest 11.2 s`.
pub fn course_text(course: &Course) -> String {
    let text = |sample: &Sample| match sample {
        Sample::Share(count) => super::rate_text(*count),
        sample => sample_text(course.figure, sample),
    };
    let order = |one: &&Sample, other: &&Sample| one.size().total_cmp(&other.size());
    let all = || course.samples.iter().flatten();
    let (Some(least), Some(most)) = (all().min_by(order).map(text), all().max_by(order).map(text)) else {
        return NOTHING.to_owned();
    };
    let range = if least == most { least } else { format!("{least} to {most}") };
    let newest = course.samples.last().copied().flatten().map_or_else(|| "not measured".to_owned(), |one| text(&one));
    format!("{range}, newest {newest}")
}

/// When a run began, as short as it can be told apart: `2026-01-15 10:00Z`.
pub fn started_text(point: &Point) -> String {
    let started = &point.origin.started;
    match (started.get(..10), started.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}Z"),
        _ => started.clone(),
    }
}

/// The row of a run: when, by which version, verdict, and of its windows the largest error rate, failover time and time to
/// detect, the 95th percentile of the time to a page and the lost answers of all of it, and in what its plan differs from that of
/// the newest.
pub fn run_cells(trend: &Trend, (place, point): (usize, &Point)) -> [Vec<String>; 8] {
    let text = |figure, sample: Option<Sample>| match sample {
        Some(Sample::Share(Count { failed, .. })) if figure == Figure::LostAnswers => failed.to_string(),
        Some(Sample::Share(count)) => super::rate_text(count),
        Some(sample) => sample_text(figure, &sample),
        None => NOTHING.to_owned(),
    };
    let whole = |figure| trend.whole(figure).and_then(|course| course.samples.get(place).copied().flatten());
    let worst = |figure| text(figure, trend.worst(place, figure));
    let rate = trend.worst(place, Figure::ErrorRate).or_else(|| whole(Figure::ErrorRate));
    let judgement = point.origin.judgement;
    let mut first = vec![started_text(point)];
    first.extend(point.differs.iter().map(|one| format!("≠ {one}")));
    [
        first,
        vec![point.origin.tool.trim_start_matches("wwchaos ").to_owned()],
        vec![format!("{} {judgement}", sign(judgement))],
        vec![text(Figure::ErrorRate, rate)],
        vec![worst(Figure::Failover)],
        vec![worst(Figure::Detection)],
        vec![text(Figure::PageP95, whole(Figure::PageP95))],
        vec![text(Figure::LostAnswers, whole(Figure::LostAnswers))],
    ]
}
