//! Helpers that hold something up until they are told to end: they print a JSON line at least once a second for as long as what
//! they hold is there by the kernel's word, and end by themselves when their input closes, so that they do not outlive the harness.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;

use super::DockerCluster;
use super::engine::{Attached, NEWS};
use super::errand::Errand;
use crate::clock::Stamp;
use crate::plan::WINDOW_MAX;

/// Longest time that anything is held up: longer than any window, with what injecting and healing may take.
pub(super) const HOLD_SECONDS: u64 = WINDOW_MAX.as_secs() + 300;

/// What a helper holds.
pub struct Hold {
    /// Process of the container that it is held in: of one that was started anew nothing is held.
    pid: u64,
    told: Arc<Mutex<Told>>,
    /// Closed to end the helper; none once that was done, and what it held may still be there.
    input: Option<Pin<Box<dyn tokio::io::AsyncWrite + Send>>>,
}

/// What a helper has said.
#[derive(Default)]
struct Told {
    /// Its last line of what it holds.
    line: Option<(String, Stamp)>,
    /// Its last line of anything else: why it ended.
    words: String,
}

/// What is held.
pub(super) enum Held<T> {
    /// Nothing, as far as this process knows.
    Nothing,
    /// This.
    Says(T),
    /// What is to be gone, and is not known to be yet.
    Ending,
}

impl DockerCluster {
    /// Starts `errand`, which holds something in the container of `service`.
    pub(super) async fn hold(&self, service: &str, errand: Errand) -> Result<()> {
        let pid = self.engine.state(&self.site.container(service)).await?.pid;
        let Attached { output, input } = errand.attach(&self.engine).await?;
        let told = Arc::new(Mutex::new(Told::default()));
        let heard = Arc::clone(&told);
        let hear = move |line: &str| {
            let Ok(mut heard) = heard.lock() else { return };
            if line.starts_with('{') {
                heard.line = Some((line.to_owned(), Stamp::now()));
            } else {
                line.clone_into(&mut heard.words);
            }
        };
        tokio::spawn(Attached { output, input: Box::pin(tokio::io::sink()) }.lines(hear));
        self.holds.lock().await.insert(errand.name, Hold { pid, told, input: Some(input) });
        Ok(())
    }

    /// What the helper called `name` holds in `service` now. That a container was started anew is the cluster's doing, and nothing is
    /// held in it any more; that a helper says nothing is an error.
    pub(super) async fn held<T: DeserializeOwned>(&self, service: &str, name: &str) -> Result<Held<T>> {
        let (pid, told, ending) = match self.holds.lock().await.get(name) {
            Some(hold) => (hold.pid, Arc::clone(&hold.told), hold.input.is_none()),
            None => return Ok(Held::Nothing),
        };
        if self.engine.state(&self.site.container(service)).await?.pid != pid {
            return Ok(Held::Nothing);
        }
        if ending {
            return Ok(Held::Ending);
        }
        let told = told.lock().map_err(|_| anyhow!("the watcher of {name} failed"))?;
        match &told.line {
            Some((line, at)) if Stamp::now().since(*at) <= NEWS => {
                Ok(Held::Says(serde_json::from_str(line).with_context(|| format!("{name} says {line}"))?))
            }
            None if told.words.is_empty() => Ok(Held::Nothing),
            _ => bail!(
                "{name} says nothing more: {}",
                if told.words.is_empty() { "no word of why" } else { &told.words }
            ),
        }
    }

    /// Ends the helper of this name, whoever started it. What it held counts as there until [`DockerCluster::gone`].
    pub(super) async fn let_go(&self, errand: &Errand) -> Result<()> {
        if let Some(hold) = self.holds.lock().await.get_mut(&errand.name) {
            hold.input = None;
        }
        errand.end(&self.engine).await.with_context(|| format!("end {}", errand.name))
    }

    /// What the helper of this name held is gone.
    pub(super) async fn gone(&self, name: &str) {
        self.holds.lock().await.remove(name);
    }
}
