//! Memory pressure inside a container's own memory group, kept up for a whole window, and its evidence: the
//! kernel's counter of out-of-memory kills together with the victims by process and command.
//!
//! The pressure is a script run inside the container (`press.pl`); it ends by itself when its input closes,
//! so it does not outlive the harness.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::engine::{Attached, NEWS};
use super::hold::HOLD_SECONDS;
use super::{DockerCluster, cgroup};
use crate::clock::Stamp;
use crate::cluster::Victim;
use crate::history::{Fact, Process, Recorder};

/// The script that presses, and that kills a server's processes.
pub(super) const SCRIPT: &str = include_str!("press.pl");

/// Free memory up to which a group counts as full, in MiB: the script keeps about half of it.
const FULL_MIB: f64 = 64.0;

/// A container whose memory is being used up.
pub struct Pressure {
    /// The script, as the engine knows it.
    script: String,
    /// Closed to end the script; none once that was done.
    input: Option<std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>>,
    before: u64,
    told: Arc<Mutex<Told>>,
}

/// What the script has told.
#[derive(Debug, Default)]
struct Told {
    /// The first kill of a process of the app.
    victim: Option<Line>,
    /// Free memory in MiB, and when that was said.
    free: Option<(f64, Stamp)>,
}

/// A line of the script.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    free_mib: Option<f64>,
    #[serde(default)]
    pid: u32,
    process: Option<Process>,
    #[serde(default)]
    command: String,
}

impl DockerCluster {
    pub(super) async fn press(&self, service: &str, victim: Victim) -> Result<()> {
        let container = self.site.container(service);
        let before = cgroup::oom_kills(self.engine.state(&container).await?.pid)?;
        let words =
            ["perl", "-e", SCRIPT, "press", &victim.to_string(), self.server(service)?, &HOLD_SECONDS.to_string()];
        let command: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        // A fixed threshold, or memory given back would stay with the allocator.
        let attached = self.engine.attach(&container, &command, &["MALLOC_MMAP_THRESHOLD_=65536"]).await;
        let (script, Attached { output, input }) =
            attached.with_context(|| format!("use up the memory of {service}"))?;
        let told = Arc::new(Mutex::new(Told::default()));
        let watched = Attached { output, input: Box::pin(tokio::io::sink()) };
        tokio::spawn(watch(watched, Arc::clone(&told), service.to_owned(), self.recorder.clone()));
        let pressure = Pressure { script, input: Some(input), before, told };
        self.pressures.lock().await.insert(service.to_owned(), pressure);
        Ok(())
    }

    /// Tells the script to end. That it did is for the evidence to say.
    pub(super) async fn release(&self, service: &str) {
        let input = self.pressures.lock().await.get_mut(service).and_then(|pressure| pressure.input.take());
        if let Some(mut input) = input {
            // A container that is gone has ended the script already.
            let _ = tokio::io::AsyncWriteExt::shutdown(&mut input).await;
        }
    }

    /// Seen while the engine says that the script runs, once the kernel's counter rose and a process of the app was a
    /// victim. Until the script was told to end, memory must be used up as well: a script that no longer presses is no
    /// pressure.
    pub(super) async fn oom_killed(&self, service: &str) -> Result<Option<String>> {
        let (script, before, told, released) = match self.pressures.lock().await.get(service) {
            Some(one) => (one.script.clone(), one.before, Arc::clone(&one.told), one.input.is_none()),
            None => return Ok(None),
        };
        if !self.engine.runs(&script).await? {
            return Ok(None);
        }
        if released {
            return Ok(Some(format!("engine: what uses up the memory of {service} has not ended yet")));
        }
        let (victim, free) = match told.lock() {
            Ok(told) => (told.victim.clone(), told.free),
            Err(_) => bail!("the watcher of {service} failed"),
        };
        let (Some(victim), Some((free, at))) = (victim, free) else { return Ok(None) };
        let now = cgroup::oom_kills(self.engine.state(&self.site.container(service)).await?.pid)?;
        let there = now > before && free <= FULL_MIB && Stamp::now().since(at) <= NEWS;
        Ok(there.then(|| {
            let process = victim.process.map(|process| process.to_string()).unwrap_or_default();
            format!(
                "kernel: oom_kill of {service} rose from {before} to {now}; victim {process} {} ({}); {free:.0} MiB free",
                victim.pid, victim.command
            )
        }))
    }
}

async fn watch(attached: Attached, told: Arc<Mutex<Told>>, service: String, recorder: Recorder) {
    let note = |line: &str| {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        if let Some(process) = line.process {
            let (service, command) = (service.clone(), line.command.clone());
            recorder.record(Fact::OomKill { service, pid: line.pid, command, process });
        }
        let Ok(mut told) = told.lock() else { return };
        if let Some(free) = line.free_mib {
            told.free = Some((free, Stamp::now()));
        }
        if told.victim.is_none() && line.process.is_some_and(Process::is_of_the_app) {
            told.victim = Some(line);
        }
    };
    attached.lines(note).await;
}
