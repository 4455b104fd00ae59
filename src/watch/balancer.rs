//! HAProxy's opinion of each node, asked ten times a second through its runtime interface.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reading::Reading;
use crate::clock::Stamp;
use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

const INTERVAL: Duration = Duration::from_millis(100);
/// A balancer that is silent for longer cannot be read: what it thinks meanwhile is not known.
const SILENCE_MAX: Duration = Duration::from_secs(1);

/// Records every change of mind, and the first opinion of each node.
pub async fn watch(cluster: &DockerCluster, detector: &Detector, port: u16, recorder: &Recorder) {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut reading = Reading::new(&detector.name, recorder);
    let mut answered = Stamp::now();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let opinions = match cluster.opinions(&detector.service, port).await {
            Ok(opinions) => opinions,
            Err(error) => {
                if Stamp::now().since(answered) > SILENCE_MAX {
                    reading.failed(&format!("{error:#}"));
                }
                continue;
            }
        };
        answered = Stamp::now();
        reading.succeeded();
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
