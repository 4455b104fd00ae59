//! Signals at bad moments, through the real binary: what is under way is healed, reported and removed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wwchaos::exit;
use wwchaos::history::{Fact, History};

use crate::ask;
use crate::engine::{engine, share, until};
use crate::program::Program;
use crate::run::{UP, marks, report, scenario};

/// Longest time from Ctrl-C to the end.
const STOP: Duration = Duration::from_secs(120);

#[tokio::test]
async fn ctrl_c_in_a_window_heals_reports_and_removes() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    let mut program = Program::start(&["run", &scenario("freeze"), "--seed", "7"])?;
    program.says("freeze web1: there", UP * 2).await?;
    let container = format!("{}-web1", program.run()?);
    ensure!(ask::inspect(&container, ".State.Paused").await? == "true", "{container} is not paused");
    program.interrupt()?;
    let ended = program.end(STOP).await?;
    ended.expect(exit::INTERRUPTED)?;
    let folder = ended.folder("freeze")?;
    let report = report(&folder)?;
    ensure!(report.figures.interrupted, "the report does not say that it was interrupted");
    let history: History = folder.read()?.2.collect::<Result<_, _>>()?;
    let marks = marks(&history, 0);
    ensure!(marks.last() == Some(&"heal confirmed"), "{marks:?}");
    ensure!(history.iter().any(|seen| seen.fact == Fact::Interrupted), "the history does not say so");
    Ok(())
}

#[tokio::test]
async fn ctrl_c_while_the_cluster_starts_leaves_nothing() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    for words in ["making volume", "starting services", "waiting for the db primary", "seeding", "signing the probes"] {
        let mut program = Program::start(&["run", &scenario("freeze")])?;
        program.says(words, UP).await?;
        program.interrupt()?;
        let ended = program.end(STOP).await.with_context(|| format!("interrupted at `{words}`"))?;
        ended.expect(exit::INTERRUPTED).with_context(|| format!("interrupted at `{words}`"))?;
    }
    Ok(())
}

/// A job's time is up: SIGTERM, to the program alone, while its Compose has made some containers and not all.
#[tokio::test]
async fn sigterm_while_compose_is_at_work_leaves_nothing() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    for _ in 0..3 {
        let mut program = Program::start(&["run", &scenario("freeze")])?;
        program.says("starting services", UP).await?;
        first_container(&program).await?;
        program.terminate()?;
        program.end(STOP).await?.expect(exit::INTERRUPTED)?;
    }
    Ok(())
}

/// The moment at which Compose has made some of the containers.
async fn first_container(program: &Program) -> Result<()> {
    let label = format!("label=wwchaos.run={}", program.run()?);
    let some = async || {
        let names = ask::docker(&["ps", "--all", "--filter", &label, "--format", "{{.Names}}"]).await?;
        Ok(names.lines().any(|name| !name.contains("-disk-")).then_some(()))
    };
    until("the first container", UP, some).await
}
