//! Limits of a container's resources below what it needs: of processor time by the engine, of the rest in the files of its control
//! group, which a helper writes, for the engine has no word for them in a container that runs.

use anyhow::{Context, Result, anyhow, bail};
use bollard::models::{ContainerUpdateBody, HostConfig};
use serde::Deserialize;

use super::errand::Errand;
use super::hold::HOLD_SECONDS;
use super::{DockerCluster, cgroup, limits};
use crate::cluster::Limit;

/// Least processor time that the engine takes, in billionths of a processor.
const CPUS_LEAST: i64 = 10_000_000;
/// How far above what was asked for the kernel's figure may be: it knows whole microseconds of a period.
const ABOVE: f64 = 1.02;

/// What the helper says of memory.
#[derive(Deserialize)]
struct Memory {
    limit_mib: f64,
    /// Whether somebody waited for memory since the line before.
    starving: bool,
}

impl DockerCluster {
    pub(super) async fn limit_to(&self, service: &str, limit: &Limit) -> Result<()> {
        match limit {
            Limit::Processor { share } => self.cpus(service, *share).await,
            Limit::Processes => {
                let pid = self.engine.state(&self.site.container(service)).await?.pid;
                self.group(service, limit, &cgroup::processes(pid)?.0.to_string()).await
            }
            Limit::Disk { bytes } => self.group(service, limit, &bytes.to_string()).await,
            Limit::Memory => {
                let errand = self.group_errand(service, limit, &HOLD_SECONDS.to_string()).await?;
                self.hold(service, errand).await.with_context(|| format!("limit the memory of {service}"))
            }
        }
    }

    pub(super) async fn unlimit(&self, service: &str, limit: &Limit) -> Result<()> {
        let container = self.site.container(service);
        if matches!(limit, Limit::Processor { .. }) {
            return self.cpus(service, 1.0).await;
        }
        if matches!(limit, Limit::Memory) {
            let errand = Errand { run: self.site.run.clone(), name: name(service, limit), ..Errand::default() };
            self.let_go(&errand).await?;
        }
        // One that was started anew has a group of its own, without the limit.
        if !self.engine.state(&container).await?.running {
            return Ok(());
        }
        let own = self.host_config(&container).await?;
        let usual = match limit {
            Limit::Processes => own.pids_limit.filter(|limit| *limit > 0).map(|limit| limit.to_string()),
            Limit::Memory => own.memory.filter(|bytes| *bytes > 0).map(|bytes| format!("max {bytes}")),
            Limit::Processor { .. } | Limit::Disk { .. } => None,
        };
        self.group(service, limit, &usual.unwrap_or_else(|| "max".to_owned())).await
    }

    pub(super) async fn limited(&self, service: &str, limit: &Limit) -> Result<Option<String>> {
        let state = self.engine.state(&self.site.container(service)).await?;
        if !state.running {
            return Ok(None);
        }
        Ok(match limit {
            Limit::Processor { share } => {
                let asked = self.cpus_of(service, *share).await?;
                let quota = cgroup::quota(state.pid)?;
                let there = quota.filter(|quota| *quota <= asked * ABOVE);
                there.map(|quota| format!("kernel: {service} may use {quota:.3} processors"))
            }
            Limit::Processes => {
                let (now, most) = cgroup::processes(state.pid)?;
                let usual = self.host_config(&self.site.container(service)).await?.pids_limit;
                let usual = usual.and_then(|usual| u64::try_from(usual).ok());
                // Between two forks there may be one less.
                most.filter(|most| Some(*most) != usual && now + 2 >= *most)
                    .map(|most| format!("kernel: {service} has {now} processes and may have {most}"))
            }
            Limit::Disk { bytes } => {
                let devices = cgroup::throttled(state.pid, *bytes)?;
                (!devices.is_empty())
                    .then(|| format!("kernel: {service} may use {bytes} bytes/s of {}", devices.join(", ")))
            }
            Limit::Memory => {
                let said: Option<Memory> = self.held(service, &name(service, limit)).await?;
                said.filter(|said| said.starving).map(|said| {
                    format!("kernel: {service} waits for memory above {:.0} MiB, and nobody is killed", said.limit_mib)
                })
            }
        })
    }

    /// Processors of `service` by the topology, times `share`.
    async fn cpus_of(&self, service: &str, share: f64) -> Result<f64> {
        let cores = self.engine.facts().await?.cores;
        let found = limits(&self.topology, cores).into_iter().find(|(name, _, _)| name == service);
        let (_, thousandths, _) = found.ok_or_else(|| anyhow!("`{service}` has no role"))?;
        Ok(f64::from(thousandths) / 1000.0 * share)
    }

    async fn cpus(&self, service: &str, share: f64) -> Result<()> {
        #[allow(clippy::cast_possible_truncation, reason = "processors are few")]
        let nano = (self.cpus_of(service, share).await? * 1e9) as i64;
        let update = ContainerUpdateBody { nano_cpus: Some(nano.max(CPUS_LEAST)), ..ContainerUpdateBody::default() };
        let updated = self.engine.docker().update_container(&self.site.container(service), update).await;
        updated.with_context(|| format!("limit the processor time of {service}"))
    }

    async fn host_config(&self, container: &str) -> Result<HostConfig> {
        let found = self.engine.docker().inspect_container(container, None).await?;
        found.host_config.with_context(|| format!("the engine says nothing of how {container} is configured"))
    }

    async fn group(&self, service: &str, limit: &Limit, value: &str) -> Result<()> {
        let errand = self.group_errand(service, limit, value).await?;
        errand.run(&self.engine).await.map(drop).with_context(|| format!("write a limit of {service}"))
    }

    /// A helper that writes a limit into the files of the group of `service`.
    async fn group_errand(&self, service: &str, limit: &Limit, value: &str) -> Result<Errand> {
        let (what, controller) = match limit {
            Limit::Processes => ("processes", "pids"),
            Limit::Disk { .. } => ("disk", "blkio"),
            Limit::Memory => ("memory", "memory"),
            Limit::Processor { .. } => bail!("the engine limits processors"),
        };
        let pid = self.engine.state(&self.site.container(service)).await?.pid;
        let (v2, path) = cgroup::locate(pid, controller)?;
        let path = path.strip_prefix(cgroup::ROOT).unwrap_or(&path).display().to_string();
        let version = if v2 { "v2" } else { "v1" };
        let words = ["group-limit", what, version, &path].into_iter().chain(value.split(' '));
        Ok(Errand {
            run: self.site.run.clone(),
            name: name(service, limit),
            image: self.image("helper")?,
            command: words.map(str::to_owned).collect(),
            binds: vec![format!("{}:/groups", cgroup::ROOT)],
            ..Errand::default()
        })
    }
}

fn name(service: &str, limit: &Limit) -> String {
    let what = match limit {
        Limit::Processor { .. } => "processor",
        Limit::Processes => "processes",
        Limit::Disk { .. } => "disk",
        Limit::Memory => "memory",
    };
    format!("{what}-{service}")
}
