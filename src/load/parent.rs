//! The parent's end: starts the child, forwards what it observes, ends it.

use std::process::Stdio;

use anyhow::{Context, Result, anyhow};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use super::Order;
use crate::history::{Fact, Observation, Recorder};

/// How the line of an observation begins; any other line is goose's.
const OBSERVATION: &[u8] = b"{\"at\":";

/// The very program that runs: another may have taken its path meanwhile, as when it is built or installed anew.
const ITSELF: &str = "/proc/self/exe";

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
        let mut child = Command::new(ITSELF)
            .arg0("wwchaos")
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
        let forward = tokio::spawn(forward(output, recorder));
        let errors = child.stderr.take().ok_or_else(|| anyhow!("the load process has no error output"))?;
        let last_words = tokio::spawn(last_line(errors));
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
        let last = if last.is_empty() { last } else { format!(": {last}") };
        Err(anyhow!("the load process ended with {status}{last}"))
    }

    /// Ends the class, and returns when all that it observed has been forwarded.
    pub async fn end(mut self) {
        drop(self.input.take());
        let _ = self.child.kill().await;
        let _ = self.forward.await;
    }
}

/// Passes on every observation among the lines of `output`. What cannot be read is left out and told at the end, but
/// not a last line without its end: that one was cut off when the class was ended.
async fn forward(output: impl AsyncRead + Unpin, recorder: Recorder) {
    let (mut output, mut line, mut unread) = (BufReader::new(output), Vec::new(), 0_u64);
    let failed = loop {
        line.clear();
        match output.read_until(b'\n', &mut line).await {
            Ok(0) => break None,
            Ok(_) => {}
            Err(error) => break Some(error),
        }
        match serde_json::from_slice::<Observation>(&line) {
            Ok(observation) => recorder.forward(observation),
            Err(_) => unread += u64::from(line.starts_with(OBSERVATION) && line.ends_with(b"\n")),
        }
    };
    let tell =
        |why: String| recorder.record(Fact::Unmeasured { what: "some of the students' requests".to_owned(), why });
    if unread > 0 {
        tell(format!("{unread} of the load process's lines could not be read"));
    }
    if let Some(error) = failed {
        tell(format!("the output of the load process could not be read to its end: {error}"));
    }
}

/// The last line of `output`, whatever bytes there are in it.
async fn last_line(output: impl AsyncRead + Unpin) -> String {
    let (mut output, mut line, mut last) = (BufReader::new(output), Vec::new(), String::new());
    while output.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        String::from_utf8_lossy(&line).trim_end().clone_into(&mut last);
        line.clear();
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_cannot_be_read_is_left_out_and_told() {
        let output = b"goose says \xff\n{\"at\":5,\"fact\":\"interrupted\"}\n{\"at\":6,\"fact\":\"\xff\"}\n\
                       {\"at\":7,\"fact\":\"interrupted\"}\n{\"at\":8,\"fa";
        let (recorder, mut receiver) = Recorder::channel();
        forward(&output[..], recorder).await;
        let mut facts = Vec::new();
        while let Some(observation) = receiver.recv().await {
            facts.push(observation.fact);
        }
        let why = "1 of the load process's lines could not be read".to_owned();
        let told = Fact::Unmeasured { what: "some of the students' requests".to_owned(), why };
        assert_eq!(facts, [Fact::Interrupted, Fact::Interrupted, told]);
    }

    #[tokio::test]
    async fn last_words_may_be_any_bytes() {
        assert_eq!(last_line(&b"first \xff\nlast \xfe words\n"[..]).await, "last \u{fffd} words");
        assert_eq!(last_line(&b""[..]).await, "");
    }
}
