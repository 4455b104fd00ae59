//! Logs of every container and the log files that the topology names, copied into the run's folder before the
//! cluster goes: the last of each, as plain text, without the run's secrets and what is named as one.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::{Stream, StreamExt};

use crate::cluster::docker::DockerCluster;
use crate::foreign::{Lines, Secrets, plain, without_named};
use crate::plan::COURSE;

/// Most lines kept of what one container printed, the last ones.
const LINES_MAX: &str = "50000";
/// Largest part kept of a log, in bytes, the last ones.
const LOG_MAX: usize = 8 << 20;
/// Longest line kept, in bytes, its beginning.
const LINE_MAX: usize = 16 << 10;
/// Longest time that one file may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Writes `logs/<service>.log` and `logs/<service>-<file>`; what cannot be had is left out.
pub async fn collect(cluster: &DockerCluster, folder: &Path) {
    let logs = folder.join("logs");
    if tokio::fs::create_dir_all(&logs).await.is_err() {
        return;
    }
    let secrets = cluster.site().secrets();
    for service in cluster.topology().services() {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).tail(LINES_MAX).build();
        let chunks = cluster.engine().docker().logs(&cluster.site().container(service), Some(options));
        let mut log = Log::new(&secrets);
        // After one that cannot be read there is no other.
        let chunks = chunks.map(|chunk| chunk.map(LogOutput::into_bytes).unwrap_or_default());
        log.read(chunks, LIMIT).await;
        let _ = tokio::fs::write(logs.join(format!("{service}.log")), log.text()).await;
        files(cluster, service, (&logs, &secrets)).await;
    }
}

/// Copies the log files of one service.
async fn files(cluster: &DockerCluster, service: &str, (logs, secrets): (&Path, &Secrets)) {
    let role = cluster.topology().role_of(service).map_or("", |(name, _)| name);
    for file in cluster.topology().collect.get(role).into_iter().flatten() {
        let file = file.replace("{course}", COURSE);
        let command = ["tail".to_owned(), "-c".to_owned(), LOG_MAX.to_string(), file.clone()];
        let copied =
            tokio::time::timeout(LIMIT, cluster.engine().exec(&cluster.site().container(service), &command)).await;
        let name = Path::new(&file).file_name().unwrap_or_default().to_string_lossy();
        if let Ok(Ok(output)) = copied
            && output.code == 0
        {
            let mut log = Log::new(secrets);
            log.add(output.text.as_bytes());
            let _ = tokio::fs::write(logs.join(format!("{service}-{name}")), log.text()).await;
        }
    }
}

/// The last lines of a log, as they may be kept.
struct Log<'a> {
    coming: Lines,
    kept: Kept<'a>,
    /// Whether it was not read to its end.
    late: bool,
}

impl<'a> Log<'a> {
    fn new(secrets: &'a Secrets) -> Self {
        let kept = Kept { secrets, lines: VecDeque::new(), bytes: 0, left_out: 0 };
        Self { coming: Lines::new(LINE_MAX), kept, late: false }
    }

    /// Adds all that `chunks` bring within `limit`.
    async fn read<T: AsRef<[u8]>>(&mut self, chunks: impl Stream<Item = T>, limit: Duration) {
        let mut chunks = std::pin::pin!(chunks);
        let reading = async {
            while let Some(chunk) = chunks.next().await {
                self.add(chunk.as_ref());
                // A log that is always there would never let the limit have its turn.
                tokio::task::yield_now().await;
            }
        };
        self.late = tokio::time::timeout(limit, reading).await.is_err();
    }

    fn add(&mut self, bytes: &[u8]) {
        let left_out = self.coming.add(bytes, |line| self.kept.take(line));
        self.kept.left_out += left_out;
    }

    /// What is kept, after a line that says what is not.
    fn text(mut self) -> String {
        self.coming.finish(|line| self.kept.take(line));
        let Kept { lines, left_out, .. } = self.kept;
        let mut text = String::new();
        if left_out > 0 {
            text.push_str(&format!(
                "[wwchaos: {left_out} bytes are left out: of a log the last {LOG_MAX} are kept, of a line the first {LINE_MAX}]\n"
            ));
        }
        text.extend(lines);
        if self.late {
            text.push_str(&format!("[wwchaos: cut here: the rest did not come within {LIMIT:?}]\n"));
        }
        text
    }
}

/// The last lines that found room.
struct Kept<'a> {
    secrets: &'a Secrets,
    lines: VecDeque<String>,
    bytes: usize,
    /// Bytes that did not.
    left_out: usize,
}

impl Kept<'_> {
    fn take(&mut self, line: &str) {
        let line = format!("{}\n", plain(&without_named(&self.secrets.hide(line))));
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > LOG_MAX
            && let Some(first) = self.lines.pop_front()
        {
            self.bytes -= first.len();
            self.left_out += first.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_is_plain_and_without_secrets() {
        let secrets = Secrets::new(["Xy12Xy12Xy12".to_owned()]);
        let mut log = Log::new(&secrets);
        // A secret, a letter and an escape sequence that come in two chunks.
        let chunks: [&[u8]; 3] = [b"a -pXy12Xy", b"12Xy12 \xc3", b"\xb6 \x1b[2J key=abc\r\n\xff last"];
        log.read(futures_util::stream::iter(chunks), LIMIT).await;
        assert_eq!(log.text(), "a -p[removed] ö �[2J key=[removed]\n� last\n");
    }

    #[tokio::test]
    async fn a_log_is_bounded_and_says_so() {
        let secrets = Secrets::default();
        let mut log = Log::new(&secrets);
        let line = format!("{}\n", "x".repeat(2 * LINE_MAX));
        let chunks = std::iter::repeat_n(line, 1000).chain(["the last line\n".to_owned()]);
        log.read(futures_util::stream::iter(chunks), Duration::from_secs(60)).await;
        let text = log.text();
        assert!(text.len() < LOG_MAX + 200 && text.ends_with("x\nthe last line\n"), "{}", text.len());
        assert!(text.starts_with("[wwchaos: ") && text.lines().all(|line| line.len() <= LINE_MAX));

        let mut endless = Log::new(&secrets);
        endless.read(futures_util::stream::repeat("y\n"), Duration::from_millis(50)).await;
        assert!(endless.text().ends_with("y\n[wwchaos: cut here: the rest did not come within 10s]\n"));
    }
}
