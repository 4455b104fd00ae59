//! The windows of a plan on any cluster: inject at its time, wait for evidence, heal at its end, wait until the
//! evidence is gone and the target serves again. Every wait is bounded. Works on the fake cluster and virtual
//! time just as on Docker.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Stamp, sleep_until};
use crate::cluster::{Cluster, Step};
use crate::fault::Injection;
use crate::history::{Fact, Mark, Recorder};
use crate::plan::{Plan, Target, Window};
use crate::settings::duration_text;

/// Pause between two looks at evidence or readiness.
const POLL: Duration = Duration::from_millis(50);
/// Longest time that healing may take before it counts as failed: a database is seeded anew in it.
pub const HEAL_LIMIT: Duration = Duration::from_secs(90);
/// Time after which the heal steps are repeated while the target does not serve.
const HEAL_AGAIN: Duration = Duration::from_secs(20);
/// Longest time that one step or one look may take.
const STEP_LIMIT: Duration = Duration::from_secs(20);

/// How a window ended.
#[derive(Clone, Debug)]
pub struct Driven {
    index: usize,
    target: String,
    injection: Injection,
    healed: bool,
}

/// Injects and heals every window of `plan`, until `stop` is cancelled: then the present one is healed at once.
pub async fn drive<C: Cluster>(
    plan: &Plan,
    cluster: &C,
    recorder: &Recorder,
    zero: Stamp,
    stop: &CancellationToken,
) -> Vec<Driven> {
    let mut driven = Vec::new();
    for (index, window) in plan.windows.iter().enumerate() {
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep_until(zero + window.start) => {}
        }
        let mark = |mark| recorder.record(Fact::Window { window: index, mark });
        let Some(target) = target(window, cluster, &mark).await else { continue };
        let Some(injection) = window.injection(&target) else { continue };
        let end = zero + window.end;
        inject(cluster, &injection, end, stop, &mark).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep_until(end) => {}
        }
        let healed = heal(cluster, &injection, &target, &mark).await;
        if healed {
            let until = plan.windows.get(index + 1).map_or(plan.deadline, |next| next.start);
            restore(cluster, zero + until, stop, &mark).await;
        }
        driven.push(Driven { index, target, injection, healed });
    }
    driven
}

/// Heals once more what was not confirmed healed; the titles of windows that still are not.
pub async fn heal_again<C: Cluster>(plan: &Plan, cluster: &C, recorder: &Recorder, driven: Vec<Driven>) -> Vec<String> {
    let mut unhealed = Vec::new();
    for window in driven.into_iter().filter(|window| !window.healed) {
        let mark = |mark| recorder.record(Fact::Window { window: window.index, mark });
        if !heal(cluster, &window.injection, &window.target, &mark).await {
            unhealed.extend(plan.windows.get(window.index).map(Window::title));
        }
    }
    unhealed
}

/// Whom the window hits: known from the plan, or asked now.
async fn target<C: Cluster>(window: &Window, cluster: &C, mark: &impl Fn(Mark)) -> Option<String> {
    let target = match &window.target {
        Target::Service { service } => Ok(Some(service.clone())),
        Target::Volume { volume } => Ok(Some(volume.clone())),
        Target::Primary { role } => cluster.primary(role).await,
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

/// Applies the steps and waits for the evidence, at most until `end`.
async fn inject<C: Cluster>(
    cluster: &C,
    injection: &Injection,
    end: Stamp,
    stop: &CancellationToken,
    mark: &impl Fn(Mark),
) {
    mark(Mark::InjectIssued);
    for step in &injection.inject {
        let applied = tokio::time::timeout(STEP_LIMIT, cluster.apply(step)).await;
        let failed = match applied {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("{step}: {error:#}"),
            Err(_) => format!("{step}: no answer within {STEP_LIMIT:?}"),
        };
        return mark(Mark::Void { why: failed });
    }
    let mut trouble = None;
    while Stamp::now() < end && !stop.is_cancelled() {
        match tokio::time::timeout(STEP_LIMIT, cluster.sight(&injection.evidence)).await {
            Ok(Ok(Some(detail))) => return mark(Mark::EffectSeen { detail }),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => trouble = Some(format!("; last trouble: {error:#}")),
            Err(_) => trouble = Some("; looking took too long".to_owned()),
        }
        tokio::time::sleep(POLL).await;
    }
    let why = format!("evidence never seen: {}{}", injection.evidence, trouble.unwrap_or_default());
    mark(Mark::Void { why });
}

/// Applies the heal steps, all of them whatever each says, and waits until the fault is gone. The steps are
/// repeated while it is not: a cluster manager may fence a node that has just been started.
async fn heal<C: Cluster>(cluster: &C, injection: &Injection, target: &str, mark: &impl Fn(Mark)) -> bool {
    mark(Mark::HealIssued);
    let limit = Stamp::now() + HEAL_LIMIT;
    let mut trouble = Vec::new();
    while Stamp::now() < limit {
        trouble = apply_all(cluster, &injection.heal).await;
        let again = Stamp::now() + HEAL_AGAIN;
        while Stamp::now() < again.min(limit) {
            if gone(cluster, injection, target).await {
                mark(Mark::HealConfirmed);
                return true;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    trouble.insert(0, format!("{target} did not serve again within {}", duration_text(HEAL_LIMIT)));
    mark(Mark::HealFailed { why: trouble.join("; ") });
    false
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
    while Stamp::now() < until && !stop.is_cancelled() {
        let whole = tokio::time::timeout(STEP_LIMIT, cluster.whole()).await;
        if matches!(whole, Ok(Ok(true))) {
            return mark(Mark::Restored);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Whether the evidence is gone and, for a service, it does its work.
async fn gone<C: Cluster>(cluster: &C, injection: &Injection, target: &str) -> bool {
    let seen = tokio::time::timeout(STEP_LIMIT, cluster.sight(&injection.evidence)).await;
    if !matches!(seen, Ok(Ok(None))) {
        return false;
    }
    let ready = tokio::time::timeout(STEP_LIMIT, cluster.ready(target)).await;
    matches!(ready, Ok(Ok(true)))
}
