//! `conformance`: what stands in for WeBWorK, held against WeBWorK or against what was recorded of it.

use std::path::Path;

use anyhow::{Context, Result};

use super::doctor::{Unfit, fit, what_is};
use super::progress::{Manner, Progress};
use super::{prepare, say};
use crate::cli::{Choice, Likeness, Stop, Usage};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine, down};
use crate::conformance::{Observed, compare, markdown, observe, text};
use crate::foreign::plain;
use crate::history::Recorder;
use crate::library::Library;
use crate::plan::Plan;
use crate::report::json::lines;
use crate::run::early::Pulse;
use crate::run::{Job, LeftBehind, start};
use crate::store::{self, Folder};
use crate::topology::Topology;
use crate::{exit, quantity};

/// The scenario whose cluster both are asked on.
const SCENARIO: &str = "conformance";
/// The app that the other is held against.
const REFERENCE: &str = "webwork";
/// The setting that makes an app cost what WeBWorK does.
const AS_MEASURED: (&str, &str) = ("profile", "real");
/// Columns of the printed table.
const WIDTH: u16 = 160;

/// Holds the app that `likeness` names against WeBWorK, and prints where they differ.
pub async fn conformance(library: &Library, reports: &Path, likeness: Likeness, stop: Stop) -> Result<u8> {
    if likeness.app == REFERENCE {
        return Err(Usage(format!("--app {REFERENCE}: the app that another is held against; expected another")).into());
    }
    let image = super::image::meant(likeness.webwork_image.as_ref())?;
    let chosen = image.is_some();
    // Both, before either is asked for minutes.
    let reference = planned(library, REFERENCE, image, had(library, &likeness.settings)?)?;
    let settings = of_app(library, &likeness.app, likeness.settings)?;
    let standing_in = planned(library, &likeness.app, None, settings)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(super::usage)?;
    let machine = Machine::look(&engine, reports).await?;
    [&reference, &standing_in].into_iter().try_for_each(|(topology, plan)| fit(&machine, plan, topology))?;
    super::down::sweep(&engine, library, Manner::usual()).await?;
    let titles = (what_is(&engine, &reference.0.app).await, what_is(&engine, &standing_in.0.app).await?);
    let title = match titles.0 {
        Ok(title) => Some(title),
        // An image that was named is meant.
        Err(why) if chosen => return Err(Unfit(format!("{why:#}")).into()),
        Err(why) => {
            say::err(format_args!("wwchaos: {why:#}\nheld against what was recorded of WeBWorK\n"));
            None
        }
    };
    let folder = Folder::create(reports, SCENARIO)?;
    let asked = Asked { library, engine: &engine, folder: &folder, stop: &stop };
    let other = match title {
        Some(title) => asked.everything(&reference, &title).await?,
        None => Some(Observed::recorded()?),
    };
    let Some(other) = other else { return Ok(interrupted()) };
    let Some(one) = asked.everything(&standing_in, &titles.1).await? else { return Ok(interrupted()) };
    let table = compare(&one, &other);
    folder.write("conformance.json", &lines(&table)?)?;
    folder.write("conformance.md", plain(&markdown(&table)).as_bytes())?;
    folder.become_latest();
    say::out(text(&table, WIDTH));
    say::out(format_args!("conformance: {}\n", folder.path().display()));
    Ok(match (table.is_empty(), table.differs()) {
        (true, _) => exit::UNKNOWN,
        (false, true) => exit::FAIL,
        (false, false) => exit::PASS,
    })
}

fn interrupted() -> u8 {
    say::err("wwchaos: interrupted; the cluster was removed\n");
    exit::INTERRUPTED
}

/// What both are asked with.
struct Asked<'a> {
    library: &'a Library,
    engine: &'a Engine,
    folder: &'a Folder,
    stop: &'a Stop,
}

impl Asked<'_> {
    /// Asks the app everything, on the cluster that was planned for it; none when that was interrupted.
    async fn everything(&self, (topology, plan): &(Topology, Plan), title: &str) -> Result<Option<Observed>> {
        let Self { library, engine, stop, .. } = *self;
        let app = &topology.app.name;
        let files = self.folder.make(app)?;
        let (recorder, _receiver) = Recorder::channel();
        let (stopped, hurry) = (stop.first.clone(), stop.second.clone());
        let (volumes, pulse) = (None, Pulse::default());
        let job = Job {
            library,
            plan,
            topology,
            folder: &files,
            volumes,
            pulse,
            keep: None,
            linger: None,
            stop: stopped,
            hurry,
        };
        let (progress, began) = (Progress::new(Manner::usual()), Stamp::now());
        let note = |what: &str| progress.say(&format!("{app}: {what}"));
        let (cluster, lease) = match start(&job, engine, &recorder, note).await {
            Ok(started) => started,
            Err(error) => {
                progress.end();
                return if stop.first.is_cancelled() { Ok(None) } else { Err(error) };
            }
        };
        let (run, helper) = (cluster.site().run.clone(), cluster.helper());
        let asked = tokio::select! {
            () = stop.first.cancelled() => None,
            asked = observe(cluster, plan, title, note) => Some(asked),
        };
        note("removing the cluster");
        let left = down(engine, &run, &helper).await;
        progress.end();
        let names = left.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if !names.is_empty() {
            return Err(LeftBehind { why: format!("{app} was asked"), names }.into());
        }
        lease.end();
        let Some(asked) = asked else { return Ok(None) };
        let asked = asked?;
        let took = quantity::length(Stamp::now().since(began));
        say::out(format_args!("{title}: {} seen in {took}\n", quantity::number(asked.seen.len(), "aspect")));
        self.folder.write(&format!("{app}.json"), &lines(&asked)?)?;
        Ok(Some(asked))
    }
}

/// `settings` behind the one that makes the app called `app` cost what WeBWorK does, where it has that and they say no other.
fn of_app(library: &Library, app: &str, settings: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    let (name, value) = AS_MEASURED;
    let has = library.app(app).map_err(super::usage)?.settings.iter().any(|spec| spec.name == name);
    let chosen = settings.iter().any(|(chosen, _)| chosen == name);
    let first = (has && !chosen).then(|| (name.to_owned(), value.to_owned()));
    Ok(first.into_iter().chain(settings).collect())
}

/// Those of `settings` that WeBWorK or the topology has: both are to be asked alike.
fn had(library: &Library, settings: &[(String, String)]) -> Result<Vec<(String, String)>> {
    let topology = library.cluster(&library.scenario(SCENARIO)?.topology, REFERENCE)?;
    let has = |(name, _): &&(String, String)| topology.settings.iter().any(|spec| spec.name == *name);
    Ok(settings.iter().filter(has).cloned().collect())
}

/// The cluster that `app` is asked on, and the plan of its class, which never sits.
fn planned(
    library: &Library,
    app: &str,
    image: Option<String>,
    settings: Vec<(String, String)>,
) -> Result<(Topology, Plan)> {
    let choice = Choice { app: Some(app.to_owned()), webwork_image: image, settings, ..Choice::of(SCENARIO) };
    prepare(library, &choice)?.plans.pop().context("the scenario names nothing")
}
