//! The processes of a server inside a living container: end them, and ask the engine whether any is left.

use anyhow::{Context, Result, anyhow, bail};
use bollard::query_parameters::TopOptionsBuilder;
use regex::Regex;

use super::DockerCluster;
use super::pressure::SCRIPT;

impl DockerCluster {
    /// Expression for the command lines of the server's processes.
    pub(super) fn server(&self, service: &str) -> Result<&str> {
        let role = self.topology.role_of(service).ok_or_else(|| anyhow!("`{service}` has no role"))?.1;
        role.server.as_deref().ok_or_else(|| anyhow!("the topology names no server process for `{service}`"))
    }

    pub(super) async fn kill_server(&self, service: &str) -> Result<()> {
        let words = ["perl", "-e", SCRIPT, "kill-server", self.server(service)?];
        let command: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let output = self.engine.exec(&self.site.container(service), &command).await?;
        if output.code != 0 {
            bail!("kill the server process of {service}: {}", output.text.trim());
        }
        Ok(())
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
