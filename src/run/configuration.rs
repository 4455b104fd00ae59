//! The files that say how detectors are configured, read out of their containers once, when the watching begins, and kept
//! without what may be secret.

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::predict::masked;

/// Records each file that the topology names; one that cannot be read is recorded as unmeasured.
pub async fn read(cluster: &DockerCluster, recorder: &Recorder) {
    for detector in &cluster.topology().detectors {
        for (language, path) in &detector.config {
            let container = cluster.site().container(&detector.service);
            recorder.record(match cluster.engine().file(&container, path).await {
                Ok(text) => Fact::Configuration {
                    detector: detector.name.clone(),
                    language: *language,
                    path: path.clone(),
                    text: masked(*language, &text),
                },
                Err(error) => Fact::Unmeasured {
                    what: format!("the configuration of the {}", detector.name),
                    why: format!("{error:#}"),
                },
            });
        }
    }
}
