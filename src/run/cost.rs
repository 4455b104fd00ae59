//! What probes cost, measured on the idle cluster, and the rates at which all together stay within their budget. Beside
//! it, what the engine's daemons use when nobody asks.

use std::time::Duration;

use anyhow::Result;

use crate::clock::{Stamp, nanos};
use crate::cluster::docker::accounting::Daemons;
use crate::cluster::docker::{DockerCluster, cgroup, limits};
use crate::history::{Fact, ProbeKind, Recorder};
use crate::probe::{BUDGET, Cost, Prober, Rates, WANTED};
use crate::settings::share_text;

/// Time over which the idle cluster is measured: longer than the period of any monitor in it.
const IDLE: Duration = Duration::from_secs(5);
/// Questions asked: signed-in pages, and writes.
const QUESTIONS: (usize, usize) = (60, 15);

/// The rates asked for when they fit the budget, else lower ones.
pub async fn rates(cluster: &DockerCluster, prober: &Prober, daemons: &mut Daemons, recorder: &Recorder) -> Rates {
    let (start, began) = (cpu(cluster).await, Stamp::now());
    // The daemons are measured whether or not the cluster can be: the cost of looking needs them.
    let (before, asked) = (daemons.cpu_ns(), Stamp::now());
    tokio::time::sleep(IDLE).await;
    recorder.record(idle(before.and_then(|before| Ok(daemons.cpu_ns()? - before)), Stamp::now().since(asked)));
    let Some(start) = start else { return unmeasured(recorder) };
    let measured = async {
        let idle = (cpu(cluster).await? - start) / Stamp::now().since(began).as_secs_f64();
        let page = cost(cluster, prober, ProbeKind::Entry, QUESTIONS.0, idle).await?;
        let write = cost(cluster, prober, ProbeKind::Write, QUESTIONS.1, idle).await?;
        Some(Cost { page, write })
    };
    let Some(cost) = measured.await else { return unmeasured(recorder) };
    #[allow(clippy::cast_precision_loss, reason = "a few nodes")]
    let nodes = cluster.topology().serving().len() as f64;
    let processors = processors(cluster).await;
    let rates = Rates::within(BUDGET * processors, cost, nodes);
    let share = rates.use_of(cost, nodes) / processors;
    if share > BUDGET * 1.05 {
        let why = format!(
            "even at their lowest rates they use {} of the cluster's processors; the budget is {}",
            share_text(share),
            share_text(BUDGET)
        );
        recorder.record(Fact::Unmeasured { what: "service without probes".to_owned(), why });
    }
    rates
}

/// What the daemons used on the idle cluster in `length`, or why that is not known.
fn idle(used: Result<u64>, length: Duration) -> Fact {
    match used {
        Ok(cpu_ns) => Fact::IdleDaemons { cpu_ns, length_ns: nanos(length) },
        Err(error) => {
            let what = "processor time of Docker's daemons on the idle cluster".to_owned();
            Fact::Unmeasured { what, why: format!("{error:#}") }
        }
    }
}

fn unmeasured(recorder: &Recorder) -> Rates {
    let why = "the containers' control groups cannot be read; probes keep their rates".to_owned();
    recorder.record(Fact::Unmeasured { what: "cost of probes".to_owned(), why });
    WANTED
}

/// Processor seconds of one question, beyond what the idle cluster uses; none when that cannot be read.
async fn cost(cluster: &DockerCluster, prober: &Prober, kind: ProbeKind, questions: usize, idle: f64) -> Option<f64> {
    let (began, before) = (Stamp::now(), cpu(cluster).await?);
    prober.rehearse(kind, questions).await;
    let used = cpu(cluster).await? - before - idle * Stamp::now().since(began).as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let each = used / questions as f64;
    Some(each.max(1e-4))
}

/// Processor seconds that all services have used.
async fn cpu(cluster: &DockerCluster) -> Option<f64> {
    let mut sum = 0.0;
    for service in cluster.topology().services() {
        let state = cluster.engine().state(&cluster.site().container(service)).await.ok()?;
        sum += Duration::from_nanos(cgroup::cpu_ns(state.pid).ok()?).as_secs_f64();
    }
    Some(sum)
}

/// Processors that all services may use together.
async fn processors(cluster: &DockerCluster) -> f64 {
    let cores = cluster.engine().facts().await.map(|facts| facts.cores).unwrap_or(1);
    limits(cluster.topology(), cores).iter().map(|(_, thousandths, _)| f64::from(*thousandths) / 1000.0).sum()
}
