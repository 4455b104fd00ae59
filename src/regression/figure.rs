//! The figures of a run that have a better direction → [`Sample`]s, by where they were measured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::history::ProbeKind;
use crate::measure::{
    Alarms, Answers, CapacityRestored, Count, Detection, Failover, Figures, Latency, Recovery, Requests, WindowFigures,
};
use crate::plan::Plan;
use crate::predict::Prediction;

use super::sample::{Sample, Timed};

/// What a time to detect is true to where nothing better is known, and what buckets of time are as long as at least.
const BUCKET: Duration = Duration::from_millis(100);
/// What a percentile of the time to a page is true to, beside a thousandth of it: the goal that `wwchaos calibrate` holds it to.
const PAGE: Duration = Duration::from_millis(20);
/// Length of the span by which a recovery is judged.
const RECOVERY: Duration = Duration::from_secs(5);
/// Most of anything that a run can have: a stored report is a file like any other.
const COUNT_MAX: u64 = 10_000_000;
/// Fewest requests of which the 99th percentile is beyond what chance makes of the 95th.
const PERCENTILE_MIN: u64 = 100;

/// A figure that is the better the smaller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Share of first tries that failed.
    ErrorRate,
    /// Share of students with an error.
    StudentsHit,
    /// Failover time of pages.
    Failover,
    /// Failover time of writes.
    FailoverWrite,
    /// Time to detect.
    Detection,
    /// Blind time.
    Blind,
    /// Time in which no entry probe succeeded.
    Unavailable,
    /// Recovery.
    Recovery,
    /// Time until as many nodes serve as before.
    CapacityRestored,
    /// The worst gap of any one student.
    WorstGap,
    /// 95th percentile of the time to a page.
    PageP95,
    /// 99th percentile of the time to a page.
    PageP99,
    /// Lost answers of those acknowledged.
    LostAnswers,
    /// Answers that are stored and should not be, phantoms and duplicates, of all that were sent.
    PhantomAnswers,
    /// Lines of `answer.log` that are missing.
    LogLinesLost,
    /// Sound nodes called down.
    FalseAlarms,
}

impl Figure {
    /// Whether how far one draw may differ follows from how detectors and probes are set. Other times depend on who asked for
    /// what when the fault came.
    pub fn follows(self) -> bool {
        matches!(self, Self::Failover | Self::FailoverWrite | Self::Detection | Self::Blind | Self::Unavailable)
    }

    /// Whether it is of answers: each counts, whatever else came of the run.
    pub fn is_of_answers(self) -> bool {
        matches!(self, Self::LostAnswers | Self::PhantomAnswers)
    }
}

/// What was measured of a figure, or why it was not.
pub type Reading = Result<Sample, String>;

/// The readings of the time before the first fault.
pub fn baseline(figures: &Figures) -> Vec<(Figure, Reading)> {
    let requests = &figures.baseline.requests;
    let [p95, p99] = pages(&requests.latency);
    vec![(Figure::ErrorRate, share(requests.first_tries, "no request")), (Figure::PageP95, p95), (Figure::PageP99, p99)]
}

/// The readings of the whole run.
pub fn whole(plan: &Plan, figures: &Figures) -> Vec<(Figure, Reading)> {
    let mut readings = of_requests(&figures.requests);
    readings.extend(of_answers(&figures.answers));
    readings.push((Figure::FalseAlarms, alarms(figures.alarms.as_ref(), plan.repeat)));
    readings
}

/// The readings of one window.
pub fn window(plan: &Plan, figures: &Figures, window: &WindowFigures) -> Vec<(Figure, Reading)> {
    let (draw, doubt) = (draw(window), window.timeline.effect_doubt.unwrap_or_default());
    let failover = |kind, failover: &Failover| {
        let known = figures.probes.iter().find(|probe| probe.kind == kind);
        let (resolution, limit) = known.map(|probe| (probe.resolution, probe.limit)).unwrap_or_default();
        outage(failover, (resolution, limit), draw)
    };
    let mut readings = window
        .requests
        .as_ref()
        .map_or_else(|| vec![(Figure::ErrorRate, Err("the fault was never injected".to_owned()))], of_requests);
    let gap = window.worst_gap.map(|gap| gap.max.unwrap_or_default());
    // A gap ends when the student reloads, which is a matter of so long.
    let gap = gap.map(|gap| Timed::new(gap, PAGE, draw + plan.class.retry_pause));
    let bucket = bucket(figures);
    let unavailable = window.availability.map(|all| Timed::new(all.unavailable, bucket, draw));
    let blind = window.blind.map(|blind| match blind.never_detected && !blind.time.is_zero() {
        true => Timed::endless(blind.time, BUCKET + doubt),
        false => Timed::new(blind.time, BUCKET + doubt, draw),
    });
    let known = |timed: Option<Timed>| timed.map(Sample::Time).ok_or_else(|| "not measured".to_owned());
    readings.extend([
        (Figure::Failover, failover(ProbeKind::Entry, &window.failover)),
        (Figure::FailoverWrite, failover(ProbeKind::Write, &window.failover_write)),
        (Figure::Detection, detection(&window.detection, doubt, draw)),
        (Figure::Blind, known(blind)),
        (Figure::Unavailable, known(unavailable)),
        (Figure::Recovery, recovery(&window.recovery)),
        (Figure::CapacityRestored, capacity_restored(&window.capacity_restored, doubt, draw)),
        (Figure::WorstGap, known(gap)),
    ]);
    readings.extend(of_answers(&window.answers));
    let why = window.void.as_ref().map(|why| format!("the window is void: {why}"));
    let why = why.or_else(|| window.cut_short.then(|| "the window was cut short".to_owned()));
    match why {
        // Answers are what students were told, whatever the fault came to.
        Some(why) => readings.into_iter().map(|(figure, reading)| (figure, withdrawn(figure, reading, &why))).collect(),
        None => readings,
    }
}

fn withdrawn(figure: Figure, reading: Reading, why: &str) -> Reading {
    match reading {
        Ok(Sample::Share(count)) if figure.is_of_answers() && count.failed > 0 => Ok(Sample::Share(count)),
        _ => Err(why.to_owned()),
    }
}

fn of_requests(requests: &Requests) -> Vec<(Figure, Reading)> {
    let [p95, p99] = pages(&requests.latency);
    let students = Count { total: requests.students, failed: requests.students_with_error };
    vec![
        (Figure::ErrorRate, share(requests.first_tries, "no request")),
        (Figure::StudentsHit, share(students, "no student")),
        (Figure::PageP95, p95),
        (Figure::PageP99, p99),
    ]
}

fn of_answers(answers: &Answers) -> [(Figure, Reading); 3] {
    let audited = |count: Count, none: &str| match &answers.unknown {
        Some(why) => Err(why.clone()),
        None => share(count, none),
    };
    let lost = audited(Count { total: answers.acknowledged, failed: answers.lost }, "nothing acknowledged");
    let sent = answers.acknowledged.saturating_add(answers.refused).saturating_add(answers.indeterminate);
    let phantom = answers.phantom.saturating_add(answers.duplicated);
    let phantom = audited(Count { total: sent, failed: phantom }, "nothing sent");
    let lines = Count { total: answers.log_lines_expected, failed: answers.log_lines_lost };
    let lines = match answers.log_unread.as_ref().or(answers.unknown.as_ref()) {
        Some(why) => Err(why.clone()),
        None => share(lines, "no line expected"),
    };
    [(Figure::LostAnswers, lost), (Figure::PhantomAnswers, phantom), (Figure::LogLinesLost, lines)]
}

fn share(count: Count, none: &str) -> Reading {
    match count.total {
        0 => Err(none.to_owned()),
        total if total > COUNT_MAX || count.failed > total => Err("no such number is possible".to_owned()),
        _ => Ok(Sample::Share(count)),
    }
}

/// 95th and 99th percentile. Chance may put each at the next one above that is known, at least.
fn pages(latency: &Latency) -> [Reading; 2] {
    let time = |ms: Option<f64>| ms.and_then(Latency::time);
    let above = if latency.count < PERCENTILE_MIN { latency.ms_max } else { latency.ms_p99 };
    let timed = |at: Option<f64>, above: Option<f64>| {
        let (at, above) = time(at).zip(time(above)).ok_or_else(|| "no page came".to_owned())?;
        Ok(Sample::Time(Timed::new(at, PAGE + at / 1000, above.saturating_sub(at))))
    };
    [timed(latency.ms_p95, above), timed(latency.ms_p99, latency.ms_max)]
}

fn alarms(alarms: Option<&Alarms>, sittings: u32) -> Reading {
    let alarms = alarms.ok_or("no detector")?;
    match &alarms.at_least {
        Some(why) => Err(format!("not all was seen: {why}")),
        None => Ok(Sample::Events { count: alarms.false_alarms.len() as u64, sittings: sittings.into() }),
    }
}

fn outage(failover: &Failover, (resolution, limit): (Duration, Duration), draw: Duration) -> Reading {
    Ok(Sample::Time(match failover {
        // What is shorter than the limit makes a probe slow, or fail, by chance.
        Failover::NoOutage => Timed::new(Duration::ZERO, resolution, limit),
        Failover::After { time, late, effect_doubt } => Timed::new(*time, resolution + *late + *effect_doubt, draw),
        Failover::DidNot { at_least } => Timed::endless(*at_least, resolution),
        Failover::NotMeasured => return Err("not measured".to_owned()),
    }))
}

fn detection(detection: &Detection, doubt: Duration, draw: Duration) -> Reading {
    Ok(Sample::Time(match detection {
        Detection::After { time, within, .. } => Timed::new(*time, within.unwrap_or(BUCKET) + doubt, draw),
        Detection::Never { .. } => Timed::endless(Duration::ZERO, BUCKET),
        Detection::NoDetector => return Err("no detector".to_owned()),
        Detection::NotMeasured { why } => return Err(why.clone()),
    }))
}

fn recovery(recovery: &Recovery) -> Reading {
    Ok(Sample::Time(match recovery {
        Recovery::NeverLeft => Timed::new(Duration::ZERO, BUCKET, RECOVERY),
        Recovery::After { time } => Timed::new(*time, BUCKET, RECOVERY),
        Recovery::Metastable => Timed::endless(Duration::ZERO, BUCKET),
        Recovery::NotSeen { .. } => return Err("not seen before the next window or the end".to_owned()),
        Recovery::NotMeasured => return Err("not measured".to_owned()),
    }))
}

fn capacity_restored(restored: &CapacityRestored, doubt: Duration, draw: Duration) -> Reading {
    Ok(Sample::Time(match restored {
        CapacityRestored::After { time, .. } => Timed::new(*time, BUCKET + doubt, draw),
        CapacityRestored::DidNot { at_least } => Timed::endless(*at_least, BUCKET + doubt),
        CapacityRestored::NoneLost => Timed::new(Duration::ZERO, BUCKET, draw),
        CapacityRestored::Unnoticed => Timed::endless(Duration::ZERO, BUCKET),
        CapacityRestored::NotMeasured => return Err("not measured".to_owned()),
    }))
}

/// The widest range in which a detector's configuration lets its verdict fall: one draw of a time that follows from the
/// verdict says no more than that.
fn draw(window: &WindowFigures) -> Duration {
    let widths = window.expected_detections.iter().filter_map(|expected| match &expected.prediction {
        Prediction::Within { from, to, .. } => Some(to.saturating_sub(*from)),
        Prediction::Never { .. } | Prediction::NotModelled { .. } => None,
    });
    widths.max().unwrap_or_default()
}

/// Length of the buckets of unavailable time: as long as it takes to ask each serving node once, where that is longer.
fn bucket(figures: &Figures) -> Duration {
    let nodes = u32::try_from(figures.baseline.requests.by_node.len()).unwrap_or(u32::MAX).max(1);
    let entry = figures.probes.iter().find(|probe| probe.kind == ProbeKind::Entry);
    entry.map_or(BUCKET, |probe| BUCKET.max(probe.resolution.saturating_mul(nodes)))
}
