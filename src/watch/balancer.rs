//! HAProxy's opinion of each node, asked ten times a second through its runtime interface.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

const INTERVAL: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(1);

/// Records every change of mind, and the first opinion of each node.
pub async fn watch(cluster: &DockerCluster, detector: &Detector, port: u16, recorder: &Recorder) -> Result<()> {
    let address = cluster.site().address(cluster.topology(), &detector.service)?;
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let asked = tokio::time::timeout(LIMIT, ask(&format!("{address}:{port}"))).await;
        // A balancer that does not answer now may be the target of a fault: its last opinion stands.
        let Ok(Ok(table)) = asked else { continue };
        for (service, up, detail) in parse(&table) {
            if known.insert(service.clone(), up) != Some(up) {
                recorder.record(Fact::Detector { detector: detector.name.clone(), service, up, detail });
            }
        }
    }
}

async fn ask(address: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await.context("connect to the balancer's runtime interface")?;
    stream.write_all(b"show stat\n").await?;
    let mut table = String::new();
    stream.read_to_string(&mut table).await?;
    Ok(table)
}

/// Each server with whether it is up and what its last check said.
fn parse(table: &str) -> Vec<(String, bool, String)> {
    let mut lines = table.lines();
    let header: Vec<_> = lines.next().unwrap_or_default().trim_start_matches("# ").split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (Some(name), Some(status), Some(check)) = (column("svname"), column("status"), column("check_status")) else {
        return Vec::new();
    };
    let row = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        let service = *fields.get(name)?;
        if matches!(service, "FRONTEND" | "BACKEND") {
            return None;
        }
        let status = *fields.get(status)?;
        let detail = format!("{status}, {}", fields.get(check).unwrap_or(&""));
        Some((service.to_owned(), status.starts_with("UP") || status == "no check", detail))
    };
    lines.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_by_column_name() {
        let table = "# pxname,svname,status,check_status\nquiz,FRONTEND,OPEN,\nwebs,web1,UP 1/3,L7OK\n\
                     webs,web2,DOWN,L7TOUT\nwebs,BACKEND,UP,\n";
        let expected = [
            ("web1".to_owned(), true, "UP 1/3, L7OK".to_owned()),
            ("web2".to_owned(), false, "DOWN, L7TOUT".to_owned()),
        ];
        assert_eq!(parse(table), expected);
        assert_eq!(parse(""), []);
    }
}
