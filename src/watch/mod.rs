//! Watchers: what the balancer, the engine, the database and the kernel say, turned into observations as it
//! changes. Know no fault and no verdict. One file each; none runs a command in a container in a loop.

mod balancer;
mod container;
mod database;
mod follow;
mod level;
mod reading;
mod resource;
mod spending;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Source;

pub use database::options as database_options;
pub use spending::watch as spending;

/// Starts every watcher that the topology asks for; they end when `cancel` is.
pub fn start(cluster: &Arc<DockerCluster>, recorder: &Recorder, cancel: &CancellationToken) -> JoinSet<()> {
    let mut watchers = JoinSet::new();
    for detector in cluster.topology().detectors.clone() {
        let (cluster, recorder, cancel) = (Arc::clone(cluster), recorder.clone(), cancel.clone());
        watchers.spawn(async move {
            let watch = async {
                match detector.source.clone() {
                    Source::Haproxy { port } => {
                        balancer::watch(&cluster, &detector, port, &recorder).await;
                        Ok(())
                    }
                    Source::Follow { command, down, up } => {
                        follow::watch(&cluster, &detector, &command, [&down, &up], &recorder).await
                    }
                }
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                result = watch => if let Err(error) = result {
                    let (detector, failed) = (detector.name.clone(), Some(format!("{error:#}")));
                    recorder.record(Fact::DetectorRead { detector, failed, since: None });
                }
            }
        });
    }
    spawn(&mut watchers, cancel, container::watch(Arc::clone(cluster), recorder.clone()));
    spawn(&mut watchers, cancel, database::watch(Arc::clone(cluster), recorder.clone()));
    spawn(&mut watchers, cancel, level::watch(Arc::clone(cluster), recorder.clone()));
    spawn(&mut watchers, cancel, resource::watch(Arc::clone(cluster), recorder.clone()));
    watchers
}

fn spawn(watchers: &mut JoinSet<()>, cancel: &CancellationToken, watch: impl Future<Output = ()> + Send + 'static) {
    let cancel = cancel.clone();
    watchers.spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = watch => {}
        }
    });
}
