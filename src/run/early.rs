//! What ends a run before its planned end, beside its user: what came after would be measured of something else than was
//! planned, or would hurt the machine.
//!
//! | what is seen | limit |
//! |---|---|
//! | in the baseline, nobody gets a right page | `[stop]` `no_success` |
//! | the machine has little memory left | `[stop]` `memory_free`, in three looks one after the other |
//! | a disk that reports or volumes lie on has little room left | `[stop]` `disk_free`, likewise |
//! | the history is large | seven eighths of [`HISTORY_MAX`] |
//! | a container was removed, or the reaper does not run | at the next look, within 10 s: no fault does either |
//! | wwchaos itself was stopped, or the machine slept | half of [`LEASE`]: the reaper takes the run for abandoned then |
//! | the engine was restarted, and every container has stopped | at the next look |
//! | the engine does not answer | a minute |

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Job;
use crate::clock::Stamp;
use crate::cluster::docker::{DockerCluster, disk_free, memory_free, reaper};
use crate::history::{Fact, HISTORY_MAX, Observation, ProbeKind};
use crate::lease::LEASE;
use crate::scenario::Stop;
use crate::settings::{duration_text, size_text};

/// Pause between two looks at this machine.
const LOOK: Duration = Duration::from_secs(1);
/// Looks at this machine for one at the cluster, which the engine has to answer.
const LOOKS: u32 = 5;
/// Looks one after the other that must find too little: what is short for a moment ends nothing.
const IN_A_ROW: u32 = 3;
/// Longest time that one look at the cluster may take.
const LOOK_LIMIT: Duration = Duration::from_secs(10);
/// Longest time that the engine may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Time without a failed probe after which a service is steady, and the longest until it is: each a little more than `measure`
/// wants to see.
const STEADY: Duration = Duration::from_secs(6);
const STEADY_WITHIN: Duration = Duration::from_secs(38);
/// Largest history while a run goes on, in bytes: what is written at its end must find room in what is read again.
const HISTORY: u64 = HISTORY_MAX / 8 * 7;

/// When somebody got a right page last, and when a probe last got none: fed with what is observed, asked by whoever ends the run.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    right: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
}

impl Pulse {
    /// Takes in one observation.
    pub fn look(&self, seen: &Observation) {
        let right = match &seen.fact {
            Fact::Request(request) => request.outcome.is_success(),
            Fact::Probe(probe) => probe.kind != ProbeKind::Node && probe.outcome.is_success(),
            _ => false,
        };
        if right {
            self.right.fetch_max(seen.at.0, Ordering::Relaxed);
        }
        if let Fact::Probe(probe) = &seen.fact
            && probe.kind == ProbeKind::Entry
            && !probe.outcome.is_success()
        {
            self.failed.fetch_max(seen.at.0, Ordering::Relaxed);
        }
    }

    fn last(&self) -> Stamp {
        Stamp(self.right.load(Ordering::Relaxed))
    }

    /// Waits until no probe through the balancer has failed for a while, but not much longer than it may take the service to
    /// get there.
    pub(super) async fn steady(&self) {
        let over = Stamp::now();
        while Stamp::now().since(over) < STEADY_WITHIN {
            tokio::time::sleep(LOOK / 4).await;
            let since = over.max(Stamp(self.failed.load(Ordering::Relaxed)));
            if self.last().0 > since.0 && self.last().since(since) > STEADY {
                break;
            }
        }
    }
}

/// Waits until something ends the run of `job`, whose class came at `zero`; why, in words.
pub(super) async fn why(job: &Job<'_>, cluster: &DockerCluster, zero: Stamp) -> String {
    let disks: Vec<PathBuf> = [Some(job.folder.to_owned()), job.volumes.clone()].into_iter().flatten().collect();
    let (mut machine, mut engine) = (Machine::default(), Silence::default());
    let baseline = zero + job.plan.baseline_end();
    let mut seen = Stamp::now();
    loop {
        for _ in 0..LOOKS {
            tokio::time::sleep(LOOK).await;
            let now = Stamp::now();
            // A look at the cluster may lie between two of these; its limit is shorter.
            let away = now.since(std::mem::replace(&mut seen, now));
            if away > LEASE / 2 {
                let away = duration_text(Duration::from_secs(away.as_secs()));
                return format!("wwchaos was stopped for {away}, or this machine slept");
            }
            let quiet = now.since(job.pulse.last().max(zero));
            if now < baseline && quiet > job.plan.stop.no_success {
                return format!(
                    "in the baseline, nobody got a right page for {}",
                    duration_text(job.plan.stop.no_success)
                );
            }
            let free = disks.iter().filter_map(|disk| Some((disk_free(disk)?, disk.display().to_string())));
            if let Some(why) = machine.short(&job.plan.stop, memory_free(), free.min()) {
                return why;
            }
            let history = std::fs::metadata(job.folder.join("history.jsonl")).map_or(0, |file| file.len());
            if history > HISTORY {
                return format!("its history is larger than {}", size_text(HISTORY));
            }
        }
        let looked = tokio::time::timeout(LOOK_LIMIT, gone(cluster)).await;
        match looked.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {}", duration_text(LOOK_LIMIT)))) {
            Ok(Some(why)) => return why,
            Ok(None) => engine = Silence::default(),
            Err(error) => {
                if let Some(why) = engine.long(&error) {
                    cluster.lose();
                    return why;
                }
            }
        }
    }
}

/// How often in a row the machine was short of something.
#[derive(Debug, Default)]
struct Machine {
    memory: u32,
    disk: u32,
}

impl Machine {
    /// What the machine is short of, when it was so often enough; what is not known is not short.
    fn short(&mut self, stop: &Stop, memory: Option<u64>, disk: Option<(u64, String)>) -> Option<String> {
        let mut count = |row: fn(&mut Self) -> &mut u32, short: bool| {
            let row = row(self);
            *row = if short { *row + 1 } else { 0 };
            *row >= IN_A_ROW
        };
        let memory = memory.filter(|free| count(|all| &mut all.memory, *free < stop.memory_free_bytes));
        let disk = disk.filter(|(free, _)| count(|all| &mut all.disk, *free < stop.disk_free_bytes));
        let least = |bytes| format!("(stop.{bytes})");
        if let Some(free) = memory {
            let [free, most] = [free, stop.memory_free_bytes].map(size_text);
            return Some(format!("this machine had {free} of memory left, less than {most} {}", least("memory_free")));
        }
        let (free, place) = disk?;
        let [free, most] = [free, stop.disk_free_bytes].map(size_text);
        Some(format!("{place} had {free} of disk left, less than {most} {}", least("disk_free")))
    }
}

/// Since when the engine has not answered.
#[derive(Debug, Default)]
struct Silence(Option<Stamp>);

impl Silence {
    fn long(&mut self, error: &anyhow::Error) -> Option<String> {
        let since = *self.0.get_or_insert_with(Stamp::now);
        let long = Stamp::now().since(since) > SILENCE_MAX;
        long.then(|| format!("Docker Engine did not answer for {}: {error:#}", duration_text(SILENCE_MAX)))
    }
}

/// Why the cluster is not the planned one any more, if it is not.
async fn gone(cluster: &DockerCluster) -> anyhow::Result<Option<String>> {
    let states = cluster.states().await?;
    if let Some((service, _)) = states.iter().find(|(_, state)| state.is_missing()) {
        return Ok(Some(format!("the container of {service} was removed, by `wwchaos down` or by somebody else")));
    }
    if cluster.engine_restarted(&states).await? {
        cluster.lose();
        return Ok(Some("Docker Engine was restarted, and every container had stopped".to_owned()));
    }
    let reaper = cluster.engine().state(&reaper(&cluster.site().run)).await?;
    // What a killed wwchaos would leave, nobody would remove.
    Ok((!reaper.running).then(|| "somebody else ended or removed the run's reaper".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{ErrorClass, Outcome, Probe};

    fn probe(kind: ProbeKind, outcome: Outcome, at: u64) -> Observation {
        let (intended, end) = (Stamp(at), Stamp(at));
        let probe = Probe { kind, path: None, intended, sent: intended, first_byte: None, end, outcome, node: None };
        Observation { at: end, fact: Fact::Probe(probe) }
    }

    #[test]
    fn only_a_right_page_through_the_entry_is_a_sign_of_life() {
        let pulse = Pulse::default();
        pulse.look(&probe(ProbeKind::Entry, Outcome::Success, 5));
        pulse.look(&probe(ProbeKind::Entry, Outcome::Failed(ErrorClass::Refused), 6));
        pulse.look(&probe(ProbeKind::Node, Outcome::Success, 7));
        pulse.look(&Observation { at: Stamp(8), fact: Fact::Interrupted });
        assert_eq!(pulse.last(), Stamp(5));
        pulse.look(&probe(ProbeKind::Write, Outcome::Success, 9));
        pulse.look(&probe(ProbeKind::Entry, Outcome::Success, 2));
        assert_eq!(pulse.last(), Stamp(9));
    }

    #[test]
    fn a_machine_is_short_when_it_was_three_times_in_a_row() {
        let stop = Stop::default();
        let (little, much) = (Some(10 << 20), Some(1 << 30));
        let disk = |free: u64| Some((free, "/reports".to_owned()));
        let mut machine = Machine::default();
        for memory in [little, little, much, None, little, little] {
            assert_eq!(machine.short(&stop, memory, disk(1 << 30)), None);
        }
        assert_eq!(
            machine.short(&stop, little, None).as_deref(),
            Some("this machine had 10.0 MiB of memory left, less than 256.0 MiB (stop.memory_free)")
        );
        let mut machine = Machine::default();
        let looks: Vec<_> = (0..3).map(|_| machine.short(&stop, None, disk(5 << 20))).collect();
        assert_eq!(
            looks,
            [None, None, Some("/reports had 5.0 MiB of disk left, less than 256.0 MiB (stop.disk_free)".to_owned())]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_engine_may_be_silent_for_a_minute() {
        let (mut silence, error) = (Silence::default(), anyhow::anyhow!("nobody listens"));
        assert_eq!(silence.long(&error), None);
        tokio::time::sleep(SILENCE_MAX).await;
        assert_eq!(silence.long(&error), None);
        tokio::time::sleep(LOOK).await;
        let said = silence.long(&error).unwrap();
        assert_eq!(said, "Docker Engine did not answer for 1m: nobody listens");
    }
}
