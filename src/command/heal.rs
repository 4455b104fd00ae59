//! `wwchaos heal`: ends the faults of kept clusters. And the hidden verb of the container that does it unasked.

use anyhow::Result;

use super::{down, say};
use crate::cluster::docker::{self, Engine};
use crate::lease::{self, Holder};
use crate::{exit, quantity, reaper};

/// Heals what is owed in `runs`; in all kept clusters where none is named.
pub async fn heal(runs: &[String]) -> Result<u8> {
    down::known(runs)?;
    let engine = &Engine::connect().await?;
    let found = docker::leftovers(engine, None).await?;
    if runs.is_empty() && found.is_empty() {
        say::out("nothing of wwchaos is on this engine\n");
    }
    let mut unhealed = false;
    for run in if runs.is_empty() { found.keys().cloned().collect() } else { runs.to_vec() } {
        if !found.contains_key(&run) {
            say::out(format_args!("{run}: nothing there\n"));
            continue;
        }
        match lease::holder(&run) {
            Holder::Alive(_) => say::out(format_args!("{run}: in use by a wwchaos that runs, and that heals it\n")),
            Holder::Gone => say::out(format_args!("{run}: not to be kept; `wwchaos down {run}` removes it\n")),
            Holder::Kept(_) => unhealed |= !one(engine, &run).await?,
        }
    }
    Ok(if unhealed { exit::LEFT_BEHIND } else { exit::PASS })
}

/// Heals one kept cluster; whether nothing is owed any more.
async fn one(engine: &Engine, run: &str) -> Result<bool> {
    let owed = lease::debts(run)?;
    if owed.is_nothing() {
        say::out(format_args!("{run}: nothing to heal\n"));
        return Ok(true);
    }
    let left = reaper::settle(run, engine).await?;
    let healed = owed.debts.len() - left.debts.len();
    say::out(format_args!("{run}: {} healed\n", quantity::number(healed, "fault")));
    for said in left.said() {
        say::err(format_args!("wwchaos: {run}: {said} (hint: `wwchaos down {run}` removes the cluster)\n"));
    }
    Ok(left.is_nothing())
}

/// Watches over a run until nothing of it is left.
pub async fn reap(run: &str) -> Result<u8> {
    down::known(&[run.to_owned()])?;
    reaper::reap(run).await?;
    Ok(exit::PASS)
}
