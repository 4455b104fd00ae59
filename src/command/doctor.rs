//! `wwchaos doctor`: what this machine can do. And what each run asks first: whether it can do this.

use std::path::Path;

use anyhow::Result;

use super::image::is_users;
use super::say;
use crate::cluster::docker::{Engine, Machine, fresh_id, identify};
use crate::doctor::{self, Finding, State};
use crate::exit;
use crate::lease::{self, Lease};
use crate::library::Library;
use crate::plan::Plan;
use crate::scenario::USUAL_APP;
use crate::topology::{App, Topology};

/// A plan cannot be run on this machine; nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("cannot be run here: {0}")]
pub struct Unfit(pub String);

/// Columns of the table.
const WIDTH: u16 = 110;

/// Says what this machine can do, and what not and why.
pub async fn doctor(library: &Library, reports: &Path, image: Option<String>) -> Result<u8> {
    let engine = Engine::connect().await?;
    let machine = Machine::look(&engine, reports).await?;
    let option = super::image::meant(image.as_ref())?;
    let running = |app: &str| -> Vec<Topology> {
        library.topologies().iter().filter_map(|name| library.cluster(name, app).ok()).collect()
    };
    let others: Vec<_> = library.apps().iter().filter(|app| *app != USUAL_APP).flat_map(|app| running(app)).collect();
    let mut findings = doctor::examine(&machine, &running(USUAL_APP), &others);
    findings.extend(lease::refused().map(leases));
    say::out(doctor::text(&findings, WIDTH));
    let (named, mut strange) = (option.is_some(), false);
    for mut app in library.apps().iter().filter_map(|name| library.app(name).ok()) {
        super::image::name(&mut app, option.clone());
        if is_users(&app) {
            match what_is(&engine, &app).await {
                Ok(title) => say::out(format_args!("\nApp {}: {title}\n", app.name)),
                Err(why) => {
                    // One that was named is meant.
                    strange |= named;
                    let app = &app.name;
                    let optional = if named { String::new() } else { format!(" (only --app {app} needs it)") };
                    say::out(format_args!("\nApp {app} cannot be run{optional}: {why:#}\n"));
                }
            }
        }
    }
    let missing = strange || findings.iter().any(|finding| finding.state == State::Missing);
    Ok(if missing { exit::NOT_UP } else { exit::PASS })
}

/// What `app` is on this machine. While somebody looks into its image, the container for that is held: whoever removes what
/// others have left would take it for theirs.
pub(super) async fn what_is(engine: &Engine, app: &App) -> Result<String> {
    if !is_users(app) {
        return Ok(app.title.clone());
    }
    let run = fresh_id();
    let lease = Lease::take(&run)?;
    let said = identify(engine, app, &run).await;
    lease.end();
    said
}

/// What keeps every run from being held.
fn leases(why: String) -> Finding {
    Finding { what: "leases of runs".to_owned(), found: why, state: State::Missing, hint: None }
}

/// Refuses a plan that cannot be run here, before anything starts.
pub(super) fn fit(machine: &Machine, plan: &Plan, topology: &Topology) -> Result<(), Unfit> {
    refused(&doctor::obstacles(machine, plan, topology))
}

/// Refuses plans with a fault or a topology that the kernel of `machine` cannot have.
pub(super) fn possible(machine: &Machine, plans: &[(Topology, Plan)]) -> Result<(), Unfit> {
    plans.iter().try_for_each(|(topology, plan)| refused(&doctor::impossible(machine, plan, topology)))
}

fn refused(obstacles: &[Finding]) -> Result<(), Unfit> {
    if obstacles.is_empty() {
        return Ok(());
    }
    let words = |one: &Finding| {
        let hint = one.hint.map_or_else(String::new, |hint| format!(" (hint: {hint})"));
        format!("{}: {}{hint}", one.what, one.found)
    };
    Err(Unfit(obstacles.iter().map(words).collect::<Vec<_>>().join("; ")))
}
