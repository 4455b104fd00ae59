//! Memory and processors of each service that a fault can hit, how many of its processes the kernel ended for want of memory, and
//! the clock's offset, once a second.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::wall_offset_ns;
use crate::cluster::docker::DockerCluster;
use crate::cluster::docker::cgroup::{self, Cpu};
use crate::history::{Fact, Recorder};

const INTERVAL: Duration = Duration::from_secs(1);

/// Records memory and clock until cancelled.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let services: Vec<String> = cluster.topology().services().map(str::to_owned).collect();
    let mut unmeasured: HashSet<&str> = HashSet::new();
    let mut kills: HashMap<&str, u64> = HashMap::new();
    let mut failing: HashMap<&str, u64> = HashMap::new();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        recorder.record(Fact::Clock { wall_less_monotonic_ns: wall_offset_ns().to_string() });
        for service in &services {
            let Ok(state) = cluster.engine().state(&cluster.site().container(service)).await else { continue };
            if !state.running {
                continue;
            }
            // One that has just ended is asked again in a second, and what cannot be told at all is told of its memory.
            if let Ok(Cpu { used_ns, periods }) = cgroup::cpu(state.pid) {
                let (periods, throttled) = periods.unzip();
                recorder.record(Fact::Cpu { service: service.clone(), used_ns, periods, throttled });
            }
            if let Ok(now) = cgroup::oom_kills(state.pid)
                && kills.insert(service, now) != Some(now)
            {
                recorder.record(Fact::OomCount { service: service.clone(), kills: now });
            }
            match cgroup::memory(state.pid) {
                Ok(memory) => {
                    failing.remove(service.as_str());
                    recorder.record(Fact::Memory {
                        service: service.clone(),
                        used_bytes: memory.used,
                        limit_bytes: memory.limit,
                    });
                }
                Err(error) if error.is::<cgroup::Ending>() => drop(failing.remove(service.as_str())),
                // One that has just ended has no group any more, and nothing to measure; the engine may need a moment to notice.
                Err(error) => {
                    let again = failing.insert(service, state.pid) == Some(state.pid);
                    if again && unmeasured.insert(service) {
                        let what = format!("memory of {service}");
                        recorder.record(Fact::Unmeasured { what, why: format!("{error:#}") });
                    }
                }
            }
        }
    }
}
