//! The processes of a server inside a living container: end all or one of them, ask the engine whether any is left, and
//! look at which files they touch.

use anyhow::{Context, Result, anyhow, bail};
use bollard::query_parameters::TopOptionsBuilder;
use regex::Regex;

use super::DockerCluster;
use super::errand::Errand;
use super::pressure::SCRIPT;
use super::trace::Trace;
use crate::cluster::{Processes, Victim};

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

    pub(super) async fn stop_server(&self, service: &str, processes: Processes) -> Result<()> {
        let words = ["stop", processes.word(), self.server(service)?];
        self.script(service, &words).await.with_context(|| format!("stop the server of {service}"))
    }

    /// Nothing to do where none is left.
    pub(super) async fn continue_server(&self, service: &str) -> Result<()> {
        let state = self.engine.state(&self.site.container(service)).await?;
        if !state.running || state.paused {
            return Ok(());
        }
        let words = ["continue", self.server(service)?];
        self.script(service, &words).await.with_context(|| format!("continue the server of {service}"))
    }

    /// Has the server of `service` go on where a process of it is stopped by a signal.
    pub(super) async fn wake(&self, service: &str) -> Result<()> {
        if self.server(service).is_err() {
            return Ok(());
        }
        let stopped = |listed: &Listed| listed.server.iter().any(|(.., stopped)| *stopped);
        match self.listed(service).await? {
            Some(listed) if stopped(&listed) => self.continue_server(service).await,
            _ => Ok(()),
        }
    }

    /// Processes in the container of `service` by the engine, asked from outside; none where it does not run.
    async fn listed(&self, service: &str) -> Result<Option<Listed>> {
        let container = self.site.container(service);
        let server = Regex::new(self.server(service)?).context("expression of the server process")?;
        if !self.engine.state(&container).await?.running {
            return Ok(None);
        }
        let options = TopOptionsBuilder::default().ps_args("-eo pid,ppid,stat,args").build();
        let top = self.engine.docker().top_processes(&container, Some(options)).await;
        let rows = top.with_context(|| format!("list the processes of {service}"))?.processes.unwrap_or_default();
        Ok(Some(Listed::of(&rows, &server)))
    }

    pub(super) async fn server_stopped(&self, service: &str, processes: Processes) -> Result<Option<String>> {
        let Some(listed) = self.listed(service).await? else { return Ok(None) };
        Ok(listed.stopped(processes).map(|(stopped, of)| {
            format!("engine: of {of} processes of {service}'s server that are meant, {stopped} are stopped")
        }))
    }

    pub(super) async fn server_gone(&self, service: &str) -> Result<Option<String>> {
        let Some(listed) = self.listed(service).await? else { return Ok(None) };
        let all = listed.all;
        Ok(listed
            .server
            .is_empty()
            .then(|| format!("engine: {service} runs, and none of its {all} processes is the server's")))
    }
}

/// Processes of a container.
#[derive(Debug)]
struct Listed {
    all: usize,
    /// Those of the server that live, each with its parent's number and whether it is stopped.
    server: Vec<(String, String, bool)>,
}

impl Listed {
    /// Of rows `pid, ppid, stat, args`.
    fn of(rows: &[Vec<String>], server: &Regex) -> Self {
        let alive = |row: &Vec<String>| {
            let [pid, parent, stat, command, ..] = row.as_slice() else { return None };
            let found = !stat.starts_with('Z') && server.is_match(command);
            // Stopped by a signal; `t` is by one who traces it.
            found.then(|| (pid.clone(), parent.clone(), stat.starts_with('T')))
        };
        Self { all: rows.len(), server: rows.iter().filter_map(alive).collect() }
    }

    /// How many of the processes that are meant are stopped, and of how many; none while those that ought to be are not.
    fn stopped(&self, processes: Processes) -> Option<(usize, usize)> {
        let is_manager = |parent: &String| !self.server.iter().any(|(pid, _, _)| pid == parent);
        let meant = self.server.iter().filter(|(_, parent, _)| match processes {
            Processes::All => true,
            Processes::Manager => is_manager(parent),
            Processes::Worker => !is_manager(parent),
        });
        let meant: Vec<bool> = meant.map(|(_, _, stopped)| *stopped).collect();
        let stopped = meant.iter().filter(|stopped| **stopped).count();
        let enough = match processes {
            Processes::Worker => stopped > 0,
            Processes::All | Processes::Manager => stopped > 0 && stopped == meant.len(),
        };
        enough.then_some((stopped, meant.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_stopped_is_told_by_the_engines_list() {
        let listed = |states: [&str; 3]| {
            let row = |pid: &str, parent: &str, stat: &str, command: &str| {
                [pid, parent, stat, command].map(str::to_owned).to_vec()
            };
            let rows = [
                row("10", "1", "Ss", "tini"),
                row("20", "10", states[0], "app: manager"),
                row("21", "20", states[1], "app: worker"),
                row("22", "20", states[2], "app: worker"),
                row("23", "20", "Z", "app: worker"),
            ];
            Listed::of(&rows, &Regex::new("^app").unwrap())
        };
        use Processes::{All, Manager, Worker};
        let said = |states| [All, Manager, Worker].map(|processes| listed(states).stopped(processes));
        assert_eq!(said(["T", "T", "Tl"]), [Some((3, 3)), Some((1, 1)), Some((2, 2))]);
        assert_eq!(said(["S", "T", "R"]), [None, None, Some((1, 2))]);
        assert_eq!(said(["T", "S", "R"]), [None, Some((1, 1)), None]);
        assert_eq!((listed(["S"; 3]).all, listed(["S"; 3]).server.len()), (5, 3));
    }
}
