//! The windows of a plan on any cluster: inject at its time, wait for evidence, heal at its end, wait until the
//! evidence is gone and the target serves again. Every wait is bounded. Works on the fake cluster and virtual
//! time just as on Docker.

use std::time::Duration;

use anyhow::anyhow;
use tokio_util::sync::CancellationToken;

use super::healing::{STEP_LIMIT, WAY_BACK_POLL, heal, keep, serves, settled};
use crate::clock::{Stamp, sleep_until};
use crate::cluster::{Cluster, Evidence};
use crate::fault::Strike;
use crate::history::{Fact, Mark, Recorder};
use crate::lease::{Debt, Journal};
use crate::plan::{Plan, Target, Window};
use crate::settings::duration_text;

/// Pause between two looks at evidence.
const POLL: Duration = Duration::from_millis(50);
/// Longest time that each of the last looks before healing may take: they put healing off.
const LAST_LOOK_LIMIT: Duration = Duration::from_secs(2);

/// How a window ended.
#[derive(Clone, Debug)]
pub struct Driven {
    pub(super) debt: Debt,
    pub(super) healed: bool,
}

/// Injects and heals every window of `plan`, until `stop` is cancelled: then the present one is healed at once. What heals
/// it is in `journal` before it is injected.
pub async fn drive<C: Cluster>(
    plan: &Plan,
    cluster: &C,
    (recorder, journal): (&Recorder, &Journal),
    zero: Stamp,
    stop: &CancellationToken,
) -> Vec<Driven> {
    let mut driven = Vec::new();
    for (index, window) in plan.windows.iter().enumerate() {
        let mark = |mark| recorder.record(Fact::Window { window: index, mark });
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            found = async {
                sleep_until(zero + window.start).await;
                target(window, cluster, &mark).await
            } => found,
        };
        let Some(target) = found else { continue };
        let Some(strikes) = window.strikes(&target) else { continue };
        // What a second fault does beside a first one is not what this window is to measure.
        if driven.iter().any(|earlier: &Driven| !earlier.healed) {
            mark(Mark::Void { why: "an earlier fault was not confirmed gone".to_owned() });
            continue;
        }
        let debt = Debt { window: index, title: window.title(), strikes };
        // What nobody could undo if this process were killed is not done.
        if let Err(error) = journal.owe(debt.clone()) {
            mark(Mark::Void { why: format!("{error:#}") });
            continue;
        }
        let strikes = &debt.strikes;
        // A window that begins late, because the one before took long to heal, keeps its length.
        let end = (zero + window.end).max(Stamp::now() + (window.end - window.start));
        let seen = inject(cluster, strikes, end, stop, &mark).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep_until(end) => {}
        }
        if seen {
            mark(last_look(cluster, strikes).await);
        }
        let healed = heal(cluster, strikes, &mark).await;
        if healed {
            settled(journal, index);
            let until = plan.windows.get(index + 1).map_or(plan.deadline, |next| next.start);
            tokio::join!(
                restore(cluster, zero + until, stop, &mark),
                keep(cluster, strikes, zero + until, stop, &mark)
            );
        }
        driven.push(Driven { debt, healed });
    }
    driven
}

/// Whom the window hits: known from the plan, or asked now.
async fn target<C: Cluster>(window: &Window, cluster: &C, mark: &impl Fn(Mark)) -> Option<String> {
    let primary = async |role| match tokio::time::timeout(STEP_LIMIT, cluster.primary(role)).await {
        Ok(found) => found,
        Err(_) => Err(anyhow!("no answer within {}", duration_text(STEP_LIMIT))),
    };
    let target = match &window.target {
        Target::Service { service: name } | Target::Volume { volume: name } => Ok(Some(name.clone())),
        Target::Primary { role } => primary(role).await,
        Target::Replica { role, services } => match primary(role).await {
            Ok(Some(primary)) => Ok(replica(cluster, services.iter().filter(|service| **service != primary)).await),
            other => other,
        },
    };
    match target {
        Ok(Some(target)) => {
            mark(Mark::Target { target: target.clone() });
            Some(target)
        }
        Ok(None) => {
            mark(Mark::Void { why: "nobody was the primary, or two claimed to be".to_owned() });
            None
        }
        Err(error) => {
            mark(Mark::Void { why: format!("the target could not be found: {error:#}") });
            None
        }
    }
}

/// The first of `services` that does its work, or else the first.
async fn replica<'a, C: Cluster>(cluster: &C, services: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut first = None;
    for service in services {
        if serves(cluster, service, LAST_LOOK_LIMIT).await {
            return Some(service.clone());
        }
        first = first.or(Some(service));
    }
    first.cloned()
}

/// Applies the steps of all `strikes` and waits until the evidence of each was seen, at most until `end`; whether it was.
async fn inject<C: Cluster>(
    cluster: &C,
    strikes: &[Strike],
    end: Stamp,
    stop: &CancellationToken,
    mark: &impl Fn(Mark),
) -> bool {
    let issued = Stamp::now();
    mark(Mark::InjectIssued);
    for step in strikes.iter().flat_map(|strike| &strike.injection.inject) {
        let applied = tokio::time::timeout(STEP_LIMIT, cluster.apply(step)).await;
        let failed = match applied {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("{step}: {error:#}"),
            Err(_) => format!("{step}: no answer within {}", duration_text(STEP_LIMIT)),
        };
        mark(Mark::Void { why: failed });
        return false;
    }
    for (place, strike) in strikes.iter().enumerate() {
        let mut trouble = String::new();
        let evidence = &strike.injection.evidence;
        let seen = tokio::select! {
            biased;
            seen = until_seen(cluster, evidence, issued, &mut trouble) => Ok(seen),
            () = stop.cancelled() => Err("the run was ended before the evidence was seen"),
            () = sleep_until(end) => Err("evidence never seen"),
        };
        match seen {
            // Whatever is measured is measured of the window's own target, and from its evidence on.
            Ok((detail, not_before)) if place == 0 => mark(Mark::EffectSeen { detail, not_before: Some(not_before) }),
            Ok((detail, _)) => mark(Mark::AlsoSeen { target: strike.target.clone(), detail }),
            Err(why) => {
                mark(Mark::Void { why: format!("{why}: {evidence}{trouble}") });
                return false;
            }
        }
    }
    true
}

/// Whether each fault lasted until it is healed. Out of service is out of service: a frozen node that was fenced is no
/// longer frozen. A fault that we keep up and that ended all the same was not the fault that was planned; any other was
/// ended by the cluster itself, which is part of what is measured.
async fn last_look<C: Cluster>(cluster: &C, strikes: &[Strike]) -> Mark {
    let unseen = |why: String| Mark::Void { why: format!("it could not be seen whether the fault lasted: {why}") };
    let (mut there, mut ended) = (Vec::new(), Vec::new());
    for Strike { target, injection } in strikes {
        let evidence = &injection.evidence;
        match last_sight(cluster, evidence).await {
            Ok(Some(detail)) => {
                there.push(detail);
                continue;
            }
            Ok(None) => {}
            Err(why) => return unseen(why),
        }
        // A service that hangs is out of service like one that refuses.
        if serves(cluster, target, LAST_LOOK_LIMIT).await {
            ended.push(evidence);
        } else {
            there.push(format!("{target} is out of service, and not as the fault left it"));
        }
    }
    if ended.is_empty() {
        return Mark::StillThere { detail: there.join("; ") };
    }
    let words: Vec<_> = ended.iter().map(ToString::to_string).collect();
    let why = format!("not so before it was healed: {}", words.join("; "));
    if ended.iter().any(|evidence| evidence.is_kept_up()) { Mark::Void { why } } else { Mark::EndedEarly { why } }
}

/// What the evidence says, within the limit of a last look. What comes and goes is looked for as long as that: a moment without it is
/// not its end.
async fn last_sight<C: Cluster>(cluster: &C, evidence: &Evidence) -> Result<Option<String>, String> {
    let until = Stamp::now() + LAST_LOOK_LIMIT;
    let mut longest = None;
    loop {
        let (began, left) = (Stamp::now(), until.since(Stamp::now()));
        match tokio::time::timeout(left, cluster.sight(evidence)).await {
            Ok(Ok(None)) if evidence.comes_and_goes() && Stamp::now() + POLL < until => {
                longest = longest.max(Some(Stamp::now() - began));
                tokio::time::sleep(POLL).await;
            }
            Ok(Ok(seen)) => return Ok(seen),
            Ok(Err(error)) => return Err(format!("{error:#}")),
            // It was looked for, all the time that there was: the look that time ran out on had no longer than others took.
            Err(_) if longest.is_some_and(|longest| left <= 2 * longest) => return Ok(None),
            Err(_) => return Err(format!("no answer within {}", duration_text(LAST_LOOK_LIMIT))),
        }
    }
}

/// Looks until the evidence is seen, which was not there before `issued`: what it says, and when it was not yet there. The last
/// trouble with looking goes to `trouble`.
async fn until_seen<C: Cluster>(
    cluster: &C,
    evidence: &Evidence,
    issued: Stamp,
    trouble: &mut String,
) -> (String, Stamp) {
    let mut not_before = issued;
    loop {
        let began = Stamp::now();
        match tokio::time::timeout(STEP_LIMIT, cluster.sight(evidence)).await {
            Ok(Ok(Some(detail))) => return (detail, not_before),
            Ok(Ok(None)) => not_before = began,
            Ok(Err(error)) => *trouble = format!("; last trouble: {error:#}"),
            Err(_) => "; looking took too long".clone_into(trouble),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Waits until nothing is missing any more, at most until `until`.
async fn restore<C: Cluster>(cluster: &C, until: Stamp, stop: &CancellationToken, mark: &impl Fn(Mark)) {
    let whole = async {
        let mut last = None;
        loop {
            last = Some(match tokio::time::timeout(STEP_LIMIT, cluster.missing()).await {
                Ok(Ok(None)) => return last,
                Ok(Ok(Some(what))) => what,
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => format!("no answer within {}", duration_text(STEP_LIMIT)),
            });
            tokio::time::sleep(WAY_BACK_POLL).await;
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        last = whole => mark(Mark::Restored { last }),
        () = sleep_until(until) => {}
    }
}
