//! `up`: the cluster of a scenario started, seeded and kept.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::doctor::fit;
use super::progress::{self, Manner, Progress};
use super::run::{identified, interrupted};
use super::say;
use crate::cli::{Choice, Stop, Voice};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine, Site};
use crate::history::Recorder;
use crate::library::Library;
use crate::live::{Event, milliseconds};
use crate::plan::{COURSE, Plan, login};
use crate::run::early::Pulse;
use crate::run::{Job, start};
use crate::store::{self, Folder};
use crate::{exit, quantity};

/// Starts and seeds a cluster and keeps it.
pub async fn up(
    library: &Library,
    reports: &Path,
    choice: &Choice,
    life: Duration,
    voice: Voice,
    stop: Stop,
) -> Result<u8> {
    let (manner, began) = (Manner::of(voice), Stamp::now());
    let ended = kept(library, reports, choice, life, (manner, began), &stop).await;
    progress::tell_end(manner, began, &ended);
    ended
}

async fn kept(
    library: &Library,
    reports: &Path,
    choice: &Choice,
    life: Duration,
    (manner, began): (Manner, Stamp),
    stop: &Stop,
) -> Result<u8> {
    super::no_set(library, choice)?;
    let Some((topology, plan)) = super::prepare(library, choice)?.plans.pop() else {
        anyhow::bail!("`{}` names nothing", choice.scenario);
    };
    let engine = Engine::connect().await?;
    store::open(reports).map_err(super::usage)?;
    let machine = Machine::look(&engine, reports).await?;
    fit(&machine, &plan, &topology)?;
    super::down::sweep(&engine, library, manner).await?;
    identified(&engine, std::iter::once(&topology.app)).await?;
    let folder = Folder::create(reports, "up")?;
    let progress = Progress::new(manner);
    let (recorder, _receiver) = Recorder::channel();
    let job = Job {
        library,
        plan: &plan,
        topology: &topology,
        folder: folder.path(),
        volumes: machine.volumes(),
        pulse: Pulse::default(),
        keep: Some(life),
        linger: None,
        stop: stop.first.clone(),
        hurry: stop.second.clone(),
    };
    let asked = Stamp::now();
    let started = start(&job, &engine, &recorder, |text| progress.say(text)).await;
    progress.end();
    let cluster = match started {
        Ok((cluster, _lease)) => cluster,
        Err(error) if stop.first.is_cancelled() => return Ok(interrupted(&error)),
        Err(error) => return Err(error),
    };
    let took = Duration::from_secs(Stamp::now().since(asked).as_secs());
    if manner == Manner::Events {
        progress::tell(manner, began, is_up(cluster.site(), &plan, life));
    } else {
        say::out(in_words(cluster.site(), &plan, took, life));
    }
    Ok(exit::PASS)
}

fn url(site: &Site) -> String {
    format!("{}/webwork2/{COURSE}", site.entry_url())
}

fn is_up(site: &Site, plan: &Plan, life: Duration) -> Event {
    Event::Up {
        run: site.run.clone(),
        url: url(site),
        logins: [login(1), login(plan.accounts())],
        password: site.student_password.clone(),
        kept_for_ms: milliseconds(life),
    }
}

fn in_words(site: &Site, plan: &Plan, took: Duration, life: Duration) -> String {
    let [took, life] = [took, life].map(quantity::length);
    let (run, url, password) = (&site.run, url(site), &site.student_password);
    let (first, last) = (login(1), login(plan.accounts()));
    format!(
        "cluster {run} is up after {took}: {url}\nstudents {first} to {last}, password {password}\n\
         it stays for {life}, or until `wwchaos down {run}` removes it\n"
    )
}
