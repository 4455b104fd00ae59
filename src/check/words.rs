//! Figures in words that findings and reports share, so that both say the same.

use crate::measure::{Answers, Count, Failover, ProbeSetting};
use crate::quantity::{length, number, part, percent};

/// Stands where something should have been measured and was not.
pub const NOT_MEASURED: &str = "not measured";

/// `12.4% (31 of 250 first tries)`; `no first tries` when there was none.
pub fn rate(count: Count, what: &str) -> String {
    if count.total == 0 {
        return format!("no {what}");
    }
    format!("{} ({} of {} {what})", part(count.failed, count.total), count.failed, count.total)
}

/// Failover time of a path, with the resolution and the limit of its probes where they decide.
pub fn failover(failover: &Failover, setting: Option<&ProbeSetting>) -> String {
    match failover {
        Failover::NoOutage => setting
            .map_or_else(|| "no outage".to_owned(), |probe| format!("no outage (asked {})", probe_setting(probe))),
        Failover::After { time } => length(*time),
        Failover::DidNot { at_least } => format!("did not fail over (at least {}; ended by heal)", length(*at_least)),
        Failover::NotMeasured => NOT_MEASURED.to_owned(),
    }
}

/// How probes ask: `every 50 ms, limit 2 s`.
pub fn probe_setting(probe: &ProbeSetting) -> String {
    format!("every {}, limit {}", length(probe.resolution), length(probe.limit))
}

/// What "0 lost" is worth: `at most 9.7%, 95% bound`; none when one was lost or nothing is known.
pub fn bound(answers: &Answers) -> Option<String> {
    answers.lost_share_upper_bound.map(|bound| format!("at most {}, 95% bound", percent(bound)))
}

/// `51 of 58 lines of answer.log`.
pub fn log_lines(answers: &Answers) -> String {
    format!("{} of {} of answer.log", answers.log_lines_lost, number(answers.log_lines_expected, "line"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::history::ProbeKind;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn failover_is_worded_exactly() {
        let probe = ProbeSetting { kind: ProbeKind::Entry, resolution: MS(129), limit: MS(2000) };
        let check = |outage: Failover, expected: &str| assert_eq!(failover(&outage, Some(&probe)), expected);
        check(Failover::NoOutage, "no outage (asked every 129 ms, limit 2 s)");
        check(Failover::After { time: MS(11_600) }, "11.6 s");
        check(Failover::DidNot { at_least: MS(30_000) }, "did not fail over (at least 30 s; ended by heal)");
        check(Failover::NotMeasured, "not measured");
    }

    #[test]
    fn a_rate_shows_its_numbers() {
        assert_eq!(rate(Count { total: 250, failed: 31 }, "first tries"), "12.4% (31 of 250 first tries)");
        assert_eq!(rate(Count::default(), "first tries"), "no first tries");
    }
}
