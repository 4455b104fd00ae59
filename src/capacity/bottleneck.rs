//! Trials at and above the limit → what held the cluster back, by stated rules, with the evidence.
//!
//! Void trials are left out where there are others. Rules are looked at in this order, causes before what waits for them, and the
//! first that at least half of the trials show names the bottleneck; others that they show as well are told beside it:
//!
//! 1. [`Kind::Cpu`]: a service uses at least 90 % of its processor quota. The kernel grants a quota in periods of 100 ms, and work
//!    that comes in bursts is held back well before the mean is all of it.
//! 2. [`Kind::Memory`]: a service uses at least 95 % of its memory limit, or the kernel ended one of its processes for want of
//!    memory.
//! 3. [`Kind::Database`]: the database has at least 0.9 statements under way for each of its processors, in the mean.
//! 4. [`Kind::SharedVolume`]: 5 % of its operations take longer than 50 ms; ten of them in a page are half a second.
//! 5. [`Kind::Workers`]: at least 95 % of all workers have a request, and no processor is full: they wait for something, and for none
//!    of the things above.
//! 6. [`Kind::BalancerLimit`]: requests wait at the balancer for a node, to which it gives no more at once: a tenth of one in the
//!    mean, for in one look of many one may wait by chance.
//! 7. [`Kind::Generator`]: the load generator itself spoilt the trials, so the cluster's limit is above them.
//! 8. [`Kind::NoneFound`]: nothing that is watched was full.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::goal::voids;
use super::trial::{Measured, Service, Trial};
use crate::measure::Latency;
use crate::quantity::{average, cores, length, number, percent};
use crate::settings::size_text;

/// A processor quota that is used up.
const CPU_FULL: f64 = 0.9;
/// Workers of which nearly none is free.
const WORKERS_FULL: f64 = 0.95;
/// Memory that is used up.
const MEMORY_FULL: f64 = 0.95;
/// Statements for each processor of a database that has no time left.
const DATABASE_FULL: f64 = 0.9;
/// A shared volume that is slow, in milliseconds at the 95th percentile.
const VOLUME_SLOW_MS: f64 = 50.0;
/// Requests that wait at the balancer, in the mean.
const QUEUED: f64 = 0.1;

/// What may hold a cluster back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The processor quota of a service.
    Cpu,
    /// The workers of the web nodes.
    Workers,
    /// The most that the balancer gives to a node at once.
    BalancerLimit,
    /// The memory of a service.
    Memory,
    /// The database.
    Database,
    /// The shared volume.
    SharedVolume,
    /// The load generator: no part of the cluster.
    Generator,
    /// Nothing that is watched.
    NoneFound,
}

/// What held the cluster back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bottleneck {
    /// What.
    pub kind: Kind,
    /// What was seen of it, in words; of the trial that shows it most.
    pub evidence: String,
    /// What else was full, in words.
    pub also: Vec<String>,
    /// How many trials were looked at.
    pub trials: u64,
    /// The smallest class of them.
    pub from_students: u32,
}

/// How much of a thing a trial used, and in words.
type Sign = (f64, String);

/// What a trial shows of a thing; none where it is not full.
type Rule = fn(&Measured) -> Option<Sign>;

/// The rules, in order.
const RULES: &[(Kind, Rule)] = &[
    (Kind::Cpu, cpu),
    (Kind::Memory, memory),
    (Kind::Database, database),
    (Kind::SharedVolume, volume),
    (Kind::Workers, workers),
    (Kind::BalancerLimit, balancer),
    (Kind::Generator, generator),
];

/// What held the cluster back in those of `trials` that have at least `limit` students; in those of the largest class when
/// there is no such one. None of no trial, and where all are void for something else than the generator.
pub fn bottleneck(trials: &[Trial], limit: Option<u32>) -> Option<Bottleneck> {
    let largest = trials.iter().map(|trial| trial.students).max()?;
    let from = limit.unwrap_or(0).min(largest);
    let mut at: Vec<_> = trials.iter().filter(|trial| trial.students >= from).collect();
    // What a spoilt trial shows of the cluster counts only where it shows what spoilt it.
    let sound = |trial: &&Trial| trial.outcome.holds().is_some();
    let spoilt = !at.iter().any(sound);
    at.retain(|trial| spoilt || sound(trial));
    let shown = |rule: &Rule| {
        let signs: Vec<_> = at.iter().filter_map(|trial| rule(&trial.measured)).collect();
        let enough = signs.len() * 2 >= at.len();
        signs.into_iter().filter(|_| enough).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, text)| text)
    };
    let rules = RULES.iter().filter(|(kind, _)| !spoilt || *kind == Kind::Generator);
    let mut found = rules.filter_map(|(kind, rule)| Some((*kind, shown(rule)?)));
    let nothing = || (Kind::NoneFound, "nothing that is watched was full".to_owned());
    let first = found.next();
    if spoilt && first.is_none() {
        return None;
    }
    let (kind, evidence) = first.unwrap_or_else(nothing);
    let also = found.map(|(_, text)| text).collect();
    let smallest = at.iter().map(|trial| trial.students).min().unwrap_or(largest);
    Some(Bottleneck { kind, evidence, also, trials: at.len() as u64, from_students: smallest })
}

/// The sign of the service that shows most of what `share` tells, beyond `full`.
fn fullest(
    services: &[Service],
    full: f64,
    share: fn(&Service) -> Option<f64>,
    words: impl Fn(&Service, f64) -> String,
) -> Option<Sign> {
    let all = services.iter().filter_map(|service| Some((share(service)?, service)));
    let (most, _) = all.clone().max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(most, _)| *most >= full)?;
    let said: Vec<_> = all.filter(|(used, _)| *used >= full).map(|(used, service)| words(service, used)).collect();
    Some((most, said.join("; ")))
}

fn cpu(measured: &Measured) -> Option<Sign> {
    fullest(&measured.services, CPU_FULL, Service::cpu_share, |service, share| {
        let quota = service.cpu_quota_cores.map(cores).unwrap_or_default();
        let held = service.throttled_share.map(|held| format!(", held back in {} of its periods", percent(held)));
        format!("{} used {} of its {quota}{}", service.service, percent(share), held.unwrap_or_default())
    })
}

fn workers(measured: &Measured) -> Option<Sign> {
    let workers = measured.workers.filter(|workers| workers.of > 0)?;
    let share = workers.busy?.mean / workers.of as f64;
    let text = format!("{} of {} had a request", percent(share.min(1.0)), number(workers.of, "worker"));
    (share >= WORKERS_FULL && cpu(measured).is_none()).then_some((share, text))
}

fn balancer(measured: &Measured) -> Option<Sign> {
    let balancer = measured.balancer.filter(|balancer| balancer.queue_mean >= QUEUED)?;
    let waiting = number(balancer.queue_max, "request");
    let most = balancer.sessions_max.map(|most| format!(", which had {most} at once")).unwrap_or_default();
    Some((balancer.queue_mean, format!("up to {waiting} waited at the balancer for a node{most}")))
}

fn memory(measured: &Measured) -> Option<Sign> {
    let killed = measured.services.iter().filter(|service| service.oom_kills.is_some_and(|kills| kills > 0));
    let killed: Vec<_> = killed
        .map(|service| {
            let processes = service.oom_kills.unwrap_or(0);
            let plural = if processes == 1 { "process" } else { "processes" };
            format!("the kernel ended {processes} {plural} of {} for want of memory", service.service)
        })
        .collect();
    if !killed.is_empty() {
        return Some((f64::INFINITY, killed.join("; ")));
    }
    fullest(&measured.services, MEMORY_FULL, Service::memory_share, |service, share| {
        let limit = service.memory_limit_bytes.map(size_text).unwrap_or_default();
        format!("{} used {} of its {limit} of memory", service.service, percent(share))
    })
}

fn database(measured: &Measured) -> Option<Sign> {
    let each = measured.database_statements_per_core.filter(|each| *each >= DATABASE_FULL)?;
    let page = measured.database_seconds_per_page.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let page = page.map(|page| format!(", and took {} of a page", length(page))).unwrap_or_default();
    let each_text = average(each);
    Some((
        each,
        format!(
            "the database had {each_text} statements under way for each processor that it may use, or the part of one{page}"
        ),
    ))
}

fn volume(measured: &Measured) -> Option<Sign> {
    let slow = measured.shared_volume.ms_p95.filter(|ms| *ms > VOLUME_SLOW_MS)?;
    let time = Latency::time(slow).map(length).unwrap_or_default();
    Some((slow, format!("5% of the operations on the shared volume took longer than {time}")))
}

fn generator(measured: &Measured) -> Option<Sign> {
    let why = voids(&measured.generator);
    (!why.is_empty()).then(|| (why.len() as f64, why.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Balancer, Busy, Generator, Margin, Outcome, State, Workers};

    const GENERATOR: Generator = Generator { planned: 1000, late: 0, cpu_share: None, own_errors: 0 };

    fn trial(students: u32, measured: Measured) -> Trial {
        Trial {
            state: State::Healthy,
            students,
            per_minute: None,
            seed: 1,
            length: Duration::from_secs(60),
            cut_short: None,
            outcome: Outcome::Holds { margin: Margin::Clear },
            measured: Measured { generator: GENERATOR, ..measured },
        }
    }

    fn web(used: f64) -> Service {
        Service {
            service: "web1".into(),
            role: "web".into(),
            cpu_used_cores: Some(used),
            cpu_quota_cores: Some(0.8),
            throttled_share: Some(0.88),
            memory_used_bytes: Some(96 << 20),
            memory_limit_bytes: Some(100 << 20),
            ..Service::default()
        }
    }

    fn check(measured: Measured, kind: Kind, evidence: &str) {
        let found = bottleneck(&[trial(100, measured)], Some(90)).unwrap();
        assert_eq!((found.kind, found.evidence.as_str()), (kind, evidence));
    }

    #[test]
    fn each_rule_names_what_is_full() {
        let none = Measured::default;
        let full = "web1 used 97.5% of its 0.8 cores, held back in 88% of its periods";
        check(Measured { services: vec![web(0.78)], ..none() }, Kind::Cpu, full);
        let memory = "web1 used 96% of its 100.0 MiB of memory";
        check(Measured { services: vec![web(0.5)], ..none() }, Kind::Memory, memory);
        let killed = Service { oom_kills: Some(2), ..web(0.5) };
        let ended = "the kernel ended 2 processes of web1 for want of memory";
        check(Measured { services: vec![killed], ..none() }, Kind::Memory, ended);
        let workers = Some(Workers { busy: Some(Busy { mean: 7.9, max: 8 }), of: 8 });
        check(Measured { workers, ..none() }, Kind::Workers, "98.8% of 8 workers had a request");
        let balancer = Some(Balancer { queue_mean: 3.0, queue_max: 40, sessions_max: Some(20) });
        let waited = "up to 40 requests waited at the balancer for a node, which had 20 at once";
        check(Measured { balancer, ..none() }, Kind::BalancerLimit, waited);
        let busy = "the database had 1.9 statements under way for each processor that it may use, or the part of one, and took 120 ms of a page";
        let database =
            Measured { database_statements_per_core: Some(1.93), database_seconds_per_page: Some(0.12), ..none() };
        check(database, Kind::Database, busy);
        let shared_volume = Latency { count: 100, ms_p95: Some(240.0), ..Latency::default() };
        let slow = "5% of the operations on the shared volume took longer than 240 ms";
        check(Measured { shared_volume, ..none() }, Kind::SharedVolume, slow);
        check(none(), Kind::NoneFound, "nothing that is watched was full");
    }

    #[test]
    fn what_waits_is_no_cause_of_what_it_waits_for() {
        let measured = Measured {
            workers: Some(Workers { busy: Some(Busy { mean: 8.0, max: 8 }), of: 8 }),
            balancer: Some(Balancer { queue_mean: 3.0, queue_max: 40, sessions_max: None }),
            shared_volume: Latency { count: 100, ms_p95: Some(240.0), ..Latency::default() },
            ..Measured::default()
        };
        let found = bottleneck(&[trial(100, measured)], None).unwrap();
        assert_eq!((found.kind, found.also.len()), (Kind::SharedVolume, 2), "{found:?}");
        let once = Some(Balancer { queue_mean: 0.01, queue_max: 1, sessions_max: None });
        let found = bottleneck(&[trial(100, Measured { balancer: once, ..Measured::default() })], None).unwrap();
        assert_eq!(found.kind, Kind::NoneFound, "one request in one look");
    }

    #[test]
    fn what_is_full_first_is_named_and_the_rest_told() {
        let services = vec![web(0.8), Service { service: "web2".into(), ..web(0.79) }];
        let measured = Measured { services, database_statements_per_core: Some(0.95), ..Measured::default() };
        let found = bottleneck(&[trial(100, measured)], None).unwrap();
        assert_eq!(found.kind, Kind::Cpu);
        assert!(found.evidence.contains("web1") && found.evidence.contains("; web2 used 98.8%"), "{found:?}");
        assert_eq!(found.also.len(), 2, "{found:?}");
    }

    #[test]
    fn only_trials_at_and_above_the_limit_are_looked_at_and_half_of_them_must_show_it() {
        let full = || Measured { services: vec![web(0.8)], ..Measured::default() };
        let idle = Measured::default;
        let kind = |trials: &[Trial]| bottleneck(trials, Some(100)).unwrap().kind;
        assert_eq!(kind(&[trial(50, full()), trial(100, idle())]), Kind::NoneFound);
        assert_eq!(kind(&[trial(100, full()), trial(120, idle())]), Kind::Cpu);
        assert_eq!(kind(&[trial(100, full()), trial(120, idle()), trial(130, idle())]), Kind::NoneFound);
        assert_eq!(kind(&[trial(50, full())]), Kind::Cpu, "no trial reached the limit: the largest");
        assert_eq!(bottleneck(&[], Some(100)), None);
    }

    #[test]
    fn a_generator_that_could_not_keep_up_is_no_limit_of_the_cluster() {
        let mut spoilt = trial(100, Measured::default());
        spoilt.measured = Measured { services: vec![web(0.8)], ..spoilt.measured };
        spoilt.measured.generator.cpu_share = Some(0.95);
        spoilt.outcome = Outcome::Void { why: Vec::new() };
        assert_eq!(bottleneck(std::slice::from_ref(&spoilt), Some(100)).unwrap().kind, Kind::Generator);
        let sound = trial(100, Measured { services: vec![web(0.8)], ..Measured::default() });
        let found = bottleneck(&[spoilt, sound], Some(100)).unwrap();
        assert_eq!((found.kind, found.trials), (Kind::Cpu, 1));
    }
}
