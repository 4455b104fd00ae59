//! `wwchaos doctor`: what this machine can do. And what each run asks first: whether it can do this.

use std::path::Path;

use anyhow::Result;

use super::say;
use crate::cluster::docker::{Engine, Machine, identify};
use crate::doctor::{self, Finding, State};
use crate::library::Library;
use crate::plan::Plan;
use crate::topology::{Image, Topology};
use crate::{exit, lease};

/// A plan cannot be run on this machine; nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("cannot be run here: {0}")]
pub struct Unfit(pub String);

/// Columns of the table.
const WIDTH: u16 = 110;
/// The app that topologies are looked at with.
const USUAL: &str = "standin";

/// Says what this machine can do, and what not and why.
pub async fn doctor(library: &Library, reports: &Path, image: Option<String>) -> Result<u8> {
    let engine = Engine::connect().await?;
    let machine = Machine::look(&engine, reports).await?;
    let topologies: Vec<Topology> =
        library.topologies().iter().filter_map(|name| library.cluster(name, USUAL).ok()).collect();
    let mut findings = doctor::examine(&machine, &topologies);
    findings.extend(lease::refused().map(leases));
    say::out(doctor::text(&findings, WIDTH));
    for mut app in library.apps().iter().filter_map(|name| library.app(name).ok()) {
        super::name_image(&mut app, image.clone());
        if matches!(app.image, Image::Named { .. }) {
            match identify(&engine, &app).await {
                Ok(title) => say::out(format_args!("\nApp {}: {title}\n", app.name)),
                Err(why) => say::out(format_args!("\nApp {} cannot be run: {why:#}\n", app.name)),
            }
        }
    }
    let missing = findings.iter().filter(|finding| finding.state == State::Missing).count();
    Ok(match missing {
        0 => exit::PASS,
        _ => exit::NOT_UP,
    })
}

/// What keeps every run from being held.
fn leases(why: String) -> Finding {
    Finding { what: "leases of runs".to_owned(), found: why, state: State::Missing, hint: None }
}

/// Refuses a plan that cannot be run here, before anything starts.
pub(super) fn fit(machine: &Machine, plan: &Plan, topology: &Topology) -> Result<(), Unfit> {
    refused(&doctor::obstacles(machine, plan, topology))
}

/// Refuses a plan with a fault that the machine of the engine cannot make. Where no engine answers it is not known on which
/// machine the plan will be run.
pub(super) async fn possible(plans: &[Plan]) -> Result<(), Unfit> {
    let Ok(engine) = Engine::connect().await else { return Ok(()) };
    let Ok(machine) = Machine::kernel(&engine).await else { return Ok(()) };
    plans.iter().try_for_each(|plan| refused(&doctor::impossible(&machine, plan)))
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
