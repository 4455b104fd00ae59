//! Helpers that hold something up until they are told to end: they print a JSON line at least once a second for as long as what
//! they hold is there by the kernel's word, and end by themselves when their input closes, so that they do not outlive the harness.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;

use super::DockerCluster;
use super::engine::{Attached, NEWS};
use super::errand::Errand;
use crate::clock::Stamp;
use crate::plan::WINDOW_MAX;

/// Longest time that a helper holds something: longer than any window, with what injecting and healing may take.
pub(super) const HOLD_SECONDS: u64 = WINDOW_MAX.as_secs() + 300;

/// What a helper holds.
pub struct Hold {
    /// Process of the container that it is held in: of one that was started anew nothing is held.
    pid: u64,
    told: Arc<Mutex<Option<(String, Stamp)>>>,
    /// Closed to end the helper.
    _input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
}

impl DockerCluster {
    /// Starts `errand`, which holds something in the container of `service`.
    pub(super) async fn hold(&self, service: &str, errand: Errand) -> Result<()> {
        let pid = self.engine.state(&self.site.container(service)).await?.pid;
        let Attached { output, input } = errand.attach(&self.engine).await?;
        let told = Arc::new(Mutex::new(None));
        let heard = Arc::clone(&told);
        tokio::spawn(Attached { output, input: Box::pin(tokio::io::sink()) }.lines(move |line| {
            if let Ok(mut heard) = heard.lock() {
                *heard = Some((line.to_owned(), Stamp::now()));
            }
        }));
        self.holds.lock().await.insert(errand.name, Hold { pid, told, _input: input });
        Ok(())
    }

    /// What the helper called `name` says now; none where none holds anything in `service`.
    pub(super) async fn held<T: DeserializeOwned>(&self, service: &str, name: &str) -> Result<Option<T>> {
        let (pid, told) = match self.holds.lock().await.get(name) {
            Some(hold) => (hold.pid, Arc::clone(&hold.told)),
            None => return Ok(None),
        };
        if self.engine.state(&self.site.container(service)).await?.pid != pid {
            return Ok(None);
        }
        let told = told.lock().map_err(|_| anyhow!("the watcher of {name} failed"))?.clone();
        let fresh = told.filter(|(_, at)| Stamp::now().since(*at) <= NEWS);
        // What it says on its way to failure is no such line.
        Ok(fresh.and_then(|(line, _)| serde_json::from_str(&line).ok()))
    }

    /// Ends the helper of this name, whoever started it.
    pub(super) async fn let_go(&self, errand: &Errand) -> Result<()> {
        self.holds.lock().await.remove(&errand.name);
        errand.end(&self.engine).await.with_context(|| format!("end {}", errand.name))
    }
}
