//! Expectations → words, as plans announce them and findings repeat them.

use std::time::Duration;

use crate::quantity::{length, number, percent};
use crate::scenario::Expectations;

/// Every expectation that is written, in the order of the scenario's reference.
pub fn all(expect: &Expectations) -> Vec<String> {
    named(expect).map(|(_, words)| words).collect()
}

/// The same with the name that each has in a scenario.
pub fn named(expect: &Expectations) -> impl Iterator<Item = (&'static str, String)> {
    let list = [
        ("error_rate", expect.error_rate.map(error_rate)),
        ("failover_time", expect.failover_time.map(failover_time)),
        ("time_to_detect", expect.time_to_detect.map(time_to_detect)),
        ("flaps", expect.flaps.map(flaps)),
        ("false_alarms", expect.false_alarms.map(false_alarms)),
        ("page_p95", expect.page_p95.map(page_p95)),
        ("lost_answers", expect.lost_answers.map(lost_answers)),
        ("log_lines_lost", expect.log_lines_lost.map(log_lines_lost)),
    ];
    list.into_iter().filter_map(|(name, words)| Some((name, words?)))
}

/// `error rate at most 5%`.
pub fn error_rate(most: f64) -> String {
    format!("error rate at most {}", percent(most))
}

/// `failover time at most 15 s`.
pub fn failover_time(most: Duration) -> String {
    format!("failover time at most {}", length(most))
}

/// `detected within 10 s`.
pub fn time_to_detect(most: Duration) -> String {
    format!("detected within {}", length(most))
}

/// `no change of mind of a detector`.
pub fn flaps(most: u64) -> String {
    if most == 0 {
        "no change of mind of a detector".to_owned()
    } else {
        format!("at most {} of mind of a detector", number(most, "change"))
    }
}

/// `no false alarm of a detector`.
pub fn false_alarms(most: u64) -> String {
    if most == 0 {
        "no false alarm of a detector".to_owned()
    } else {
        format!("at most {} of detectors", number(most, "false alarm"))
    }
}

/// `95% of the pages within 2 s`.
pub fn page_p95(most: Duration) -> String {
    format!("95% of the pages within {}", length(most))
}

/// `no answer lost`.
pub fn lost_answers(most: u64) -> String {
    if most == 0 { "no answer lost".to_owned() } else { format!("at most {} lost", number(most, "answer")) }
}

/// `no line of answer.log lost`.
pub fn log_lines_lost(most: u64) -> String {
    if most == 0 {
        "no line of answer.log lost".to_owned()
    } else {
        format!("at most {} of answer.log lost", number(most, "line"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CHECKS;

    #[test]
    fn every_expectation_that_a_check_judges_has_its_words() {
        let second = Some(Duration::from_secs(1));
        let all_of_them = Expectations {
            error_rate: Some(0.01),
            failover_time: second,
            time_to_detect: second,
            flaps: Some(1),
            false_alarms: Some(1),
            page_p95: second,
            lost_answers: Some(1),
            log_lines_lost: Some(1),
        };
        let written: std::collections::BTreeSet<_> = named(&all_of_them).map(|(name, _)| name).collect();
        let judged: std::collections::BTreeSet<_> = CHECKS.iter().filter_map(|check| check.expects).collect();
        assert_eq!(written, judged);
    }
}
