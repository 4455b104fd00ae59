//! Memory pressure inside a container's own memory group, kept up for a whole window, and its evidence: the
//! kernel's counter of out-of-memory kills together with the victims by process and command.
//!
//! The pressure is a script run inside the container (`press.pl`); it ends by itself when its input closes,
//! so it does not outlive the harness.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::engine::Attached;
use super::{DockerCluster, cgroup};
use crate::cluster::Victim;
use crate::history::{Fact, Recorder};

/// The script that presses, and that kills a server's processes.
pub(super) const SCRIPT: &str = include_str!("press.pl");

/// Longest time that a pressure lasts without being told to stop.
const SECONDS_MAX: u64 = 3600;

/// A container whose memory is being used up.
pub struct Pressure {
    input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    before: u64,
    kills: Arc<Mutex<Vec<Kill>>>,
}

/// A line of the script.
#[derive(Clone, Debug, Deserialize)]
struct Kill {
    kills: u64,
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    process: String,
    #[serde(default)]
    command: String,
}

impl DockerCluster {
    pub(super) async fn press(&self, service: &str, victim: Victim) -> Result<()> {
        let container = self.site.container(service);
        let before = cgroup::oom_kills(self.engine.state(&container).await?.pid)?;
        let words =
            ["perl", "-e", SCRIPT, "press", &victim.to_string(), self.server(service)?, &SECONDS_MAX.to_string()];
        let command: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        // A fixed threshold, or memory given back would stay with the allocator.
        let attached = self.engine.attach(&container, &command, &["MALLOC_MMAP_THRESHOLD_=65536"]).await;
        let Attached { output, input } = attached.with_context(|| format!("use up the memory of {service}"))?;
        let kills = Arc::new(Mutex::new(Vec::new()));
        let watched = Attached { output, input: Box::pin(tokio::io::sink()) };
        tokio::spawn(watch(watched, Arc::clone(&kills), service.to_owned(), self.recorder.clone()));
        self.pressures.lock().await.insert(service.to_owned(), Pressure { input, before, kills });
        Ok(())
    }

    pub(super) async fn release(&self, service: &str) {
        if let Some(mut pressure) = self.pressures.lock().await.remove(service) {
            // The script ends when its input does; a container that is gone has ended it already.
            let _ = tokio::io::AsyncWriteExt::shutdown(&mut pressure.input).await;
        }
    }

    /// Seen when the kernel's counter rose and a process of the app was a victim. Not seen once released.
    pub(super) async fn oom_killed(&self, service: &str) -> Result<Option<String>> {
        let (before, kills) = match self.pressures.lock().await.get(service) {
            Some(pressure) => (pressure.before, Arc::clone(&pressure.kills)),
            None => return Ok(None),
        };
        let Some(victim) = victim_of_the_app(&kills) else { return Ok(None) };
        let state = self.engine.state(&self.site.container(service)).await?;
        let now = if state.running { cgroup::oom_kills(state.pid)? } else { victim.kills };
        let rose = now > before || !state.running;
        let detail = || {
            let pid = victim.pid;
            format!(
                "kernel: oom_kill of {service} rose from {before} to {now}; victim {} {pid} ({})",
                victim.process, victim.command
            )
        };
        Ok(rose.then(detail))
    }
}

fn victim_of_the_app(kills: &Mutex<Vec<Kill>>) -> Option<Kill> {
    let ours = |kill: &&Kill| !matches!(kill.process.as_str(), "" | "hog" | "other");
    kills.lock().ok()?.iter().find(ours).cloned()
}

async fn watch(attached: Attached, kills: Arc<Mutex<Vec<Kill>>>, service: String, recorder: Recorder) {
    let note = |line: &str| {
        let Ok(kill) = serde_json::from_str::<Kill>(line) else { return };
        recorder.record(Fact::OomCount { service: service.clone(), kills: kill.kills });
        if !kill.process.is_empty() {
            let (process, command) = (kill.process.clone(), kill.command.clone());
            recorder.record(Fact::OomKill { service: service.clone(), pid: kill.pid, command, process });
        }
        if let Ok(mut kills) = kills.lock() {
            kills.push(kill);
        }
    };
    attached.lines(note).await;
}
