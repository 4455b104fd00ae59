//! Expectations → words, as plans announce them and findings repeat them.

use std::time::Duration;

use crate::history::Step;
use crate::plan::{Configured, Doubt};
use crate::quantity::{length, number, percent};
use crate::scenario::{Expectations, Pages, Percentiles};

/// Every expectation that is written, in the order of the scenario's reference.
pub fn all(expect: &Expectations) -> Vec<String> {
    named(expect).map(|(_, words)| words).collect()
}

/// The same with the name that each has in a scenario.
pub fn named(expect: &Expectations) -> impl Iterator<Item = (&'static str, String)> {
    let list = [
        ("error_rate", expect.error_rate.map(|most| error_rate(most.0))),
        ("error_rate_after", expect.error_rate_after.map(|most| error_rate_after(most.0))),
        ("failover_time", expect.failover_time.map(|most| failover_time(most.0))),
        ("time_to_detect", expect.time_to_detect.map(|most| time_to_detect(most.0))),
        ("blind_time", expect.blind_time.map(|most| blind_time(most.0))),
        ("flaps", expect.flaps.map(|most| flaps(most.0))),
        ("false_alarms", expect.false_alarms.map(|most| false_alarms(most.0))),
        ("student_gap", expect.student_gap.map(|most| student_gap(most.0))),
        ("recovery_time", expect.recovery_time.map(|most| recovery_time(most.0))),
        ("without_redundancy", expect.without_redundancy.map(|most| without_redundancy(most.0))),
        ("capacity_restored", expect.capacity_restored.map(|most| capacity_restored(most.0))),
        ("page_p95", expect.page_p95.map(|most| page_p95(most.0))),
        ("page", (!expect.pages.is_empty()).then(|| pages(&expect.pages))),
        ("load_not_offered", expect.load_not_offered.map(|most| load_not_offered(most.0))),
        ("lost_answers", expect.lost_answers.map(|most| lost_answers(most.0))),
        ("log_lines_lost", expect.log_lines_lost.map(|most| log_lines_lost(most.0))),
    ];
    list.into_iter().filter_map(|(name, words)| Some((name, words?)))
}

/// `failover_time: what db is configured to take alone is longer (failover_delay = 40 s)`.
pub fn doubted(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Unwatched { expected, role } => {
            let whom = role.as_ref().map_or_else(|| "it".to_owned(), |role| format!("`{role}`"));
            format!("{}: nobody can tell, for no detector watches {whom}", expected.join(", "))
        }
        Doubt::Slower { expected, configured: Configured { role, setting, time } } => {
            let time = length(*time);
            format!("{expected}: what `{role}` is configured to take alone is longer ({setting} = {time})")
        }
        Doubt::Irreplaceable { expected, lasts } => {
            format!(
                "{expected}: nothing takes the place of a lost node here, and the fault lasts for {}",
                length(*lasts)
            )
        }
    }
}

/// `error rate at most 5%`.
pub fn error_rate(most: f64) -> String {
    format!("error rate at most {}", percent(most))
}

/// `error rate after heal at most 5%`.
pub fn error_rate_after(most: f64) -> String {
    format!("error rate after heal at most {}", percent(most))
}

/// `failover time at most 15 s`.
pub fn failover_time(most: Duration) -> String {
    format!("failover time at most {}", length(most))
}

/// `detected within 10 s`.
pub fn time_to_detect(most: Duration) -> String {
    format!("detected within {}", length(most))
}

/// `at most 10 s in which users fail unnoticed`.
pub fn blind_time(most: Duration) -> String {
    format!("at most {} in which users fail unnoticed", length(most))
}

/// `no student without a page for longer than 20 s`.
pub fn student_gap(most: Duration) -> String {
    format!("no student without a page for longer than {}", length(most))
}

/// `as good as before within 10 s of heal`.
pub fn recovery_time(most: Duration) -> String {
    format!("as good as before within {} of heal", length(most))
}

/// `at most 60 s without redundancy`.
pub fn without_redundancy(most: Duration) -> String {
    format!("at most {} without redundancy", length(most))
}

/// `as many nodes as before within 60 s`.
pub fn capacity_restored(most: Duration) -> String {
    format!("as many nodes as before within {}", length(most))
}

/// `at most 1% of the planned actions not sent in time`.
pub fn load_not_offered(most: f64) -> String {
    format!("at most {} of the planned actions not sent in time", percent(most))
}

/// `half of the pages within 1 s, 99% of the grade pages within 5 s`.
pub fn pages(pages: &Pages) -> String {
    let of_one = |(step, limits): (Option<Step>, Percentiles)| {
        let limits = [limits.p50, limits.p95, limits.p99, limits.max].into_iter().zip(SHARES_OF_PAGES);
        limits.filter_map(move |(most, share)| Some(share_of_pages(share, step, most?.0)))
    };
    pages.limits().flat_map(of_one).collect::<Vec<_>>().join(", ")
}

/// What the median, the 95th and the 99th percentile and the longest time are times of.
pub const SHARES_OF_PAGES: [&str; 4] = ["half of", "95% of", "99% of", "all of"];

/// `95% of the grade pages within 2 s`.
pub fn share_of_pages(share: &str, step: Option<Step>, most: Duration) -> String {
    let what = step.map_or_else(|| "the pages".to_owned(), |step| format!("the {step} pages"));
    format!("{share} {what} within {}", length(most))
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
    use crate::scenario::{Number, Share, Time};

    #[test]
    fn every_expectation_that_a_check_judges_has_its_words() {
        let second = Some(Time(Duration::from_secs(1)));
        let (share, number) = (Some(Share(0.01)), Some(Number(1)));
        let all_of_them = Expectations {
            error_rate: share,
            error_rate_after: share,
            failover_time: second,
            time_to_detect: second,
            blind_time: second,
            flaps: number,
            false_alarms: number,
            student_gap: second,
            recovery_time: second,
            without_redundancy: second,
            capacity_restored: second,
            page_p95: second,
            load_not_offered: share,
            lost_answers: number,
            log_lines_lost: number,
            pages: Pages { all: Percentiles { p50: second, ..Percentiles::default() }, ..Pages::default() },
        };
        let written: std::collections::BTreeSet<_> = named(&all_of_them).map(|(name, _)| name).collect();
        let judged: std::collections::BTreeSet<_> = CHECKS.iter().filter_map(|check| check.expects).collect();
        assert_eq!(written, judged);
    }
}
