//! What the `docker` command, the kernel and TCP say, without any code of the program.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::engine::until;

/// Longest time after which a reaper has removed a run.
const REAPED: Duration = Duration::from_secs(120);
/// Longest time until the kernel has got hold of every process of a container.
const FROZEN: Duration = Duration::from_secs(20);

/// What `docker WORDS` prints; an error when it fails.
pub async fn docker(words: &[&str]) -> Result<String> {
    let mut command = Command::new("docker");
    command.args(words).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(60), command.output())
        .await
        .with_context(|| format!("docker {}: no answer", words.join(" ")))??;
    if !output.status.success() {
        bail!("docker {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Pauses a container. The kernel's freezer (version 1) misses a process that forks just then, and the engine gives up soon:
/// on a busy machine it takes several tries.
pub async fn pause(container: &str) -> Result<()> {
    let paused = async || match docker(&["pause", container]).await {
        Err(error) if error.to_string().contains("unable to freeze") => Ok(None),
        paused => paused.map(Some),
    };
    until("every process to be frozen", FROZEN, paused).await.map(drop)
}

/// What a container has printed, both streams.
pub async fn printed(container: &str) -> Result<String> {
    let mut command = Command::new("docker");
    command.args(["logs", container]).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await?;
    if !output.status.success() {
        bail!("docker logs {container}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok([output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat())
}

/// A field of `docker inspect`, for example `.State.Paused`.
pub async fn inspect(container: &str, field: &str) -> Result<String> {
    docker(&["inspect", "--type", "container", "--format", &format!("{{{{{field}}}}}"), container]).await
}

/// Command lines of the processes in a container, as seen from outside.
pub async fn processes(container: &str) -> Result<Vec<String>> {
    let top = docker(&["top", container, "-eo", "pid,stat,args"]).await?;
    let row = |line: &str| {
        let mut fields = line.split_whitespace();
        let (_, stat) = (fields.next()?, fields.next()?);
        (!stat.starts_with('Z')).then(|| fields.collect::<Vec<_>>().join(" "))
    };
    Ok(top.lines().skip(1).filter_map(row).collect())
}

/// What is on the engine and on the machine of run `run`: by label, by name, and loop devices by their file.
pub async fn left(run: &str) -> Result<Vec<String>> {
    let label = format!("label=wwchaos.run={run}");
    let name = format!("name={run}");
    let mut found = Vec::new();
    for filter in [&label, &name] {
        found.push(docker(&["ps", "--all", "--filter", filter, "--format", "container {{.Names}}"]).await?);
        found.push(docker(&["volume", "ls", "--filter", filter, "--format", "volume {{.Name}}"]).await?);
        found.push(docker(&["network", "ls", "--filter", filter, "--format", "network {{.Name}}"]).await?);
    }
    let mut lines: Vec<String> = found.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
    lines.extend(loop_devices().into_iter().filter(|device| device.contains(run)));
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// The same of each of `runs`.
pub async fn left_of(runs: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for run in runs {
        found.extend(left(run).await?);
    }
    Ok(found)
}

/// Waits until the reapers of `runs` have removed everything; an error names what is left.
pub async fn reaped(runs: &[String]) -> Result<()> {
    let gone = async || Ok(left_of(runs).await?.is_empty().then_some(()));
    match until("nothing to be left", REAPED, gone).await {
        Ok(()) => Ok(()),
        Err(error) => Err(error.context(format!("{runs:?}: left {:?}", left_of(runs).await?))),
    }
}

/// Loop devices that are in use, with their files.
pub fn loop_devices() -> Vec<String> {
    let entries = fs::read_dir("/sys/block").into_iter().flatten().filter_map(Result::ok);
    let device = |entry: fs::DirEntry| {
        let file = fs::read_to_string(entry.path().join("loop/backing_file")).ok()?;
        Some(format!("loop device {} of {}", entry.path().display(), file.trim()))
    };
    entries.filter_map(device).collect()
}

/// A file of a container's control group, found by the container's id: version 1 or 2, either cgroup driver.
pub async fn group_file(container: &str, v1: (&str, &str), v2: &str) -> Result<String> {
    let id = inspect(container, ".Id").await?;
    let folders = [format!("docker/{id}"), format!("system.slice/docker-{id}.scope")];
    let root = PathBuf::from("/sys/fs/cgroup");
    let v1 = folders.iter().map(|folder| root.join(v1.0).join(folder).join(v1.1));
    let v2 = folders.iter().map(|folder| root.join(folder).join(v2));
    let path = v1.chain(v2).find(|path| path.is_file());
    let path = path.with_context(|| format!("no control group of {container} below {}", root.display()))?;
    fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

/// The kernel's count of out-of-memory kills in a container.
pub async fn oom_kills(container: &str) -> Result<u64> {
    let text = group_file(container, ("memory", "memory.oom_control"), "memory.events").await?;
    let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    count.and_then(|count| count.parse().ok()).with_context(|| format!("no oom_kill in:\n{text}"))
}

/// Whether the kernel's freezer holds a container.
pub async fn frozen(container: &str) -> Result<bool> {
    let text = group_file(container, ("freezer", "freezer.state"), "cgroup.events").await?;
    Ok(text.trim() == "FROZEN" || text.lines().any(|line| line == "frozen 1"))
}

/// How an address answers a connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Connected.
    Connected,
    /// Refused at once: something is there, and nobody listens.
    Refused,
    /// No answer, or no way there.
    Nothing,
}

/// Connects to port 8080 of `address`, for at most two seconds.
pub async fn reach(address: Ipv4Addr) -> Reach {
    let connecting = TcpStream::connect(SocketAddr::from((address, 8080)));
    match tokio::time::timeout(Duration::from_secs(2), connecting).await {
        Ok(Ok(_)) => Reach::Connected,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Reach::Refused,
        Ok(Err(_)) | Err(_) => Reach::Nothing,
    }
}

/// The answer to a GET of `path`, as it stands on the wire, as far as it came within `limit`.
pub async fn page(address: Ipv4Addr, path: &str, limit: Duration) -> Result<String> {
    let mut stream = TcpStream::connect(SocketAddr::from((address, 8080))).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: quiz\r\nUser-Agent: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
        }
    };
    let _ = tokio::time::timeout(limit, reading).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
