//! `crash`: the container lives, its server does not, connects are refused.

use anyhow::{Result, ensure};

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};

#[tokio::test]
async fn crash_ends_the_server_inside_a_living_container_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (container, address) = (place.container("web"), place.address("web")?);
    let started = ask::inspect(&container, ".State.StartedAt").await?;
    ensure!(servers(&container).await? > 1, "no server before the fault");

    let injection = place.inject("crash", &[], "web").await?;
    ensure!(servers(&container).await? == 0, "a server process is left");
    ensure!(ask::inspect(&container, ".State.Running").await? == "true");
    ensure!(ask::inspect(&container, ".State.StartedAt").await? == started, "the container was started anew");
    let found = reach(address).await;
    ensure!(found == Reach::Refused, "expected refusal at {address}, found {found:?}");

    place.heal(&injection, "web").await?;
    let serves = async || Ok((servers(&container).await? > 1 && place.serves("web").await?).then_some(()));
    until("the page after heal", SOON, serves).await?;
    place.end().await
}

async fn servers(container: &str) -> Result<usize> {
    Ok(ask::processes(container).await?.iter().filter(|line| line.starts_with("standin-")).count())
}
