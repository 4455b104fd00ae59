//! What a scenario has timed on the idle cluster, before the class comes.

use std::time::Duration;

use crate::cluster::docker::{DockerCluster, TIMED_WITHIN};
use crate::history::{Fact, Recorder};
use crate::plan::Plan;
use crate::settings::duration_text;

/// Longest time that is waited for one command: it ends itself before.
const LIMIT: Duration = Duration::from_secs(TIMED_WITHIN.as_secs() + 10);

/// Runs the commands that `plan` names, one place after the other; one that fails is told as not measured.
pub async fn take(plan: &Plan, cluster: &DockerCluster, recorder: &Recorder, say: impl Fn(&str)) {
    for name in &plan.timings {
        let Some(timing) = cluster.topology().timings.get(name) else { continue };
        say(&format!("timing {}", timing.title));
        for place in timing.at.keys() {
            let timed = match tokio::time::timeout(LIMIT, cluster.time(name, place)).await {
                Ok(Ok(timed)) => Ok(timed),
                Ok(Err(error)) => Err(format!("{error:#}")),
                Err(_) => Err(format!("not done within {}", duration_text(LIMIT))),
            };
            recorder.record(match timed {
                Ok(timed) => Fact::Timed(timed),
                Err(why) => Fact::Unmeasured { what: format!("{} at {place}", timing.title), why },
            });
        }
    }
}
