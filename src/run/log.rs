//! Logs of every container and the log files that the topology names, copied into the run's folder before the
//! cluster goes.

use std::path::Path;
use std::time::Duration;

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::cluster::docker::DockerCluster;

/// Most lines kept of what one container printed, the last ones.
const LINES_MAX: &str = "50000";
/// Largest part kept of a log file, in bytes, the last ones.
const LOG_MAX: usize = 8 << 20;
/// Longest time that one file may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Writes `logs/<service>.log` and `logs/<service>-<file>`; what cannot be had is left out.
pub async fn collect(cluster: &DockerCluster, folder: &Path) {
    let logs = folder.join("logs");
    if tokio::fs::create_dir_all(&logs).await.is_err() {
        return;
    }
    for service in cluster.topology().services() {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).tail(LINES_MAX).build();
        let mut chunks = cluster.engine().docker().logs(&cluster.site().container(service), Some(options));
        let Ok(mut file) = tokio::fs::File::create(logs.join(format!("{service}.log"))).await else { continue };
        while let Ok(Some(Ok(chunk))) = tokio::time::timeout(LIMIT, chunks.next()).await {
            if file.write_all(&chunk.into_bytes()).await.is_err() {
                break;
            }
        }
        let _ = file.flush().await;
        files(cluster, service, &logs).await;
    }
}

/// Copies the log files of one service.
async fn files(cluster: &DockerCluster, service: &str, logs: &Path) {
    let role = cluster.topology().role_of(service).map_or("", |(name, _)| name);
    for file in cluster.topology().collect.get(role).into_iter().flatten() {
        let command = ["tail".to_owned(), "-c".to_owned(), LOG_MAX.to_string(), file.clone()];
        let copied =
            tokio::time::timeout(LIMIT, cluster.engine().exec(&cluster.site().container(service), &command)).await;
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        if let Ok(Ok(output)) = copied
            && output.code == 0
        {
            let _ = tokio::fs::write(logs.join(format!("{service}-{name}")), output.text).await;
        }
    }
}
