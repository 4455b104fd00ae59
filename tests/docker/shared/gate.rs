//! The gate between the fencer of `two-node` and the engine: what it refuses, what it lets through, and that a frozen
//! primary is still fenced by way of it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use wwchaos::cluster::{Cluster, Step};

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Draft, Place, SOON};

/// Longest time until the cluster is whole again, on a busy machine.
const WHOLE: Duration = Duration::from_secs(300);
/// Sends its first argument through the gate's socket as it is, and prints the first line of the answer.
const SEND: &str = "use IO::Socket::UNIX; \
                    my $gate = IO::Socket::UNIX->new(Peer => '/run/gate/engine.sock') or die qq(no gate: $!\n); \
                    syswrite $gate, $ARGV[0]; print scalar <$gate>";

#[tokio::test]
async fn the_fencer_may_read_kill_and_start_database_nodes_and_nothing_else() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Draft::new(engine, "two-node").await?.up().await?;
    let (other, _other) = other_run(&place.cluster.site().run).await?;
    let fencer = place.container("fencer");
    for socket in ["/var/run/docker.sock", "/run/docker.sock"] {
        ensure!(ask::docker(&["exec", &fencer, "test", "-e", socket]).await.is_err(), "the fencer has {socket}");
    }

    let before = lives(&place, &other).await?;
    for request in refused(&place, &other).await? {
        let answer = send(&fencer, &request).await?;
        ensure!(["400", "403"].contains(&answer.as_str()), "{answer} to\n{request}");
    }
    ensure!(lives(&place, &other).await? == before, "before: {before:?}, now: {:?}", lives(&place, &other).await?);
    allowed(&place, &fencer).await?;
    fences(&place).await?;
    place.end().await
}

/// What must not get through.
async fn refused(place: &Place, other: &str) -> Result<Vec<String>> {
    let id = ask::inspect(&place.container("db1"), ".Id").await?;
    let (db, web) = (place.container("db1"), place.container("web1"));
    // Others' containers, and ids of ours.
    let others = [&web, &place.container("quorum"), &place.container("gate"), other, &id, &id[..12], "db1"];
    let others = others.iter().flat_map(|name| {
        ["GET {}/json", "POST {}/kill", "POST {}/start"]
            .map(|line| line.replace(' ', " /v1.41/containers/").replace("{}", name))
    });
    let mut lines: Vec<String> = elsewhere().into_iter().chain(others).collect();
    lines.extend(misnamed(&db, &web).into_iter().map(|name| format!("POST /v1.41/containers/{name}/kill")));
    lines.extend(misused(&db));
    let plain = lines.into_iter().map(|line| format!("{line} HTTP/1.1\r\nHost: engine\r\nContent-Length: 0\r\n\r\n"));
    Ok(plain.chain(more_than_a_start(&db)).collect())
}

/// Requests that name no container of ours.
fn elsewhere() -> Vec<String> {
    let read =
        ["containers/json", "containers/json?all=1", "info", "version", "images/json", "events", "_ping/", "_ping?x"];
    let told = ["containers/create", "containers/prune", "images/create?fromImage=debian", "build", "auth", "session"];
    let read = read.iter().flat_map(|path| [format!("GET /v1.41/{path}"), format!("GET /{path}")]);
    let told = told.iter().map(|path| format!("POST /v1.41/{path}"));
    read.chain(told).chain(["CONNECT engine:80".to_owned()]).collect()
}

/// Names that become `db`, or begin or end like it.
fn misnamed(db: &str, web: &str) -> Vec<String> {
    let (run, _) = db.split_once('-').unwrap_or_default();
    vec![
        format!("{db}1"),
        format!("x{db}"),
        format!("{db}/../{web}"),
        format!("{web}/../{db}"),
        format!("./{db}"),
        format!("/{db}"),
        format!("{db}/"),
        format!("{run}%2ddb1"),
        format!("%77{}", &db[1..]),
        format!("{db}%2f..%2f{web}"),
        format!("{db}%00"),
        format!("{db}%20"),
        format!("{run}-db3"),
        format!("{run}-DB1"),
        format!("{db},{web}"),
    ]
}

/// Other things to do with `db`, and other ways to write what may be done.
fn misused(db: &str) -> Vec<String> {
    let verbs = ["restart", "stop", "pause", "unpause", "update", "exec", "attach", "rename?name=x", "resize", "wait"];
    let verbs = verbs.iter().map(|verb| format!("POST /v1.41/containers/{db}/{verb}"));
    let tails = ["?signal=TERM", "/", "/.", ";x", "%00", "%3fsignal=TERM", "#x", "//"];
    let tails = tails.iter().map(|tail| format!("POST /v1.41/containers/{db}/kill{tail}"));
    let written = [
        "DELETE /v1.41/containers/{}",
        "DELETE /v1.41/containers/{}/kill",
        "PUT /v1.41/containers/{}/archive?path=/",
        "HEAD /v1.41/containers/{}/json",
        "GET /v1.41/containers/{}/kill",
        "POST /v1.41/containers/{}/json",
        "GET /v1.41/containers/{}/logs?stdout=1",
        "GET /v1.41/containers/{}/top",
        "GET /v1.41/containers/{}/json?size=1",
        "GET //v1.41/containers/{}/json",
        "GET /v1.41//containers/{}/json",
        "GET /V1.41/containers/{}/json",
        "GET /v1.41/v1.41/containers/{}/json",
        "GET /v1/containers/{}/json",
        "GET http://engine/v1.41/containers/{}/json",
    ];
    verbs.chain(tails).chain(written.iter().map(|line| line.replace("{}", db))).collect()
}

/// Settings of the host with a start, as old versions of the API took them; a change of protocol; two requests in one.
fn more_than_a_start(db: &str) -> Vec<String> {
    let settings = r#"{"Binds":["/:/host"],"Privileged":true}"#;
    let length = settings.len();
    let start =
        format!("POST /v1.23/containers/{db}/start HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n");
    vec![
        format!("{start}Content-Length: {length}\r\n\r\n{settings}"),
        format!("{start}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{settings}\r\n0\r\n\r\n"),
        format!("{start}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{start}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{settings}"),
        format!("{start}Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"),
    ]
}

/// What gets through, and does what it says.
async fn allowed(place: &Place, fencer: &str) -> Result<()> {
    let (db1, db2) = (place.container("db1"), place.container("db2"));
    let ask = async |line: String| send(fencer, &format!("{line} HTTP/1.1\r\nHost: engine\r\n\r\n")).await;
    for path in [
        "/_ping".to_owned(),
        "/v1.41/_ping".to_owned(),
        format!("/containers/{db1}/json"),
        format!("/v1.41/containers/{db2}/json"),
    ] {
        ensure!(ask(format!("GET {path}")).await? == "200", "{path}");
    }
    ensure!(ask(format!("POST /v1.41/containers/{db2}/kill")).await? == "204", "kill");
    let ended = async || Ok((ask::inspect(&db2, ".State.Running").await? == "false").then_some(()));
    until("the end of db2", SOON, ended).await?;
    ensure!(ask(format!("POST /v1.41/containers/{db2}/start")).await? == "204", "start");
    // A node that is back before its loss was settled is fenced once more: about every second one is.
    let mut starts = 0;
    let whole = async || {
        if ask::inspect(&db2, ".State.Running").await? == "false" {
            starts += 1;
            place.cluster.apply(&Step::Start { service: "db2".to_owned() }).await?;
        }
        Ok(place.cluster.missing().await?.is_none().then_some(()))
    };
    if let Err(late) = until("a whole cluster", WHOLE, whole).await {
        let missing = place.cluster.missing().await;
        let status = ask::docker(&["exec", &db1, "crm_mon", "--one-shot"]).await;
        let log = ask::docker(&["logs", "--tail", "60", &db2]).await;
        bail!("{late:#}: started again {starts} times; missing: {missing:?}\n{status:?}\n{log:?}");
    }
    Ok(())
}

/// A frozen primary is killed by the cluster itself, and the other node takes over.
async fn fences(place: &Place) -> Result<()> {
    let primary = place.cluster.primary("db").await?.context("no primary")?;
    let container = place.container(&primary);
    ask::pause(&container).await?;
    let killed = async || Ok((ask::inspect(&container, ".State.Running").await? == "false").then_some(()));
    until("the frozen primary to be fenced", SOON * 2, killed).await?;
    let promoted = async || Ok(place.cluster.primary("db").await?.filter(|now| *now != primary));
    until("another primary", SOON * 2, promoted).await?;
    let log = ask::docker(&["logs", &place.container("gate")]).await?;
    let kill = format!(r"\/containers\/{container}\/kill");
    ensure!(log.lines().any(|line| line.contains(&kill) && line.contains(r#""status":204"#)), "the gate says:\n{log}");
    Ok(())
}

/// The status that the gate answers `request` with, as the fencer sees it.
async fn send(fencer: &str, request: &str) -> Result<String> {
    let answer = ask::docker(&["exec", fencer, "perl", "-e", SEND, request]).await?;
    let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    status.map(str::to_owned).with_context(|| format!("`{answer}` to\n{request}"))
}

/// Since when each container runs, the stranger among them.
async fn lives(place: &Place, other: &str) -> Result<BTreeMap<String, String>> {
    let ours = place.cluster.topology().services().map(|service| place.container(service));
    let mut lives = BTreeMap::new();
    for name in ours.chain([place.container("gate"), other.to_owned()]) {
        let life = ask::inspect(&name, ".State.Running}} {{.State.Paused}} {{.State.StartedAt").await?;
        lives.insert(name, life);
    }
    Ok(lives)
}

/// A container with the name of a database node of another run than `run`.
async fn other_run(run: &str) -> Result<(String, ContainerAsync<GenericImage>)> {
    let (rest, last) = run.split_at(run.len() - 1);
    let name = format!("{rest}{}-db1", if last == "0" { "1" } else { "0" });
    let container = GenericImage::new("debian", "bookworm-slim")
        .with_cmd(["sleep", "900"])
        .with_container_name(&name)
        .with_startup_timeout(Duration::from_secs(60))
        .start()
        .await?;
    Ok((name, container))
}
