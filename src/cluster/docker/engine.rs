//! The connection to Docker Engine: what it is, the state of a container, a command inside one.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, ensure};
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, InspectContainerOptions, LogsOptionsBuilder};
use futures_util::{Stream, StreamExt};
use tokio::process::Command;

use crate::foreign::{Lines, clipped};

/// The status of a container that is not there.
const MISSING: &str = "missing";
/// Where the engine listens when `DOCKER_HOST` says nothing.
pub(super) const SOCKET: &str = "/var/run/docker.sock";
/// What runs in a container on a fault's behalf tells at least once a second how it stands; older news is none.
pub(super) const NEWS: Duration = Duration::from_secs(4);

/// Largest file that is read out of a container, in bytes, with its wrapping.
const FILE_MAX: usize = 4 << 20;
/// Most that a command or a helper may print, in bytes: an answer.log of a hundred thousand lines is shorter.
const OUTPUT_MAX: usize = 32 << 20;
/// Longest line of a command that prints for as long as it runs, in bytes; what follows is left out.
const LINE_MAX: usize = 64 << 10;
/// Longest text that is kept of a container's last words, in characters.
const LAST_WORDS_MAX: usize = 2000;

/// What `DOCKER_HOST` says, where it says anything.
pub(super) fn host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty())
}

/// The file by which the engine is reached on this machine.
pub(super) fn socket() -> String {
    host().as_deref().and_then(|host| host.strip_prefix("unix://")).unwrap_or(SOCKET).to_owned()
}

/// Makes a `docker` command talk to the engine that the API is used of, whatever the user's context is.
pub(super) fn command_for(command: &mut Command) {
    let host = host().unwrap_or_else(|| format!("unix://{SOCKET}"));
    command.env("DOCKER_HOST", host).env_remove("DOCKER_CONTEXT");
}

/// A connection to Docker Engine.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
}

/// What the engine and its machine are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `20.10.24 (API 1.41)`.
    pub engine: String,
    /// `v1` or `v2`.
    pub cgroup: String,
    /// Kernel release.
    pub kernel: String,
    /// Processors.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// What the engine says of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// `running`, `paused`, `exited`, ... or `missing`.
    pub status: String,
    /// Whether it runs (a paused one does).
    pub running: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Process id of its first process on the host; 0 when it does not run.
    pub pid: u64,
    /// When it was started last.
    pub started: Option<SystemTime>,
    /// When it stopped last.
    pub finished: Option<SystemTime>,
}

impl State {
    /// Whether there is no such container.
    pub fn is_missing(&self) -> bool {
        self.status == MISSING
    }
}

/// What a command printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output and error, in order of arrival.
    pub text: String,
    /// Exit code.
    pub code: i64,
}

/// Docker Engine cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("Docker Engine does not answer{}: {why} (hint: {})", self.place(), self.hint())]
pub struct NoEngine {
    /// What `DOCKER_HOST` says, where it says anything.
    host: Option<String>,
    why: String,
    /// Whether this user may not talk to it.
    denied: bool,
}

impl NoEngine {
    fn new(error: &bollard::errors::Error) -> Self {
        let host = host();
        // The library says that it could not connect, and not why.
        let refused = if host.is_none() { UnixStream::connect(SOCKET).err() } else { None };
        let denied = refused.as_ref().is_some_and(|why| why.kind() == ErrorKind::PermissionDenied);
        let why = refused.map_or_else(|| error.to_string(), |why| format!("{SOCKET}: {why}"));
        Self { host, why, denied }
    }

    fn place(&self) -> String {
        self.host.as_ref().map(|host| format!(" at DOCKER_HOST={host}")).unwrap_or_default()
    }

    fn hint(&self) -> &'static str {
        match self.host {
            Some(_) => "is this engine meant, and does it run? without DOCKER_HOST it is the one of this machine",
            None if self.denied => {
                "a member of the group docker may talk to it: `sudo usermod -aG docker $USER`, and log in again"
            }
            None => "is Docker installed and running? try `docker info`",
        }
    }
}

impl Engine {
    /// Connects to the engine that `DOCKER_HOST` or the default socket names, and agrees on an API version.
    pub async fn connect() -> Result<Self, NoEngine> {
        // An empty variable is none.
        let defaults =
            if host().is_none() { Docker::connect_with_unix_defaults() } else { Docker::connect_with_defaults() };
        let docker = defaults.map_err(|error| NoEngine::new(&error))?;
        let docker = docker.negotiate_version().await.map_err(|error| NoEngine::new(&error))?;
        Ok(Self { docker })
    }

    /// The engine's API.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// What the engine and its machine are.
    pub async fn facts(&self) -> Result<Facts> {
        let info = self.docker.info().await.context("ask Docker Engine about itself")?;
        let number = |value: Option<i64>| value.and_then(|number| u64::try_from(number).ok()).unwrap_or_default();
        Ok(Facts {
            engine: format!("{} (API {})", info.server_version.unwrap_or_default(), self.docker.client_version()),
            cgroup: info.cgroup_version.map_or_else(|| "v1".to_owned(), |version| format!("v{version}")),
            kernel: info.kernel_version.unwrap_or_default(),
            cores: u32::try_from(number(info.ncpu)).unwrap_or_default(),
            memory_bytes: number(info.mem_total),
        })
    }

    /// The state of a container; status `missing` when there is none.
    pub async fn state(&self, container: &str) -> Result<State> {
        let inspected = self.docker.inspect_container(container, None::<InspectContainerOptions>).await;
        let state = match inspected {
            Ok(inspected) => inspected.state.unwrap_or_default(),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => {
                return Ok(State { status: MISSING.to_owned(), ..State::default() });
            }
            Err(error) => return Err(error).with_context(|| format!("inspect {container}")),
        };
        Ok(State {
            status: state.status.map(|status| status.to_string()).unwrap_or_default(),
            running: state.running.unwrap_or(false),
            paused: state.paused.unwrap_or(false),
            pid: state.pid.and_then(|pid| u64::try_from(pid).ok()).unwrap_or_default(),
            started: moment(state.started_at),
            finished: moment(state.finished_at),
        })
    }

    /// The last lines of a container's log.
    pub async fn last_words(&self, container: &str) -> String {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail("5").build();
        let mut chunks = self.docker.logs(container, Some(options));
        let mut bytes = Vec::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes.extend_from_slice(&chunk.into_bytes());
            if bytes.len() > FILE_MAX {
                break;
            }
        }
        clipped(String::from_utf8_lossy(&bytes).trim(), LAST_WORDS_MAX).into_owned()
    }

    /// The text of the file at `path` in `container`, which need not run.
    pub async fn file(&self, container: &str, path: &str) -> Result<String> {
        let bytes = self.bytes(container, path).await?;
        String::from_utf8(bytes).with_context(|| format!("read {path} in {container}"))
    }

    /// The content of the file at `path` in `container`, which need not run.
    pub(super) async fn bytes(&self, container: &str, path: &str) -> Result<Vec<u8>> {
        let what = || format!("read {path} in {container}");
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        let mut chunks = self.docker.download_from_container(container, Some(options));
        let mut archive = Vec::new();
        while let Some(chunk) = chunks.next().await {
            archive.extend_from_slice(&chunk.with_context(what)?);
            ensure!(archive.len() <= FILE_MAX, "{}: more than {FILE_MAX} bytes", what());
        }
        let mut archive = tar::Archive::new(archive.as_slice());
        let mut bytes = Vec::new();
        let mut file = archive.entries()?.next().with_context(what)?.with_context(what)?;
        ensure!(file.header().entry_type().is_file(), "{}: expected a file", what());
        file.read_to_end(&mut bytes).with_context(what)?;
        Ok(bytes)
    }

    /// Runs `command` in `container` to its end.
    pub async fn exec(&self, container: &str, command: &[String]) -> Result<Output> {
        let (id, stream) = self.start(container, command, &[]).await?;
        let text = printed(stream.output)
            .await
            .with_context(|| format!("what {} prints in {container}", command.first().map_or("", String::as_str)))?;
        let code = self.docker.inspect_exec(&id).await?.exit_code.unwrap_or(-1);
        Ok(Output { text, code })
    }

    /// Starts `command` in `container` with its input and output attached; also the name by which the engine knows it.
    /// The command must end by itself when its input closes.
    pub async fn attach(
        &self,
        container: &str,
        command: &[String],
        environment: &[&str],
    ) -> Result<(String, Attached)> {
        self.start(container, command, environment).await
    }

    /// Whether the command that the engine knows as `id` still runs. One in a container that has ended does not.
    pub async fn runs(&self, id: &str) -> Result<bool> {
        match self.docker.inspect_exec(id).await {
            Ok(found) => Ok(found.running.unwrap_or(false)),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(false),
            Err(error) => Err(error).context("ask for a command in a container"),
        }
    }

    async fn start(&self, container: &str, command: &[String], environment: &[&str]) -> Result<(String, Attached)> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.to_vec()),
            env: Some(environment.iter().map(|pair| (*pair).to_owned()).collect()),
            user: Some("root".to_owned()),
            ..CreateExecOptions::default()
        };
        let what = || format!("run {} in {container}", command.first().map_or("", String::as_str));
        let id = self.docker.create_exec(container, options).await.with_context(what)?.id;
        match self.docker.start_exec(&id, None).await.with_context(what)? {
            StartExecResults::Attached { output, input } => Ok((id, Attached { output, input })),
            StartExecResults::Detached => Err(anyhow!("{}: the engine detached the command", what())),
        }
    }
}

fn moment(text: Option<String>) -> Option<SystemTime> {
    humantime::parse_rfc3339(&text?).ok()
}

/// What a command or a container prints.
pub(super) type Printing = Pin<Box<dyn Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>;

/// All that is printed; too much of it is an error.
pub(super) async fn printed(output: impl Stream<Item = Result<LogOutput, bollard::errors::Error>>) -> Result<String> {
    let mut output = std::pin::pin!(output);
    let mut bytes = Vec::new();
    while let Some(chunk) = output.next().await {
        bytes.extend_from_slice(&chunk?.into_bytes());
        ensure!(bytes.len() <= OUTPUT_MAX, "more than {OUTPUT_MAX} bytes");
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A running command with its input and output.
pub struct Attached {
    /// What it prints.
    pub output: Printing,
    /// What it reads; dropping it closes the command's input.
    pub input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
}

impl Attached {
    /// Hands every whole line to `line` until the command ends.
    pub async fn lines(mut self, mut line: impl FnMut(&str) + Send) {
        let mut lines = Lines::new(LINE_MAX);
        while let Some(Ok(chunk)) = self.output.next().await {
            lines.add(&chunk.into_bytes(), &mut line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `chunks` as a container prints them.
    fn printing(chunks: impl IntoIterator<Item = Vec<u8>, IntoIter: Send + 'static>) -> Printing {
        let chunks = chunks.into_iter().map(|chunk| Ok(LogOutput::StdOut { message: chunk.into() }));
        Box::pin(futures_util::stream::iter(chunks))
    }

    #[tokio::test]
    async fn what_is_printed_has_an_end() {
        let cut_letter = [b"gr\xc3".to_vec(), b"\xb6\xc3\x9fer".to_vec()];
        assert_eq!(printed(printing(cut_letter)).await.unwrap(), "größer");
        let endless = std::iter::repeat_with(|| vec![b'x'; 1 << 20]);
        assert_eq!(printed(printing(endless)).await.unwrap_err().to_string(), "more than 33554432 bytes");
    }

    #[tokio::test]
    async fn a_line_has_an_end() {
        let long = std::iter::repeat_n(vec![b'x'; 1 << 16], 100);
        let chunks = [b"on".to_vec(), b"e\r\ntw".to_vec(), b"o\n".to_vec()].into_iter().chain(long);
        let output = printing(chunks.chain([b"\nlast\nrest".to_vec()]).collect::<Vec<_>>());
        let mut lines = Vec::new();
        Attached { output, input: Box::pin(tokio::io::sink()) }.lines(|line| lines.push(line.to_owned())).await;
        assert_eq!(
            (lines.len(), &*lines[0], &*lines[1], lines[2].len(), &*lines[3]),
            (4, "one", "two", LINE_MAX, "last")
        );
    }
}
