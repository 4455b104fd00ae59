//! `history.jsonl`: written as a run goes on, readable up to the last whole line whatever ended the run.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::mpsc;

use super::{Fact, LINE_MAX, Observation};
use crate::clock::Stamp;
use crate::foreign::{Secrets, json};

/// Hands observations to the run's writer, from anywhere.
#[derive(Clone, Debug)]
pub struct Recorder {
    sender: mpsc::UnboundedSender<Observation>,
    secrets: Arc<OnceLock<Secrets>>,
}

impl Recorder {
    /// A recorder, and the end at which its observations arrive.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Observation>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, secrets: Arc::default() }, receiver)
    }

    /// Keeps `secrets` out of whatever is recorded from now on, by whomever. Said once: those of a run do not change.
    pub fn keep_secret(&self, secrets: Secrets) {
        let _ = self.secrets.set(secrets);
    }

    /// Records `fact` as known now.
    pub fn record(&self, fact: Fact) {
        self.forward(Observation { at: Stamp::now(), fact });
    }

    /// Passes on an observation that another process made. What others wrote in it is hostile until here.
    pub fn forward(&self, mut observation: Observation) {
        observation.fact.tamed(self.secrets.get().unwrap_or(&Secrets::default()));
        // The receiver is gone when the run is over, or when its writer failed and has told it to end.
        let _ = self.sender.send(observation);
    }
}

/// Writes observations to a file and keeps none, until every [`Recorder`] is gone or the run is over.
pub struct Writer;

impl Writer {
    /// Writes all that arrives to `path`; returns how many observations that were, when the last recorder is dropped or
    /// when all is written that had arrived when `over` came: a recorder that somebody forgot must not keep a run open.
    ///
    /// `look` is shown each observation as it arrives, for a progress display.
    pub async fn run(
        path: &Path,
        mut receiver: mpsc::UnboundedReceiver<Observation>,
        over: impl Future<Output = ()>,
        mut look: impl FnMut(&Observation),
    ) -> Result<u64> {
        let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
        let mut out = BufWriter::new(file);
        let mut written = 0;
        let mut flush = tokio::time::interval(Duration::from_millis(500));
        let mut over = std::pin::pin!(over);
        let mut open = true;
        loop {
            tokio::select! {
                () = &mut over, if open => {
                    open = false;
                    receiver.close();
                }
                observation = receiver.recv() => {
                    let Some(observation) = observation else { break };
                    look(&observation);
                    out.write_all(&line(&observation)?).with_context(|| format!("write {}", path.display()))?;
                    written += 1;
                }
                _ = flush.tick() => out.flush().with_context(|| format!("write {}", path.display()))?,
            }
        }
        out.flush().with_context(|| format!("write {}", path.display()))?;
        Ok(written)
    }
}

/// An observation as a line. One that is longer than any that is read again is told of, and not kept.
fn line(observation: &Observation) -> Result<Vec<u8>> {
    let mut line = json(serde_json::to_vec(observation)?);
    if line.len() as u64 >= LINE_MAX - 1 {
        let why = format!("one of {} bytes was longer than a line of a history may be", line.len());
        let told = Fact::Unmeasured { what: "an observation".to_owned(), why };
        line = json(serde_json::to_vec(&Observation { at: observation.at, fact: told })?);
    }
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Reader, Step};

    #[tokio::test]
    async fn what_is_written_is_read_again_without_a_cut_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let (recorder, receiver) = Recorder::channel();
        recorder.record(Fact::LoadStarted { zero: Stamp(5) });
        recorder.record(Fact::Interrupted);
        drop(recorder);
        let mut seen = Vec::new();
        let look = |observation: &Observation| seen.push(observation.clone());
        let written = Writer::run(&path, receiver, std::future::pending(), look).await.unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"at\":7,\"fa").unwrap();
        let mut reader = Reader::open(&path).unwrap();
        let read: Vec<Observation> = reader.by_ref().collect::<Result<_>>().unwrap();
        assert_eq!((read, written), (seen, 2));
        assert_eq!(reader.cut_line(), Some(3));
    }

    #[tokio::test]
    async fn what_could_not_be_read_again_is_told_of_and_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let (recorder, receiver) = Recorder::channel();
        recorder.record(Fact::NotOffered { student: "x".repeat(5 << 20), step: Step::Start, intended: Stamp(1) });
        drop(recorder);
        Writer::run(&path, receiver, std::future::pending(), |_| ()).await.unwrap();
        let read: Vec<Observation> = Reader::open(&path).unwrap().collect::<Result<_>>().unwrap();
        assert!(matches!(&read[..], [Observation { fact: Fact::Unmeasured { .. }, .. }]));
    }

    #[tokio::test]
    async fn a_forgotten_recorder_keeps_no_run_open() {
        let folder = tempfile::tempdir().unwrap();
        let (forgotten, receiver) = Recorder::channel();
        forgotten.record(Fact::Interrupted);
        let written = Writer::run(&folder.path().join("history.jsonl"), receiver, async {}, |_| ()).await.unwrap();
        assert_eq!(written, 1);
        forgotten.record(Fact::Interrupted);
    }

    #[tokio::test]
    async fn a_history_shows_as_it_is_and_holds_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let (recorder, receiver) = Recorder::channel();
        recorder.clone().keep_secret(Secrets::new(["Xy12Xy12Xy12".to_owned()]));
        let text = "a\x1b[2J\u{9b}2J\u{202e}\x7f Xy12Xy12Xy12\nb".to_owned();
        recorder.record(Fact::Unmeasured { what: text.clone(), why: text.clone() });
        // Names of a plan are kept as they are, and escaped.
        recorder.record(Fact::NotOffered { student: text, step: Step::Start, intended: Stamp(1) });
        drop(recorder);
        Writer::run(&path, receiver, std::future::pending(), |_| ()).await.unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{written:?}");
        let read: Vec<_> = Reader::open(&path).unwrap().map(|read| read.unwrap().fact).collect();
        let tamed = "a\u{fffd}[2J\u{fffd}2J\u{fffd}\u{fffd} [removed] b".to_owned();
        assert_eq!(read[0], Fact::Unmeasured { what: tamed.clone(), why: tamed });
        assert!(matches!(&read[1], Fact::NotOffered { student, .. } if student.contains("\x1b[2J\u{9b}2J\u{202e}")));
    }
}
