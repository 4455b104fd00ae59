//! `freeze`: the kernel accepts connections, no process answers.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share};
use crate::place::Place;

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
