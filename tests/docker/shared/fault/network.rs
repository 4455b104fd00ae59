//! Trouble of a network: what a stranger meets who connects, asks and measures from outside and from inside.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::net::TcpStream;

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share};
use crate::place::Place;

/// Connections that are tried at once.
const CONNECTIONS: usize = 40;
/// Asks the engine's name server for `db`, and prints what came within three seconds.
const LOOK_UP: &str = r#"
    use IO::Socket::INET;
    my $server = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '127.0.0.11', PeerPort => 53) or die;
    my $question = pack('n6', 7, 256, 1, 0, 0, 0) . "\2db\0" . pack('n2', 1, 1);
    defined $server->send($question) or do { print 'refused'; exit };
    vec(my $bits = '', fileno $server, 1) = 1;
    print select($bits, undef, undef, 3) > 0 ? 'answered' : 'silent';
"#;

/// Connects to the database as the app does, and prints whether it was greeted within three seconds.
const GREET: &str = r#"
    use IO::Socket::INET;
    my $db = IO::Socket::INET->new(PeerAddr => $ENV{WEBWORK_DB_HOST}, PeerPort => 3306, Timeout => 3);
    if (!$db) { print 'unreachable'; exit }
    vec(my $bits = '', fileno $db, 1) = 1;
    print select($bits, undef, undef, 3) > 0 && sysread($db, my $text, 200) ? 'greeted' : 'silent';
"#;

async fn inside(place: &Place, script: &str) -> Result<String> {
    ask::docker(&["exec", &place.container("web"), "perl", "-e", script]).await
}

#[tokio::test]
async fn a_partition_is_of_whom_it_names_and_in_its_direction() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let address = place.address("web")?;
    ensure!(inside(&place, GREET).await? == "greeted");

    let injection = place.inject("partition", &[("from", "db")], "web").await?;
    ensure!(inside(&place, GREET).await? == "unreachable", "the database is reached");
    ensure!(reach(address).await == Reach::Connected, "others are cut off too");
    place.heal(&injection, "web").await?;
    ensure!(inside(&place, GREET).await? == "greeted", "cut off after heal");

    // A connection that is asked for and never made: whose question arrives is seen by the target's kernel.
    for (way, arrives) in [("both", false), ("in", false), ("out", true)] {
        let injection = place.inject("partition", &[("way", way)], "web").await?;
        let (reached, heard) = tokio::join!(reach(address), hears(&place));
        ensure!(reached == Reach::Nothing, "{way}: reached");
        ensure!(heard? == arrives, "{way}: expected that the target hears to be {arrives}");
        ensure!(ask::inspect(&place.container("web"), ".State.Running").await? == "true");
        place.heal(&injection, "web").await?;
        ensure!(place.serves("web").await?, "{way}: not served after heal");
    }
    let injection = place.inject("partition", &[("from", "db"), ("way", "out")], "web").await?;
    ensure!(inside(&place, GREET).await? == "unreachable");
    // The harness was killed: nobody is left who holds the rules, and another process heals.
    ask::docker(&["rm", "--force", &place.container("network-web")]).await?;
    ensure!(inside(&place, GREET).await? == "unreachable", "the rules went with their holder");
    place.heal(&injection, "web").await?;
    ensure!(inside(&place, GREET).await? == "greeted");
    place.end().await
}

#[tokio::test]
async fn packets_are_lost_late_and_few_and_names_are_not_found_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let fast = handshakes(&place).await?;
    ensure!(median(&fast) < Duration::from_millis(150), "{fast:?}");

    // Of those that lose nothing, one in four is left; who loses something is a second late at least.
    let injection = place.inject("loss", &[("share", "50%")], "web").await?;
    let lossy = handshakes(&place).await?;
    let late = lossy.iter().filter(|took| **took >= Duration::from_millis(900)).count();
    ensure!((5..CONNECTIONS).contains(&late), "{late} are late: {lossy:?}");
    place.heal(&injection, "web").await?;
    let again = handshakes(&place).await?;
    let late = again.iter().filter(|took| **took >= Duration::from_millis(900)).count();
    ensure!(late < 5, "{late} are late after heal: {again:?}");

    let injection = place.inject("latency", &[("by", "200ms")], "web").await?;
    let slow = handshakes(&place).await?;
    let held = ask::docker(&["logs", "--timestamps", &place.container("network-web")]).await?;
    ensure!((Duration::from_millis(195)..Duration::from_millis(700)).contains(&median(&slow)), "{slow:?}, and {held}");
    ensure!(slow.iter().all(|took| *took >= Duration::from_millis(190)), "some are not late: {slow:?}");
    place.heal(&injection, "web").await?;
    let again = handshakes(&place).await?;
    ensure!(median(&again) < Duration::from_millis(150), "late after heal: {again:?}");

    let before = pages(&place).await?;
    let injection = place.inject("bandwidth", &[("rate", "4KiB")], "web").await?;
    let narrow = pages(&place).await?;
    ensure!(narrow > before + Duration::from_secs(2), "{before:?}, and then {narrow:?}");
    place.heal(&injection, "web").await?;
    let again = pages(&place).await?;
    ensure!(again + Duration::from_secs(1) < narrow, "narrow after heal: {narrow:?}, and then {again:?}");

    ensure!(inside(&place, LOOK_UP).await? == "answered");
    for (answer, met) in [("silence", "silent"), ("refused", "refused")] {
        let injection = place.inject("dns", &[("answer", answer)], "web").await?;
        let found = inside(&place, LOOK_UP).await?;
        ensure!(found == met, "{answer}: {found}");
        place.heal(&injection, "web").await?;
        ensure!(inside(&place, LOOK_UP).await? == "answered", "{answer}: after heal");
    }
    place.end().await
}

/// Whether the kernel of the web node has a connection that was asked for and is not made (SYN_RECV), within two seconds.
async fn hears(place: &Place) -> Result<bool> {
    for _ in 0..8 {
        let table = ask::docker(&["exec", &place.container("web"), "cat", "/proc/net/tcp"]).await?;
        if table.lines().any(|line| line.split_whitespace().nth(3) == Some("03")) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    Ok(false)
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

/// What some connections to the web node took, the slow ones for five seconds at most.
async fn handshakes(place: &Place) -> Result<Vec<Duration>> {
    let address = SocketAddr::from((place.address("web")?, 8080));
    let connecting = (0..CONNECTIONS).map(|_| async move {
        let from = Instant::now();
        let _ = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(address)).await;
        from.elapsed()
    });
    Ok(futures_util::future::join_all(connecting).await)
}

/// What sixteen pages take, of 3 kB each.
async fn pages(place: &Place) -> Result<Duration> {
    let from = Instant::now();
    for _ in 0..16 {
        ensure!(!ask::page(place.address("web")?, "/webwork2/quiz", Duration::from_secs(20)).await?.is_empty());
    }
    Ok(from.elapsed())
}
