//! HAProxy's opinion of each node, asked ten times a second through its runtime interface.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

const INTERVAL: Duration = Duration::from_millis(100);

/// Records every change of mind, and the first opinion of each node.
pub async fn watch(cluster: &DockerCluster, detector: &Detector, port: u16, recorder: &Recorder) {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        // A balancer that does not answer now may be the target of a fault: its last opinion stands.
        let Ok(opinions) = cluster.opinions(&detector.service, port).await else { continue };
        for opinion in opinions {
            if known.insert(opinion.service.clone(), opinion.up) != Some(opinion.up) {
                recorder.record(Fact::Detector {
                    detector: detector.name.clone(),
                    service: opinion.service,
                    up: opinion.up,
                    detail: opinion.detail,
                });
            }
        }
    }
}
