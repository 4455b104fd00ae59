//! `process-stop`: the engine's list has the processes stopped, and what that means to who asks.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share};
use crate::place::Place;

#[tokio::test]
async fn processes_of_the_server_are_stopped_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (container, address) = (place.container("web"), place.address("web")?);
    ensure!(stopped(&container).await?.is_empty(), "stopped before the fault");

    for (processes, expected) in
        [("all", None), ("manager", Some("standin-manager")), ("worker", Some("standin-worker"))]
    {
        let injection = place.inject("process-stop", &[("processes", processes)], "web").await?;
        let found = stopped(&container).await?;
        match expected {
            None => {
                ensure!(found.len() > 2, "{found:?}");
                ensure!(reach(address).await == Reach::Connected, "the kernel refuses");
                let said = ask::page(address, "/webwork2/quiz", Duration::from_secs(3)).await?;
                ensure!(said.is_empty(), "a stopped server answered: {said}");
            }
            Some(name) => ensure!(found.len() == 1 && found[0].starts_with(name), "{processes}: {found:?}"),
        }
        place.heal(&injection, "web").await?;
        ensure!(stopped(&container).await?.is_empty(), "{processes}: stopped after heal");
        ensure!(place.serves("web").await?, "{processes}: not served after heal");
    }
    place.end().await
}

/// Command lines of stopped processes of the server.
async fn stopped(container: &str) -> Result<Vec<String>> {
    let top = ask::docker(&["top", container, "-eo", "pid,stat,args"]).await?;
    let row = |line: &str| {
        let mut fields = line.split_whitespace();
        let (_, stat) = (fields.next()?, fields.next()?);
        stat.starts_with('T').then(|| fields.collect::<Vec<_>>().join(" "))
    };
    Ok(top.lines().skip(1).filter_map(row).filter(|line| line.starts_with("standin-")).collect())
}
