//! Logs of every container, copied into the run's folder before the cluster goes.

use std::path::Path;

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::cluster::docker::DockerCluster;

/// Largest log kept of one container, in bytes.
const LOG_MAX: usize = 8 << 20;

/// Writes `logs/<service>.log`; what cannot be had is left out.
pub async fn collect(cluster: &DockerCluster, folder: &Path) {
    let logs = folder.join("logs");
    if tokio::fs::create_dir_all(&logs).await.is_err() {
        return;
    }
    for service in cluster.topology().services() {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).build();
        let mut chunks = cluster.engine().docker().logs(&cluster.site().container(service), Some(options));
        let Ok(mut file) = tokio::fs::File::create(logs.join(format!("{service}.log"))).await else { continue };
        let mut written = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            let bytes = chunk.into_bytes();
            written += bytes.len();
            if written > LOG_MAX || file.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = file.flush().await;
    }
}
