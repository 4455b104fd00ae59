//! Quantities → words: lengths of time, moments, percentages, counts. Pure, and the only place that knows how they
//! are written, so that a figure reads the same in a table, a sentence, a finding and a chart.
//!
//! - A **length** has at most one digit behind the point, and none where it would be 0: `50 ms`, `15 s`, `11.6 s`; from
//!   99.95 s on minutes and seconds: `1 min 40 s`.
//! - A **difference** between two lengths is in milliseconds, with its sign: `+24.3 ms`, `−3 ms`.
//! - A **change** from one run to another has a sign and the unit of what changed: `+3.4 s`, `−2.1 points` (of a
//!   percentage), `+20%` of what it was, `+2`.
//! - A **moment** counts from the first student's arrival and reads like a clock: `1:40`, with tenths `1:40.2`. Whatever
//!   says *when* is a moment, whatever says *how long* is a length.
//! - A **percentage** has at most one digit behind the point. Rounding never makes it nothing or all: a share above 0
//!   is at least `<0.1%`, and one below 1 at most `>99.9%`; `0%` and `100%` are exact.
//! - A figure beyond its limit never reads like the limit: see [`beyond`].
//!
//! What stands in a TOML file (`1m30s`, `12.5%`) is written as a user would write it, by `settings`.

use std::time::Duration;

/// A length of time: `50 ms`, `11.6 s`, `2 min 5 s`.
pub fn length(span: Duration) -> String {
    let milliseconds = span.as_millis();
    match milliseconds {
        0 => "0 s".to_owned(),
        1..1000 => format!("{milliseconds} ms"),
        1000..99_950 => {
            let tenths = (milliseconds + 50) / 100;
            let (seconds, tenth) = (tenths / 10, tenths % 10);
            if tenth == 0 { format!("{seconds} s") } else { format!("{seconds}.{tenth} s") }
        }
        _ => {
            let seconds = (milliseconds + 500) / 1000;
            let (minutes, rest) = (seconds / 60, seconds % 60);
            if rest == 0 { format!("{minutes} min") } else { format!("{minutes} min {rest} s") }
        }
    }
}

/// A length that was measured in steps of `resolution`: `11.6 s ± 129 ms`. Nobody shall read more into it.
pub fn measured(span: Duration, resolution: Duration) -> String {
    format!("{} ± {}", length(span), length(resolution))
}

/// A range of lengths, with the unit once where both have the same: `10–12 s`, `500 ms–1.5 s`.
pub fn lengths(from: Duration, to: Duration) -> String {
    let [from, to] = [from, to].map(length);
    match (from.rsplit_once(' '), to.rsplit_once(' ')) {
        _ if from == to => to,
        (Some((number, unit)), Some((other, same)))
            if unit == same && !number.contains(' ') && !other.contains(' ') =>
        {
            format!("{number}–{to}")
        }
        _ => format!("{from}–{to}"),
    }
}

/// A number of milliseconds that need not be whole: `8.4 ms`, `240 ms`, `2.3 s`.
pub fn milliseconds(milliseconds: f64) -> String {
    let tenths = (milliseconds * 10.0).round();
    if tenths > 0.0 && tenths < 100.0 && tenths % 10.0 != 0.0 {
        return format!("{:.1} ms", tenths / 10.0);
    }
    length(Duration::from_secs_f64(milliseconds.clamp(0.0, 1e9).round() / 1000.0))
}

/// How far one number of milliseconds is above (`+24.3 ms`) or below (`−3 ms`) another; `0 ms` when it reads the same.
pub fn difference(milliseconds: f64) -> String {
    let tenths = (milliseconds * 10.0).round();
    let size = format!("{:.1}", tenths.abs() / 10.0);
    let size = size.strip_suffix(".0").unwrap_or(&size);
    let sign = if tenths > 0.0 { "+" } else { "\u{2212}" };
    if tenths == 0.0 { "0 ms".to_owned() } else { format!("{sign}{size} ms") }
}

/// From one length to another: `+3.4 s`, `−120 ms`, `0 s`.
pub fn change(from: Duration, to: Duration) -> String {
    signed(to.cmp(&from), length(to.abs_diff(from)))
}

/// From one share to another, in points of a percentage: `+3.1 points`.
pub fn points(from: f64, to: f64) -> String {
    let size = percent((to - from).abs());
    signed(to.total_cmp(&from), format!("{} points", size.trim_end_matches('%')))
}

/// From one count to another: `+2`.
pub fn more(from: u64, to: u64) -> String {
    signed(to.cmp(&from), to.abs_diff(from).to_string())
}

/// From one size to another as a share of the first: `+20%`; none where they are the same, or that is nothing or without end.
pub fn relative(from: f64, to: f64) -> Option<String> {
    let share = ((to - from) / from).abs();
    let size = if share < 1.0 { percent(share) } else { format!("{:.0}%", share * 100.0) };
    (share.is_finite() && share > 0.0).then(|| signed(to.total_cmp(&from), size))
}

fn signed(order: std::cmp::Ordering, size: String) -> String {
    match order {
        std::cmp::Ordering::Greater => format!("+{size}"),
        std::cmp::Ordering::Less => format!("\u{2212}{size}"),
        std::cmp::Ordering::Equal => size,
    }
}

/// How likely chance is, from 0 to 1, with two digits that count: `0.013`; what is nearly impossible is `<0.0001`.
pub fn chance(p: f64) -> String {
    if p < 1e-4 {
        return "<0.0001".to_owned();
    }
    let digits = if p < 0.001 {
        5
    } else if p < 0.01 {
        4
    } else if p < 0.1 {
        3
    } else {
        2
    };
    format!("{p:.digits$}")
}

/// How often on average, with one digit behind the point at most: `1.3`, `2`.
pub fn average(mean: f64) -> String {
    let text = format!("{mean:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A statistic from 0 to 1, such as a distance between distributions: `0.043`.
pub fn statistic(value: f64) -> String {
    format!("{value:.3}")
}

/// A number whose size nothing tells beforehand: some three digits, or all before the point: `0.021`, `1.82`, `30.3`, `1520`.
pub fn digits(value: f64) -> String {
    let places = match value.abs() {
        tiny if tiny < 0.1 => 3,
        small if small < 10.0 => 2,
        middle if middle < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.places$}")
}

/// A moment in whole seconds: `1:32`, `1:02:32`.
pub fn moment(since: Duration) -> String {
    let seconds = since.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// A moment in tenths of a second: `1:32.4`.
pub fn fine_moment(since: Duration) -> String {
    format!("{}.{}", moment(since), since.subsec_millis() / 100)
}

/// From one moment to another: `1:00–1:30`.
pub fn span(from: Duration, to: Duration) -> String {
    format!("{}–{}", moment(from), moment(to))
}

/// A share from 0 to 1 as a percentage: `12.4%`, `<0.1%`, `0%`.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if share > 0.0 && tenths < 1.0 {
        return "<0.1%".to_owned();
    }
    if share < 1.0 && tenths >= 1000.0 {
        return ">99.9%".to_owned();
    }
    let text = format!("{:.1}", tenths / 10.0);
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// So many of so many as a percentage: `12.4%`; a dash when there was none.
pub fn part(some: u64, all: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    if all == 0 { "–".to_owned() } else { percent(some as f64 / all as f64) }
}

/// `1 answer`, `2 answers`.
pub fn number(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// How often something happens: `2.4 a second`.
pub fn rate(per_second: f64) -> String {
    let text = format!("{per_second:.1}");
    format!("{} a second", text.strip_suffix(".0").unwrap_or(&text))
}

/// Processors, or a part of one, with at most two digits behind the point: `0.8 cores`, `1 core`, `2.25 cores`.
pub fn cores(number: f64) -> String {
    let text = format!("{number:.2}");
    let text =
        text.strip_suffix(".00").or_else(|| text.strip_suffix('0').filter(|rest| rest.contains('.'))).unwrap_or(&text);
    if text == "1" { "1 core".to_owned() } else { format!("{text} cores") }
}

/// A figure that is beyond its limit and reads like it says that it is: `just over 15 s`.
pub fn beyond(figure: String, limit: &str) -> String {
    let same = figure.strip_prefix(limit).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ±"));
    if same { format!("just over {figure}") } else { figure }
}

/// The text with numbers kept on one line with their units: no-break spaces between them.
pub fn solid(text: &str) -> String {
    const UNITS: [&str; 8] = ["ms", "s", "min", "B", "KiB", "MiB", "GiB", "TiB"];
    let mut solid = String::with_capacity(text.len());
    for word in text.split(' ') {
        let unit = UNITS.contains(&word.trim_end_matches([',', ';', ')', '.']));
        if !solid.is_empty() {
            solid.push(if unit && solid.ends_with(|c: char| c.is_ascii_digit()) { '\u{a0}' } else { ' ' });
        }
        solid.push_str(word);
    }
    solid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_its_unit_once() {
        let check = |from, to, expected: &str| {
            assert_eq!(lengths(Duration::from_millis(from), Duration::from_millis(to)), expected);
        };
        check(10_000, 12_000, "10–12 s");
        check(500, 1500, "500 ms–1.5 s");
        check(3450, 3630, "3.5–3.6 s");
        check(2000, 2000, "2 s");
        check(120_000, 200_000, "2 min–3 min 20 s");
        check(110_000, 125_000, "1 min 50 s–2 min 5 s");
    }

    #[test]
    fn lengths_are_short() {
        let check = |milliseconds, expected: &str| assert_eq!(length(Duration::from_millis(milliseconds)), expected);
        check(0, "0 s");
        check(50, "50 ms");
        check(2000, "2 s");
        check(15_040, "15 s");
        check(11_649, "11.6 s");
        check(99_949, "99.9 s");
        check(99_950, "1 min 40 s");
        check(120_000, "2 min");
        check(3_600_000, "60 min");
        assert_eq!(
            [8.44, 9.97, 10.0, 240.4, 2345.0].map(milliseconds),
            ["8.4 ms", "10 ms", "10 ms", "240 ms", "2.3 s"]
        );
    }

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(
            [24.26, -3.0, 0.04, -0.04, 2312.0].map(difference),
            ["+24.3 ms", "−3 ms", "0 ms", "0 ms", "+2312 ms"]
        );
    }

    #[test]
    fn changes_have_a_sign_and_a_unit() {
        let s = Duration::from_secs;
        assert_eq!([change(s(10), s(12)), change(s(12), s(10)), change(s(1), s(1))], ["+2 s", "−2 s", "0 s"]);
        assert_eq!(
            [points(0.124, 0.156), points(0.02, 0.0), points(0.1, 0.1)],
            ["+3.2 points", "−2 points", "0 points"]
        );
        assert_eq!([more(0, 2), more(2, 1), more(3, 3)], ["+2", "−1", "0"]);
        assert_eq!(relative(10.0, 12.0).as_deref(), Some("+20%"));
        assert_eq!(relative(0.1, 4.0).as_deref(), Some("+3900%"));
        assert_eq!([relative(0.0, 4.0), relative(2.0, 2.0), relative(f64::INFINITY, 1.0)], [None, None, None]);
        assert_eq!(
            [0.00001, 0.00057, 0.0286, 0.4857, 1.0].map(chance),
            ["<0.0001", "0.00057", "0.029", "0.49", "1.00"]
        );
    }

    #[test]
    fn moments_read_like_a_clock() {
        assert_eq!(moment(Duration::from_secs(92)), "1:32");
        assert_eq!(moment(Duration::from_secs(3752)), "1:02:32");
        assert_eq!(fine_moment(Duration::from_millis(92_460)), "1:32.4");
        assert_eq!(span(Duration::from_secs(60), Duration::from_secs(90)), "1:00–1:30");
    }

    #[test]
    fn a_share_is_never_rounded_to_none_or_all() {
        let texts = [0.0, 0.000_01, 0.0004, 0.0025, 0.05, 0.124, 0.0968, 0.995, 0.9996, 0.9999, 1.0].map(percent);
        let expected = ["0%", "<0.1%", "<0.1%", "0.3%", "5%", "12.4%", "9.7%", "99.5%", ">99.9%", ">99.9%", "100%"];
        assert_eq!(texts, expected);
        assert_eq!([part(31, 250), part(1, 5000), part(0, 0)], ["12.4%", "<0.1%", "–"]);
    }

    #[test]
    fn a_figure_beyond_its_limit_does_not_read_like_it() {
        assert_eq!(beyond(percent(0.0504), &percent(0.05)), "just over 5%");
        assert_eq!(beyond(length(Duration::from_millis(15_100)), "15 s"), "15.1 s");
    }

    #[test]
    fn rates_have_one_digit_at_most() {
        assert_eq!([2.36, 20.0, 0.0].map(rate), ["2.4 a second", "20 a second", "0 a second"]);
    }

    #[test]
    fn processors_may_be_parts_of_one() {
        assert_eq!(
            [0.8, 1.0, 2.25, 16.0, 0.333].map(cores),
            ["0.8 cores", "1 core", "2.25 cores", "16 cores", "0.33 cores"]
        );
    }

    #[test]
    fn statistics_and_averages_are_short() {
        assert_eq!([0.0434, 0.0, 1.0].map(statistic), ["0.043", "0.000", "1.000"]);
        assert_eq!([1.25, 2.04, 0.0].map(average), ["1.2", "2", "0"]);
    }

    #[test]
    fn counts_have_a_noun() {
        assert_eq!([number(1, "answer"), number(0, "answer")], ["1 answer", "0 answers"]);
    }

    #[test]
    fn numbers_keep_their_units() {
        assert_eq!(solid("p50 84 ms, max 8.1 s"), "p50 84\u{a0}ms, max 8.1\u{a0}s");
        assert_eq!(solid("17 students"), "17 students");
    }

    #[test]
    fn a_number_of_any_size_has_as_many_digits_as_one_can_read() {
        assert_eq!([0.0206, 0.47, 1.6, 30.26, 1520.4].map(digits), ["0.021", "0.47", "1.60", "30.3", "1520"]);
    }
}
