//! Limits of a container's resources below what it needs: of processor time by the engine, of the rest in the files of its control
//! group, which a helper writes, for the engine has no word for them in a container that runs.

use anyhow::{Context, Result, anyhow, bail};
use bollard::models::{ContainerUpdateBody, HostConfig};
use bollard::query_parameters::InspectContainerOptions;
use serde::Deserialize;

use super::errand::Errand;
use super::hold::{HOLD_SECONDS, Held};
use super::{DockerCluster, cgroup, limits};
use crate::cluster::Limit;

/// Least processors that the engine takes, and how far above what was asked for the kernel's figure may be: systemd rounds up to it.
const CPUS_LEAST: f64 = 0.01;
/// The limit with which nothing can be started in a container, however many processes it has.
const NO_MORE_PROCESSES: u64 = 1;

/// What the helper says of memory.
#[derive(Deserialize)]
struct Memory {
    limit_mib: f64,
    /// Whether somebody waited for memory since the line before.
    starving: bool,
    /// Processes that were killed for want of memory since the limit is there.
    killed: u64,
}

impl DockerCluster {
    pub(super) async fn limit_to(&self, service: &str, limit: &Limit) -> Result<()> {
        match limit {
            Limit::Processor { share } => self.cpus(service, *share).await,
            Limit::Processes => self.group(service, limit, &[&NO_MORE_PROCESSES.to_string()]).await,
            Limit::Disk { bytes } => self.group(service, limit, &[&bytes.to_string()]).await,
            Limit::Memory => {
                let errand = self.group_errand(service, limit, &[&HOLD_SECONDS.to_string()]).await?;
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
        if self.engine.state(&container).await?.running {
            let own = self.host_config(&container).await?;
            let number = |limit: Option<i64>| limit.filter(|limit| *limit > 0).map(|limit| limit.to_string());
            match limit {
                Limit::Processes => {
                    let usual = number(own.pids_limit).unwrap_or_else(|| "max".to_owned());
                    self.group(service, limit, &[&usual]).await?;
                }
                Limit::Memory => {
                    let usual = number(own.memory).unwrap_or_else(|| "-1".to_owned());
                    self.group(service, limit, &["max", &usual]).await?;
                }
                Limit::Processor { .. } | Limit::Disk { .. } => self.group(service, limit, &["max"]).await?,
            }
        }
        self.gone(&name(service, limit)).await;
        Ok(())
    }

    /// By the files of the machine's control groups: the reaper, which does not see them, sees nothing.
    pub(super) async fn limited(&self, service: &str, limit: &Limit) -> Result<Option<String>> {
        let state = self.engine.state(&self.site.container(service)).await?;
        if !state.running {
            return Ok(None);
        }
        Ok(match limit {
            Limit::Processor { share } => {
                let (asked, usual) = (self.cpus_of(service, *share).await?, self.cpus_of(service, 1.0).await?);
                let quota = cgroup::quota(state.pid).ok().flatten();
                let there = quota.filter(|quota| *quota < usual && *quota <= asked.max(CPUS_LEAST) + CPUS_LEAST);
                there.map(|quota| format!("kernel: {service} may use {quota:.3} processors"))
            }
            Limit::Processes => {
                let Ok((now, most)) = cgroup::processes(state.pid) else { return Ok(None) };
                most.filter(|most| *most == NO_MORE_PROCESSES)
                    .map(|most| format!("kernel: {service} has {now} processes and may have {most}"))
            }
            Limit::Disk { bytes } => {
                let devices = cgroup::throttled(state.pid, *bytes).unwrap_or_default();
                (!devices.is_empty())
                    .then(|| format!("kernel: {service} may use {bytes} bytes/s of {}", devices.join(", ")))
            }
            Limit::Memory => match self.held(service, &name(service, limit)).await? {
                Held::Says(Memory { killed, .. }) if killed > 0 => {
                    bail!("the kernel killed {killed} processes of {service} for want of memory")
                }
                Held::Says(Memory { limit_mib, starving, .. }) => starving.then(|| {
                    format!("kernel: {service} waits for memory above {limit_mib:.0} MiB, and nobody is killed")
                }),
                Held::Ending => Some(format!("the memory of {service} is not known to be free")),
                Held::Nothing => cgroup::is_starved(state.pid)
                    .unwrap_or_default()
                    .then(|| format!("kernel: the memory of {service} is still limited")),
            },
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
        let nano = (self.cpus_of(service, share).await?.max(CPUS_LEAST) * 1e9) as i64;
        let update = ContainerUpdateBody { nano_cpus: Some(nano), ..ContainerUpdateBody::default() };
        let updated = self.engine.docker().update_container(&self.site.container(service), update).await;
        updated.with_context(|| format!("limit the processor time of {service}"))
    }

    async fn host_config(&self, container: &str) -> Result<HostConfig> {
        let found = self.engine.docker().inspect_container(container, None::<InspectContainerOptions>).await?;
        found.host_config.with_context(|| format!("the engine says nothing of how {container} is configured"))
    }

    async fn group(&self, service: &str, limit: &Limit, words: &[&str]) -> Result<()> {
        let errand = self.group_errand(service, limit, words).await?;
        errand.run(&self.engine).await.map(drop).with_context(|| format!("write a limit of {service}"))
    }

    /// A helper that writes a limit into the files of the group of `service`. It finds them itself: the reaper, which heals too, does
    /// not see the machine's groups.
    async fn group_errand(&self, service: &str, limit: &Limit, words: &[&str]) -> Result<Errand> {
        let what = match limit {
            Limit::Processes => "processes",
            Limit::Disk { .. } => "disk",
            Limit::Memory => "memory",
            Limit::Processor { .. } => bail!("the engine limits processors"),
        };
        let container = self.site.container(service);
        let found = self.engine.docker().inspect_container(&container, None::<InspectContainerOptions>).await?;
        let id = found.id.with_context(|| format!("{container} has no id"))?;
        let words = ["group-limit", what, &id].into_iter().chain(words.iter().copied());
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
