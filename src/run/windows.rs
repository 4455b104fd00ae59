//! The windows of a plan on any cluster: inject at its time, wait for evidence, heal at its end, wait until the
//! evidence is gone and the target serves again. Every wait is bounded. Works on the fake cluster and virtual
//! time just as on Docker.

use std::time::Duration;

use anyhow::anyhow;
use tokio_util::sync::CancellationToken;

use crate::clock::{Stamp, sleep_until};
use crate::cluster::{Cluster, Evidence, Step};
use crate::fault::Injection;
use crate::history::{Fact, Mark, Recorder};
use crate::lease::{Debt, Journal};
use crate::plan::{Plan, Target, Window};
use crate::settings::duration_text;

/// Pause between two looks at evidence.
const POLL: Duration = Duration::from_millis(50);
/// Pause between two looks at what is on its way back: these run commands in containers, which cost the very services
/// time whose recovery is measured.
const WAY_BACK_POLL: Duration = Duration::from_secs(1);
/// Longest time that healing may take before it counts as failed: a database is seeded anew in it.
pub const HEAL_LIMIT: Duration = Duration::from_secs(90);
/// Time after which the heal steps are repeated while the target does not serve.
const HEAL_AGAIN: Duration = Duration::from_secs(20);
/// Longest time that one step or one look may take.
const STEP_LIMIT: Duration = Duration::from_secs(20);
/// Longest time that each of the last looks before healing may take: they put healing off.
const LAST_LOOK_LIMIT: Duration = Duration::from_secs(2);

/// How a window ended.
#[derive(Clone, Debug)]
pub struct Driven {
    debt: Debt,
    healed: bool,
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
        let Some(injection) = window.injection(&target) else { continue };
        // What a second fault does beside a first one is not what this window is to measure.
        if driven.iter().any(|earlier: &Driven| !earlier.healed) {
            mark(Mark::Void { why: "an earlier fault was not confirmed gone".to_owned() });
            continue;
        }
        let debt = Debt { window: index, title: window.title(), targets: window.targets(&target), injection };
        // What nobody could undo if this process were killed is not done.
        if let Err(error) = journal.owe(debt.clone()) {
            mark(Mark::Void { why: format!("{error:#}") });
            continue;
        }
        let Debt { targets, injection, .. } = &debt;
        // A window that begins late, because the one before took long to heal, keeps its length.
        let end = (zero + window.end).max(Stamp::now() + (window.end - window.start));
        let seen = inject(cluster, injection, end, stop, &mark).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep_until(end) => {}
        }
        if seen {
            mark(last_look(cluster, injection, targets).await);
        }
        let healed = heal(cluster, injection, targets, &mark).await;
        if healed {
            settled(journal, index);
            let until = plan.windows.get(index + 1).map_or(plan.deadline, |next| next.start);
            restore(cluster, zero + until, stop, &mark).await;
        }
        driven.push(Driven { debt, healed });
    }
    driven
}

/// Notes in the journal that a fault is gone. A debt that stays there is healed once more by whoever finds it, which may
/// restart a service that serves.
fn settled(journal: &Journal, window: usize) {
    let _ = journal.healed(window);
}

/// Heals once more what was not confirmed healed; the titles of windows that still are not.
pub async fn heal_again<C: Cluster>(
    cluster: &C,
    (recorder, journal): (&Recorder, &Journal),
    driven: Vec<Driven>,
) -> Vec<String> {
    let mut unhealed = Vec::new();
    for Driven { debt, .. } in driven.into_iter().filter(|window| !window.healed) {
        let mark = |mark| recorder.record(Fact::Window { window: debt.window, mark });
        // Of what is gone, nothing is left behind.
        if vanished(cluster, &debt.targets).await || heal(cluster, &debt.injection, &debt.targets, &mark).await {
            settled(journal, debt.window);
        } else {
            unhealed.push(debt.title);
        }
    }
    unhealed
}

/// Heals what a run that is gone owes; whether nothing is owed any more.
pub async fn heal_owed<C: Cluster>(cluster: &C, debt: &Debt) -> bool {
    // Of what somebody removed, nothing is left to heal.
    vanished(cluster, &debt.targets).await || heal(cluster, &debt.injection, &debt.targets, &|_| ()).await
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
        if matches!(tokio::time::timeout(LAST_LOOK_LIMIT, cluster.ready(service)).await, Ok(Ok(true))) {
            return Some(service.clone());
        }
        first = first.or(Some(service));
    }
    first.cloned()
}

/// Applies the steps and waits for the evidence, at most until `end`; whether it was seen.
async fn inject<C: Cluster>(
    cluster: &C,
    injection: &Injection,
    end: Stamp,
    stop: &CancellationToken,
    mark: &impl Fn(Mark),
) -> bool {
    let issued = Stamp::now();
    mark(Mark::InjectIssued);
    for step in &injection.inject {
        let applied = tokio::time::timeout(STEP_LIMIT, cluster.apply(step)).await;
        let failed = match applied {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("{step}: {error:#}"),
            Err(_) => format!("{step}: no answer within {}", duration_text(STEP_LIMIT)),
        };
        mark(Mark::Void { why: failed });
        return false;
    }
    let mut trouble = String::new();
    let seen = tokio::select! {
        biased;
        seen = until_seen(cluster, injection, issued, &mut trouble) => Ok(seen),
        () = stop.cancelled() => Err("the run was ended before the evidence was seen"),
        () = sleep_until(end) => Err("evidence never seen"),
    };
    let there = seen.is_ok();
    mark(match seen {
        Ok(seen) => seen,
        Err(why) => Mark::Void { why: format!("{why}: {}{trouble}", words(&injection.evidence)) },
    });
    there
}

/// Whether the fault lasted until it is healed. Out of service is out of service: a frozen node that was fenced is no
/// longer frozen. A fault that we keep up and that ended all the same was not the fault that was planned; any other was
/// ended by the cluster itself, which is part of what is measured.
async fn last_look<C: Cluster>(cluster: &C, injection: &Injection, targets: &[String]) -> Mark {
    let unseen = |why: String| Mark::Void { why: format!("it could not be seen whether the fault lasted: {why}") };
    let (mut there, mut ended) = (Vec::new(), Vec::new());
    for evidence in &injection.evidence {
        match tokio::time::timeout(LAST_LOOK_LIMIT, cluster.sight(evidence)).await {
            Ok(Ok(Some(detail))) => there.push(detail),
            Ok(Ok(None)) => ended.push(evidence),
            Ok(Err(error)) => return unseen(format!("{error:#}")),
            Err(_) => return unseen(format!("no answer within {}", duration_text(LAST_LOOK_LIMIT))),
        }
    }
    if ended.is_empty() {
        return Mark::StillThere { detail: there.join("; ") };
    }
    // A service that hangs is out of service like one that refuses.
    for target in targets {
        if !matches!(tokio::time::timeout(LAST_LOOK_LIMIT, cluster.ready(target)).await, Ok(Ok(true))) {
            return Mark::StillThere { detail: format!("{target} is out of service, and not as the fault left it") };
        }
    }
    let why = format!("not so before it was healed: {}", words(ended.iter().copied()));
    if ended.iter().any(|evidence| evidence.is_kept_up()) { Mark::Void { why } } else { Mark::EndedEarly { why } }
}

fn words<'a>(evidence: impl IntoIterator<Item = &'a Evidence>) -> String {
    evidence.into_iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Looks until all of the evidence is seen, which was not there before `issued`; the last trouble with looking goes to
/// `trouble`.
async fn until_seen<C: Cluster>(cluster: &C, injection: &Injection, issued: Stamp, trouble: &mut String) -> Mark {
    let (mut not_before, mut seen) = (issued, Vec::new());
    loop {
        let began = Stamp::now();
        let Some(evidence) = injection.evidence.get(seen.len()) else {
            return Mark::EffectSeen { detail: seen.join("; "), not_before: Some(not_before) };
        };
        match tokio::time::timeout(STEP_LIMIT, cluster.sight(evidence)).await {
            Ok(Ok(Some(detail))) => {
                seen.push(detail);
                continue;
            }
            Ok(Ok(None)) => not_before = began,
            Ok(Err(error)) => *trouble = format!("; last trouble: {error:#}"),
            Err(_) => "; looking took too long".clone_into(trouble),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Applies the heal steps, all of them whatever each says, and waits until the fault is gone. The steps are
/// repeated while it is not: a cluster manager may fence a node that has just been started. A service that was
/// restarted and shows no fault is on its way; another restart would only send it back.
async fn heal<C: Cluster>(cluster: &C, injection: &Injection, targets: &[String], mark: &impl Fn(Mark)) -> bool {
    mark(Mark::HealIssued);
    let mut trouble = Vec::new();
    let ended = tokio::time::timeout(HEAL_LIMIT, heal_until_gone(cluster, injection, targets, &mut trouble)).await;
    let healed = matches!(ended, Ok(Mark::HealConfirmed));
    mark(ended.unwrap_or_else(|_| {
        trouble.insert(0, format!("{} did not serve again within {}", targets.join(", "), duration_text(HEAL_LIMIT)));
        Mark::HealFailed { why: trouble.join("; ") }
    }));
    healed
}

/// Heals until the fault is gone, or its target; what went wrong last is in `trouble`.
async fn heal_until_gone<C: Cluster>(
    cluster: &C,
    injection: &Injection,
    targets: &[String],
    trouble: &mut Vec<String>,
) -> Mark {
    let mut steps = injection.heal.clone();
    loop {
        if vanished(cluster, targets).await {
            return Mark::Gone;
        }
        *trouble = apply_all(cluster, &steps).await;
        let again = Stamp::now() + HEAL_AGAIN;
        while Stamp::now() < again {
            if gone(cluster, injection, targets).await {
                return Mark::HealConfirmed;
            }
            tokio::time::sleep(WAY_BACK_POLL).await;
        }
        let on_its_way = trouble.is_empty() && absent(cluster, injection).await;
        let again = |step: &Step| if on_its_way { step.once_more() } else { step.clone() };
        steps = injection.heal.iter().map(again).collect();
    }
}

/// Whether every target is gone, or the whole cluster: there is nothing to heal any more. An answer that does not come is none.
async fn vanished<C: Cluster>(cluster: &C, targets: &[String]) -> bool {
    for target in targets {
        if !matches!(tokio::time::timeout(STEP_LIMIT, cluster.there(target)).await, Ok(Ok(false))) {
            return false;
        }
    }
    true
}

/// Applies every step, whatever each says; what went wrong.
async fn apply_all<C: Cluster>(cluster: &C, steps: &[Step]) -> Vec<String> {
    let mut trouble = Vec::new();
    for step in steps {
        match tokio::time::timeout(STEP_LIMIT, cluster.apply(step)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => trouble.push(format!("{step}: {error:#}")),
            Err(_) => trouble.push(format!("{step}: no answer within {}", duration_text(STEP_LIMIT))),
        }
    }
    trouble
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

/// Whether the evidence is gone and every target that is a service does its work.
async fn gone<C: Cluster>(cluster: &C, injection: &Injection, targets: &[String]) -> bool {
    if !absent(cluster, injection).await {
        return false;
    }
    for target in targets {
        if !matches!(tokio::time::timeout(STEP_LIMIT, cluster.ready(target)).await, Ok(Ok(true))) {
            return false;
        }
    }
    true
}

/// Whether nothing shows the fault; an answer that does not come shows nothing either way, and counts as no.
async fn absent<C: Cluster>(cluster: &C, injection: &Injection) -> bool {
    for evidence in &injection.evidence {
        if !matches!(tokio::time::timeout(STEP_LIMIT, cluster.sight(evidence)).await, Ok(Ok(None))) {
            return false;
        }
    }
    true
}
