//! Times and values → places in a chart.
//!
//! A chart is [`WIDTH`] units wide, whatever its width on the screen, and as many units high as it has pixels.

use std::fmt::Write as _;
use std::time::Duration;

use crate::quantity;

/// Units from the left to the right of every chart.
pub const WIDTH: f64 = 1000.0;

/// The span of time that charts show, in milliseconds of the class's clock.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    start: f64,
    end: f64,
}

impl Axis {
    /// From `start` to `end`, at least a second.
    pub fn new(start: Duration, end: Duration) -> Self {
        let (start, end) = (start.as_secs_f64() * 1000.0, end.as_secs_f64() * 1000.0);
        Self { start, end: end.max(start + 1000.0) }
    }

    /// The place of a moment.
    pub fn x(&self, milliseconds: f64) -> f64 {
        ((milliseconds - self.start) / (self.end - self.start) * WIDTH).clamp(0.0, WIDTH)
    }

    /// The place of a moment in percent of the width.
    pub fn percent(&self, milliseconds: f64) -> f64 {
        self.x(milliseconds) / WIDTH * 100.0
    }

    /// Whether a moment lies in the span.
    pub fn shows(&self, milliseconds: f64) -> bool {
        (self.start..=self.end).contains(&milliseconds)
    }

    /// Whether any part of a span lies in the span.
    pub fn overlaps(&self, from: f64, to: f64) -> bool {
        from < self.end && to > self.start
    }

    /// The first moment.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The last moment.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// Length in milliseconds.
    pub fn length(&self) -> f64 {
        self.end - self.start
    }

    /// At most `most` round moments with their labels.
    pub fn ticks(&self, most: f64) -> Vec<(f64, String)> {
        const STEPS: [f64; 14] =
            [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
        let wanted = self.length() / 1000.0 / most;
        let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(14_400.0) * 1000.0;
        let first = (self.start / step).ceil();
        let moments = (0..).map(|index| (first + f64::from(index)) * step).take_while(|moment| *moment <= self.end);
        moments.map(|moment| (moment, quantity::moment(Duration::from_secs_f64(moment / 1000.0)))).collect()
    }
}

/// The values that a chart shows from bottom to top.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    height: f64,
}

impl Scale {
    /// Equal distances for equal differences.
    pub fn linear(low: f64, high: f64, height: u32) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 }, logarithmic: false, height: height.into() }
    }

    /// Equal distances for equal factors; both ends must be above zero.
    pub fn logarithmic(low: f64, high: f64, height: u32) -> Self {
        Self { low, high: if high > low { high } else { low * 10.0 }, logarithmic: true, height: height.into() }
    }

    /// The place of a value, counted from the top.
    pub fn y(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        (1.0 - share.clamp(0.0, 1.0)) * self.height
    }

    /// Powers of ten from bottom to top.
    pub fn decades(&self) -> Vec<f64> {
        let first = self.low.log10().ceil();
        let powers = (0..12).map(|index| 10f64.powf(first + f64::from(index)));
        powers.take_while(|value| *value <= self.high * 1.001).collect()
    }
}

/// A round number at least as large as `value` divided by `parts`: 1, 2 or 5 times a power of ten, at least 1.
pub fn round_step(value: f64, parts: f64) -> f64 {
    let wanted = (value / parts).max(1.0);
    let power = 10f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= wanted).unwrap_or(wanted)
}

/// A coordinate with one decimal at most.
pub fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Lines through points; a new line begins where two points are further apart than `gap` milliseconds.
pub fn polyline(axis: &Axis, scale: &Scale, points: impl Iterator<Item = (f64, f64)>, gap: f64) -> String {
    let mut path = String::new();
    let mut last = None;
    for (moment, value) in points {
        // A path begins with a move, or browsers draw nothing.
        let letter = if last.is_none_or(|last| moment - last > gap) { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{} {}", number(axis.x(moment)), number(scale.y(value)));
        last = Some(moment);
    }
    path
}

/// A filled bar from `low` to `high` over a span of time.
pub fn bar(axis: &Axis, scale: &Scale, span: (f64, f64), low: f64, high: f64) -> String {
    let (left, right) = (number(axis.x(span.0)), number(axis.x(span.1)));
    format!("M{left} {}V{}H{right}V{}z", number(scale.y(low)), number(scale.y(high)), number(scale.y(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_a_move_whatever_the_gap() {
        let (axis, scale) = (Axis::new(Duration::ZERO, Duration::from_secs(10)), Scale::linear(0.0, 1.0, 70));
        for gap in [10.0, f64::INFINITY] {
            let path = polyline(&axis, &scale, [(0.0, 0.0), (5.0, 1.0)].into_iter(), gap);
            assert!(path.starts_with('M'), "{path}");
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        let labels = |seconds| {
            let axis = Axis::new(Duration::ZERO, Duration::from_secs(seconds));
            axis.ticks(10.0).into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(300), "0:00 0:30 1:00 1:30 2:00 2:30 3:00 3:30 4:00 4:30 5:00");
        assert_eq!(labels(3600), "0:00 10:00 20:00 30:00 40:00 50:00 1:00:00");
    }

    #[test]
    fn scales_put_low_at_the_bottom() {
        let linear = Scale::linear(0.0, 10.0, 100);
        assert_eq!((linear.y(0.0), linear.y(10.0), linear.y(99.0)), (100.0, 0.0, 0.0));
        let logarithmic = Scale::logarithmic(10.0, 1000.0, 100);
        assert_eq!(logarithmic.y(100.0), 50.0);
        assert_eq!(logarithmic.decades(), [10.0, 100.0, 1000.0]);
        assert_eq!(round_step(7.0, 4.0), 2.0);
    }
}
