//! Healing: the steps of each fault of a window, until its evidence is gone and its target serves again, or is gone itself. Every wait is
//! bounded.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::windows::Driven;
use crate::clock::{Stamp, sleep_until};
use crate::cluster::{Cluster, Evidence, Step};
use crate::fault::Strike;
use crate::history::{Fact, Mark, Recorder};
use crate::lease::{Debt, Journal};
use crate::settings::duration_text;

/// Pause between two looks at what is on its way back: these run commands in containers, which cost the very services
/// time whose recovery is measured.
pub(super) const WAY_BACK_POLL: Duration = Duration::from_secs(1);
/// Longest time that healing may take before it counts as failed: a database is seeded anew in it.
pub const HEAL_LIMIT: Duration = Duration::from_secs(90);
/// Time after which the heal steps are repeated while the target does not serve.
const HEAL_AGAIN: Duration = Duration::from_secs(20);
/// Pause between two looks at whether a healed target is still in service.
const KEPT_POLL: Duration = Duration::from_secs(10);
/// Longest time that one step or one look may take.
pub(super) const STEP_LIMIT: Duration = Duration::from_secs(20);

/// What is not healed yet, and what went wrong with it last.
struct Lacking {
    targets: Vec<String>,
    trouble: Vec<String>,
}

/// A fault that is being healed.
struct Healing<'a> {
    strike: &'a Strike,
    /// What is applied next.
    steps: Vec<Step>,
    /// What went wrong when they were applied last.
    trouble: Vec<String>,
}

/// Notes in the journal that a fault is gone. A debt that stays there is healed once more by whoever finds it, which may
/// restart a service that serves.
pub(super) fn settled(journal: &Journal, window: usize) {
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
        if all_vanished(cluster, &debt.strikes).await || heal(cluster, &debt.strikes, &mark).await {
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
    all_vanished(cluster, &debt.strikes).await || heal(cluster, &debt.strikes, &|_| ()).await
}

/// Applies the heal steps, all of them whatever each says, and waits until every fault is gone. The steps of one are
/// repeated while it is not: a cluster manager may fence a node that has just been started. A service that was
/// restarted and shows no fault is on its way; another restart would only send it back.
pub(super) async fn heal<C: Cluster>(cluster: &C, strikes: &[Strike], mark: &impl Fn(Mark)) -> bool {
    mark(Mark::HealIssued);
    let targets = strikes.iter().map(|strike| strike.target.clone()).collect();
    let mut lacking = Lacking { targets, trouble: Vec::new() };
    let ended = tokio::time::timeout(HEAL_LIMIT, heal_until_gone(cluster, strikes, &mut lacking)).await;
    let healed = matches!(ended, Ok(Mark::HealConfirmed));
    mark(ended.unwrap_or_else(|_| {
        let Lacking { targets, trouble } = lacking;
        let late = format!("{} did not serve again within {}", targets.join(", "), duration_text(HEAL_LIMIT));
        Mark::HealFailed { why: std::iter::once(late).chain(trouble).collect::<Vec<_>>().join("; ") }
    }));
    healed
}

/// Heals until every fault is gone, or its target.
async fn heal_until_gone<C: Cluster>(cluster: &C, strikes: &[Strike], lacking: &mut Lacking) -> Mark {
    let begun = |strike| Healing { strike, steps: strike.injection.heal.clone(), trouble: Vec::new() };
    let mut left: Vec<Healing<'_>> = strikes.iter().map(begun).collect();
    let mut healed = false;
    loop {
        left = without(left, async |one| vanished(cluster, &one.strike.target).await).await;
        for one in &mut left {
            one.trouble = apply_all(cluster, &one.steps).await;
        }
        let again = Stamp::now() + HEAL_AGAIN;
        loop {
            let before = left.len();
            left = without(left, async |one| gone(cluster, one.strike).await).await;
            healed |= left.len() < before;
            if left.is_empty() {
                return if healed { Mark::HealConfirmed } else { Mark::Gone };
            }
            lacking.targets = left.iter().map(|one| one.strike.target.clone()).collect();
            lacking.trouble = left.iter().flat_map(|one| one.trouble.clone()).collect();
            tokio::time::sleep(WAY_BACK_POLL).await;
            if Stamp::now() >= again {
                break;
            }
        }
        for one in &mut left {
            let on_its_way =
                one.trouble.is_empty() && shows(cluster, &one.strike.injection.evidence).await == Some(false);
            let again = |step: &Step| if on_its_way { step.once_more() } else { step.clone() };
            one.steps = one.strike.injection.heal.iter().map(again).collect();
        }
    }
}

/// Starts what was healed and is out of service again, until `until`: a cluster manager that waits before it fences may put a node
/// out that is long back, and whoever runs the cluster starts it again. Nothing is restarted that runs, and no step is left half done.
/// Who did not run, by the engine's word, and runs after that is told.
pub(super) async fn keep<C: Cluster>(
    cluster: &C,
    strikes: &[Strike],
    until: Stamp,
    stop: &CancellationToken,
    mark: &impl Fn(Mark),
) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = sleep_until(until) => return,
            () = tokio::time::sleep(KEPT_POLL) => {}
        }
        for strike in strikes {
            if serves(cluster, &strike.target, STEP_LIMIT).await {
                continue;
            }
            let stopped = Evidence::Stopped { service: strike.target.clone() };
            let was_out = shows(cluster, &stopped).await == Some(true);
            let steps: Vec<_> = strike.injection.heal.iter().map(Step::once_more).collect();
            apply_all(cluster, &steps).await;
            if was_out && shows(cluster, &stopped).await == Some(false) {
                mark(Mark::StartedAgain { target: strike.target.clone() });
            }
        }
    }
}

/// Those of `all` of which `done` is not true.
async fn without<'a>(all: Vec<Healing<'a>>, done: impl AsyncFn(&Healing<'a>) -> bool) -> Vec<Healing<'a>> {
    let mut left = Vec::new();
    for one in all {
        if !done(&one).await {
            left.push(one);
        }
    }
    left
}

/// Whether a target is gone, or its whole cluster: there is nothing to heal any more. An answer that does not come is none.
async fn vanished<C: Cluster>(cluster: &C, target: &str) -> bool {
    matches!(tokio::time::timeout(STEP_LIMIT, cluster.there(target)).await, Ok(Ok(false)))
}

async fn all_vanished<C: Cluster>(cluster: &C, strikes: &[Strike]) -> bool {
    for strike in strikes {
        if !vanished(cluster, &strike.target).await {
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

/// Whether the evidence is gone and, for a service, it does its work.
async fn gone<C: Cluster>(cluster: &C, strike: &Strike) -> bool {
    shows(cluster, &strike.injection.evidence).await == Some(false) && serves(cluster, &strike.target, STEP_LIMIT).await
}

/// Whether a service says within `limit` that it does its work.
pub(super) async fn serves<C: Cluster>(cluster: &C, service: &str, limit: Duration) -> bool {
    matches!(tokio::time::timeout(limit, cluster.ready(service)).await, Ok(Ok(true)))
}

/// Whether `evidence` is seen; none where no answer comes, which shows nothing either way.
async fn shows<C: Cluster>(cluster: &C, evidence: &Evidence) -> Option<bool> {
    let seen = tokio::time::timeout(STEP_LIMIT, cluster.sight(evidence)).await;
    seen.ok()?.ok().map(|seen| seen.is_some())
}
