//! Counters of a container's control group, version 1 and 2, read from the host by the id of its first process.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The first process of a container is ending, and in its group no more.
#[derive(Debug, thiserror::Error)]
#[error("the container's first process is ending")]
pub struct Ending;

/// Where control groups are.
pub(super) const ROOT: &str = "/sys/fs/cgroup";

/// Memory in use and limit, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Charged to the group, without pages of files that nobody used of late: the kernel takes those back before it lacks any.
    pub used: u64,
    /// Its limit; `u64::MAX` when there is none.
    pub limit: u64,
}

/// Out-of-memory kills in the group since it was made.
pub fn oom_kills(pid: u64) -> Result<u64> {
    let group = Group::of(pid)?;
    let text = group.read(if group.v2 { "memory.events" } else { "memory.oom_control" })?;
    let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line.and_then(|count| count.trim().parse().ok()).context("no oom_kill counter in the memory group")
}

/// Memory in use and limit of the group.
pub fn memory(pid: u64) -> Result<Memory> {
    let group = Group::of(pid)?;
    let names =
        if group.v2 { ["memory.current", "memory.max"] } else { ["memory.usage_in_bytes", "memory.limit_in_bytes"] };
    let number = |text: &str| text.trim().parse().unwrap_or(u64::MAX);
    let idle = idle_files(&group.read("memory.stat")?, group.v2);
    let used = number(&group.read(names[0])?).saturating_sub(idle);
    Ok(Memory { used, limit: number(&group.read(names[1])?) })
}

/// Bytes of the page cache that `memory.stat` calls inactive, as `docker stats` takes them off.
fn idle_files(stat: &str, v2: bool) -> u64 {
    let name = if v2 { "inactive_file " } else { "total_inactive_file " };
    let line = stat.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or_default()
}

/// Processor time used by the group, in nanoseconds.
pub fn cpu_ns(pid: u64) -> Result<u64> {
    let (v2, path) = locate(pid, "cpuacct")?;
    if v2 {
        return usage_ns(&fs::read_to_string(path.join("cpu.stat")).context("read cpu.stat")?);
    }
    let text = fs::read_to_string(path.join("cpuacct.usage")).context("read cpuacct.usage")?;
    text.trim().parse().context("cpuacct.usage is not a number")
}

/// Processor time in nanoseconds that version 2 counts in `cpu.stat`.
fn usage_ns(text: &str) -> Result<u64> {
    let usec = text.lines().find_map(|line| line.strip_prefix("usage_usec "));
    Ok(usec.and_then(|text| text.trim().parse::<u64>().ok()).context("no usage_usec in cpu.stat")? * 1000)
}

/// What a group has used of its processors since it was made, and how often it was held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Processor time in nanoseconds.
    pub used_ns: u64,
    /// Periods in which it wanted to run while it had a limit, and those of them in which it was held back; none when the kernel
    /// does not tell.
    pub periods: Option<(u64, u64)>,
}

/// Processor time used by the group, and how often the kernel held it back.
pub fn cpu(pid: u64) -> Result<Cpu> {
    let (v2, path) = locate(pid, "cpu")?;
    let text = fs::read_to_string(path.join("cpu.stat")).unwrap_or_default();
    let used_ns = if v2 { usage_ns(&text)? } else { cpu_ns(pid)? };
    Ok(Cpu { used_ns, periods: periods(&text) })
}

/// Counted periods, and those in which the group was held back.
fn periods(text: &str) -> Option<(u64, u64)> {
    let count = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    count("nr_periods ").zip(count("nr_throttled "))
}

/// Processors that the group may use; none where it may use all.
pub fn quota(pid: u64) -> Result<Option<f64>> {
    let (v2, path) = locate(pid, "cpu")?;
    let read = |name: &str| {
        let path = path.join(name);
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    };
    let text = if v2 { read("cpu.max")? } else { [read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?].join(" ") };
    Ok(share(&text))
}

/// `QUOTA PERIOD`, each in microseconds; a quota that is no number above 0 is none.
fn share(text: &str) -> Option<f64> {
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let (quota, period) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// Processes of the group, and how many it may have; none where nothing says so.
pub fn processes(pid: u64) -> Result<(u64, Option<u64>)> {
    let (_, path) = locate(pid, "pids")?;
    let read = |name: &str| fs::read_to_string(path.join(name)).with_context(|| format!("read {name}"));
    let now = read("pids.current")?.trim().parse().context("pids.current is not a number")?;
    Ok((now, read("pids.max")?.trim().parse().ok()))
}

/// Whether who asks for memory waits instead of being killed, by what `group-limit` of the helper writes.
pub fn is_starved(pid: u64) -> Result<bool> {
    let group = Group::of(pid)?;
    let text = group.read(if group.v2 { "memory.high" } else { "memory.oom_control" })?;
    Ok(if group.v2 { text.trim() != "max" } else { text.lines().any(|line| line == "oom_kill_disable 1") })
}

/// The disks, as the kernel numbers them, that the group may neither read nor write faster than `bytes` per second.
pub fn throttled(pid: u64, bytes: u64) -> Result<Vec<String>> {
    let (v2, path) = locate(pid, "blkio")?;
    let names: &[&str] =
        if v2 { &["io.max"] } else { &["blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device"] };
    let mut found = Vec::new();
    for name in names {
        let text = fs::read_to_string(path.join(name)).with_context(|| format!("read {name}"))?;
        found.push(slow(&text, bytes));
    }
    let mut first = found.pop().unwrap_or_default();
    first.retain(|disk| found.iter().all(|other| other.contains(disk)));
    Ok(first)
}

/// Disks of lines such as `7:0 1048576`, or `7:0 rbps=1048576 wbps=1048576 riops=max wiops=max`.
fn slow(text: &str, bytes: u64) -> Vec<String> {
    let is = |word: &str| word.rsplit('=').next().and_then(|number| number.parse::<u64>().ok()) == Some(bytes);
    let disk = |line: &str| {
        let mut words = line.split_whitespace();
        let disk = words.next()?.to_owned();
        let mut rates = words.filter(|word| !word.contains("iops="));
        let (first, second) = (rates.next()?, rates.next());
        (is(first) && second.is_none_or(is)).then_some(disk)
    };
    text.lines().filter_map(disk).collect()
}

struct Group {
    path: PathBuf,
    v2: bool,
}

impl Group {
    fn of(pid: u64) -> Result<Self> {
        let (v2, path) = locate(pid, "memory")?;
        Ok(Self { path, v2 })
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.path.join(name);
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }
}

/// Folder of the group that `controller` keeps for the process, and whether it is of version 2.
fn locate(pid: u64, controller: &str) -> Result<(bool, PathBuf)> {
    if pid == 0 {
        bail!("the container does not run");
    }
    let table = fs::read_to_string(format!("/proc/{pid}/cgroup")).context("read the container's control groups")?;
    let (v2, relative) =
        parse(&table, controller).with_context(|| format!("no group of {controller} in /proc/PID/cgroup"))?;
    // A process that is ending has left its container's group: what is counted there is the machine's.
    if relative.trim_end_matches(" (deleted)") == "/" {
        bail!(Ending);
    }
    let root = if v2 { PathBuf::from(ROOT) } else { PathBuf::from(ROOT).join(controller) };
    Ok((v2, root.join(relative.trim_start_matches('/'))))
}

fn parse(table: &str, controller: &str) -> Option<(bool, String)> {
    let rows = || {
        table.lines().filter_map(|line| {
            let mut fields = line.splitn(3, ':');
            Some((fields.next()?, fields.next()?, fields.next()?))
        })
    };
    let v1 = rows().find(|(_, names, _)| names.split(',').any(|name| name == controller));
    let v2 = rows().find(|(id, names, _)| *id == "0" && names.is_empty());
    v1.map(|row| (false, row.2.to_owned())).or_else(|| v2.map(|row| (true, row.2.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found() {
        let v1 = "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/x\n";
        assert_eq!(parse(v1, "memory"), Some((false, "/docker/abc".to_owned())));
        assert_eq!(parse(v1, "cpuacct"), Some((false, "/docker/abc".to_owned())));
        let v2 = "0::/system.slice/docker-abc.scope\n";
        assert_eq!(parse(v2, "memory"), Some((true, "/system.slice/docker-abc.scope".to_owned())));
        assert_eq!(parse("", "memory"), None);
    }

    #[test]
    fn files_that_nobody_used_of_late_are_no_memory_in_use() {
        let v1 = "cache 9\ninactive_file 5\ntotal_inactive_file 7\n";
        assert_eq!((idle_files(v1, false), idle_files(v1, true), idle_files("", true)), (7, 5, 0));
    }

    #[test]
    fn limits_are_read_of_both_versions() {
        assert_eq!([share("5000 100000\n"), share("-1\n 100000\n"), share("max 100000\n")], [Some(0.05), None, None]);
        let v2 = "7:0 rbps=1024 wbps=1024 riops=max wiops=max\n8:0 rbps=1024 wbps=max riops=max wiops=max\n";
        assert_eq!(
            (slow("7:0 1024\n254:0 2048\n", 1024), slow(v2, 1024)),
            (vec!["7:0".to_owned()], vec!["7:0".to_owned()])
        );
        assert!(slow("", 1024).is_empty());
    }

    #[test]
    fn periods_are_read_of_both_versions() {
        assert_eq!(periods("nr_periods 12\nnr_throttled 3\nthrottled_time 7\n"), Some((12, 3)));
        assert_eq!(
            periods("usage_usec 9\nuser_usec 5\nnr_periods 2\nnr_throttled 0\nthrottled_usec 0\n"),
            Some((2, 0))
        );
        assert_eq!(periods("usage_usec 9\n"), None);
    }
}
