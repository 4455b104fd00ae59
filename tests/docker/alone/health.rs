//! A set whose lines differ in the health check, through the real binary: a rush on sound nodes, and what each check makes
//! of it.

use anyhow::{Context, Result, ensure};
use wwchaos::compare::Comparison;
use wwchaos::exit;

use crate::engine::{engine, half};
use crate::program::Program;
use crate::run::RUN;

/// A check that is answered by a worker fails when all of them are busy, on every node at once; a connection is accepted by
/// the kernel, whatever the workers do.
#[tokio::test]
async fn a_rush_makes_a_content_check_call_sound_nodes_down_and_no_tcp_check() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _half = half().await;
    let ended = Program::start(&["run", "busy", "--seed", "7"])?.end(RUN).await?;
    ended.expect(exit::PASS)?;
    let folder = ended.said.lines().find_map(|line| line.strip_prefix("comparison: ")).context("no comparison")?;
    let text = std::fs::read(std::path::Path::new(folder).join("comparison.json"))?;
    let comparison: Comparison = serde_json::from_slice(&text)?;
    let alarms: Vec<_> = comparison.rows.iter().map(|row| row.alarms.clone().unwrap_or_default()).collect();
    ensure!(comparison.varied == ["check"], "{:?}", comparison.varied);
    let [tcp, content] = alarms.as_slice() else { anyhow::bail!("{alarms:?}") };
    ensure!(tcp.false_alarms.is_empty() && tcp.at_least.is_none(), "{tcp:?}");
    ensure!(content.false_alarms.iter().any(|alarm| alarm.in_rush), "{content:?}");
    ensure!(comparison.recommended == Some(0), "no fault was there to be missed: {:?}", comparison.standings);
    Ok(())
}
