//! The parent's end: starts the child, forwards what it observes, ends it.

use std::process::Stdio;

use anyhow::{Context, Result, anyhow};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use super::Order;
use crate::history::{Observation, Recorder};

/// A class at work in a child process. Dropping it ends the process.
pub struct Load {
    child: Child,
    input: Option<ChildStdin>,
    forward: JoinHandle<()>,
    last_words: JoinHandle<String>,
}

impl Load {
    /// Starts the class; its observations go to `recorder`.
    pub async fn start(order: &Order, recorder: Recorder) -> Result<Self> {
        let program = std::env::current_exe().context("find the program's own file")?;
        let mut child = Command::new(program)
            .arg("load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("start the load process")?;
        let mut input = child.stdin.take().ok_or_else(|| anyhow!("the load process has no input"))?;
        let output = child.stdout.take().ok_or_else(|| anyhow!("the load process has no output"))?;
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        input.write_all(&line).await.context("tell the load process what to do")?;
        let forward = tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(observation) = serde_json::from_str::<Observation>(&line) {
                    recorder.forward(observation);
                }
            }
        });
        let errors = child.stderr.take().ok_or_else(|| anyhow!("the load process has no error output"))?;
        let last_words = tokio::spawn(async move {
            let (mut lines, mut last) = (BufReader::new(errors).lines(), String::new());
            while let Ok(Some(line)) = lines.next_line().await {
                last = line;
            }
            last
        });
        Ok(Self { child, input: Some(input), forward, last_words })
    }

    /// Id of the process; none when it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the class is over.
    pub async fn wait(&mut self) -> Result<()> {
        let status = self.child.wait().await.context("wait for the load process")?;
        if status.success() {
            return Ok(());
        }
        let last = (&mut self.last_words).await.unwrap_or_default();
        Err(anyhow!("the load process ended with {status}: {last}"))
    }

    /// Ends the class, and returns when all that it observed has been forwarded.
    pub async fn end(mut self) {
        drop(self.input.take());
        let _ = self.child.kill().await;
        let _ = self.forward.await;
    }
}
