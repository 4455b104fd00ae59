//! `wwchaos down`: removes what runs have left. And what each run begins with: removing what nobody else will.

use anyhow::{Context, Result};

use super::progress::Manner;
use super::say;
use crate::cli::{Chosen, Usage};
use crate::clock::Stamp;
use crate::cluster::docker::{self, Engine, HELPER, Whereabouts};
use crate::lease::{self, Holder};
use crate::library::Library;
use crate::{exit, quantity};

/// Removes the runs that `chosen` names.
pub async fn down(library: &Library, chosen: &Chosen, courses: bool) -> Result<u8> {
    let Chosen { runs, stale } = chosen;
    known(runs)?;
    let engine = &Engine::connect().await?;
    let _only = lease::removing().await;
    let found = docker::leftovers(engine, None).await?;
    let picked: Vec<&String> =
        if runs.is_empty() { found.keys().filter(|run| pick(run, *stale)).collect() } else { runs.iter().collect() };
    if picked.is_empty() {
        let what = if found.is_empty() { "nothing of wwchaos is" } else { "nothing else of wwchaos is" };
        say::out(format_args!("{what} left on this engine\n"));
    }
    let mut left = Vec::new();
    for run in picked {
        let Some(things) = found.get(run) else {
            say::out(format_args!("{run}: nothing there\n"));
            continue;
        };
        let began = Stamp::now();
        let failed = remove(engine, run, library).await?;
        let took = Stamp::now().since(began).as_secs_f64();
        say::out(format_args!(
            "{run}: {} found, {} left after {took:.1} s\n",
            quantity::number(things.names().len(), "thing"),
            failed.len()
        ));
        left.extend(failed);
    }
    forget_empty(engine).await?;
    left.extend(kept_courses(engine, courses).await?);
    for name in &left {
        say::err(format_args!("wwchaos: left behind: {name}\n"));
    }
    Ok(if left.is_empty() { exit::PASS } else { exit::LEFT_BEHIND })
}

/// Refuses what is no run's id.
pub(super) fn known(runs: &[String]) -> Result<(), Usage> {
    match runs.iter().find(|run| !docker::is_run_id(run)) {
        Some(strange) => Err(Usage(format!("`{strange}` is no run: expected `ww` and six hexadecimal digits"))),
        None => Ok(()),
    }
}

/// Whether `down` without ids removes `run`; says why where it does not.
fn pick(run: &str, stale: bool) -> bool {
    match lease::holder(run) {
        Holder::Alive(_) => {
            say::out(format_args!("{run}: in use by a wwchaos that runs; name it to remove it\n"));
            false
        }
        Holder::Kept(left) if stale => {
            say::out(format_args!("{run}: kept for another {}; name it to remove it\n", quantity::length(left)));
            false
        }
        Holder::Kept(_) | Holder::Gone => true,
    }
}

/// Removes what nobody else will: of runs whose wwchaos and whose reaper are gone. Says what it removed.
pub(super) async fn sweep(engine: &Engine, library: &Library, manner: Manner) -> Result<()> {
    let _only = lease::removing().await;
    for (run, things) in docker::leftovers(engine, None).await? {
        let reaper = engine.state(&docker::reaper(&run)).await?;
        if lease::holder(&run) != Holder::Gone || reaper.running {
            continue;
        }
        let left = remove(engine, &run, library).await?;
        let what = quantity::number(things.names().len(), "thing");
        if manner.is_for_people() {
            say::err(format_args!("removed {what} of {run}, whose wwchaos and reaper are gone\n"));
        }
        left.iter().for_each(|name| say::err(format_args!("wwchaos: left behind: {name}\n")));
    }
    forget_empty(engine).await
}

async fn remove(engine: &Engine, run: &str, library: &Library) -> Result<Vec<String>> {
    let _held = lease::take_over(run);
    let left = docker::down(engine, run, &helper(engine, library, run).await?).await?;
    if left.is_empty() {
        // Another user's stays with that user, and holds nothing any more.
        let _ = lease::forget(run);
    }
    Ok(left)
}

/// The image of the errands of `run`: the one that it has used, or else this library's, made anew where somebody has
/// removed it.
async fn helper(engine: &Engine, library: &Library, run: &str) -> Result<String> {
    let used = lease::described::<Whereabouts>(run).ok().and_then(Whereabouts::helper);
    if let Some(used) = used.filter(|used| !used.is_empty())
        && docker::image_id(engine, &used).await.is_some()
    {
        return Ok(used);
    }
    let folder = tempfile::tempdir().context("make a folder for the image's files")?;
    let images = docker::build(engine, library, &[HELPER.to_owned()], folder.path(), |_| ()).await?;
    Ok(images.into_values().next().unwrap_or_default())
}

/// Forgets leases of runs that nobody holds and of which nothing is on the engine.
async fn forget_empty(engine: &Engine) -> Result<()> {
    let there = docker::leftovers(engine, None).await?;
    for run in lease::runs().iter().filter(|run| docker::is_run_id(run) && !there.contains_key(*run)) {
        if !matches!(lease::holder(run), Holder::Alive(_)) {
            // Another user's stays with that user.
            let _ = lease::forget(run);
        }
    }
    Ok(())
}

/// Removes the courses that are kept, or says that they are there; the names of what could not be removed.
async fn kept_courses(engine: &Engine, remove: bool) -> Result<Vec<String>> {
    let kept = docker::kept(engine).await?.len();
    if kept == 0 {
        return Ok(Vec::new());
    }
    let courses = quantity::number(kept, "seeded course");
    if !remove {
        say::out(format_args!("{courses} kept for the next cluster; `wwchaos down --courses` removes them\n"));
        return Ok(Vec::new());
    }
    let left = docker::forget(engine).await?;
    say::out(format_args!("{courses} kept, {} left\n", left.len()));
    Ok(left)
}
