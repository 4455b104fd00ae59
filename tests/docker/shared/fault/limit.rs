//! Limits of what a container may use: by the kernel's own files, and by what a stranger in it meets.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};
use crate::student::Crowd;

#[tokio::test]
async fn processor_processes_and_disks_are_limited_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let container = place.container("web");

    let usual = quota(&container).await?;
    let injection = place.inject("cpu-starve", &[("share", "20%")], "web").await?;
    let starved = quota(&container).await?;
    ensure!((starved / usual - 0.2).abs() < 0.01, "{usual} and {starved}");
    place.heal(&injection, "web").await?;
    ensure!((quota(&container).await? - usual).abs() < 1e-6);

    // The engine puts a process into the container; what that one starts is started there.
    let starts = async || ask::docker(&["exec", &container, "sh", "-c", "sleep 0 | true"]).await;
    starts().await?;
    let usual = most_processes(&container).await?;
    let injection = place.inject("pids", &[], "web").await?;
    let refused = refused_forks(&container).await?;
    // What it says depends on which of its processes is the one too many: now and then nothing.
    starts().await.err().context("a process was started")?;
    ensure!(refused_forks(&container).await? > refused, "the kernel refused none");
    ensure!(ask::inspect(&container, ".State.Running").await? == "true", "the node is gone");
    place.heal(&injection, "web").await?;
    starts().await.context("none can be started after heal")?;
    ensure!(most_processes(&container).await? == usual, "another limit than before");

    let database = place.container("db");
    let fast = written(&database).await?;
    let injection = place.inject("io-throttle", &[("rate", "128KiB")], "db").await?;
    let slow = written(&database).await?;
    ensure!(slow > fast + Duration::from_secs(2), "{fast:?} and {slow:?}");
    place.heal(&injection, "db").await?;
    let again = written(&database).await?;
    ensure!(again + Duration::from_secs(2) < slow, "slow after heal: {again:?}");
    place.end().await
}

#[tokio::test]
async fn a_node_without_memory_lives_and_does_not_answer_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (container, address) = (place.container("web"), place.address("web")?);
    let kills = ask::oom_kills(&container).await?;
    let usual = memory_limit(&container).await?;
    let crowd = Crowd::start(address, &place.cluster.site().student_password, 4);

    let injection = place.inject("hang-oom", &[], "web").await?;
    let hangs = async || {
        let said = ask::page(address, "/webwork2/quiz", Duration::from_secs(2)).await;
        Ok(said.is_ok_and(|said| said.is_empty()).then_some(()))
    };
    until("a page without an answer", SOON, hangs).await?;
    ensure!(ask::oom_kills(&container).await? == kills, "somebody was killed");
    ensure!(ask::inspect(&container, ".State.Running").await? == "true");

    drop(crowd);
    place.heal(&injection, "web").await?;
    ensure!(place.serves("web").await?, "not served after heal");
    ensure!(ask::oom_kills(&container).await? == kills, "somebody was killed");
    ensure!(memory_limit(&container).await? == usual, "the limit is another than before");
    place.end().await
}

/// Processors that the kernel gives a container.
async fn quota(container: &str) -> Result<f64> {
    if let Ok(text) = ask::group_file(container, ("none", "none"), "cpu.max").await {
        let (quota, period) = text.trim().split_once(' ').context("cpu.max")?;
        return Ok(quota.parse::<f64>()? / period.parse::<f64>()?);
    }
    let number = async |name: &str| -> Result<f64> {
        Ok(ask::group_file(container, ("cpu", name), "none").await?.trim().parse()?)
    };
    Ok(number("cpu.cfs_quota_us").await? / number("cpu.cfs_period_us").await?)
}

/// What the fault lowers.
async fn memory_limit(container: &str) -> Result<String> {
    ask::group_file(container, ("memory", "memory.limit_in_bytes"), "memory.high").await
}

async fn most_processes(container: &str) -> Result<String> {
    ask::group_file(container, ("pids", "pids.max"), "pids.max").await
}

/// How often the kernel has refused a container a process.
async fn refused_forks(container: &str) -> Result<u64> {
    let text = ask::group_file(container, ("pids", "pids.events"), "pids.events").await?;
    let count = text.lines().find_map(|line| line.strip_prefix("max "));
    count.and_then(|count| count.parse().ok()).with_context(|| format!("no max in:\n{text}"))
}

/// What it takes to write 512 KiB to the disk itself.
async fn written(container: &str) -> Result<Duration> {
    let from = Instant::now();
    let script =
        "dd if=/dev/zero of=/var/lib/wwchaos/plain/x bs=64k count=8 oflag=direct && rm /var/lib/wwchaos/plain/x";
    ask::docker(&["exec", "--user", "root", container, "sh", "-c", script]).await?;
    Ok(from.elapsed())
}
