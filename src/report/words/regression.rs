//! Runs held against other runs, in words.

use super::{blind_text, capital, count_text, failover_text, some_time_text};
use crate::measure::{Blind, Failover};
use crate::quantity::{self, chance, change, length, more, number, percent, points};
use crate::regression::{
    By, Changed, Difference, ENOUGH, Figure, LEVEL, Origin, Outcome, Place, Regression, Sample, Side, Timed,
};

/// A p value from here on is 1 as it is written, and says nothing.
const CERTAIN: f64 = 0.995;

/// What a figure is called.
pub fn figure_text(figure: Figure) -> &'static str {
    match figure {
        Figure::ErrorRate => "error rate",
        Figure::StudentsHit => "students hit",
        Figure::Failover => "failover time",
        Figure::FailoverWrite => "failover time of writes",
        Figure::Detection => "time to detect",
        Figure::Blind => "blind time",
        Figure::Unavailable => "unavailable",
        Figure::Recovery => "recovery",
        Figure::CapacityRestored => "capacity restored",
        Figure::WorstGap => "worst gap of a student",
        Figure::PageP95 => "time to a page, p95",
        Figure::PageP99 => "time to a page, p99",
        Figure::LostAnswers => "lost answers",
        Figure::PhantomAnswers => "phantom answers",
        Figure::LogLinesLost => "log lines lost",
        Figure::FalseAlarms => "false alarms",
    }
}

/// Where figures are measured.
pub fn place_text(place: &Place) -> String {
    match place {
        Place::Baseline => "baseline".to_owned(),
        Place::Window { title, number: 1 } => title.clone(),
        Place::Window { title, number } => format!("{title}, no. {number}"),
        Place::Run => "whole run".to_owned(),
    }
}

/// One measured value.
pub fn sample_text(figure: Figure, sample: &Sample) -> String {
    match sample {
        Sample::Share(count) => count_text(*count),
        Sample::Events { count, sittings: 0 | 1 } => count.to_string(),
        Sample::Events { count, sittings } => format!("{count} in {}", number(*sittings, "sitting")),
        Sample::Time(timed) => timed_text(figure, timed),
    }
}

fn timed_text(figure: Figure, timed: &Timed) -> String {
    let Timed { time, endless, .. } = *timed;
    match (figure, endless) {
        (Figure::CapacityRestored, true) if time.is_zero() => "loss not noticed".to_owned(),
        (Figure::CapacityRestored, false) if time.is_zero() => "no node lost".to_owned(),
        (Figure::Failover | Figure::FailoverWrite | Figure::CapacityRestored, true) => {
            format!("not within {}", length(time))
        }
        (Figure::Failover | Figure::FailoverWrite, false) if time.is_zero() => failover_text(&Failover::NoOutage, None),
        (Figure::Blind, never_detected) => blind_text(Some(&Blind { time, never_detected })),
        (Figure::Recovery, true) => "metastable".to_owned(),
        (Figure::Recovery, false) if time.is_zero() => "not needed".to_owned(),
        (_, true) => "never".to_owned(),
        (Figure::Unavailable | Figure::WorstGap, false) => some_time_text(time),
        (_, false) => length(time),
    }
}

/// What one side measured: what is typical, then the range and how often where it was measured more than once.
pub fn side_lines(figure: Figure, side: &Side) -> Vec<String> {
    let Some(typical) = &side.typical else { return vec![super::NOTHING.to_owned()] };
    let mut lines = vec![sample_text(figure, typical)];
    if let (2.., Some((least, most))) = (side.samples.len(), side.range()) {
        let short = |sample: &Sample| match sample {
            Sample::Share(count) => super::rate_text(*count),
            sample => sample_text(figure, sample),
        };
        let (least, most) = (short(&least), short(&most));
        lines.push(if least == most { format!("each {least}") } else { format!("{least} to {most}") });
        lines.push(number(side.samples.len(), "sample"));
    }
    if !side.missing.is_empty() {
        lines.push(format!("not measured {} more", times(side.missing.len())));
    }
    lines
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// From what is typical of the base to what is typical of the new runs, and by how much of the base that is; a dash where there
/// is nothing to subtract.
pub fn change_text(difference: &Difference) -> String {
    let sizes = difference.base.typical.zip(difference.new.typical).map(|(from, to)| (from.size(), to.size()));
    let relative = sizes.and_then(|(from, to)| quantity::relative(from, to));
    match (short_change(difference), relative) {
        (None, _) => super::NOTHING.to_owned(),
        (Some(text), None) => text,
        (Some(text), Some(relative)) => format!("{text} ({relative})"),
    }
}

fn short_change(difference: &Difference) -> Option<String> {
    match difference.base.typical.zip(difference.new.typical).filter(|_| difference.is_comparable())? {
        // Each of them counts.
        (Sample::Share(from), Sample::Share(to)) if difference.figure.is_of_answers() => {
            Some(more(from.failed, to.failed))
        }
        (Sample::Share(from), Sample::Share(to)) => Some(points(from.rate()?, to.rate()?)),
        (Sample::Events { count: from, .. }, Sample::Events { count: to, .. }) => Some(more(from, to)),
        (Sample::Time(from), Sample::Time(to)) if !from.endless && !to.endless => Some(change(from.time, to.time)),
        _ => None,
    }
}

/// A sign that does not depend on colour.
pub fn outcome_sign(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "✓",
        Outcome::Worse => "✗",
        Outcome::Unchanged => "=",
        Outcome::TooNoisy => "~",
        Outcome::NotComparable { .. } => "·",
    }
}

fn outcome_text(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "better",
        Outcome::Worse => "worse",
        Outcome::Unchanged => "unchanged",
        Outcome::TooNoisy => "too noisy to tell",
        Outcome::NotComparable { .. } => "not comparable",
    }
}

/// What a figure came to, and by which test or why not.
pub fn outcome_lines(difference: &Difference) -> Vec<String> {
    let outcome = &difference.outcome;
    let mut lines = vec![format!("{} {}", outcome_sign(outcome), outcome_text(outcome))];
    match (outcome, difference.test) {
        (Outcome::NotComparable { why }, _) => lines.push(why.clone()),
        (_, Some(test)) if test.p_adjusted < CERTAIN => {
            let by = match test.by {
                By::Fisher => "Fisher",
                By::Events => "counts",
                By::Ranks => "ranks",
            };
            lines.push(format!("{by}, p {}", chance(test.p_adjusted)));
        }
        _ => {}
    }
    lines
}

/// All in a few sentences: what is worse and what is better, place by place, and how much is neither.
pub fn gist(regression: &Regression) -> String {
    let lead = |word: &str, outcome: &Outcome| {
        let found = named(regression, outcome);
        let each = found.iter().map(|(place, list)| format!("{} in {place}: {list}.", capital(word)));
        if found.is_empty() { format!("Nothing is {word}.") } else { each.collect::<Vec<_>>().join(" ") }
    };
    let why = String::new();
    let rest = [Outcome::Unchanged, Outcome::TooNoisy, Outcome::NotComparable { why }];
    let rest = rest.map(|outcome| format!("{} {}", regression.count(&outcome), outcome_text(&outcome)));
    let (worse, better) = (lead("worse", &Outcome::Worse), lead("better", &Outcome::Better));
    format!("{worse} {better} {}.", capital(&rest.join(", ")))
}

/// The figures that came to `outcome`, with what they changed by, place by place.
fn named(regression: &Regression, outcome: &Outcome) -> Vec<(String, String)> {
    let places = regression.sections.iter().filter_map(|section| {
        let found = section.differences.iter().filter(|one| one.outcome == *outcome);
        let texts = found.map(|one| match short_change(one) {
            Some(change) => format!("{} {change}", figure_text(one.figure)),
            None => figure_text(one.figure).to_owned(),
        });
        let texts: Vec<_> = texts.collect();
        let article = if matches!(section.place, Place::Window { .. }) { "" } else { "the " };
        (!texts.is_empty()).then(|| (format!("{article}{}", place_text(&section.place)), texts.join("; ")))
    });
    places.collect()
}

/// Which run: folder, when, by whom, with which verdict.
pub fn origin_text(origin: &Origin) -> String {
    let sittings = if origin.repeat > 1 { format!(", {}", number(origin.repeat, "sitting")) } else { String::new() };
    format!(
        "{} ({}, {}, seed {}{sittings}, {}{})",
        origin.name,
        origin.started,
        origin.tool,
        origin.seed,
        origin.judgement,
        if origin.interrupted { ", ended early" } else { "" }
    )
}

/// In which conditions the sides differ, each in a line: what a difference may come from.
pub fn changed_texts(changed: &[Changed]) -> Vec<String> {
    let side = |all: &[String]| match all.join(" and ") {
        text if text.is_empty() => "not set".to_owned(),
        text => text,
    };
    changed.iter().map(|one| format!("{}: {} → {}", one.what, side(&one.base), side(&one.new))).collect()
}

/// By which rule a figure is called changed, and what that cannot say.
pub fn rule_texts(regression: &Regression) -> Vec<String> {
    let (threshold, level) = (percent(regression.threshold), percent(LEVEL));
    let rule = format!(
        "Better or worse: the difference is more than {threshold} of the base and more than the figure is true to, and chance is \
         ruled out. Shares: Fisher's exact test of the counts, from {ENOUGH} samples a side on the rank test of \
         Wilcoxon, Mann and Whitney. False alarms: the exact test of Przyborowski and Wilenski. Times: the rank test; or \
         every sample of one side lies beyond every one of the other by more than the figure is true to and what is \
         known of how far one draw may differ. Of all that is called changed by a test, at most {level} is by chance \
         (p is adjusted as Benjamini and Hochberg do). Answers lost where the base lost none are always worse."
    );
    let unchanged =
        "Unchanged: nothing differs by more than the figure is true to; or all samples, of two and more a side, lie \
                     within the threshold; or a share's difference is within it or a point, at 95% confidence. What is \
                     neither is too noisy to tell: more runs, or `--repeat`, tell more."
            .to_owned();
    let few = regression.differences().any(|(_, one)| {
        let times = matches!(one.base.typical, Some(Sample::Time(_)));
        one.is_comparable() && times && one.test.is_none()
    });
    let few = few.then(|| {
        format!(
            "Times of fewer than {ENOUGH} samples a side are told without a test; of one sample a side only those that follow from \
             how detectors and probes are set, for how far others spread from run to run is not known."
        )
    });
    let together =
        "Requests that meet one outage fail together, and sittings of one run share a cluster: counts of one run \
                    seem to prove more than they do."
            .to_owned();
    [Some(rule), Some(unchanged), few, Some(together)].into_iter().flatten().collect()
}
