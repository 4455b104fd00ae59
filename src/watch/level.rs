//! How full each volume of limited size is, and what an operation on it takes, looked at once a second by one helper for each.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};

/// Records levels until cancelled.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let mut volumes = JoinSet::new();
    for volume in cluster.topology().volumes.keys() {
        let (cluster, recorder, volume) = (Arc::clone(&cluster), recorder.clone(), volume.clone());
        volumes.spawn(async move {
            let why = match cluster.follow_level(&volume).await {
                Ok(()) => "its helper ended".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            recorder.record(Fact::Unmeasured { what: format!("how full {volume} is"), why });
        });
    }
    while volumes.join_next().await.is_some() {}
}
