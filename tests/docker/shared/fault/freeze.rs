//! `freeze`: the kernel accepts connections, no process answers.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share, until};
use crate::place::{Draft, Place, SOON};

#[tokio::test]
async fn freeze_lets_connects_succeed_and_nothing_answer_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (container, address) = (place.container("web"), place.address("web")?);
    ensure!(!ask::frozen(&container).await?, "frozen before the fault");

    let injection = place.inject("freeze", &[], "web").await?;
    ensure!(ask::inspect(&container, ".State.Paused").await? == "true");
    ensure!(ask::frozen(&container).await?, "the kernel's freezer does not hold it");
    let found = reach(address).await;
    ensure!(found == Reach::Connected, "expected a connection to {address}, found {found:?}");
    let said = ask::page(address, "/webwork2/quiz", Duration::from_secs(3)).await?;
    ensure!(said.is_empty(), "a frozen node answered: {said}");

    place.heal(&injection, "web").await?;
    ensure!(!ask::frozen(&container).await?, "still frozen after heal");
    ensure!(place.serves("web").await?, "not served after heal");
    place.end().await
}

/// What the server of a rush does: it makes and removes files on its mount, so that one of it always waits for the mount's client.
const RUSH: &str = r#"
    $0 = "standin-rush";
    for my $one (1 .. 8) {
        next if fork;
        for my $number (1 .. 1_000_000) {
            my $name = "$ENV{APP_SHARED}/rush$one";
            open my $file, '>', $name or next;
            print {$file} $number;
            close $file;
            unlink $name;
        }
        exit;
    }
    1 while wait > 0;
"#;

/// The freezer alone does not hold it: who waits for a file cannot be frozen while the client that would bring it is.
#[tokio::test]
async fn a_node_whose_server_waits_for_its_mount_is_frozen_and_goes_on() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Draft::new(engine, "glin-oom").await?.up().await?;
    let container = place.container("web1");
    ask::docker(&["exec", "--detach", &container, "perl", "-e", RUSH]).await?;
    let states = async || -> Result<Vec<String>> {
        let listed = ask::docker(&["top", &container, "-eo", "pid,stat,args"]).await?;
        let rush = listed.lines().filter(|line| line.contains("standin-rush"));
        Ok(rush.filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect())
    };
    until("a rush", SOON, async || Ok((states().await?.len() > 8).then_some(()))).await?;

    let injection = place.inject("freeze", &[], "web1").await?;
    ensure!(ask::inspect(&container, ".State.Paused").await? == "true");
    ensure!(ask::frozen(&container).await?, "the kernel's freezer does not hold it");

    place.heal(&injection, "web1").await?;
    ensure!(!ask::frozen(&container).await?, "still frozen after heal");
    let states = states().await?;
    ensure!(states.len() > 8 && !states.iter().any(|state| state.starts_with('T')), "stopped after heal: {states:?}");
    place.end().await
}

/// A cluster manager may fence a frozen node: its container is killed while it is paused.
#[tokio::test]
async fn a_frozen_node_that_was_fenced_is_healed_too() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let container = place.container("web");

    let injection = place.inject("freeze", &[], "web").await?;
    ask::docker(&["kill", &container]).await?;
    ensure!(ask::inspect(&container, ".State.Running").await? == "false", "the fenced node still runs");

    place.heal(&injection, "web").await?;
    ensure!(ask::inspect(&container, ".State.Status").await? == "running");
    ensure!(place.serves("web").await?, "not served after heal");
    place.end().await
}
