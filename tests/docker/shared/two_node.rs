//! The topology `two-node`: up, every service at work, down, nothing left, and no stranger touched.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};
use wwchaos::cluster::Cluster;

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Draft, Place, SOON};
use crate::student::served_by;

#[tokio::test]
async fn two_node_comes_up_serves_and_goes_without_touching_a_stranger() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let draft = Draft::new(engine, "two-node").await?;
    let stranger = Stranger::beside(draft.run()).await?;
    let place = draft.up().await?;
    for service in place.cluster.topology().services() {
        ensure!(place.cluster.ready(service).await?, "{service} is not ready");
        ensure!(ask::inspect(&place.container(service), ".State.Running").await? == "true", "{service} does not run");
    }
    ensure!(place.cluster.primary("db").await?.is_some(), "no primary");
    let nodes = nodes(&place.cluster.site().entry_url()).await?;
    ensure!(nodes.len() == 2 && nodes.values().all(|count| *count == 4), "round robin, 8 pages: {nodes:?}");
    for node in ["web1", "web2"] {
        ensure!(place.serves(node).await?, "{node} does not serve");
        ensure!(nodes.contains_key(node), "the entry names {nodes:?}");
    }

    a_replica_falls_behind(&place).await?;
    stranger.leaves(place).await
}

/// `replica-lag`: what the primary has been told its replica receives and does not apply, until it is healed.
async fn a_replica_falls_behind(place: &Place) -> Result<()> {
    let primary = place.cluster.primary("db").await?.context("no primary")?;
    let replica = if primary == "db1" { "db2" } else { "db1" };
    let sql = async |service: &str, statement: &str| {
        ask::docker(&["exec", &place.container(service), "mariadb", "--skip-column-names", "-e", statement]).await
    };
    sql(&primary, "CREATE TABLE webwork.lag (id INT PRIMARY KEY)").await?;
    let there = async || Ok(sql(replica, "SELECT COUNT(*) FROM webwork.lag").await.is_ok().then_some(()));
    until("the table on the replica", SOON, there).await?;
    let injection = place.inject("replica-lag", &[], replica).await?;
    sql(&primary, "INSERT INTO webwork.lag VALUES (7)").await?;
    let behind = async || {
        let status = sql(replica, "SHOW SLAVE STATUS\\G").await?;
        Ok(status.contains("Waiting until MASTER_DELAY seconds after master executed event").then_some(()))
    };
    until("the replica to hold it back", SOON, behind).await?;
    ensure!(sql(replica, "SELECT id FROM webwork.lag").await?.is_empty(), "the replica applied it");
    place.heal(&injection, replica).await?;
    ensure!(sql(replica, "SELECT id FROM webwork.lag").await? == "7", "not applied after heal");
    ensure!(place.cluster.primary("db").await?.as_ref() == Some(&primary), "somebody else is the primary");
    Ok(())
}

/// How many of eight login pages each node served, by the entry's own word.
async fn nodes(entry: &str) -> Result<BTreeMap<String, u32>> {
    let mut nodes = BTreeMap::new();
    for _ in 0..8 {
        *nodes.entry(served_by(entry).await?).or_default() += 1;
    }
    Ok(nodes)
}

/// A container, a volume and a network with names like a run's and without its label.
struct Stranger {
    name: String,
    _container: testcontainers::ContainerAsync<GenericImage>,
}

impl Stranger {
    async fn beside(run: &str) -> Result<Self> {
        let name = format!("{run}-web9");
        let container = GenericImage::new("debian", "bookworm-slim")
            .with_cmd(["sleep", "600"])
            .with_container_name(&name)
            .with_startup_timeout(Duration::from_secs(60))
            .start()
            .await?;
        let stranger = Self { name, _container: container };
        ask::docker(&["volume", "create", &stranger.name]).await?;
        ask::docker(&["network", "create", "--internal", &stranger.name]).await?;
        Ok(stranger)
    }

    /// Ends `place`; only this stranger is left.
    async fn leaves(self, place: Place) -> Result<()> {
        let run = place.cluster.site().run.clone();
        place.down().await?;
        let left = ask::left(&run).await?;
        let expected = ["container", "network", "volume"].map(|kind| format!("{kind} {}", self.name));
        ensure!(left == expected, "left beside the stranger: {left:?}");
        ensure!(ask::inspect(&self.name, ".State.Running").await? == "true", "the stranger was stopped");
        Ok(())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        for kind in ["volume", "network"] {
            let removed = std::process::Command::new("docker").args([kind, "rm", &self.name]).output();
            if !removed.is_ok_and(|output| output.status.success()) {
                eprintln!("the stranger's {kind} {} is left", self.name);
            }
        }
    }
}
