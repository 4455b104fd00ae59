//! A cluster that stays up for one plan after the other: each begins with what the one before has left taken away.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::FutureExt;
use tokio::sync::OnceCell;

use super::{Job, LeftBehind, log, measure, start, without};
use crate::cluster::docker::{DockerCluster, Engine, down, whole};
use crate::history::Recorder;
use crate::lease::Lease;
use crate::probe::Rates;

/// Longest time that what the class before has lost may take to be back: a node that serves again is still kept out for some
/// checks, and a database that was lost is seeded anew.
const WHOLE_WITHIN: Duration = Duration::from_secs(60);

/// A cluster that is up.
pub struct Bench {
    engine: Engine,
    cluster: Arc<DockerCluster>,
    lease: Lease,
    /// At which probes ask on it.
    rates: OnceCell<Rates>,
}

impl Bench {
    /// Starts and seeds a cluster for the class of `job`, the largest that will sit on it.
    pub async fn up(job: &Job<'_>, engine: &Engine, say: impl Fn(&str) + Copy) -> Result<Self> {
        // What is seen before the first plan is of no history.
        let (recorder, _) = Recorder::channel();
        let (cluster, lease) = start(job, engine, &recorder, say).await?;
        Ok(Self { engine: engine.clone(), cluster, lease, rates: OnceCell::new() })
    }

    /// Makes the plan of `job` real on it, as [`run`](super::run) does on a cluster of its own; titles of windows that could not
    /// be healed.
    pub async fn run(&self, job: &Job<'_>, recorder: Recorder, say: impl Fn(&str) + Copy) -> Result<Vec<String>> {
        let cluster = self.cluster.again(recorder.clone())?;
        say("taking away what the class before has left");
        let made = async {
            tokio::select! {
                () = job.stop.cancelled() => Err(anyhow!("interrupted")),
                reset = cluster.reset() => reset,
            }?;
            tokio::select! {
                () = job.stop.cancelled() => return Err(anyhow!("interrupted")),
                // What is not back then is as it is: the trial will say what it is worth.
                _ = tokio::time::timeout(WHOLE_WITHIN, whole(&cluster)) => {}
            }
            measure(job, (&cluster, &self.rates), (&recorder, &self.lease.journal()), say).await
        };
        let measured = AssertUnwindSafe(made).catch_unwind().await;
        let result = measured.unwrap_or_else(|_| Err(anyhow!("a bug in wwchaos: see the message above")));
        result.map_err(|error| without(&cluster.site().secrets(), error))
    }

    /// Copies the logs to `folder` and removes the cluster.
    pub async fn down(self, folder: &Path, say: impl Fn(&str)) -> Result<(), LeftBehind> {
        log::collect(&self.cluster, folder).await;
        say("removing the cluster");
        let removed = down(&self.engine, &self.cluster.site().run, &self.cluster.helper()).await;
        let names = removed.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if names.is_empty() {
            self.lease.end();
            return Ok(());
        }
        Err(LeftBehind { why: "the cluster could not be removed".to_owned(), names })
    }
}
