//! A look at the files that the processes of a server touch: strace in a container of its own, beside them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use super::engine::{Attached, Engine};
use super::errand::Errand;

/// Longest time until every process is looked at.
const ATTACHED_WITHIN: Duration = Duration::from_secs(20);
/// No call for so long: what was to be looked at is over.
const QUIET: Duration = Duration::from_millis(400);
/// Longest time that is waited for that.
const QUIET_WITHIN: Duration = Duration::from_secs(10);
/// Rest between two looks.
const POLL: Duration = Duration::from_millis(50);

/// A look under way. It ends when this is dropped; [`Trace::end`] removes its container as well.
pub struct Trace {
    errand: Errand,
    engine: Engine,
    input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

impl Trace {
    /// Starts it; returns when every process is looked at.
    pub(super) async fn begin(errand: Errand, engine: &Engine) -> Result<Self> {
        let Attached { output, input } = errand.attach(engine).await?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&lines);
        let attached = Attached { output, input: Box::pin(tokio::io::sink()) };
        let reader = tokio::spawn(async move {
            let note = |line: &str| told.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
            attached.lines(note).await;
        });
        let trace = Self { errand, engine: engine.clone(), input, lines, reader };
        let attached = tokio::time::timeout(ATTACHED_WITHIN, async {
            while !trace.is_attached() {
                if trace.reader.is_finished() {
                    bail!("it ended early");
                }
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        });
        match attached.await.unwrap_or_else(|_| Err(anyhow::anyhow!("not every process within {ATTACHED_WITHIN:?}"))) {
            Ok(()) => Ok(trace),
            Err(error) => {
                let said = trace.take().pop().unwrap_or_default();
                trace.end().await?;
                Err(error).with_context(|| format!("look at the files of a server: {said}"))
            }
        }
    }

    fn is_attached(&self) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = lines.iter().find_map(|line| line.strip_prefix("tracing ")?.parse::<usize>().ok());
        let attached = lines.iter().filter(|line| line.contains(" attached")).count();
        wanted.is_some_and(|wanted| attached >= wanted)
    }

    /// What was seen since the last time, as strace prints it.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when no call was seen for a while.
    pub async fn settled(&self) {
        let count = || self.lines.lock().unwrap_or_else(PoisonError::into_inner).len();
        let quiet = async {
            let mut before = count();
            loop {
                tokio::time::sleep(QUIET).await;
                let now = count();
                if now == before {
                    return;
                }
                before = now;
            }
        };
        // One that never is quiet is counted as it stands.
        let _ = tokio::time::timeout(QUIET_WITHIN, quiet).await;
    }

    /// Ends it and removes its container.
    pub async fn end(mut self) -> Result<()> {
        // One that has ended by itself reads nothing any more.
        let _ = self.input.shutdown().await;
        let _ = tokio::time::timeout(QUIET_WITHIN, &mut self.reader).await;
        self.errand.end(&self.engine).await
    }
}
