//! Numbers in the words of findings.

use std::time::Duration;

use crate::measure::Count;

/// A duration in seconds with one digit, or none from 100 s: `11.6 s`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if time.subsec_millis() == 0 || seconds >= 100.0 { format!("{seconds:.0} s") } else { format!("{seconds:.1} s") }
}

/// A share as a percentage with one digit: `12.4%`.
pub fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// `12.4% (31 of 250 first tries)`; `no first tries` when there was none.
pub fn rate(count: Count, what: &str) -> String {
    count.rate().map_or_else(
        || format!("no {what}"),
        |rate| format!("{} ({} of {} {what})", percent(rate), count.failed, count.total),
    )
}

/// `1 answer`, `2 answers`.
pub fn number(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let ms = |ms| seconds(Duration::from_millis(ms));
        assert_eq!([ms(30_000), ms(11_640), ms(0), ms(123_456)], ["30 s", "11.6 s", "0 s", "123 s"]);
        assert_eq!([percent(0.05), percent(0.124), percent(0.0968)], ["5%", "12.4%", "9.7%"]);
        assert_eq!(rate(Count { total: 250, failed: 31 }, "first tries"), "12.4% (31 of 250 first tries)");
        assert_eq!(rate(Count::default(), "first tries"), "no first tries");
        assert_eq!([number(1, "answer"), number(0, "answer")], ["1 answer", "0 answers"]);
    }
}
