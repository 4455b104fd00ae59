//! Up: images, volumes of limited size, services, the course; until every service does its work.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::course::{Kept, Seeding};
use super::missing::missing;
use super::{DockerCluster, clock, compose, disk, image};
use crate::cluster::Cluster;
use crate::library::Library;
use crate::plan::Plan;
use crate::topology::LAYOUT;

/// The file with the app's settings in its folder, as an environment.
const SETTINGS: &str = "settings.env";
/// Pause between two questions whether something is ready.
pub(super) const POLL: Duration = Duration::from_millis(250);

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

/// Starts and seeds the cluster of `cluster`, whose images are there; says what it does through `say`. On an error the caller removes
/// what was started.
pub async fn up(cluster: &DockerCluster, order: &Order<'_>, say: impl Fn(&str) + Copy) -> Result<()> {
    let (engine, topology, site) = (cluster.engine(), cluster.topology(), cluster.site());
    let helper = cluster.helper();
    for (volume, described) in &topology.volumes {
        say(&format!("making volume {volume}"));
        let layout = topology.app.layout(order.plan.settings.text(LAYOUT));
        let bytes = described.size_bytes.or(layout.map(|layout| layout.size_bytes)).unwrap_or_default();
        disk::make(engine, site, &helper, volume, bytes).await?;
    }
    let kept = Kept::lay(cluster, order).await?;
    let under_way = Mutex::new(String::new());
    let say = |what: &str| {
        what.clone_into(&mut under_way.lock().unwrap_or_else(PoisonError::into_inner));
        say(what);
    };
    say("starting services");
    let files = order.library.unpack_topology(topology, order.folder)?;
    let app = order.library.unpack_app(&topology.app, order.folder)?;
    let clock = clock::provide(cluster, order.plan, &app).await?.unwrap_or_default();
    let app_settings = topology.app.environment(&order.plan.settings) + &clock;
    fs::write(app.join(SETTINGS), app_settings).context("write the app's settings")?;
    let image = image::running(engine, order.library, topology).await?;
    let environment = compose::environment(topology, &order.plan.settings, site, order.library, (image, &app));
    let compose = compose::Compose::find(files, environment).await?;
    let whole = async {
        compose.up(&site.run).await?;
        settle(cluster, order, kept, say).await
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

async fn settle(cluster: &DockerCluster, order: &Order<'_>, kept: Option<Kept>, say: impl Fn(&str)) -> Result<()> {
    for (name, _) in cluster.topology().roles.iter().filter(|(_, role)| role.primary.is_some()) {
        say(&format!("waiting for the {name} primary"));
        let all: Vec<String> = cluster.topology().services().map(str::to_owned).collect();
        while cluster.primary(name).await?.is_none() {
            dead(cluster, &all).await?;
            tokio::time::sleep(POLL).await;
        }
    }
    say(if kept.as_ref().is_some_and(Kept::is_laid) { "laying out the kept course" } else { "seeding the course" });
    cluster.seed(&Seeding::of(order)).await?;
    if let Some(kept) = kept.filter(|kept| !kept.is_laid()) {
        say("keeping the course");
        kept.keep(cluster).await?;
    }
    say("waiting until every service is ready");
    for service in cluster.topology().services() {
        while !cluster.ready(service).await? {
            dead(cluster, &[service.to_owned()]).await?;
            tokio::time::sleep(POLL).await;
        }
    }
    // A service that serves may still be kept out: a balancer wants to see it several times first.
    say("waiting until no node is kept out");
    whole(cluster).await;
    cluster.limit().await
}

/// Waits until nothing is missing, for as long as that takes.
pub async fn whole(cluster: &DockerCluster) {
    while !matches!(cluster.missing().await, Ok(None)) {
        tokio::time::sleep(POLL).await;
    }
}

/// A container that has ended will not become ready: say so at once, with its last words.
pub(super) async fn dead(cluster: &DockerCluster, services: &[String]) -> Result<()> {
    for service in services {
        let state = cluster.engine().state(&cluster.site().container(service)).await?;
        if !state.running && state.status != "created" {
            bail!(
                "{service} is {}: {}",
                state.status,
                cluster.engine().last_words(&cluster.site().container(service)).await
            );
        }
    }
    Ok(())
}
