//! The cost of looking: what the kernel has accounted to the harness, to the class and to the engine's daemons.

use std::time::Duration;

use anyhow::Result;

use crate::cluster::docker::accounting::{Daemons, cpu_ns, own_cpu_ns, peak_bytes};
use crate::history::{Fact, Recorder};

const INTERVAL: Duration = Duration::from_secs(1);

/// Records what was spent, once a second, until the process `class` has ended.
pub async fn watch(class: u32, mut daemons: Daemons, recorder: Recorder) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut readable = true;
    loop {
        ticks.tick().await;
        let Ok(class_ns) = cpu_ns(class) else { return };
        let daemons_ns = daemons.cpu_ns();
        if let (Err(error), true) = (&daemons_ns, readable) {
            readable = false;
            let what = "processor time of Docker's daemons".to_owned();
            recorder.record(Fact::Unmeasured { what, why: format!("{error:#}") });
        }
        match spent(class_ns, daemons_ns.ok()) {
            Ok(fact) => recorder.record(fact),
            Err(error) => {
                let what = "cost of looking".to_owned();
                return recorder.record(Fact::Unmeasured { what, why: format!("{error:#}") });
            }
        }
    }
}

fn spent(class_ns: u64, daemons_ns: Option<u64>) -> Result<Fact> {
    Ok(Fact::Spent { harness_ns: own_cpu_ns()?, class_ns, daemons_ns, harness_peak_bytes: peak_bytes()? })
}
