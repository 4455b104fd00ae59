//! A program that is run and watched: how long it takes, and what the kernel says that it used.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wwchaos::exit;

/// Between two looks at its memory. The kernel keeps the peak, so only what comes after the last look is missed.
const LOOK: Duration = Duration::from_millis(2);

/// What a program used.
#[derive(Debug)]
pub struct Usage {
    /// From start to end.
    pub wall: Duration,
    /// Processor time in user and kernel mode.
    pub cpu: Duration,
    /// Most memory that was resident, in KiB.
    pub peak_kib: u64,
}

/// Runs `program` to its end.
pub fn watch(program: &Path, words: &[&str]) -> Result<Usage> {
    let before = children_cpu()?;
    let began = Instant::now();
    let mut child = Command::new(program).args(words).stdout(Stdio::null()).spawn().context("start the program")?;
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = memory_kib(&child.id().to_string(), "VmHWM").unwrap_or_default().max(peak_kib);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let wall = began.elapsed();
    // A verdict, whichever; a history that is refused was not judged.
    let judged = [exit::PASS, exit::FAIL, exit::UNKNOWN].map(i32::from);
    ensure!(status.code().is_some_and(|code| judged.contains(&code)), "{words:?} ended with {status}");
    Ok(Usage { wall, cpu: children_cpu()? - before, peak_kib })
}

/// A field of `/proc/PID/status`, in KiB; none when the process is gone.
pub fn memory_kib(pid: &str, field: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Processor time of all children that have ended.
fn children_cpu() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").context("read /proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit_once(')').context("fields")?.1.split_whitespace().collect();
    let ticks: u64 =
        fields.get(13..15).context("cutime and cstime")?.iter().filter_map(|one| one.parse::<u64>().ok()).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(ticks as f64 / per_second as f64))
}
