//! A small matrix: a cell is measured, and nothing is run twice.

use std::fs;

use anyhow::{Context, Result, ensure};
use wwchaos::exit;
use wwchaos::matrix::{Cell, Matrix};

use crate::engine::{engine, half};
use crate::place::folder;
use crate::program::Program;
use crate::run::RUN;

#[tokio::test]
async fn a_matrix_measures_what_can_be_and_goes_on_where_it_was_left() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _half = half().await;
    let words = ["matrix", "--topology", "gage", "--fault", "crash", "--for", "8s", "--students", "8", "--seed", "7"];
    // What only asks how long it takes leaves nothing behind.
    let nowhere = tempfile::tempdir()?;
    let mut dry = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
    dry.arg("--library").arg(folder()).arg("--reports").arg(nowhere.path()).args(words).arg("--dry-run");
    let dry = dry.output()?;
    let said = String::from_utf8_lossy(&dry.stderr).into_owned();
    ensure!(dry.status.success() && said.contains("this takes about") && said.contains("gage"), "{said}");
    ensure!(fs::read_dir(nowhere.path())?.next().is_none(), "something was stored");

    let first = Program::of(&folder(), &words)?.end(RUN).await?;
    first.expect(exit::PASS)?;
    let read = |reports: &std::path::Path| -> Result<Matrix> {
        let text = fs::read(reports.join("matrix/latest/report.json")).context("no report")?;
        Ok(serde_json::from_slice(&text)?)
    };
    let matrix = read(first.reports.path())?;
    let [row] = &matrix.rows[..] else { anyhow::bail!("{matrix:?}") };
    let [Cell::Measured(score)] = &row.cells[..] else { anyhow::bail!("{row:?}") };
    ensure!(score.target == "web" && score.hurt > 0 && score.lost == Some(0), "{score:?}");
    ensure!(matches!(score.failover, wwchaos::measure::Failover::DidNot { .. }), "nothing takes over: {score:?}");

    // Nothing is left to measure of what was asked for, which it knows by itself: it starts no cluster.
    let reports = first.reports.path();
    let resumed = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.arg("--library").arg(folder()).arg("--reports").arg(reports).args(["matrix", "--resume"]);
        command.args(more).output()
    };
    let other = resumed(&["--students", "9"])?;
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    ensure!(other.status.code() == Some(i32::from(exit::USAGE)), "{said}");
    ensure!(said.contains("--students asks for something else than the newest matrix did"), "{said}");
    let again = resumed(&["--seed", "7"])?;
    ensure!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    ensure!(read(reports)?.rows == matrix.rows);
    let runs = fs::read_dir(reports.join("matrix-gage"))?.filter_map(Result::ok);
    ensure!(runs.filter(|entry| entry.file_name() != "latest").count() == 1, "run again");
    Ok(())
}
