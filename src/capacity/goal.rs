//! What a class must get ([`Goals`](crate::scenario::Goals)), and [`judge`]: what was measured against it → [`Outcome`], with its margin.
//!
//! # When a trial is clear
//!
//! - **A time** is clear when it is at most two thirds or at least four thirds of its limit. Where the limit lies, work waits
//!   for work: with a start rush of a minute, 10 % more students make the longest wait longer by 0.1 × (60 s + 5 s), more than
//!   the whole limit of 5 s. So a third of the limit is worth 3 % of the class, about what two runs of one class differ by.
//! - **A share** is clear when it is within its limit and nothing failed at all, or the 95 % interval of E. B. Wilson (1927)
//!   lies on one side of it. Failures come in bursts, which that interval does not know, so a share that is clearly too large
//!   is at least twice the limit as well.
//! - **A count** above its limit is clear from 3 more on: what happens 3 times in the mean is missed by another run once in
//!   e³ = 20. One lost answer is clear at once, for it is no matter of chance whether a cluster may lose answers.
//!
//! A trial that holds is clear when every goal is; one that fails when any that is not met is.
//!
//! # When a trial is void
//!
//! See [`voids`]. One in which an answer was lost fails all the same: no generator can take a recorded answer away.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trial::{Generator, Margin, Measured, Outcome, Reason};
use crate::check::expected;
use crate::measure::{Count, Latency};
use crate::quantity::{beyond, length, number, part, percent};
pub use crate::scenario::Goals;

/// Largest share of the planned requests that a generator may send late, or never: with more, another quiz was measured than
/// the planned one. A scenario's baseline is held to the same.
const LATE_MAX: f64 = 0.01;
/// Largest share of its processors that a generator may use. Beyond it the generator's own work waits for itself, at 0.8 four
/// times as long as it takes (M/M/1: ρ/(1 − ρ)), and stands in the times of pages.
const CPU_MAX: f64 = 0.8;
/// A time that is further from its limit than this share of it is clear.
const TIME_CLEAR: f64 = 1.0 / 3.0;
/// So many more than the limit, of things that may happen by chance, are clear.
const COUNT_CLEAR: u64 = 3;
/// The quantile of the normal law behind a two-sided interval of 95 %.
const Z: f64 = 1.959_964;

/// What may be expected of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Few first tries fail.
    ErrorRate,
    /// Pages of a test come in time.
    PageP95,
    /// Every student gets the test in time.
    StartWithin,
    /// Submissions of the last minute are recorded.
    LastMinute,
    /// No acknowledged answer is lost.
    LostAnswers,
    /// No page fails any more when the load has gone. Judged always.
    Recovers,
}

/// From when on a trial tells how it stands to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// While it is under way.
    UnderWay,
    /// Once it was ended, be that early.
    EndedEarly,
    /// When the whole of it was made.
    AtItsEnd,
}

/// A goal: everything that anybody asks of it.
struct Spec {
    goal: Goal,
    told: Told,
    /// What is expected, in words; none where nothing is.
    words: fn(&Goals) -> Option<String>,
    /// How a trial stands to it; none where nothing is expected.
    standing: fn(&Measured, &Goals) -> Option<Standing>,
}

/// Every goal, in the order in which they are told.
const SPECS: &[Spec] = &[
    Spec {
        goal: Goal::ErrorRate,
        told: Told::UnderWay,
        words: |goals| goals.error_rate_max.map(expected::error_rate),
        standing: |measured, goals| Some(error_rate(measured.first_tries, goals.error_rate_max?)),
    },
    Spec {
        goal: Goal::PageP95,
        told: Told::UnderWay,
        words: |goals| Some(format!("95% of the pages of the test within {}", length(goals.page_p95?))),
        standing: |measured, goals| Some(page_p95(&measured.test_pages, goals.page_p95?)),
    },
    Spec {
        goal: Goal::StartWithin,
        told: Told::AtItsEnd,
        words: |goals| Some(format!("every student has the test within {}", length(goals.start_within?))),
        standing: |measured, goals| Some(starts(measured, goals.start_within?)),
    },
    Spec {
        goal: Goal::LastMinute,
        told: Told::AtItsEnd,
        words: |goals| goals.last_minute_unrecorded_max.map(last_minute),
        standing: |measured, goals| Some(unrecorded(measured, goals.last_minute_unrecorded_max?)),
    },
    Spec {
        goal: Goal::LostAnswers,
        told: Told::EndedEarly,
        words: |goals| goals.lost_answers_max.map(expected::lost_answers),
        standing: |measured, goals| Some(lost(measured, goals.lost_answers_max?)),
    },
    Spec {
        goal: Goal::Recovers,
        told: Told::EndedEarly,
        words: |_| Some("no page fails any more when the load has gone".to_owned()),
        standing: |measured, _| Some(measured.recovered.map_or(Unknown("whether the service recovered"), recovers)),
    },
];

impl Goals {
    /// What is expected, each with its goal, in words: `error rate at most 0.5%`.
    pub fn words(&self) -> Vec<(Goal, String)> {
        SPECS.iter().filter_map(|spec| Some((spec.goal, (spec.words)(self)?))).collect()
    }
}

fn last_minute(most: u64) -> String {
    match most {
        0 => "every submission of the last minute recorded".to_owned(),
        _ => format!("at most {} of the last minute not recorded", number(most, "submission")),
    }
}

/// How a figure stands to its limit.
enum Standing {
    Met(Margin),
    Missed(Margin, String),
    /// What is not known of it.
    Unknown(&'static str),
}

use Margin::{Clear, Close};
use Standing::{Met, Missed, Unknown};

/// What a trial in which `measured` was measured comes to.
pub fn judge(measured: &Measured, goals: &Goals) -> Outcome {
    judge_until(Told::AtItsEnd, measured, goals)
}

/// What it comes to by the goals of which it tells by then.
pub fn judge_until(told: Told, measured: &Measured, goals: &Goals) -> Outcome {
    let standings = SPECS.iter().filter(|spec| spec.told <= told);
    let standings = standings.filter_map(|spec| Some((spec.goal, (spec.standing)(measured, goals)?)));
    let (mut reasons, mut unknown, mut any_clear, mut all_clear, mut lost_any) =
        (Vec::new(), Vec::new(), false, true, false);
    for (goal, standing) in standings {
        match standing {
            Met(margin) => all_clear &= margin == Clear,
            Missed(margin, found) => {
                any_clear |= margin == Clear;
                lost_any |= goal == Goal::LostAnswers;
                reasons.push(Reason { goal, found });
            }
            Unknown(what) => unknown.push(format!("{what} could not be told")),
        }
    }
    let mut why = voids(&measured.generator);
    // What fails already needs no other figure.
    if reasons.is_empty() {
        why.extend(unknown);
    }
    match (why.is_empty() || lost_any, reasons.is_empty()) {
        (false, _) => Outcome::Void { why },
        (true, true) => Outcome::Holds { margin: if all_clear { Clear } else { Close } },
        (true, false) => Outcome::Fails { margin: if any_clear { Clear } else { Close }, reasons },
    }
}

/// Why the generator spoilt a trial; empty when it did not.
///
/// - Late or unsent: more than 1 % of what was planned. Another quiz was measured than the planned one.
/// - Its own processors: more than 80 %. Its own queue stands in the times of pages.
/// - Its own errors: any. They would count as failures of the service.
/// - Nothing planned: nothing was measured.
pub fn voids(generator: &Generator) -> Vec<String> {
    let mut why = Vec::new();
    if generator.planned == 0 {
        why.push("the load generator had nothing to send".to_owned());
    }
    let late = Count { total: generator.planned, failed: generator.late };
    if late.rate().is_some_and(|rate| rate > LATE_MAX) {
        let share = beyond(part(late.failed, late.total), &percent(LATE_MAX));
        why.push(format!(
            "the load generator sent {share} of its requests late or never; at most {}",
            percent(LATE_MAX)
        ));
    }
    if let Some(share) = generator.cpu_share.filter(|share| *share > CPU_MAX) {
        let used = beyond(percent(share), &percent(CPU_MAX));
        why.push(format!(
            "the load generator used {used} of the processors that it may use; at most {}",
            percent(CPU_MAX)
        ));
    }
    if generator.own_errors > 0 {
        let errors = number(generator.own_errors, "request");
        why.push(format!("{errors} failed before leaving the load generator's machine"));
    }
    why
}

fn error_rate(count: Count, most: f64) -> Standing {
    let Some(rate) = count.rate() else { return Unknown("the error rate") };
    let (low, high) = wilson(count, rate);
    if rate <= most {
        return Met(if count.failed == 0 || high <= most { Clear } else { Close });
    }
    let limit = percent(most);
    let found = beyond(part(count.failed, count.total), &limit);
    let found = format!("error rate {found} ({} of {} first tries), at most {limit}", count.failed, count.total);
    Missed(if low > most && rate >= 2.0 * most { Clear } else { Close }, found)
}

fn page_p95(pages: &Latency, most: Duration) -> Standing {
    let Some(p95) = pages.p95() else { return Unknown("the time to a page of the test") };
    time(p95, most, |found| format!("95% of the pages of the test within {found}, at most {}", length(most)))
}

fn starts(measured: &Measured, most: Duration) -> Standing {
    let Some(starts) = measured.starts.filter(|starts| starts.due > 0) else { return Unknown("how students started") };
    if starts.never > 0 {
        let found = format!("{} of {} never had the test", number(starts.never, "student"), starts.due);
        return Missed(if starts.never >= COUNT_CLEAR { Clear } else { Close }, found);
    }
    let Some(slowest) = starts.slowest else { return Unknown("how long students took to start") };
    time(slowest, most, |found| {
        let late = starts.due.saturating_sub(starts.within);
        let late = if late == 0 { String::new() } else { format!(", {late} of {} late", starts.due) };
        format!("the slowest student had the test after {found}{late}; at most {}", length(most))
    })
}

fn unrecorded(measured: &Measured, most: u64) -> Standing {
    let Some(last) = measured.last_minute else { return Unknown("which submissions of the last minute are recorded") };
    let missing = last.planned.saturating_sub(last.recorded);
    if missing <= most {
        return Met(Clear);
    }
    let found = format!("{missing} of {} of the last minute not recorded", number(last.planned, "submission"));
    Missed(if missing >= most.saturating_add(COUNT_CLEAR) { Clear } else { Close }, format!("{found}, at most {most}"))
}

fn lost(measured: &Measured, most: u64) -> Standing {
    match measured.lost_answers {
        None => Unknown("whether an answer was lost"),
        Some(lost) if lost <= most => Met(Clear),
        Some(lost) => Missed(Clear, format!("{} lost, at most {most}", number(lost, "answer"))),
    }
}

fn recovers(recovered: bool) -> Standing {
    let found = "metastable: still bad after the load had gone";
    if recovered { Met(Clear) } else { Missed(Clear, found.to_owned()) }
}

/// How `found` stands to `most`.
fn time(found: Duration, most: Duration, words: impl FnOnce(String) -> String) -> Standing {
    let ratio = found.as_secs_f64() / most.as_secs_f64();
    if found <= most {
        return Met(if ratio <= 1.0 - TIME_CLEAR { Clear } else { Close });
    }
    let margin = if ratio >= 1.0 + TIME_CLEAR { Clear } else { Close };
    Missed(margin, words(beyond(length(found), &length(most))))
}

/// E. B. Wilson's score interval of 95 %, *Probable inference, the law of succession, and statistical inference*, Journal of
/// the American Statistical Association 22 (1927).
fn wilson(count: Count, rate: f64) -> (f64, f64) {
    let n = count.total as f64;
    let (middle, scale) = (rate + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).max(0.0).sqrt();
    ((middle - half) / scale, (middle + half) / scale)
}

#[cfg(test)]
mod tests;
