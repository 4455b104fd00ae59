//! The figures of a run, as data. Every time counts from the class's start unless it says otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::{ErrorClass, ProbeKind, Process, Step};
use crate::plan::Hit;
use crate::settings::millis;

use super::alarms::Alarms;
use super::capacity_restored::CapacityRestored;
use super::cases::{Answers, StoreRead};
use super::class::ClassFigures;
use super::detected::{Blind, Detection, ExpectedDetection};
use super::outage::{Availability, Failover, Recovery, WorstGap};
use super::rush::RushFigures;
use super::samples::Sample;
use super::series::Series;
use super::spread::Spread;
use super::stamps::Timeline;
use super::student::StudentFigures;
use super::timings::TimingFigures;
use super::usage::Usage;

/// All figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// The time before the first window.
    pub baseline: Baseline,
    /// One entry per window, in order.
    pub windows: Vec<WindowFigures>,
    /// How the figures of a window spread over the sittings; empty when there was one.
    #[serde(default)]
    pub spreads: Vec<Spread>,
    /// What each rush did; empty when there was none.
    #[serde(default)]
    pub rushes: Vec<RushFigures>,
    /// What detectors said of nodes that had no fault; none when there is no detector.
    #[serde(default)]
    pub alarms: Option<Alarms>,
    /// Requests of the class over the whole run.
    pub requests: Requests,
    /// What a failed request of each class brought, where the history tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// The audit of the whole run.
    pub answers: Answers,
    /// The stores that were read for it: those of the primary decide, the others are evidence.
    #[serde(default)]
    pub stores: Vec<StoreRead>,
    /// Rate and limit of each kind of probe.
    pub probes: Vec<ProbeSetting>,
    /// Values over time, for charts.
    pub series: Series,
    /// What the class as a whole got; none in reports that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassFigures>,
    /// How much the services had to do; none when the history does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What looking cost; none when the history does not tell.
    pub spending: Option<Spending>,
    /// What commands of the topology timed on the idle cluster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings: Vec<TimingFigures>,
    /// What could not be measured, and why.
    pub unmeasured: Vec<Unmeasured>,
    /// Whether the run was ended early, or its history stops before the class was over.
    pub interrupted: bool,
    /// Why wwchaos itself ended the run early; none when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Why the class did not get to its end by itself; none when it did, or when the run was interrupted.
    pub unfinished: Option<String>,
    /// Largest difference between the wall clock's offsets seen during the run: a step or a drift.
    #[serde(rename = "clock_drift_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub clock_drift: Duration,
    /// The wall clock at the class's start, from 1970 on in UTC: true to `clock_drift`. None when the history does not tell.
    #[serde(
        rename = "class_started_unix_ms",
        with = "millis::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u64>")]
    pub class_started: Option<Duration>,
}

/// How a kind of probe asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeSetting {
    /// The kind.
    pub kind: ProbeKind,
    /// Time between two probes: no figure of this path is finer.
    #[serde(rename = "resolution_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub resolution: Duration,
    /// A probe whose page is not complete within this time has failed.
    #[serde(rename = "limit_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub limit: Duration,
}

/// What looking cost over the class's time, from the kernel's accounting, as shares of one processor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spending {
    /// The time that was accounted.
    #[serde(rename = "length_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub length: Duration,
    /// The harness: probes, watchers, windows, the writing of the history.
    pub harness_cpu_share: f64,
    /// The class: the students.
    pub class_cpu_share: f64,
    /// The engine's daemons in all; none when that could not be read.
    pub daemons_cpu_share: Option<f64>,
    /// The same on the idle cluster.
    pub daemons_idle_cpu_share: Option<f64>,
    /// Harness, class, and what the daemons used beyond their idle rate.
    pub looking_cpu_share: Option<f64>,
    /// Most memory of the harness that was resident at one time.
    pub harness_peak_bytes: u64,
}

/// Something that could not be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unmeasured {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// The time before the first window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Student requests in it.
    pub requests: Requests,
    /// Share of failed probes, by kind.
    pub failed_probes: Vec<ProbeShare>,
    /// Time it lasted.
    #[serde(rename = "length_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub length: Duration,
}

/// Requests of students (no probes) whose interval from intended send to end overlaps a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// First tries.
    pub first_tries: Count,
    /// Later tries of a page that failed.
    pub retries: Count,
    /// Students who sent anything.
    pub students: u64,
    /// Students with at least one failed request.
    pub students_with_error: u64,
    /// Pages with WeBWorK's block of warnings; a submission on one may have been recorded all the same.
    #[serde(default)]
    pub warned: u64,
    /// Failed requests by class.
    pub classes: BTreeMap<String, u64>,
    /// Requests that the load generator sent more than 250 ms late, though the student was free to send them.
    pub late: u64,
    /// First tries that were due while the student still waited for a page, and were sent more than 250 ms late for it.
    pub held_up: u64,
    /// Actions of the plan, due in the span, that were never sent.
    pub not_offered: u64,
    /// Those of them that the service kept the student from: a page had failed before, or was not there yet when they were due.
    #[serde(default)]
    pub hindered: u64,
    /// Time from intended send to last byte, successes only.
    pub latency: Latency,
    /// Time from actual send to last byte, successes only.
    pub latency_raw: Latency,
    /// The time from intended send to last byte by step, successes only; a step without one is absent.
    #[serde(default)]
    pub by_step: BTreeMap<Step, Latency>,
    /// Requests served, by node.
    pub by_node: BTreeMap<String, u64>,
}

/// How many, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// All.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
}

impl Count {
    /// Failed over all; none when there was none.
    pub fn rate(&self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (self.total > 0).then(|| self.failed as f64 / self.total as f64)
    }
}

/// Percentiles of an HdrHistogram with 3 digits, in milliseconds. None when nothing was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// How many.
    pub count: u64,
    /// Median.
    pub ms_p50: Option<f64>,
    /// 95th percentile.
    pub ms_p95: Option<f64>,
    /// 99th percentile.
    pub ms_p99: Option<f64>,
    /// Longest.
    pub ms_max: Option<f64>,
}

impl Latency {
    /// A percentile as a length of time; none for what is no time, as a file that somebody else wrote may say.
    pub fn time(ms: f64) -> Option<Duration> {
        Duration::try_from_secs_f64(ms / 1000.0).ok()
    }

    /// The 95th percentile as a length of time.
    pub fn p95(&self) -> Option<Duration> {
        self.ms_p95.and_then(Self::time)
    }
}

/// Share of failed probes of one path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeShare {
    /// The kind.
    pub kind: ProbeKind,
    /// The node asked directly, if any.
    pub path: Option<String>,
    /// All and failed.
    pub probes: Count,
    /// Those of them that the prober itself sent more than 250 ms late.
    pub late: u64,
}

/// The figures of one window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WindowFigures {
    /// The window in a few words, for example `freeze web1`.
    pub title: String,
    /// The fault.
    pub fault: String,
    /// Whom it hit, when that became known.
    pub target: Option<String>,
    /// The planned length.
    #[serde(rename = "planned_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub planned: Duration,
    /// When what happened.
    pub timeline: Timeline,
    /// Why the window says nothing: the fault never took hold, or the run ended before it.
    pub void: Option<String>,
    /// What was seen when the cluster itself had ended the fault before it was healed.
    pub ended_early: Option<String>,
    /// Who was put out again after heal, and started by the harness as whoever runs the cluster would: each time that it happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub started_again: Vec<StartedAgain>,
    /// Services that a detector counted out when the fault was injected, with the detector: the cluster was not whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already_out: Vec<String>,
    /// Whether the run was ended, or its history stops, before the window had lasted as long as planned.
    pub cut_short: bool,
    /// Why healing could not be confirmed.
    pub heal_failed: Option<String>,
    /// Failover time through the balancer.
    pub failover: Failover,
    /// Failover time of writes.
    pub failover_write: Failover,
    /// Probes through the balancer from the moment at which pages had failed over until heal was issued: what came back may fail
    /// again. None where they did not fail over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes_after_failover: Option<Count>,
    /// Share of failed probes between effect and heal, by path.
    pub failed_probes: Vec<ProbeShare>,
    /// Time to detect.
    pub detection: Detection,
    /// What was to be expected of each responsible detector whose configuration is named.
    #[serde(default)]
    pub expected_detections: Vec<ExpectedDetection>,
    /// Time in which users failed while every health check said up; none when the window is void or a detector that is in no
    /// service which is hit could not be read.
    pub blind: Option<Blind>,
    /// How long one detector said of every node that students reach that it is down, from effect to the next window or the end of
    /// the class.
    #[serde(rename = "all_out_ms", with = "millis", default, skip_serializing_if = "Duration::is_zero")]
    #[schemars(with = "u64")]
    pub all_out: Duration,
    /// Time with no and with reduced service, from effect to the next window or the end of the class; none when void.
    pub availability: Option<Availability>,
    /// Student requests that overlap the window; none when the fault was never injected.
    pub requests: Option<Requests>,
    /// What one of those that failed of each class brought, where the history tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// Student requests that began and ended after heal was issued and before the next window; none when void or when heal
    /// was never issued.
    #[serde(default)]
    pub requests_after: Option<Requests>,
    /// Students who sent anything in it, each by itself.
    #[serde(default)]
    pub students: Vec<StudentFigures>,
    /// Worst time without a success, per student; none when the fault was never injected.
    pub worst_gap: Option<WorstGap>,
    /// When the service was as good as before.
    pub recovery: Recovery,
    /// Time with one node or replica fewer than planned, from effect to restored.
    #[serde(rename = "without_redundancy_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub without_redundancy: Option<Duration>,
    /// When as many nodes served again as before.
    #[serde(default)]
    pub capacity_restored: CapacityRestored,
    /// Submissions whose interval overlaps the window.
    pub answers: Answers,
    /// What happened at the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Hit>,
    /// The evidence that the fault was there, in its own words.
    pub evidence: Option<String>,
    /// Processes that the kernel ended for want of memory, by kind of process.
    pub oom_victims: BTreeMap<Process, u64>,
}

/// Somebody who did not run any more although it had been healed, and was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartedAgain {
    /// The target.
    pub target: String,
    /// When it was, since the class started.
    #[serde(rename = "at_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub at: Duration,
}

impl WindowFigures {
    /// Everything that happened, as fault and target: what the window is of first, as long as it is known whom that hit.
    pub fn hits(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.target.as_deref().map(|target| (self.fault.as_str(), target));
        own.into_iter().chain(self.also.iter().map(|hit| (hit.fault.as_str(), hit.target.as_str())))
    }

    /// The faults that it is made of.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.fault.as_str()).chain(self.also.iter().map(|hit| hit.fault.as_str()))
    }

    /// Students of whom a first try failed in it. `students_with_error` of its requests has who saw an error only when trying again, too.
    pub fn students_hurt(&self) -> usize {
        self.students.iter().filter(|student| student.first_tries.failed > 0).count()
    }

    /// Students who sent anything in it for the first time.
    pub fn students_at_work(&self) -> usize {
        self.students.iter().filter(|student| student.first_tries.total > 0).count()
    }

    /// Whether the figures are those of the planned fault over the planned time.
    pub fn counts(&self) -> bool {
        self.void.is_none() && !self.cut_short
    }
}

/// An error class as text, for maps.
pub type ErrorClassName = String;

/// The text of a class, as it stands in maps and reports.
pub fn class_name(class: &ErrorClass) -> ErrorClassName {
    class.to_string()
}
