//! The real binary: started in a process group of its own as from a terminal, read line by line, ended with the
//! test.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use wwchaos::lease::BASE;
use wwchaos::library::Library;
use wwchaos::store::Folder;

use crate::ask;
use crate::engine::until;
use crate::place::{Remains, folder};

/// A running program.
pub struct Program {
    child: Child,
    said: Arc<Mutex<Said>>,
    readers: Vec<JoinHandle<()>>,
    reports: tempfile::TempDir,
}

/// What a program has printed, and the runs that it has claimed by then.
#[derive(Default)]
struct Said {
    text: String,
    runs: BTreeSet<String>,
}

/// How a program ended.
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed, both streams.
    pub said: String,
    /// The folder of its reports, which goes with this.
    pub reports: tempfile::TempDir,
}

impl Program {
    /// Starts `wwchaos` with these words, the tests' library, and a reports folder of its own.
    pub fn start(words: &[&str]) -> Result<Self> {
        Self::of(&folder(), words)
    }

    /// The same with another library.
    pub fn of(library: &Path, words: &[&str]) -> Result<Self> {
        Self::with(library, tempfile::tempdir()?, &[], words)
    }

    /// The same with reports elsewhere, and variables of its environment.
    pub fn with(
        library: &Path,
        reports: tempfile::TempDir,
        environment: &[(&str, &str)],
        words: &[&str],
    ) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.envs(environment.iter().copied());
        Self::by(command, library, reports, words)
    }

    /// The same by a command that becomes the program.
    pub fn by(mut command: Command, library: &Path, reports: tempfile::TempDir, words: &[&str]) -> Result<Self> {
        let mut child = command
            .arg("--library")
            .arg(library)
            .arg("--reports")
            .arg(reports.path())
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("start the program")?;
        let said = Arc::new(Mutex::new(Said::default()));
        let id = child.id().context("it has ended")?;
        let out = read(id, child.stdout.take().context("no standard output")?, Arc::clone(&said));
        let errors = read(id, child.stderr.take().context("no standard error")?, Arc::clone(&said));
        Ok(Self { child, said, readers: vec![out, errors], reports })
    }

    /// Waits until it has printed `text`.
    pub async fn says(&mut self, text: &str, limit: Duration) -> Result<()> {
        let said = async || {
            let said = self.said();
            ensure!(said.contains(text) || self.child.try_wait()?.is_none(), "it ended before:\n{said}");
            Ok(said.contains(text).then_some(()))
        };
        until(&format!("`{text}`"), limit, said).await.with_context(|| format!("the program says:\n{}", self.said()))
    }

    /// What Ctrl-C in a terminal sends: SIGINT to the whole process group.
    pub fn interrupt(&self) -> Result<()> {
        kill_process_group(self.pid()?, Signal::INT).context("SIGINT")
    }

    /// What a supervisor sends: SIGTERM to the program alone.
    pub fn terminate(&self) -> Result<()> {
        kill_process(self.pid()?, Signal::TERM).context("SIGTERM")
    }

    /// What a terminal sends that is closed: SIGHUP to the whole process group.
    pub fn hang_up(&self) -> Result<()> {
        kill_process_group(self.pid()?, Signal::HUP).context("SIGHUP")
    }

    /// SIGSTOP to the program alone, and SIGCONT so much later.
    pub async fn pause(&self, time: Duration) -> Result<()> {
        kill_process(self.pid()?, Signal::STOP).context("SIGSTOP")?;
        tokio::time::sleep(time).await;
        kill_process(self.pid()?, Signal::CONT).context("SIGCONT")
    }

    /// SIGKILL to the process of its class.
    pub fn kill_class(&self) -> Result<()> {
        let id = self.child.id().context("it has ended")?;
        let is_class =
            |id: &u32| std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|words| words.ends_with(b"\0load\0"));
        let class = family(id).into_iter().find(is_class).context("there is no class")?;
        kill_process(i32::try_from(class).ok().and_then(Pid::from_raw).context("no process")?, Signal::KILL)?;
        Ok(())
    }

    /// SIGKILL to it and to all that it has started, wherever they are; its runs, and the folder of its reports.
    pub fn kill(mut self) -> Result<(Vec<String>, tempfile::TempDir)> {
        let id = self.child.id().context("it has ended")?;
        let runs: BTreeSet<_> = self.runs().into_iter().chain(claims(id)).collect();
        // The program first, or it would see the others end.
        let all = family(id);
        kill_process(self.pid()?, Signal::KILL).context("SIGKILL")?;
        all.into_iter().for_each(end);
        // What is left is another's business now.
        if let Ok(mut said) = self.said.lock() {
            said.runs.clear();
        }
        let reports = std::mem::replace(&mut self.reports, tempfile::tempdir()?);
        Ok((runs.into_iter().collect(), reports))
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    fn pid(&self) -> Result<Pid> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).context("it has ended")
    }

    /// The run id of its cluster.
    pub fn run(&self) -> Result<String> {
        self.runs().pop().context("no run was claimed yet")
    }

    fn runs(&self) -> Vec<String> {
        self.said.lock().map(|said| said.runs.iter().cloned().collect()).unwrap_or_default()
    }

    /// Waits for its end; nothing of its runs may be left on the machine then.
    pub async fn end(mut self, limit: Duration) -> Result<Ended> {
        let status = tokio::time::timeout(limit, self.child.wait()).await;
        let status = status.with_context(|| format!("not over within {limit:?}:\n{}", self.said()))??;
        for reader in self.readers.drain(..) {
            reader.await?;
        }
        let said = self.said();
        ensure!(!self.runs().is_empty(), "no run was claimed; the program says:\n{said}");
        for run in self.runs() {
            let left = ask::left(&run).await?;
            ensure!(left.is_empty(), "{run} left {left:?}; the program says:\n{said}");
        }
        let reports = std::mem::replace(&mut self.reports, tempfile::tempdir()?);
        Ok(Ended { code: status.code(), said, reports })
    }

    /// What it has printed until now.
    pub fn said(&self) -> String {
        self.said.lock().map(|said| said.text.clone()).unwrap_or_default()
    }
}

impl Ended {
    /// The folder of the one run of `scenario`.
    pub fn folder(&self, scenario: &str) -> Result<Folder> {
        Folder::find(self.reports.path(), scenario).with_context(|| format!("the program says:\n{}", self.said))
    }

    /// Fails with what the program said when it did not end with `code`.
    pub fn expect(&self, code: u8) -> Result<()> {
        ensure!(self.code == Some(i32::from(code)), "ended with {:?}, expected {code}:\n{}", self.code, self.said);
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A program that still runs would go on making what is removed here, and so would its Compose.
        let _ = self.pid().map(|pid| kill_process_group(pid, Signal::KILL));
        for run in self.runs() {
            drop(Remains::new(&run, &Library::default()));
        }
    }
}

fn read(id: u32, stream: impl AsyncRead + Send + Unpin + 'static, said: Arc<Mutex<Said>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(mut said) = said.lock() {
                said.text.push_str(&line);
                said.text.push('\n');
                said.runs.extend(claims(id));
            }
        }
    })
}

/// Processes that `id` started, and those that they started.
fn family(id: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let parents: Vec<(u32, u32)> = entries
        .filter_map(|entry| {
            let child = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // After the name, which may hold anything: state, parent.
            let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
            Some((child, parent))
        })
        .collect();
    let mut found = vec![id];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    found.split_off(1)
}

/// SIGKILL to `id`; one that is gone needs none.
fn end(id: u32) {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Runs that process `id` holds: it has the lock of their lease open.
fn claims(id: u32) -> Vec<String> {
    let files = std::fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().filter_map(Result::ok);
    let targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    let held = targets.filter(|path| path.starts_with(BASE) && path.ends_with("held"));
    held.filter_map(|path| Some(path.parent()?.file_name()?.to_str()?.to_owned())).collect()
}
