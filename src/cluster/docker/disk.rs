//! Volumes of limited size: a loop-backed file system made before the services start, filled by the fault
//! `disk-fill`, removed at `down`.
//!
//! Never a plain tmpfs: its pages count against the filler's memory limit, and its content goes with its last
//! user. The scripts are in `compose/images/helper`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::RemoveVolumeOptions;
use serde::Deserialize;

use super::engine::{Engine, NEWS};
use super::errand::Errand;
use super::hold::HOLD_SECONDS;
use super::site::{LABEL, Site};
use super::{DockerCluster, cgroup};
use crate::clock::Stamp;
use crate::history::{Fact, Recorder};

/// Time between two looks at a level that nobody changes on purpose.
const LOOK_SECONDS: u64 = 1;

/// A volume that is being kept full.
pub struct Fill {
    errand: Errand,
    input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    level: Arc<Mutex<Option<(Level, Stamp)>>>,
    kills: u64,
}

/// The file system's own figure.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Level {
    used_percent: f64,
    avail_bytes: u64,
    /// What a line took that was written to a file and read again; none where nobody tried, or that failed.
    #[serde(default)]
    took_us: Option<u64>,
}

impl DockerCluster {
    pub(super) async fn fill(&self, volume: &str, level: f64) -> Result<()> {
        let helper = self.volume_errand(volume, "level", "disk-level").await?;
        let present = helper.run(&self.engine).await?.text.lines().rev().find_map(parse);
        if let Some(present) = present.filter(|present| present.used_percent / 100.0 >= level) {
            bail!("{volume} is {}% used already; the level to reach must be higher", present.used_percent);
        }
        let kills = self.oom_kills().await;
        let command = format!("disk-fill {:.0} {HOLD_SECONDS}", (level * 100.0).round());
        let errand = self.volume_errand(volume, "fill", &command).await?;
        let attached = errand.attach(&self.engine).await.with_context(|| format!("fill {volume}"))?;
        let seen = Arc::new(Mutex::new(None));
        let super::engine::Attached { output, input } = attached;
        let watched = super::engine::Attached { output, input: Box::pin(tokio::io::sink()) };
        tokio::spawn(watch(watched, Arc::clone(&seen), volume.to_owned(), self.recorder.clone()));
        self.fills.lock().await.insert(volume.to_owned(), Fill { errand, input, level: seen, kills });
        Ok(())
    }

    pub(super) async fn drain(&self, volume: &str) -> Result<()> {
        if let Some(fill) = self.fills.lock().await.remove(volume) {
            drop(fill.input);
            fill.errand.end(&self.engine).await?;
        }
        let output = self.volume_errand(volume, "drain", "disk-fill 0 0").await?.run(&self.engine).await?;
        if let Some(level) = output.text.lines().rev().find_map(parse) {
            self.recorder.record(level.fact(volume));
        }
        Ok(())
    }

    /// The level as the filler last saw it; asked of a helper when nothing fills the volume.
    pub(super) async fn full(&self, volume: &str, level: f64) -> Result<Option<String>> {
        let filler = self.fills.lock().await.get(volume).map(|fill| (Arc::clone(&fill.level), fill.kills));
        let now = match filler {
            Some((_, kills)) if self.oom_kills().await > kills => {
                bail!("the kernel killed a process for want of memory while {volume} was being filled")
            }
            Some((seen, _)) => {
                let seen = *seen.lock().map_err(|_| anyhow!("the watcher of {volume} failed"))?;
                seen.filter(|(_, at)| Stamp::now().since(*at) <= NEWS).map(|(level, _)| level)
            }
            None => {
                let output = self.volume_errand(volume, "level", "disk-level").await?.run(&self.engine).await?;
                output.text.lines().rev().find_map(parse)
            }
        };
        // The filler rounds down to a tenth of a percent.
        let there = now.filter(|now| now.used_percent / 100.0 >= level - 0.001);
        Ok(there
            .map(|now| format!("file system of {volume}: {}% used, {} bytes free", now.used_percent, now.avail_bytes)))
    }

    /// Records how full `volume` is whenever that changes, and what an operation on it takes, until the returned future is dropped:
    /// then its helper ends.
    pub async fn follow_level(&self, volume: &str) -> Result<()> {
        let command = format!("disk-level {LOOK_SECONDS}");
        let mut known = None;
        let attached = self.volume_errand(volume, "watch", &command).await?.attach(&self.engine).await?;
        let super::engine::Attached { output, input } = attached;
        // The helper ends when its input does.
        let _leash = input;
        let watched = super::engine::Attached { output, input: Box::pin(tokio::io::sink()) };
        watched
            .lines(|line| {
                let Some(level) = parse(line) else { return };
                if known.replace(level.avail_bytes) != Some(level.avail_bytes) {
                    self.recorder.record(level.fact(volume));
                }
                if let Some(took_us) = level.took_us {
                    let (volume, took_ns) = (volume.to_owned(), took_us.saturating_mul(1000));
                    self.recorder.record(Fact::VolumeTime { volume, took_ns });
                }
            })
            .await;
        Ok(())
    }

    /// Out-of-memory kills in all services: filling a disk must not cause any.
    async fn oom_kills(&self) -> u64 {
        let mut sum = 0;
        for service in self.topology.services() {
            let state = self.engine.state(&self.site.container(service)).await.unwrap_or_default();
            sum += cgroup::oom_kills(state.pid).unwrap_or_default();
        }
        sum
    }

    /// Fails where the volume is gone: to name it would make another one, which is nobody's.
    async fn volume_errand(&self, volume: &str, name: &str, command: &str) -> Result<Errand> {
        if !self.topology.volumes.contains_key(volume) {
            bail!("unknown volume `{volume}`");
        }
        let found = self.engine.docker().inspect_volume(&self.site.volume(volume)).await;
        found.with_context(|| format!("volume {volume} of {}", self.site.run))?;
        Ok(Errand {
            run: self.site.run.clone(),
            name: format!("{name}-{volume}"),
            image: self.image("helper")?,
            command: command.split(' ').map(str::to_owned).collect(),
            capabilities: vec!["DAC_OVERRIDE"],
            binds: vec![format!("{}:/volume", self.site.volume(volume))],
            ..Errand::default()
        })
    }
}

impl Level {
    fn fact(self, volume: &str) -> Fact {
        Fact::Level { volume: volume.to_owned(), used_share: self.used_percent / 100.0, free_bytes: self.avail_bytes }
    }
}

fn parse(line: &str) -> Option<Level> {
    serde_json::from_str(line).ok()
}

async fn watch(
    attached: super::engine::Attached,
    seen: Arc<Mutex<Option<(Level, Stamp)>>>,
    volume: String,
    recorder: Recorder,
) {
    let note = |line: &str| {
        let Some(level) = parse(line) else { return };
        recorder.record(level.fact(&volume));
        if let Ok(mut seen) = seen.lock() {
            *seen = Some((level, Stamp::now()));
        }
    };
    attached.lines(note).await;
}

/// Makes the file system of `volume` with `bytes` and the engine's volume that mounts it.
pub(super) async fn make(engine: &Engine, site: &Site, helper: &str, volume: &str, bytes: u64) -> Result<()> {
    let disks = site.volume("disks");
    create(engine, site, &disks, HashMap::new()).await?;
    let command = format!("disk-make {bytes} {}", file(site, volume));
    let output = loop_errand(&site.run, helper, "make", &command).run(engine).await;
    let hint = "hint: the kernel needs the loop module: try `modprobe loop`";
    let output = output.with_context(|| format!("make the file system of {volume} ({hint})"))?;
    #[derive(Deserialize)]
    struct Made {
        device: String,
    }
    let made = output.text.lines().find_map(|line| serde_json::from_str::<Made>(line).ok());
    let device = made.ok_or_else(|| anyhow!("the helper named no device: {}", output.text.trim()))?.device;
    let options = [("type".to_owned(), "ext4".to_owned()), ("device".to_owned(), device)].into();
    create(engine, site, &site.volume(volume), options).await
}

/// Detaches and removes every file system of a run, after its containers and the volumes on them are gone.
pub(super) async fn discard_all(engine: &Engine, run: &str, helper: &str) -> Result<()> {
    let script = "for file in /disks/*.img; do [ ! -e \"$file\" ] || disk-drop \"$file\" || exit 1; done";
    let command = ["bash", "-c", script].map(str::to_owned).to_vec();
    let errand = Errand { command, ..loop_errand(run, helper, "drop", "") };
    errand.run(engine).await.map(|_| ()).context("remove the file systems of limited size")
}

async fn create(engine: &Engine, site: &Site, name: &str, options: HashMap<String, String>) -> Result<()> {
    let request = VolumeCreateRequest {
        name: Some(name.to_owned()),
        driver_opts: Some(options),
        labels: Some([(LABEL.to_owned(), site.run.clone())].into()),
        ..VolumeCreateRequest::default()
    };
    engine.docker().create_volume(request).await.with_context(|| format!("create volume {name}"))?;
    Ok(())
}

/// Removes an engine volume; nothing to do when it is gone.
pub(super) async fn remove(engine: &Engine, name: &str) -> Result<()> {
    match engine.docker().remove_volume(name, None::<RemoveVolumeOptions>).await {
        Ok(()) | Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("remove volume {name}")),
    }
}

fn file(site: &Site, volume: &str) -> String {
    format!("/disks/{}-{volume}.img", site.run)
}

fn loop_errand(run: &str, helper: &str, name: &str, command: &str) -> Errand {
    Errand {
        run: run.to_owned(),
        name: format!("disk-{name}"),
        image: helper.to_owned(),
        command: command.split(' ').map(str::to_owned).collect(),
        capabilities: vec!["SYS_ADMIN"],
        device_rules: vec!["b 7:* rmw", "c 10:237 rmw"],
        binds: vec!["/dev:/dev".to_owned(), format!("{run}-disks:/disks")],
        ..Errand::default()
    }
}
