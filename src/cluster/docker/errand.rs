//! Errands: short-lived helper containers that do what needs a capability of its own. Each is named and labelled
//! as part of its run, so that `down` finds it, and gets no capability that its errand does not need.

use anyhow::{Context, Result, bail};
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions, WaitContainerOptions,
};
use futures_util::StreamExt;

use super::engine::{Attached, Engine, Output, printed};
use super::site::LABEL;

/// Processes that a helper may have.
const PROCESSES: i64 = 64;
/// Memory that it may use, in bytes; files that it writes can be taken from that again.
const MEMORY: i64 = 512 << 20;

/// What a helper container does, and what it may.
#[derive(Clone, Debug, Default)]
pub struct Errand {
    /// The run that it belongs to.
    pub run: String,
    /// The last part of its name.
    pub name: String,
    /// Image of the helper.
    pub image: String,
    /// Command and arguments.
    pub command: Vec<String>,
    /// Capabilities, all others dropped.
    pub capabilities: Vec<&'static str>,
    /// Device rules, for example `b 7:* rmw`.
    pub device_rules: Vec<&'static str>,
    /// Binds, for example `/dev:/dev`.
    pub binds: Vec<String>,
    /// The container whose processes it sees, by name; none: only its own.
    pub beside: Option<String>,
    /// The container whose network it is in, by name; none: it has none.
    pub network: Option<String>,
}

impl Errand {
    /// Runs it to its end; an exit code other than 0 is an error with what it printed.
    pub async fn run(&self, engine: &Engine) -> Result<Output> {
        let name = self.create(engine, false).await?;
        let result = self.run_created(engine, &name).await;
        remove(engine, &name).await?;
        let output = result?;
        if output.code != 0 {
            bail!("{} ended with code {}: {}", self.command.join(" "), output.code, output.text.trim());
        }
        Ok(output)
    }

    /// Starts it with its input and output attached; it ends when its input closes.
    pub async fn attach(&self, engine: &Engine) -> Result<Attached> {
        let name = self.create(engine, true).await?;
        let options =
            AttachContainerOptionsBuilder::default().stdin(true).stdout(true).stderr(true).stream(true).build();
        let attached = engine.docker().attach_container(&name, Some(options)).await.context("attach to a helper")?;
        engine.docker().start_container(&name, None::<StartContainerOptions>).await.context("start a helper")?;
        Ok(Attached { output: attached.output, input: attached.input })
    }

    /// The file at `path` in its image; nothing is run.
    pub async fn file(&self, engine: &Engine, path: &str) -> Result<Vec<u8>> {
        let name = self.create(engine, false).await?;
        let found = engine.bytes(&name, path).await;
        remove(engine, &name).await?;
        found
    }

    /// Removes what [`Errand::attach`] started.
    pub async fn end(&self, engine: &Engine) -> Result<()> {
        remove(engine, &self.container()).await
    }

    fn container(&self) -> String {
        format!("{}-{}", self.run, self.name)
    }

    async fn create(&self, engine: &Engine, with_input: bool) -> Result<String> {
        let name = self.container();
        remove(engine, &name).await?;
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let body = ContainerCreateBody {
            image: Some(self.image.clone()),
            // Whatever the image would start stays out of it.
            entrypoint: Some(self.command.iter().take(1).cloned().collect()),
            cmd: Some(self.command.iter().skip(1).cloned().collect()),
            labels: Some([(LABEL.to_owned(), self.run.clone())].into()),
            open_stdin: Some(with_input),
            stdin_once: Some(with_input),
            attach_stdin: Some(with_input),
            host_config: Some(HostConfig {
                network_mode: Some(
                    self.network.as_ref().map_or_else(|| "none".to_owned(), |one| format!("container:{one}")),
                ),
                cap_drop: Some(vec!["ALL".to_owned()]),
                cap_add: Some(owned(&self.capabilities)),
                security_opt: Some(vec!["no-new-privileges".to_owned()]),
                readonly_rootfs: Some(true),
                pids_limit: Some(PROCESSES),
                memory: Some(MEMORY),
                memory_swap: Some(MEMORY),
                log_config: Some(printed_at_most("16m", 2)),
                device_cgroup_rules: Some(owned(&self.device_rules)),
                binds: Some(self.binds.clone()),
                pid_mode: self.beside.as_ref().map(|container| format!("container:{container}")),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        engine.docker().create_container(Some(options), body).await.with_context(|| format!("create {name}"))?;
        Ok(name)
    }

    async fn run_created(&self, engine: &Engine, name: &str) -> Result<Output> {
        let docker = engine.docker();
        docker.start_container(name, None::<StartContainerOptions>).await.with_context(|| format!("start {name}"))?;
        let mut waiting = docker.wait_container(name, None::<WaitContainerOptions>);
        let code = match waiting.next().await {
            Some(Ok(ended)) => ended.status_code,
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => code,
            Some(Err(error)) => return Err(error).with_context(|| format!("wait for {name}")),
            None => bail!("{name} vanished"),
        };
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).build();
        let text = printed(docker.logs(name, Some(options))).await.with_context(|| name.to_owned())?;
        Ok(Output { text, code })
    }
}

/// What a container prints is kept up to this size in each of so many files.
pub(super) fn printed_at_most(size: &str, files: u8) -> HostConfigLogConfig {
    let config = [("max-size".to_owned(), size.to_owned()), ("max-file".to_owned(), files.to_string())];
    HostConfigLogConfig { typ: Some("json-file".to_owned()), config: Some(config.into()) }
}

/// Removes a container, in any state; nothing to do when it is gone.
pub(super) async fn remove(engine: &Engine, name: &str) -> Result<()> {
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    match engine.docker().remove_container(name, Some(options)).await {
        Ok(()) | Err(bollard::errors::Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("remove {name}")),
    }
}
