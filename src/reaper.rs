//! The last ring of healing: what a run does when nobody is left to do it. Runs in a container of the run
//! ([`employ`](crate::cluster::docker::employ)), which starts again with the engine, and looks at the run's
//! [lease](crate::lease).
//!
//! | whoever made the run | the reaper |
//! |---|---|
//! | lives and renews the lease | does nothing |
//! | is gone, and the cluster may stay | heals what is owed; removes everything when its life is over |
//! | is gone | removes everything |
//! | is there and has not renewed for [`LEASE`] | removes everything |
//!
//! It touches nothing but what carries the label of its run, and removes itself last.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use crate::clock::Stamp;
use crate::cluster::docker::{DockerCluster, Engine, Whereabouts, clear_unsettled, dismiss};
use crate::foreign::plain;
use crate::history::Recorder;
use crate::lease::{self, Holder, LEASE, Owed};
use crate::run::healing;

/// Pause between two looks at the lease.
const LOOK: Duration = Duration::from_secs(1);
/// Pause after something could not be healed or removed.
const PAUSE: Duration = Duration::from_secs(10);
/// Tries to reach the engine, which may be starting, and to remove everything. After them the reaper ends, and the engine
/// starts it again.
const TRIES: u32 = 60;

/// Watches over `run` until nothing of it is left. Says on standard output what it does.
pub async fn reap(run: &str) -> Result<()> {
    let engine = reach().await?;
    let mut watch = Watch::default();
    loop {
        match watch.look(lease::holder(run)) {
            Look::Wait => {}
            Look::Heal => {
                if !heal(run, &engine).await {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Look::Remove(why) => {
                tell(format_args!("{run}: {why}; removing it"));
                return remove(run, &engine).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Into the log of the reaper's container.
fn tell(text: impl Display) {
    println!("{}", plain(&text.to_string()));
}

/// What is to be done after a look at the lease.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Wait,
    Heal,
    Remove(&'static str),
}

/// What earlier looks have seen.
#[derive(Debug, Default)]
struct Watch {
    /// The last renewal, and when it was seen first.
    renewed: Option<(SystemTime, Stamp)>,
}

impl Watch {
    fn look(&mut self, holder: Holder) -> Look {
        match holder {
            Holder::Gone => Look::Remove("nobody holds it, and its life is over"),
            Holder::Kept(_) => Look::Heal,
            // When a renewal was seen counts, not what it says: clocks are set.
            Holder::Alive(renewed) => match self.renewed {
                Some((last, _)) if last != renewed => self.seen(renewed),
                Some((_, at)) if Stamp::now().since(at) > LEASE => Look::Remove("its lease was not renewed in time"),
                Some(_) => Look::Wait,
                None => self.seen(renewed),
            },
        }
    }

    fn seen(&mut self, renewed: SystemTime) -> Look {
        self.renewed = Some((renewed, Stamp::now()));
        Look::Wait
    }
}

/// Heals what is owed in the kept cluster of `run`, each debt until it was seen gone; whether nothing is owed any more.
async fn heal(run: &str, engine: &Engine) -> bool {
    match lease::debts(run) {
        Ok(owed) if owed.is_nothing() => return true,
        Ok(_) => {}
        Err(error) => {
            tell(format_args!("{run}: what is to be healed cannot be read: {error:#}"));
            return false;
        }
    }
    let settled = settle(run, engine).await;
    match &settled {
        Ok(left) if left.is_nothing() => tell(format_args!("{run}: healed what was owed")),
        Ok(left) => tell(format_args!("{run}: not healed yet: {}", left.said().join(", "))),
        Err(error) => tell(format_args!("{run}: not healed yet: {error:#}")),
    }
    settled.is_ok_and(|left| left.is_nothing())
}

/// Heals every debt of `run`, which nobody holds; what could not be healed.
pub async fn settle(run: &str, engine: &Engine) -> Result<Owed> {
    let whereabouts: Whereabouts = lease::described(run)?;
    // What is observed while it heals, nobody reads.
    let (recorder, _receiver) = Recorder::channel();
    let cluster = DockerCluster::new(engine.clone(), whereabouts, recorder)?;
    let owed = lease::debts(run)?;
    let mut left = Owed { debts: Vec::new(), unreadable: owed.unreadable };
    for debt in owed.debts {
        if healing::heal_owed(cluster.as_ref(), &debt).await {
            lease::settle(run, debt.window)?;
        } else {
            left.debts.push(debt);
        }
    }
    Ok(left)
}

async fn remove(run: &str, engine: &Engine) -> Result<()> {
    // Without it, file systems of limited size cannot be taken apart; a run that has some has written it down.
    let helper = lease::described::<Whereabouts>(run).ok().and_then(Whereabouts::helper);
    for _ in 0..TRIES {
        match clear_unsettled(engine, run, helper.as_deref().unwrap_or_default()).await {
            Ok(left) if left.is_empty() => {
                lease::forget(run)?;
                tell(format_args!("{run}: everything is removed"));
                return dismiss(engine, run).await;
            }
            Ok(left) => tell(format_args!("{run}: still there: {}", left.join(", "))),
            Err(error) => tell(format_args!("{run}: {error:#}")),
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("{run}: not everything could be removed")
}

async fn reach() -> Result<Engine> {
    let mut last = None;
    for _ in 0..TRIES {
        match Engine::connect().await {
            Ok(engine) => return Ok(engine),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(last.context("no try")?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_held_and_renewed_is_let_alone() {
        let mut watch = Watch::default();
        for second in 0..200 {
            // A clock that is set back renews as well.
            let renewed = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - second);
            assert_eq!(watch.look(Holder::Alive(renewed)), Look::Wait);
            tokio::time::sleep(LOOK).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_is_no_longer_renewed_ends() {
        let mut watch = Watch::default();
        let alive = Holder::Alive(SystemTime::UNIX_EPOCH);
        assert_eq!(watch.look(alive.clone()), Look::Wait);
        tokio::time::sleep(LEASE).await;
        assert_eq!(watch.look(alive.clone()), Look::Wait);
        tokio::time::sleep(LOOK).await;
        assert_eq!(watch.look(alive), Look::Remove("its lease was not renewed in time"));
    }

    #[tokio::test]
    async fn a_kept_cluster_is_healed_and_one_that_nobody_holds_is_removed() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(Holder::Kept(LOOK)), Look::Heal);
        assert!(matches!(watch.look(Holder::Gone), Look::Remove(_)));
    }
}
