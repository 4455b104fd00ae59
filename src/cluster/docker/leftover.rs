//! What runs leave on the engine, found by label, and its removal: in any state, as often as one likes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context, Result};
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder, RemoveContainerOptionsBuilder,
};

use super::site::LABEL;
use super::{Engine, disk, reaper};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Times in a row that nothing may go before what is left is given up: on a busy machine the engine takes seconds to let go of the
/// volumes of a container that it was told to remove.
const STUCK_TRIES: u32 = 10;
/// Looks that must find nothing before a run counts as gone while the engine may still be making something of it.
const CALM_LOOKS: u32 = 6;
/// Most looks.
const UNSETTLED_LOOKS: u32 = 30;

/// Everything that one run has on the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Containers by name, with their status.
    pub containers: BTreeMap<String, String>,
    /// Networks.
    pub networks: BTreeSet<String>,
    /// Volumes.
    pub volumes: BTreeSet<String>,
}

impl Leftover {
    /// Names of all things, for a message.
    pub fn names(&self) -> Vec<String> {
        let containers = self.containers.iter().map(|(name, status)| format!("container {name} ({status})"));
        let networks = self.networks.iter().map(|name| format!("network {name}"));
        containers.chain(networks).chain(self.volumes.iter().map(|name| format!("volume {name}"))).collect()
    }
}

/// What is on the engine, by run; only of `run` when it is given.
pub async fn leftovers(engine: &Engine, run: Option<&str>) -> Result<BTreeMap<String, Leftover>> {
    let label = run.map_or_else(|| LABEL.to_owned(), |run| format!("{LABEL}={run}"));
    let filters: HashMap<String, Vec<String>> = [("label".to_owned(), vec![label])].into();
    let docker = engine.docker();
    let mut found: BTreeMap<String, Leftover> = BTreeMap::new();
    let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    for container in docker.list_containers(Some(options)).await.context("list containers")? {
        let run = container.labels.and_then(|labels| labels.get(LABEL).cloned()).unwrap_or_default();
        let name =
            container.names.unwrap_or_default().first().map_or("", |name| name.trim_start_matches('/')).to_owned();
        found.entry(run).or_default().containers.insert(name, container.status.unwrap_or_default());
    }
    let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
    for network in docker.list_networks(Some(options)).await.context("list networks")? {
        let run = network.labels.and_then(|labels| labels.get(LABEL).cloned()).unwrap_or_default();
        found.entry(run).or_default().networks.insert(network.name.unwrap_or_default());
    }
    let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
    for volume in docker.list_volumes(Some(options)).await.context("list volumes")?.volumes.unwrap_or_default() {
        let run = volume.labels.get(LABEL).cloned().unwrap_or_default();
        found.entry(run).or_default().volumes.insert(volume.name);
    }
    Ok(found)
}

/// Removes everything of `run`, its reaper last: until then somebody would finish it. Returns the names of what could not
/// be removed.
pub async fn down(engine: &Engine, run: &str, helper: &str) -> Result<Vec<String>> {
    let left = clear(engine, run, helper).await?;
    dismissed(engine, run, left).await
}

/// The same while the engine may still be making something for a Compose that was ended.
pub async fn down_unsettled(engine: &Engine, run: &str, helper: &str) -> Result<Vec<String>> {
    let left = clear_unsettled(engine, run, helper).await?;
    dismissed(engine, run, left).await
}

async fn dismissed(engine: &Engine, run: &str, left: Vec<String>) -> Result<Vec<String>> {
    if left.is_empty() {
        reaper::dismiss(engine, run).await?;
    }
    Ok(left)
}

/// Removes everything of `run` but its reaper; returns the names of what could not be removed.
pub async fn clear(engine: &Engine, run: &str, helper: &str) -> Result<Vec<String>> {
    let Some(mut found) = work(engine, run).await? else { return Ok(Vec::new()) };
    let (mut left, mut fewest, mut stuck) = (Vec::new(), usize::MAX, 0);
    while stuck < STUCK_TRIES {
        left = remove(engine, run, helper, &found).await;
        let Some(now) = work(engine, run).await? else { return Ok(Vec::new()) };
        found = now;
        let count = found.names().len();
        stuck = if count < fewest { 0 } else { stuck + 1 };
        fewest = fewest.min(count);
        tokio::time::sleep(PAUSE).await;
    }
    // Each thing once, with the reason where one was given.
    let told = |name: &String| {
        let bare = name.split(' ').nth(1).unwrap_or(name);
        left.iter().find(|why| why.contains(bare)).map_or_else(|| name.clone(), |why| format!("{name}: {why}"))
    };
    Ok(found.names().iter().map(told).collect())
}

/// The same while the engine may still be making something: looks until nothing has come for a while.
pub async fn clear_unsettled(engine: &Engine, run: &str, helper: &str) -> Result<Vec<String>> {
    let mut calm = 0;
    for _ in 0..UNSETTLED_LOOKS {
        if work(engine, run).await?.is_some() {
            calm = 0;
            let left = clear(engine, run, helper).await?;
            if !left.is_empty() {
                return Ok(left);
            }
        } else {
            calm += 1;
            if calm == CALM_LOOKS {
                return Ok(Vec::new());
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    clear(engine, run, helper).await
}

/// What `run` has on the engine beside its reaper.
async fn work(engine: &Engine, run: &str) -> Result<Option<Leftover>> {
    let Some(mut found) = leftovers(engine, Some(run)).await?.remove(run) else { return Ok(None) };
    found.containers.remove(&reaper::container(run));
    Ok(Some(found).filter(|found| *found != Leftover::default()))
}

async fn remove(engine: &Engine, run: &str, helper: &str, found: &Leftover) -> Vec<String> {
    let docker = engine.docker();
    let mut failed = Vec::new();
    // One after the other: of many at once the engine (20.10) now and then forgets to count an endpoint as gone, and
    // then never lets the network go.
    for name in found.containers.keys() {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        note(&mut failed, name, docker.remove_container(name, Some(options)).await, &[404, 409]);
    }
    // The volume before its device: a volume kept after its device is gone would mount whatever takes it next.
    let disks = format!("{run}-disks");
    for name in found.volumes.iter().filter(|name| **name != disks) {
        if let Err(error) = disk::remove(engine, name).await {
            failed.push(format!("{error:#}"));
        }
    }
    if found.volumes.contains(&disks) && failed.is_empty() {
        match disk::discard_all(engine, run, helper).await {
            Ok(()) => {
                if let Err(error) = disk::remove(engine, &disks).await {
                    failed.push(format!("{error:#}"));
                }
            }
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    for name in &found.networks {
        match docker.remove_network(name).await {
            Err(bollard::errors::Error::DockerResponseServerError { message, .. })
                if message.contains("has active endpoints") && found.containers.is_empty() =>
            {
                let hint = "hint: the engine counts an endpoint that is gone; restarting Docker Engine helps";
                failed.push(format!("{name}: {message} ({hint})"));
            }
            result => note(&mut failed, name, result, &[404]),
        }
    }
    failed
}

fn note(failed: &mut Vec<String>, name: &str, result: Result<(), bollard::errors::Error>, fine: &[u16]) {
    match result {
        Err(bollard::errors::Error::DockerResponseServerError { status_code, .. }) if fine.contains(&status_code) => {}
        Err(error) => failed.push(format!("{name}: {error}")),
        Ok(()) => {}
    }
}
