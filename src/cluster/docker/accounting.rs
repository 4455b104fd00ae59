//! What the kernel has accounted to processes of this machine: ours, and the daemons of Docker Engine.
//!
//! Processor time is read from `/proc/PID/stat`, in ticks of the kernel (10 ms on most machines).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

/// The engine's daemons by the name that the kernel keeps of a process, at most 15 characters. What a daemon starts and
/// waits for (`runc`) is accounted to it.
const DAEMONS: [&str; 4] = ["dockerd", "containerd", "containerd-shim", "docker-proxy"];

/// Processor time of one process in nanoseconds, without its children.
pub fn cpu_ns(pid: u32) -> Result<u64> {
    Ok(Stat::of(&pid.to_string())?.own * tick_ns())
}

/// Processor time of this process in nanoseconds, without its children.
pub fn own_cpu_ns() -> Result<u64> {
    Ok(Stat::of("self")?.own * tick_ns())
}

/// Most memory of this process that was resident at one time, in bytes.
pub fn peak_bytes() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kib.context("no VmHWM in /proc/self/status")? * 1024)
}

/// The processor time of the engine's daemons, added up.
#[derive(Debug, Default)]
pub struct Daemons {
    seen: Seen,
    /// Ticks of those that were there when this was first asked.
    before: u64,
    /// Ticks of those that ended and that no other daemon waited for: a daemon of a container goes with it, and its time
    /// must stay.
    gone: u64,
    ticks: u64,
}

/// Daemons as they were seen at one time, by process id and moment of their start.
type Seen = BTreeMap<(String, u64), Used>;

/// What one daemon has used.
#[derive(Clone, Debug)]
struct Used {
    /// Of itself, and of what it waited for.
    ticks: u64,
    /// Process id of its parent.
    parent: String,
}

impl Daemons {
    /// Processor time in nanoseconds that they have used since this was first asked of `self`.
    pub fn cpu_ns(&mut self) -> Result<u64> {
        Ok(self.count(daemons()?) * tick_ns())
    }

    /// Ticks used up to the moment at which `found` was seen.
    ///
    /// The kernel adds the time of a process that ended to its parent's when that has waited for it. So `docker-proxy`, a
    /// child of `dockerd`, is counted as itself while it is there and within its parent from then on.
    fn count(&mut self, found: Seen) -> u64 {
        let there: u64 = found.values().map(|daemon| daemon.ticks).sum();
        if self.seen.is_empty() {
            self.before = there;
        }
        let is_there = |pid: &String| found.keys().any(|(other, _)| other == pid);
        let ended = self.seen.iter().filter(|(process, _)| !found.contains_key(*process)).map(|(_, daemon)| daemon);
        self.gone += ended.filter(|daemon| !is_there(&daemon.parent)).map(|daemon| daemon.ticks).sum::<u64>();
        // They are not all read in the same instant: one that ends meanwhile may be in both sums or in none, once.
        self.ticks = self.ticks.max((there + self.gone).saturating_sub(self.before));
        self.seen = found;
        self.ticks
    }
}

/// Every daemon of the engine with its ticks.
fn daemons() -> Result<Seen> {
    let entries = fs::read_dir("/proc").context("read /proc")?.filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let pids = pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    // One that ends between two looks has no file any more.
    let stats = pids.filter_map(|pid| Some((Stat::of(&pid).ok()?, pid)));
    let stats: Vec<_> = stats.filter(|(stat, _)| DAEMONS.contains(&stat.name.as_str())).collect();
    if !stats.iter().any(|(stat, _)| stat.name == "dockerd") {
        bail!("no process `dockerd` is to be seen in /proc");
    }
    let used = |(stat, pid): (Stat, String)| {
        ((pid, stat.started), Used { ticks: stat.own + stat.children, parent: stat.parent })
    };
    Ok(stats.into_iter().map(used).collect())
}

fn tick_ns() -> u64 {
    1_000_000_000 / rustix::param::clock_ticks_per_second().max(1)
}

/// A line of `/proc/PID/stat`, times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    name: String,
    /// Process id of its parent.
    parent: String,
    own: u64,
    /// Of children that ended and were waited for.
    children: u64,
    started: u64,
}

impl Stat {
    fn of(pid: &str) -> Result<Self> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        Self::parse(&text).with_context(|| format!("{path}: not what the kernel writes"))
    }

    /// The name stands in parentheses and may hold any character.
    fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            name: head.split_once('(')?.1.to_owned(),
            parent: (*fields.get(1)?).to_owned(),
            own: number(11)? + number(12)?,
            children: number(13)? + number(14)?,
            started: number(19)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_name_of_the_process() {
        let rest = "S 3 1 1 0 -1 4194560 1 2 3 4 50 7 20 3 20 0 9 0 4242 1 2 3";
        let expected = Stat { name: "a) (b".to_owned(), parent: "3".to_owned(), own: 57, children: 23, started: 4242 };
        assert_eq!(Stat::parse(&format!("17 (a) (b) {rest}")), Some(expected));
        assert_eq!(Stat::parse("17 (a) S 1"), None);
    }

    #[test]
    fn this_process_has_used_time_and_memory() {
        assert!(own_cpu_ns().is_ok() && peak_bytes().unwrap() > 1 << 20);
        assert!(cpu_ns(u32::MAX).unwrap_err().to_string().contains("/proc/4294967295/stat"));
    }

    /// Daemons with their process id, their parent's, and their ticks.
    fn seen(daemons: &[(&str, &str, u64)]) -> Seen {
        let one = |(pid, parent, ticks): &(&str, &str, u64)| {
            (((*pid).to_owned(), 1), Used { ticks: *ticks, parent: (*parent).to_owned() })
        };
        daemons.iter().map(one).collect()
    }

    #[test]
    fn a_child_that_ends_is_counted_once() {
        let mut daemons = Daemons::default();
        assert_eq!(daemons.count(seen(&[("10", "1", 100), ("11", "10", 30)])), 0);
        assert_eq!(daemons.count(seen(&[("10", "1", 105), ("11", "10", 40), ("12", "10", 7)])), 22);
        // 11 used 2 more before it ended, and its parent waited for it: 42 more there, 3 of its own.
        assert_eq!(daemons.count(seen(&[("10", "1", 150), ("12", "10", 7)])), 27);
        // The parent of 12 was read after its end, 12 itself before.
        assert_eq!(daemons.count(seen(&[("10", "1", 157), ("12", "10", 7)])), 34);
        assert_eq!(daemons.count(seen(&[("10", "1", 158)])), 34, "in both sums once, and nothing is taken back");
        assert_eq!(daemons.count(seen(&[("10", "1", 170)])), 40, "and right again");
    }

    #[test]
    fn the_time_of_a_daemon_that_nobody_waited_for_stays() {
        let mut daemons = Daemons::default();
        daemons.count(seen(&[("10", "1", 100), ("20", "1", 8)]));
        assert_eq!(daemons.count(seen(&[("10", "1", 100), ("20", "1", 9), ("21", "1", 4)])), 5);
        assert_eq!(daemons.count(seen(&[("10", "1", 101)])), 6);
        // Parent and child end together: nobody was there to wait for the child.
        assert_eq!(daemons.count(seen(&[("10", "1", 101), ("30", "1", 2), ("31", "30", 3)])), 11);
        assert_eq!(daemons.count(seen(&[("10", "1", 101)])), 11);
    }

    /// What counting children rests on.
    #[test]
    fn the_kernel_adds_a_child_to_the_parent_that_waited_for_it() {
        let mut child = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let id = child.id().to_string();
        let before = Stat::of("self").unwrap().children;
        let used = (0..3000).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Some(Stat::of(&id).unwrap()).filter(|stat| stat.own >= 10)
        });
        child.kill().unwrap();
        child.wait().unwrap();
        let used = used.unwrap();
        assert_eq!(used.parent, std::process::id().to_string());
        // A sum is rounded down once, its parts each.
        assert!(Stat::of("self").unwrap().children + 2 >= before + used.own);
        assert!(Stat::of(&id).is_err());
    }
}
