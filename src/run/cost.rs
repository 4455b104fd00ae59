//! What probes cost, measured on the idle cluster, and the factor by which their rates are lowered so that all
//! together stay within their budget.

use std::time::Duration;

use crate::clock::Stamp;
use crate::cluster::docker::{DockerCluster, cgroup};
use crate::history::{Fact, ProbeKind, Recorder};
use crate::probe::{BUDGET, Prober};

/// Time over which the idle cluster is measured.
const IDLE: Duration = Duration::from_secs(3);
/// Questions asked of each kind.
const QUESTIONS: usize = 25;

/// 1 when the rates asked for fit the budget, else less.
pub async fn factor(cluster: &DockerCluster, prober: &Prober, recorder: &Recorder) -> f64 {
    let Some(start) = cpu(cluster).await else {
        let why = "the containers' control groups cannot be read; probes keep their rates".to_owned();
        recorder.record(Fact::Unmeasured { what: "cost of probes".to_owned(), why });
        return 1.0;
    };
    let began = Stamp::now();
    tokio::time::sleep(IDLE).await;
    let idle = (cpu(cluster).await.unwrap_or(start) - start) / Stamp::now().since(began).as_secs_f64();
    let page = cost(cluster, prober, ProbeKind::Entry, idle).await;
    let write = cost(cluster, prober, ProbeKind::Write, idle).await;
    let pages = prober.load(ProbeKind::Entry) + prober.load(ProbeKind::Node);
    let wanted = pages * page + prober.load(ProbeKind::Write) * write;
    let allowed = BUDGET * processors(cluster).await;
    if wanted > allowed { allowed / wanted } else { 1.0 }
}

/// Processor seconds of one question, beyond what the idle cluster uses.
async fn cost(cluster: &DockerCluster, prober: &Prober, kind: ProbeKind, idle: f64) -> f64 {
    let (began, before) = (Stamp::now(), cpu(cluster).await.unwrap_or_default());
    prober.rehearse(kind, QUESTIONS).await;
    let used = cpu(cluster).await.unwrap_or(before) - before - idle * Stamp::now().since(began).as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a small constant")]
    let each = used / QUESTIONS as f64;
    each.max(0.0)
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
    cluster.limits(cores).iter().map(|(_, thousandths, _)| f64::from(*thousandths) / 1000.0).sum()
}
