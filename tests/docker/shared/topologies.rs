//! Each topology: up, its containers confined, its timings taken, at work after the loss of a node, down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wwchaos::cluster::Cluster;
use wwchaos::cluster::docker::Engine;
use wwchaos::library::Library;
use wwchaos::topology::WEB;

use super::confinement::{Row, confined, table};
use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Draft, Place, SOON, folder};
use crate::student::{served_by, signs_in};

/// What a student meets who signs in after a node was killed.
enum Loss {
    /// Of this service: nobody takes over until it is started again.
    Fatal(&'static str),
    /// Of the primary of this role: another one takes over, so that sessions can be written again.
    Primary(&'static str),
    /// Of the first: the second, which was not there before, serves in its place.
    Replaced(&'static str, &'static str),
}

/// One scenario on each topology, and what is lost there.
const SCENARIOS: [(&str, Loss); 8] = [
    ("conformance", Loss::Fatal("web")),
    ("two-node", Loss::Primary("db")),
    ("gage-restart", Loss::Fatal("web")),
    ("glin-oom", Loss::Primary("db")),
    ("lounds-quorum", Loss::Primary("db")),
    ("lounds-three", Loss::Primary("db")),
    ("box-at-once", Loss::Replaced("web1", "web3")),
    ("metts-database", Loss::Primary("db")),
];

/// HAProxy's runtime interface.
const RUNTIME: u16 = 9999;
/// Places of timings that take a hundred times as long as others.
const SLOW: &[&str] = &["gluster"];
/// The slowest takes 40 s by its settings, and some 20 s more.
const TAKEN_OVER: Duration = Duration::from_secs(150);

#[test]
fn every_topology_is_taken_up() {
    let library = Library::new(Some(folder())).unwrap();
    let taken = SCENARIOS.iter().map(|(scenario, _)| library.scenario(scenario).unwrap().topology);
    assert_eq!(taken.collect::<BTreeSet<_>>(), Library::default().topologies().into_iter().collect());
}

/// Two at a time.
#[tokio::test]
async fn every_topology_is_confined_as_the_readme_says_and_outlives_what_it_is_made_to_outlive() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let rows = table()?;
    let (engine, rows) = (&engine, &rows);
    let lanes = [0, 1].map(|first| async move {
        let _share = share().await;
        let mut seen = BTreeSet::new();
        for (scenario, loss) in SCENARIOS.iter().skip(first).step_by(2) {
            seen.extend(tried(engine, (scenario, loss), rows).await.with_context(|| (*scenario).to_owned())?);
        }
        anyhow::Ok(seen)
    });
    let mut seen = BTreeSet::new();
    for lane in futures_util::future::join_all(lanes).await {
        seen.extend(lane?);
    }
    // In no compose file: tests/docker/shared/secret.rs looks at it.
    seen.insert("reaper".to_owned());
    ensure!(seen.iter().eq(rows.keys()), "seen {seen:?}; in the table {:?}", rows.keys());
    Ok(())
}

/// Up, looked at, hit, down; the rows that its services are held against.
async fn tried(
    engine: &Engine,
    (scenario, loss): (&str, &Loss),
    rows: &BTreeMap<String, Row>,
) -> Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    let place = Draft::new(engine.clone(), scenario).await?.up().await?;
    let topology = place.cluster.topology();
    for service in services(&place).await? {
        let own = format!("{}/{service}", topology.name);
        let name = if rows.contains_key(&own) { own } else { service.clone() };
        let row = rows.get(&name).with_context(|| format!("{name} is not in the table"))?;
        let runs_the_app = topology
            .role_of(&service)
            .is_some_and(|(role, one)| [Some(role), one.stands_in_for.as_deref()].contains(&Some(WEB)));
        confined(&place.container(&service), (&service, runs_the_app), row).await.with_context(|| service.clone())?;
        seen.insert(name);
    }
    for (name, timing) in &topology.timings {
        ensure!(timing.at.len() > 1, "{name} is held against nothing");
        for at in timing.at.keys().filter(|at| !SLOW.contains(&at.as_str())) {
            let timed = place.cluster.time(name, at).await?;
            ensure!(timed.values.values().all(|value| *value > 0.0), "{timed:?}");
        }
    }
    outlives(&place, loss).await?;
    place.end().await?;
    Ok(seen)
}

/// Every service, and what else of the run there is.
async fn services(place: &Place) -> Result<Vec<String>> {
    let run = &place.cluster.site().run;
    let label = format!("label=wwchaos.run={run}");
    let names = ask::docker(&["ps", "--all", "--filter", &label, "--format", "{{.Names}}"]).await?;
    Ok(names.lines().filter_map(|name| name.strip_prefix(&format!("{run}-")).map(str::to_owned)).collect())
}

/// Kills what `loss` names, and waits until students can work again.
async fn outlives(place: &Place, loss: &Loss) -> Result<()> {
    let (entry, password) = (place.cluster.site().entry_url(), &place.cluster.site().student_password);
    let signed_in = async || Ok(signs_in(&entry, password).await.is_ok_and(|signed_in| signed_in).then_some(()));
    until("a student to sign in", TAKEN_OVER, signed_in).await?;
    match loss {
        Loss::Fatal(service) => {
            ask::docker(&["kill", &place.container(service)]).await?;
            ensure!(!signs_in(&entry, password).await.unwrap_or_default(), "somebody signed in to what is gone");
            ask::docker(&["start", &place.container(service)]).await?;
        }
        Loss::Primary(role) => {
            let primary = async || place.cluster.primary(role).await;
            let lost = until("a primary", SOON, primary).await?;
            ask::docker(&["kill", &place.container(&lost)]).await?;
            let another = async || Ok(primary().await?.filter(|now| *now != lost));
            until("another primary", TAKEN_OVER, another).await?;
        }
        Loss::Replaced(lost, by) => {
            ask::docker(&["kill", &place.container(lost)]).await?;
            let serves = async || Ok(served_by(&entry).await.is_ok_and(|node| node == *by).then_some(()));
            until(&format!("{by} to serve"), TAKEN_OVER, serves).await?;
            // Where no node passes its check, the balancer is to ask the new one too.
            let asked = async || Ok((asked(place, by).await? == ["nodes", "open"]).then_some(()));
            until(&format!("{by} to be asked by both backends"), SOON, asked).await?;
        }
    }
    until("a student to sign in again", TAKEN_OVER, signed_in).await
}

/// The balancer's backends that send requests to `service`.
async fn asked(place: &Place, service: &str) -> Result<Vec<String>> {
    let address = place.cluster.site().address(place.cluster.topology(), "lb")?;
    let mut runtime = TcpStream::connect((address, RUNTIME)).await?;
    runtime.write_all(b"show stat\n").await?;
    let mut table = String::new();
    runtime.read_to_string(&mut table).await?;
    let rows = table.lines().filter(|row| row.contains(&format!(",{service},")) && !row.contains(",MAINT,"));
    Ok(rows.filter_map(|row| row.split(',').next()).map(str::to_owned).collect())
}
