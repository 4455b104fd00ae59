//! The processes of a server inside a living container: end all or one of them, ask the engine whether any is left, and
//! look at which files they touch.

use anyhow::{Context, Result, anyhow, bail};
use bollard::query_parameters::TopOptionsBuilder;
use regex::Regex;

use super::DockerCluster;
use super::errand::Errand;
use super::pressure::SCRIPT;
use super::trace::Trace;
use crate::cluster::Victim;

/// Longest time that a look at files lasts without being told to end.
const TRACE_SECONDS: &str = "900";

impl DockerCluster {
    /// Expression for the command lines of the server's processes.
    pub(super) fn server(&self, service: &str) -> Result<&str> {
        let role = self.topology.role_of(service).ok_or_else(|| anyhow!("`{service}` has no role"))?.1;
        role.server.as_deref().ok_or_else(|| anyhow!("the topology names no server process for `{service}`"))
    }

    pub(super) async fn kill_server(&self, service: &str) -> Result<()> {
        let words = ["kill-server", self.server(service)?];
        self.script(service, &words).await.with_context(|| format!("kill the server process of {service}"))
    }

    /// SIGKILL to one process of the server of `service`, of the kind `victim`, as soon as there is one at work: a render
    /// lives as long as its page, and a worker is at work while it has one. Fails where none is seen for 20 s.
    pub async fn kill_one(&self, service: &str, victim: Victim) -> Result<()> {
        let words = ["kill-one", &victim.to_string(), self.server(service)?];
        self.script(service, &words).await.with_context(|| format!("kill a {victim} of {service}"))
    }

    /// Runs the script inside `service` to its end.
    async fn script(&self, service: &str, words: &[&str]) -> Result<()> {
        let command = ["perl", "-e", SCRIPT].iter().chain(words).map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let output = self.engine.exec(&self.site.container(service), &command).await?;
        if output.code != 0 {
            bail!("{}", output.text.trim().to_owned());
        }
        Ok(())
    }

    /// Begins to look at the files that the server of `service` touches.
    pub async fn trace(&self, service: &str) -> Result<Trace> {
        let errand = Errand {
            run: self.site.run.clone(),
            name: format!("trace-{service}"),
            image: self.image("helper")?,
            command: ["trace-files", self.server(service)?, TRACE_SECONDS].map(str::to_owned).to_vec(),
            capabilities: vec!["SYS_PTRACE", "KILL"],
            beside: Some(self.site.container(service)),
            ..Errand::default()
        };
        Trace::begin(errand, &self.engine).await
    }

    /// Asked of the engine, from outside the container.
    pub(super) async fn server_gone(&self, service: &str) -> Result<Option<String>> {
        let container = self.site.container(service);
        let server = Regex::new(self.server(service)?).context("expression of the server process")?;
        let state = self.engine.state(&container).await?;
        if !state.running {
            return Ok(None);
        }
        let options = TopOptionsBuilder::default().ps_args("-eo pid,stat,args").build();
        let top = self.engine.docker().top_processes(&container, Some(options)).await;
        let rows = top.with_context(|| format!("list the processes of {service}"))?.processes.unwrap_or_default();
        let alive = |row: &Vec<String>| {
            let [_, stat, command, ..] = row.as_slice() else { return false };
            !stat.starts_with('Z') && server.is_match(command)
        };
        let left = rows.iter().filter(|row| alive(row)).count();
        Ok((left == 0)
            .then(|| format!("engine: {service} runs, and none of its {} processes is the server's", rows.len())))
    }
}
