//! `kill`: the address answers nothing, until the container is started again.

use anyhow::{Result, ensure};

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share};
use crate::place::Place;

#[tokio::test]
async fn kill_takes_the_node_off_the_network_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (container, address) = (place.container("web"), place.address("web")?);
    ensure!(place.serves("web").await?, "not served before the fault");

    let injection = place.inject("kill", &[], "web").await?;
    ensure!(ask::inspect(&container, ".State.Running").await? == "false");
    ensure!(ask::inspect(&container, ".State.ExitCode").await? == "137", "SIGKILL ends with 137");
    let found = reach(address).await;
    ensure!(found == Reach::Nothing, "expected no answer at {address}, found {found:?}");

    place.heal(&injection, "web").await?;
    ensure!(ask::inspect(&container, ".State.Running").await? == "true");
    ensure!(place.serves("web").await?, "not served after heal");
    place.end().await
}
