//! Times → words: spans (`11.6 s`) and moments of the class (`1:32.4`).

use std::time::Duration;

/// A span with the digits that a reader needs: `50 ms`, `11.6 s`, `2 min 5 s`.
pub fn duration_text(span: Duration) -> String {
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

/// A number of milliseconds that need not be whole: `8.4 ms`, `240 ms`, `2.3 s`.
pub fn milliseconds_text(milliseconds: f64) -> String {
    if milliseconds > 0.0 && milliseconds < 10.0 {
        return format!("{milliseconds:.1} ms");
    }
    duration_text(Duration::from_secs_f64(milliseconds.clamp(0.0, 1e9).round() / 1000.0))
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

/// A moment of the class in whole seconds: `1:32`, `1:02:32`.
pub fn clock_text(moment: Duration) -> String {
    let seconds = moment.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// A moment of the class in tenths of a second: `1:32.4`.
pub fn stamp_text(moment: Duration) -> String {
    format!("{}.{}", clock_text(moment), moment.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let check =
            |milliseconds, expected: &str| assert_eq!(duration_text(Duration::from_millis(milliseconds)), expected);
        check(0, "0 s");
        check(50, "50 ms");
        check(2000, "2 s");
        check(11_649, "11.6 s");
        check(99_949, "99.9 s");
        check(99_950, "1 min 40 s");
        check(120_000, "2 min");
        assert_eq!(milliseconds_text(8.44), "8.4 ms");
        assert_eq!(milliseconds_text(2345.0), "2.3 s");
    }

    #[test]
    fn numbers_keep_their_units() {
        assert_eq!(solid("p50 84 ms, max 8.1 s"), "p50 84\u{a0}ms, max 8.1\u{a0}s");
        assert_eq!(solid("17 students"), "17 students");
    }

    #[test]
    fn moments_read_like_a_clock() {
        assert_eq!(clock_text(Duration::from_secs(92)), "1:32");
        assert_eq!(clock_text(Duration::from_secs(3752)), "1:02:32");
        assert_eq!(stamp_text(Duration::from_millis(92_460)), "1:32.4");
    }
}
