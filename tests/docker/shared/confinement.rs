//! Who runs as whom: what the engine and the kernel say of a container, against the table in `compose/README.md`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::ask;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    user: String,
    read_only: bool,
    capabilities: BTreeSet<String>,
}

/// The table of `compose/README.md`, by service, or by topology and service where a topology has a row of its own.
pub fn table() -> Result<BTreeMap<String, Row>> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/compose/README.md"))?;
    let section = text.split("\n## Who runs as whom\n").nth(1).context("no section")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').collect();
        let [_, services, users, root, capabilities, ..] = cells.as_slice() else { bail!("not a row: {line}") };
        for service in quoted(services) {
            let user = quoted(users).next().with_context(|| format!("no user: {line}"))?.to_owned();
            let capabilities = quoted(capabilities).map(str::to_owned).collect();
            rows.insert(service.to_owned(), Row { user, read_only: root.trim() == "read-only", capabilities });
        }
    }
    Ok(rows)
}

fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Fails where `container`, of `service`, may more than `row` says.
pub async fn confined(container: &str, (service, runs_the_app): (&str, bool), row: &Row) -> Result<()> {
    let text = ask::docker(&["inspect", "--type", "container", "--format", "{{json .}}", container]).await?;
    let seen: Value = serde_json::from_str(&text)?;
    let host = &seen["HostConfig"];
    ensure!(host["Privileged"] == false, "privileged");
    ensure!(host["CapDrop"] == serde_json::json!(["ALL"]), "CapDrop: {}", host["CapDrop"]);
    let added = host["CapAdd"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let added: BTreeSet<_> = added.map(|name| name.trim_start_matches("CAP_").to_owned()).collect();
    ensure!(added == row.capabilities, "CapAdd: {added:?}, expected {:?}", row.capabilities);
    ensure!(host["ReadonlyRootfs"] == row.read_only, "ReadonlyRootfs: {}", host["ReadonlyRootfs"]);
    ensure!(host["PidsLimit"].as_i64().is_some_and(|limit| limit > 0), "PidsLimit: {}", host["PidsLimit"]);
    let gains = !host["SecurityOpt"].to_string().contains("no-new-privileges");
    let needs = row.user != "root" && !row.capabilities.is_empty() && service != "gate";
    ensure!(gains == (needs || runs_the_app), "SecurityOpt: {}", host["SecurityOpt"]);
    let unconfined = host["SecurityOpt"].to_string().contains("apparmor=unconfined");
    let mounts = host["Devices"].to_string().contains("/dev/fuse");
    ensure!(unconfined == mounts, "SecurityOpt: {}, Devices: {}", host["SecurityOpt"], host["Devices"]);
    for address in
        host["PortBindings"].as_object().into_iter().flat_map(|ports| ports.values()).filter_map(Value::as_array)
    {
        ensure!(address.iter().all(|one| one["HostIp"] == "127.0.0.1"), "published: {address:?}");
    }
    let has_socket =
        seen["Mounts"].to_string().contains("docker.sock") || host["Binds"].to_string().contains("docker.sock");
    ensure!(has_socket == ["gate", "reaper"].contains(&service), "mounts: {}", seen["Mounts"]);
    let has_gate = seen["Mounts"].to_string().contains("/run/gate");
    ensure!(has_gate == ["gate", "fencer"].contains(&service), "mounts: {}", seen["Mounts"]);
    let networked = host["NetworkMode"].as_str().unwrap_or_default();
    ensure!(networked != "host" || service == "reaper", "NetworkMode: {networked}");
    ensure!(networked == "none" || service != "gate", "NetworkMode: {networked}");
    user(container, seen["State"]["Pid"].as_u64().context("no process")?, row).await
}

/// What the kernel says of the first process: its user, and that it has capabilities only as root.
async fn user(container: &str, pid: u64, row: &Row) -> Result<()> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let ids: BTreeSet<_> = field("Uid:").context("no Uid")?.split_whitespace().collect();
    let id = ids.first().filter(|_| ids.len() == 1).with_context(|| format!("several users: {ids:?}"))?;
    let name = match *id {
        "0" => "root".to_owned(),
        id => {
            let entry = ask::docker(&["exec", "--user", "root", container, "getent", "passwd", id]).await?;
            entry.split(':').next().unwrap_or_default().to_owned()
        }
    };
    ensure!(name == row.user, "it runs as {name}, expected {}", row.user);
    let none = ["CapEff:", "CapPrm:", "CapAmb:"]
        .into_iter()
        .all(|name| field(name).is_some_and(|set| set.trim_matches('0').is_empty()));
    ensure!(none || name == "root", "capabilities in effect:\n{status}");
    Ok(())
}
