//! What the kernel accounted to containers, and what the balancer had in hand → how much each service had to do.
//!
//! *Busiest 10 s*: the ten whole seconds, counted from the class's start, in which most requests of students succeeded; the
//! first of several. A class of less than ten seconds has none.
//!
//! Processor time is told about once a second, and between two accounts it is taken as used evenly. A container that was started
//! again counts from nothing: what it had used before stays counted.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost::{ByKind, answered, costliest, costs};
use super::facts::{Facts, Span};
use super::inside::{Inside, inside};
use super::intervals::Intervals;
use super::series::Second;
use crate::clock::Stamp;
use crate::settings::millis;

/// Length of the busiest time, in seconds: as long as that of a plan.
pub const BUSIEST: usize = crate::plan::BUSIEST.as_secs() as usize;
/// Shortest time without a student that tells what is used then.
const QUIET_LEAST: Duration = Duration::from_secs(4);
/// Time after the last request in which what it left is still done.
const DONE: Duration = Duration::from_secs(1);

/// How much the services had to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// The time of the class, over which means are.
    #[serde(rename = "length_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub length: Duration,
    /// When the class got most; none when it was shorter.
    pub busiest: Option<Busiest>,
    /// What the load generator itself used.
    pub generator: ServiceUsage,
    /// What it used with the harness and the engine's daemons, which carry what it sends: they share what quotas leave.
    #[serde(default)]
    pub looking: ServiceUsage,
    /// What each service used, by its name.
    pub services: BTreeMap<String, ServiceUsage>,
    /// What balancers had in hand, by node.
    pub nodes: BTreeMap<String, InHand>,
    /// Processor seconds of a page of each kind on its node; none where nobody told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_cpu_seconds: Option<ByKind>,
    /// Right pages a second by kind, in the ten seconds in which they cost most; none where costs are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costliest_pages_per_second: Option<ByKind>,
    /// Where the time of a page went; none when nobody told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
}

/// The ten seconds in which the class got most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Busiest {
    /// When they begin, from the class's start.
    #[serde(rename = "start_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub start: Duration,
    /// Requests of students that succeeded in a second.
    pub pages_per_second: f64,
}

/// What a service used of its processors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceUsage {
    /// Processors over the time of the class, in the mean; none when that was not told.
    pub cpu_cores_mean: Option<f64>,
    /// Processors in the busiest 10 s.
    pub cpu_cores_busiest: Option<f64>,
    /// Processors in those ten seconds of the class in which it used most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_cores_most: Option<f64>,
    /// Processors before the first request of a student and after the last, when only probes and health checks asked for anything;
    /// none when nobody looked for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_cores_idle: Option<f64>,
    /// Share of the kernel's periods in which it wanted to run and was held back, because it had used up what it may.
    pub throttled_share: Option<f64>,
}

/// What a balancer had in hand for a node while the class was at work, as it was asked once a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InHand {
    /// Requests that the node had, in the mean.
    pub requests_mean: f64,
    /// Most that it had at once.
    pub requests_max: u64,
    /// The mean in the busiest 10 s; none when it was not asked in them.
    pub requests_mean_busiest: Option<f64>,
    /// The mean in those ten seconds of the class in which it had most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_mean_most: Option<f64>,
    /// Requests that waited for it, in the mean.
    pub queued_mean: f64,
    /// Most that waited at once.
    pub queued_max: u64,
}

/// How much services and nodes had to do, by interval of [`Intervals`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// Processors that each service used; none where that was not told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cpu_cores: BTreeMap<String, Vec<Option<f64>>>,
    /// Most requests that a balancer had in hand for each node at once, those that waited for it among them; none where it was
    /// not asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub in_hand_max: BTreeMap<String, Vec<Option<u64>>>,
}

impl Work {
    /// Whether nobody told anything.
    pub fn is_empty(&self) -> bool {
        self.cpu_cores.is_empty() && self.in_hand_max.is_empty()
    }
}

/// What one service had used of its processors.
#[derive(Debug, Default)]
pub struct Meter {
    /// When it was told, and what had been used until then.
    told: Vec<(Stamp, Duration)>,
    /// What the containers before this one had used.
    before: Duration,
    /// What this one has used.
    now: Duration,
    periods: Periods,
}

/// Periods of the kernel, and those in which the service was held back, since the first account.
#[derive(Debug, Default)]
struct Periods {
    last: Option<(u64, u64)>,
    all: u64,
    throttled: u64,
}

impl Meter {
    /// Takes in the next account.
    pub fn take(&mut self, at: Stamp, used: Duration, periods: Option<(u64, u64)>) {
        // One that comes after a later one is of a container that may be gone by then.
        if self.told.last().is_some_and(|last| last.0 >= at) {
            return;
        }
        if used < self.now {
            self.before = self.before.saturating_add(self.now);
        }
        self.now = used;
        self.told.push((at, self.before.saturating_add(used)));
        self.periods.take(periods);
    }

    /// Processors used in `span`, or in the part of it of which there are accounts; none where there are none.
    pub fn cores(&self, span: Span) -> Option<f64> {
        self.used(span).map(|(used, length)| used.as_secs_f64() / length.as_secs_f64())
    }

    /// Processors used in all of `quiet` together; none where less than 4 s of it were told.
    pub fn idle(&self, quiet: &[Span]) -> Option<f64> {
        let parts = || quiet.iter().filter_map(|span| self.used(*span));
        let length: Duration = parts().map(|part| part.1).sum();
        let used: Duration = parts().map(|part| part.0).sum();
        (length >= QUIET_LEAST).then(|| used.as_secs_f64() / length.as_secs_f64())
    }

    /// What was used in `span`, or in the part of it of which there are accounts, and how long that is.
    fn used(&self, span: Span) -> Option<(Duration, Duration)> {
        let (first, last) = (self.told.first()?.0, self.told.last()?.0);
        let (from, to) = (span.from.max(first), span.to.min(last));
        (from < to).then(|| (self.until(to).saturating_sub(self.until(from)), to - from))
    }

    /// What had been used until `moment`, which lies between two accounts.
    fn until(&self, moment: Stamp) -> Duration {
        let place = self.told.partition_point(|told| told.0 <= moment);
        let (Some(before), after) = (place.checked_sub(1).and_then(|place| self.told.get(place)), self.told.get(place))
        else {
            return Duration::ZERO;
        };
        let Some(after) = after else { return before.1 };
        let part = (moment - before.0).as_secs_f64() / (after.0 - before.0).as_secs_f64();
        before.1 + after.1.saturating_sub(before.1).mul_f64(part)
    }
}

/// How much a counter of a container rose since it was `before`; one that counts from nothing again was started again.
pub fn since(now: u64, before: u64) -> u64 {
    if now < before { now } else { now - before }
}

/// What wwchaos itself used of the processors.
#[derive(Debug, Default)]
pub struct OwnMeters {
    /// The load generator.
    pub generator: Meter,
    /// It, the harness and the engine's daemons.
    pub looking: Meter,
}

impl OwnMeters {
    /// At `at` the kernel had accounted so many nanoseconds to the load generator, and so many to the others.
    pub fn take(&mut self, at: Stamp, generator_ns: u64, others_ns: u64) {
        self.generator.take(at, Duration::from_nanos(generator_ns), None);
        self.looking.take(at, Duration::from_nanos(generator_ns.saturating_add(others_ns)), None);
    }
}

impl Periods {
    fn take(&mut self, now: Option<(u64, u64)>) {
        let Some((all, throttled)) = now else { return };
        if let Some((all_before, throttled_before)) = self.last {
            self.all = self.all.saturating_add(since(all, all_before));
            self.throttled = self.throttled.saturating_add(since(throttled, throttled_before));
        }
        self.last = Some((all, throttled));
    }

    fn share(&self) -> Option<f64> {
        (self.all > 0).then(|| self.throttled as f64 / self.all as f64)
    }
}

/// How much the services had to do in the run that `facts` tell, whose `seconds` are those of its series; none when nobody told.
pub fn usage(facts: &Facts, seconds: &[Second]) -> Option<Usage> {
    if facts.meters.is_empty() && facts.in_hand.is_empty() {
        return None;
    }
    let class = Span { from: facts.zero, to: facts.load_end.unwrap_or(facts.end) };
    let busiest = busiest(seconds);
    let span = busiest.map(|busiest| {
        let from = facts.zero + busiest.start;
        Span { from, to: from + Duration::from_secs(BUSIEST as u64) }
    });
    let quiet = quiet(facts);
    let page_cpu_seconds = costs(facts, class, &quiet);
    let used = |meter: &Meter| ServiceUsage {
        cpu_cores_mean: meter.cores(class),
        cpu_cores_busiest: span.and_then(|span| meter.cores(span)),
        cpu_cores_most: most(class, |span| meter.cores(span)),
        cpu_cores_idle: meter.idle(&quiet),
        throttled_share: meter.periods.share(),
    };
    let services = facts.meters.iter().map(|(service, meter)| (service.clone(), used(meter)));
    let nodes = facts.in_hand.iter().filter_map(|(node, asked)| Some((node.clone(), in_hand(asked, class, span)?)));
    Some(Usage {
        length: class.length(),
        busiest,
        generator: used(&facts.own.generator),
        looking: used(&facts.own.looking),
        services: services.collect(),
        nodes: nodes.collect(),
        page_cpu_seconds,
        costliest_pages_per_second: page_cpu_seconds.and_then(|costs| costliest(&answered(facts, class), costs)),
        inside: inside(facts, class, &quiet),
    })
}

/// When no student asked: before the first request and after the last; nothing where there was none.
fn quiet(facts: &Facts) -> Vec<Span> {
    let first = facts.requests.iter().map(|request| request.sent).min();
    let last = facts.requests.iter().map(|request| request.end).max();
    let spans = first
        .zip(last)
        .map(|(first, last)| [Span { from: Stamp(0), to: first }, Span { from: last + DONE, to: facts.end }]);
    spans.into_iter().flatten().collect()
}

/// What a node had, and what waited for it, at one moment.
pub type Asked = (Stamp, (u64, u64));

fn in_hand(asked: &[Asked], class: Span, busiest: Option<Span>) -> Option<InHand> {
    // In order of time: it is looked at for every second.
    let place = |moment: Stamp| asked.partition_point(|one| one.0 < moment);
    let within = |span: Span| asked[place(span.from)..place(span.to).max(place(span.from))].iter().map(|one| one.1);
    let mean = |span: Span, value: fn((u64, u64)) -> u64| {
        let count = within(span).count();
        (count > 0).then(|| within(span).map(value).sum::<u64>() as f64 / count as f64)
    };
    Some(InHand {
        requests_mean: mean(class, |one| one.0)?,
        requests_max: within(class).map(|one| one.0).max()?,
        requests_mean_busiest: busiest.and_then(|span| mean(span, |one| one.0)),
        requests_mean_most: most(class, |span| mean(span, |one| one.0)),
        queued_mean: mean(class, |one| one.1)?,
        queued_max: within(class).map(|one| one.1).max()?,
    })
}

/// The most of `what` in any ten seconds of `class` that begin with a second of it; none where it is never told, and of a class of
/// less than ten seconds.
pub fn most(class: Span, what: impl Fn(Span) -> Option<f64>) -> Option<f64> {
    let last = class.length().as_secs().checked_sub(BUSIEST as u64)?;
    let spans = (0..=last).map(|second| {
        let from = class.from + Duration::from_secs(second);
        Span { from, to: from + Duration::from_secs(BUSIEST as u64) }
    });
    spans.filter_map(what).max_by(f64::total_cmp)
}

fn busiest(seconds: &[Second]) -> Option<Busiest> {
    let sums = seconds.windows(BUSIEST).map(|ten| ten.iter().map(|second| second.ok).sum::<u64>()).enumerate();
    // Of several the first: `max_by_key` takes the last.
    let (start, most) = sums.rev().max_by_key(|(_, sum)| *sum)?;
    Some(Busiest { start: Duration::from_secs(start as u64), pages_per_second: most as f64 / BUSIEST as f64 })
}

/// The same over time.
pub fn work(facts: &Facts, intervals: &Intervals) -> Work {
    let count = intervals.latency.len();
    let spans: Vec<_> = (0..count)
        .map(|index| {
            let (from, to) = intervals.span(index);
            Span { from: facts.zero + from, to: facts.zero + to }
        })
        .collect();
    let cores = |meter: &Meter| spans.iter().map(|span| meter.cores(*span)).collect();
    let most = |asked: &[Asked]| {
        let mut most = vec![None; count];
        for (at, (requests, queued)) in asked {
            let place = spans.partition_point(|span| span.to <= *at);
            if spans.get(place).is_some_and(|span| span.contains(*at)) {
                let all = requests.saturating_add(*queued);
                most[place] = Some(most[place].map_or(all, |most: u64| most.max(all)));
            }
        }
        most
    };
    Work {
        cpu_cores: facts.meters.iter().map(|(service, meter)| (service.clone(), cores(meter))).collect(),
        in_hand_max: facts.in_hand.iter().map(|(node, asked)| (node.clone(), most(asked))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Stamp {
        Stamp(ms * 1_000_000)
    }

    fn span(from: u64, to: u64) -> Span {
        Span { from: at(from), to: at(to) }
    }

    fn ms(span: u64) -> Duration {
        Duration::from_millis(span)
    }

    /// Whether the value is there, and as large.
    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-9)
    }

    #[test]
    fn what_is_used_between_two_accounts_is_used_evenly() {
        let mut meter = Meter::default();
        assert_eq!(meter.cores(span(0, 1000)), None);
        for (moment, used) in [(1000, 100), (2000, 600), (4000, 1600)] {
            meter.take(at(moment), ms(used), None);
        }
        assert!(near(meter.cores(span(1000, 4000)), 0.5));
        assert!(near(meter.cores(span(1500, 3000)), 0.5), "{:?}", meter.cores(span(1500, 3000)));
        assert!(near(meter.cores(span(0, 2000)), 0.5), "of the part that was told");
        assert_eq!(meter.cores(span(5000, 6000)), None);
        assert_eq!(meter.cores(span(0, 1000)), None);
    }

    #[test]
    fn what_is_used_when_no_student_asks_is_known_only_when_somebody_looked() {
        let mut meter = Meter::default();
        for (moment, used) in [(0, 0), (2000, 200), (10_000, 5000), (12_000, 5100), (16_000, 5300)] {
            meter.take(at(moment), ms(used), None);
        }
        let quiet = [span(0, 2000), span(12_000, 20_000)];
        assert!(near(meter.idle(&quiet), 0.4 / 6.0), "{:?}", meter.idle(&quiet));
        assert_eq!(meter.idle(&quiet[..1]), None, "not for so long");
        assert_eq!(Meter::default().idle(&quiet), None);
    }

    #[test]
    fn a_container_that_was_started_again_runs_no_meter_backwards() {
        let mut meter = Meter::default();
        meter.take(at(0), ms(5000), Some((100, 40)));
        meter.take(at(1000), ms(5500), Some((110, 50)));
        meter.take(at(9000), ms(100), Some((5, 0)));
        meter.take(at(10_000), ms(300), Some((15, 5)));
        assert!(near(meter.cores(span(0, 10_000)), 0.08), "{:?}", meter.cores(span(0, 10_000)));
        assert!(near(meter.periods.share(), 15.0 / 25.0), "{:?}", meter.periods);
    }

    #[test]
    fn the_busiest_ten_seconds_are_the_first_of_several() {
        let seconds = |ok: &[u64]| ok.iter().map(|ok| Second { ok: *ok, ..Second::default() }).collect::<Vec<_>>();
        assert_eq!(busiest(&seconds(&[1; 9])), None);
        let mut ok = [1; 30];
        ok[12] = 4;
        let found = busiest(&seconds(&ok)).unwrap();
        assert_eq!(found.start, Duration::from_secs(3));
        assert!(near(Some(found.pages_per_second), 1.3));
    }

    #[test]
    fn most_is_looked_for_in_every_ten_seconds() {
        let mut meter = Meter::default();
        // A processor in the middle 10 of 30 seconds.
        for (moment, used) in [(0, 0), (10_000, 0), (20_000, 10_000), (30_000, 10_000)] {
            meter.take(at(moment), ms(used), None);
        }
        assert!(near(most(span(0, 30_000), |span| meter.cores(span)), 1.0));
        assert!(near(most(span(0, 15_000), |span| meter.cores(span)), 0.5));
        assert_eq!(most(span(0, 9000), |span| meter.cores(span)), None);
    }

    #[test]
    fn what_waits_is_counted_while_the_class_is_at_work() {
        let asked = [(at(0), (9, 9)), (at(1000), (2, 0)), (at(2000), (4, 1)), (at(9000), (50, 50))];
        let found = in_hand(&asked, span(1000, 3000), Some(span(2000, 3000))).unwrap();
        let expected = InHand {
            requests_mean: 3.0,
            requests_max: 4,
            requests_mean_busiest: Some(4.0),
            requests_mean_most: None,
            queued_mean: 0.5,
            queued_max: 1,
        };
        assert_eq!(found, expected);
        assert_eq!(in_hand(&asked, span(3000, 9000), None), None);
    }
}
