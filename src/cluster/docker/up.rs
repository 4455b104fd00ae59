//! Up: images, volumes of limited size, services, the course; until every service does its work.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::engine::Output;
use super::missing::missing;
use super::{DockerCluster, Engine, compose, disk, image};
use crate::cluster::Cluster;
use crate::library::Library;
use crate::plan::{COURSE, Plan, SET};
use crate::topology::{App, LAYOUT, WEB};

/// The file with the app's settings in its folder, as an environment.
const SETTINGS: &str = "settings.env";
/// Pause between two questions whether something is ready.
const POLL: Duration = Duration::from_millis(250);
/// Minutes that a version of the test stays open: longer than any run.
const TEST_MINUTES: u32 = 600;
/// Versions of the test that a student may start: one, and spares for a start that failed half-way.
const VERSIONS: u32 = 5;

/// What is to be started.
pub struct Order<'a> {
    /// Where its files come from.
    pub library: &'a Library,
    /// What will be done with it.
    pub plan: &'a Plan,
    /// Students that exist only for probes.
    pub probe_students: u32,
    /// Folder for unpacked files.
    pub folder: &'a Path,
}

/// Starts and seeds the cluster of `cluster`; says what it does through `say`. On an error the caller removes
/// what was started.
pub async fn up(cluster: &DockerCluster, order: &Order<'_>, say: impl Fn(&str) + Copy) -> Result<()> {
    let (engine, topology, site) = (cluster.engine(), cluster.topology(), cluster.site());
    let build = order.folder.join("images");
    image::build(engine, order.library, &topology.images, &build, say).await?;
    let helper = image::name(order.library, "helper");
    for (volume, described) in &topology.volumes {
        say(&format!("making volume {volume}"));
        let layout = topology.app.layout(order.plan.settings.text(LAYOUT));
        let bytes = described.size_bytes.or(layout.map(|layout| layout.size_bytes)).unwrap_or_default();
        disk::make(engine, site, &helper, volume, bytes).await?;
    }
    let under_way = Mutex::new(String::new());
    let say = |what: &str| {
        what.clone_into(&mut under_way.lock().unwrap_or_else(PoisonError::into_inner));
        say(what);
    };
    say("starting services");
    let files = order.library.unpack_topology(topology, order.folder)?;
    let app = order.library.unpack_app(&topology.app, order.folder)?;
    fs::write(app.join(SETTINGS), topology.app.environment(&order.plan.settings))
        .context("write the app's settings")?;
    let environment = compose::environment(topology, &order.plan.settings, site, order.library, &app);
    let compose = compose::Compose::find(files, environment).await?;
    let whole = async {
        compose.up(&site.run).await?;
        settle(cluster, order, say).await
    };
    match tokio::time::timeout(topology.ready_within, whole).await {
        Ok(result) => result,
        Err(_) => {
            let limit = crate::settings::duration_text(topology.ready_within);
            let under_way = under_way.into_inner().unwrap_or_else(PoisonError::into_inner);
            bail!("the cluster was not ready within {limit} ({under_way}): {}", missing(cluster).await)
        }
    }
}

async fn settle(cluster: &DockerCluster, order: &Order<'_>, say: impl Fn(&str)) -> Result<()> {
    for (name, _) in cluster.topology().roles.iter().filter(|(_, role)| role.primary.is_some()) {
        say(&format!("waiting for the {name} primary"));
        let all: Vec<String> = cluster.topology().services().map(str::to_owned).collect();
        while cluster.primary(name).await?.is_none() {
            dead(cluster.engine(), cluster, &all).await?;
            tokio::time::sleep(POLL).await;
        }
    }
    say("seeding the course");
    seed(cluster, order).await?;
    say("waiting until every service is ready");
    for service in cluster.topology().services() {
        while !cluster.ready(service).await? {
            dead(cluster.engine(), cluster, &[service.to_owned()]).await?;
            tokio::time::sleep(POLL).await;
        }
    }
    // A service that serves may still be kept out: a balancer wants to see it several times first.
    say("waiting until no node is kept out");
    while !matches!(cluster.missing().await, Ok(None)) {
        tokio::time::sleep(POLL).await;
    }
    cluster.limit().await
}

/// Seeds the course; tried again while the app cannot reach its database yet.
async fn seed(cluster: &DockerCluster, order: &Order<'_>) -> Result<()> {
    let web = cluster.topology().roles.get(WEB).and_then(|web| web.services.first());
    let container = cluster.site().container(web.context("the topology has no service that runs the app")?);
    let command = seed_command(&cluster.topology().app, order);
    let mut last = Output::default();
    for _ in 0..20 {
        last = cluster.engine().exec(&container, &command).await?;
        if last.code == 0 {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("seeding the course failed with code {}: {}", last.code, last.text.trim())
}

fn seed_command(app: &App, order: &Order<'_>) -> Vec<String> {
    let class = &order.plan.class;
    let students = order.plan.accounts() + order.probe_students;
    let values = [
        ("{course}", COURSE.to_owned()),
        ("{set}", SET.to_owned()),
        ("{students}", students.to_string()),
        ("{problems}", class.problems.to_string()),
        ("{per_page}", class.per_page.to_string()),
        ("{attempts}", class.attempts_allowed().to_string()),
        ("{versions}", VERSIONS.to_string()),
        ("{minutes}", TEST_MINUTES.to_string()),
    ];
    let fill = |word: &String| values.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value));
    app.seed.iter().map(fill).collect()
}

/// A container that has ended will not become ready: say so at once, with its last words.
async fn dead(engine: &Engine, cluster: &DockerCluster, services: &[String]) -> Result<()> {
    for service in services {
        let state = engine.state(&cluster.site().container(service)).await?;
        if !state.running && state.status != "created" {
            bail!("{service} is {}: {}", state.status, engine.last_words(&cluster.site().container(service)).await);
        }
    }
    Ok(())
}
