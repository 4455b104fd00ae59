//! What this machine and its engine can do, as far as they say. Starts nothing.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bollard::models::SystemInfo;
use rustix::process::{Resource, getrlimit};
use tokio::process::Command;

use super::compose::Compose;
use super::image::BASE;
use super::kernel::Kernel;
use super::{Engine, engine};
use crate::cluster::Need;

/// Where the kernel hands out loop devices.
const LOOP: &str = "/dev/loop-control";
/// Where the kernel hands out file systems that a program serves.
const FUSE: &str = "/dev/fuse";
/// Where the kernel accounts waiting for memory.
const PRESSURE: &str = "/proc/pressure/memory";
/// The file system that volumes of limited size have.
const FILE_SYSTEM: &str = "ext4";
/// What an engine that runs in a machine of its own calls that.
const DESKTOP: &str = "Docker Desktop";

/// A machine. What could not be found out is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// `20.10.24 (API 1.41)`.
    pub engine: String,
    /// Version of the engine's API, major and minor.
    pub api: (u32, u32),
    /// Why the engine is not one of this machine; none when nothing speaks against it.
    pub elsewhere: Option<String>,
    /// `v1` or `v2`.
    pub cgroup: String,
    /// Kernel release.
    pub kernel: String,
    /// Processors.
    pub cores: u32,
    /// What starts services, for example `docker compose 2.20.2`; none where neither is here.
    pub compose: Option<String>,
    /// Whether the command `docker` is here.
    pub command: bool,
    /// Whether the image that ours begin with is here.
    pub base: bool,
    /// What is missing for something that a fault does, and why.
    pub missing: Vec<(Need, String)>,
    /// Whether the kernel does not tell what it was built with, so that more may be missing.
    pub untold: bool,
    /// Whether the engine can limit memory with swap.
    pub swap_limit: Option<bool>,
    /// Whether the engine can limit processor time.
    pub cpu_limit: Option<bool>,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Free memory in bytes, as the kernel estimates it.
    pub memory_free: Option<u64>,
    /// Free bytes where the engine keeps volumes, and where that is.
    pub disk_free: Option<(u64, String)>,
    /// Free bytes where reports are kept, and where that is.
    pub reports_free: Option<(u64, String)>,
    /// Why no reports can be kept there; none when nothing speaks against it.
    pub reports_refused: Option<String>,
    /// Files that a process may have open.
    pub open_files: Option<u64>,
}

impl Machine {
    /// The machine of `engine`, with the folder `reports`, which need not be there yet.
    pub async fn look(engine: &Engine, reports: &Path) -> Result<Self> {
        let facts = engine.facts().await?;
        let info = engine.docker().info().await?;
        let version = engine.docker().client_version();
        let own = Kernel::here();
        let here = rustix::system::uname().release().to_string_lossy().into_owned();
        let rootless = info.security_options.iter().flatten().any(|option| option.contains("rootless"));
        let desktop = info.operating_system.as_deref() == Some(DESKTOP);
        let elsewhere = if desktop {
            Some(format!("it is {DESKTOP}, in a machine of its own"))
        } else if rootless {
            Some("it is rootless: it cannot attach file systems".to_owned())
        } else if !facts.kernel.is_empty() && facts.kernel != here {
            Some(format!("its kernel is {}, that of this machine is {here}", facts.kernel))
        } else {
            None
        };
        let root = info.docker_root_dir.clone().unwrap_or_default();
        let reports = std::path::absolute(reports).unwrap_or_default();
        Ok(Self {
            api: (u32::try_from(version.major_version)?, u32::try_from(version.minor_version)?),
            elsewhere,
            compose: Compose::version().await,
            command: answers("docker").await,
            base: engine.docker().inspect_image(BASE).await.is_ok(),
            missing: missing(&info, &own),
            untold: !own.tells(),
            swap_limit: info.swap_limit,
            cpu_limit: info.cpu_cfs_quota,
            memory_free: memory_free(),
            memory_bytes: facts.memory_bytes,
            reports_free: reports_free(&reports),
            reports_refused: reports_refused(&reports),
            disk_free: disk_free(Path::new(&root)).map(|free| (free, root)),
            open_files: getrlimit(Resource::Nofile).current,
            engine: facts.engine,
            cgroup: facts.cgroup,
            kernel: facts.kernel,
            cores: facts.cores,
        })
    }

    /// Only what faults need of its kernel.
    pub async fn kernel(engine: &Engine) -> Result<Self> {
        let info = engine.docker().info().await?;
        let cores = info.ncpu.and_then(|cores| u32::try_from(cores).ok()).unwrap_or_default();
        let own = Kernel::here();
        Ok(Self { cores, missing: missing(&info, &own), untold: !own.tells(), ..Self::default() })
    }

    /// Where the engine keeps volumes.
    pub fn volumes(&self) -> Option<PathBuf> {
        self.disk_free.as_ref().map(|(_, root)| PathBuf::from(root))
    }

    /// Why `need` cannot be had here; none when nothing speaks against it.
    pub fn lacks(&self, need: Need) -> Option<&str> {
        self.missing.iter().find(|(missing, _)| *missing == need).map(|(_, why)| why.as_str())
    }
}

fn missing(info: &SystemInfo, kernel: &Kernel) -> Vec<(Need, String)> {
    let mut missing = Vec::new();
    let no_group = |what: &str| format!("the engine says that the kernel has no {what}");
    if info.memory_limit == Some(false) {
        missing.push((Need::MemoryLimit, no_group("memory control group")));
        missing.push((Need::Starvation, no_group("memory control group")));
    } else if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() && std::fs::read(PRESSURE).is_err() {
        missing.push((Need::Starvation, format!("no {PRESSURE} (hint: boot the kernel with psi=1)")));
    }
    if info.cpu_cfs_quota == Some(false) {
        missing.push((Need::ProcessorLimit, no_group("limit of processor time (CONFIG_CFS_BANDWIDTH)")));
    }
    if info.pids_limit == Some(false) {
        missing.push((Need::ProcessLimit, no_group("control group of processes (CONFIG_CGROUP_PIDS)")));
    }
    let freezers = ["/sys/fs/cgroup/freezer", "/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup/unified"];
    if !freezers.iter().any(|path| Path::new(path).exists()) {
        missing.push((Need::Freezer, "no freezer below /sys/fs/cgroup".to_owned()));
    }
    let v2 = std::fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
    if !Path::new("/sys/fs/cgroup/blkio").exists() && !v2.split_whitespace().any(|name| name == "io") {
        missing.push((Need::DiskLimit, "no control group of disks below /sys/fs/cgroup".to_owned()));
    }
    let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    if !Path::new(LOOP).exists() {
        missing.push((Need::LimitedVolume, format!("no {LOOP} (hint: `modprobe loop`)")));
    } else if !knows(&known, FILE_SYSTEM) && kernel.has_module(FILE_SYSTEM) == Some(false) {
        missing.push((Need::LimitedVolume, format!("the kernel knows no {FILE_SYSTEM}")));
    }
    if !Path::new(FUSE).exists() {
        missing.push((Need::Fuse, format!("no {FUSE} (hint: `modprobe fuse`)")));
    }
    missing.extend(kernel.lacks());
    missing
}

/// Whether /proc/filesystems lists `name`.
fn knows(filesystems: &str, name: &str) -> bool {
    filesystems.lines().any(|line| line.split_whitespace().last() == Some(name))
}

/// Free memory of this machine in bytes, as its kernel estimates it.
pub fn memory_free() -> Option<u64> {
    available(&std::fs::read_to_string("/proc/meminfo").unwrap_or_default())
}

fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// Bytes that are free where `path` is.
pub fn disk_free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// What is there of the absolute path `reports`, where a folder is or will be made.
fn there(reports: &Path) -> Option<&Path> {
    reports.ancestors().find(|path| path.exists())
}

/// Bytes that are free where `reports` is, or will be made.
fn reports_free(reports: &Path) -> Option<(u64, String)> {
    disk_free(there(reports)?).map(|free| (free, reports.display().to_string()))
}

/// Why no folder can be made at `reports`, or written to.
fn reports_refused(reports: &Path) -> Option<String> {
    let there = there(reports)?;
    if !there.is_dir() {
        return Some(format!("{} is no folder", there.display()));
    }
    let refused = rustix::fs::access(there, rustix::fs::Access::WRITE_OK).err()?;
    Some(format!("{}: {}", there.display(), std::io::Error::from(refused)))
}

async fn answers(command: &str) -> bool {
    let mut command = Command::new(command);
    command.arg("--version").stdin(std::process::Stdio::null());
    engine::command_for(&mut command);
    command.output().await.is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_what_the_kernel_estimates() {
        let text = "MemTotal:       24689160 kB\nMemFree:  1 kB\nMemAvailable:   23400012 kB\n";
        assert_eq!(available(text), Some(23_400_012 * 1024));
        assert_eq!(available(""), None);
    }

    #[test]
    fn file_systems_are_found_with_and_without_a_device() {
        let text = "nodev\ttmpfs\n\text4\nnodev\toverlay\n";
        assert!(knows(text, "ext4") && knows(text, "tmpfs") && !knows(text, "ext"));
    }
}
