//! Accidents of the tool's own world: of the engine, of the machine's disk and clock, of its own processes and images, and
//! signals. Whatever happens, what was measured until then can be judged again, and nothing is left.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::{LocalBoxFuture, try_join_all};
use tempfile::TempDir;
use wwchaos::cluster::docker::image_name;
use wwchaos::exit;
use wwchaos::history::{Fact, History};
use wwchaos::lease::BASE;
use wwchaos::library::Library;
use wwchaos::report::Report;

use crate::ask::{self, docker};
use crate::engine::{alone, engine, required, skipped, until};
use crate::place::{Remains, folder};
use crate::program::{Ended, Program};
use crate::run::{RUN, report};

/// Longest time until a program has said what is waited for.
const SAID: Duration = Duration::from_secs(240);
/// Time that a job which was told to end has before it is killed.
const NOTICE: Duration = Duration::from_secs(10);
/// Time for which the program is stopped: longer than half of its lease, and shorter than all of it.
const PAUSE: Duration = Duration::from_secs(35);
const MIB: u64 = 1 << 20;
/// Tries to fill a disk that a run writes to.
const FILLS: u32 = 100;
/// The user id of nobody.
const NOBODY: u32 = 65534;

#[tokio::test]
async fn signals_and_lost_parts_end_a_run_in_order() -> Result<()> {
    together(vec![
        Box::pin(closed_terminal()),
        Box::pin(short_notice()),
        Box::pin(killed_class()),
        Box::pin(another_user()),
    ])
    .await
}

#[tokio::test]
async fn what_somebody_else_does_to_the_cluster_is_told() -> Result<()> {
    together(vec![
        Box::pin(removed_container()),
        Box::pin(killed_reaper()),
        Box::pin(removed_images()),
        Box::pin(silent_cluster()),
        Box::pin(kept_cluster()),
    ])
    .await
}

#[tokio::test]
async fn a_full_disk_and_a_clock_that_is_set_spoil_no_history() -> Result<()> {
    together(vec![
        Box::pin(little_disk()),
        Box::pin(full_disk()),
        Box::pin(set_clock()),
        Box::pin(stopped_program()),
        Box::pin(read_only_reports()),
    ])
    .await
}

/// Docker Engine is restarted, which stops every container. Only where nobody else has any on it.
#[tokio::test]
async fn a_restarted_engine_ends_the_run() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    if std::env::var_os("WWCHAOS_TEST_RESTARTS_ENGINE").is_none_or(|value| value.is_empty()) {
        skipped("it restarts Docker Engine; WWCHAOS_TEST_RESTARTS_ENGINE=1 allows it");
        return Ok(());
    }
    let _alone = alone().await;
    let mut program = start()?;
    program.says("freeze web: there", SAID).await?;
    let all = docker(&["ps", "--quiet"]).await?;
    let ours = docker(&["ps", "--quiet", "--filter", &format!("label=wwchaos.run={}", program.run()?)]).await?;
    ensure!(all == ours, "somebody else has containers on this engine: {all}");
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/setup");
    let restart = tokio::process::Command::new(setup).arg("restart-engine").stdin(Stdio::null()).output().await?;
    ensure!(restart.status.success(), "{}", String::from_utf8_lossy(&restart.stderr));
    ended_early(program, "Docker Engine was restarted, and every container had stopped").await
}

/// A terminal that is closed ends a run as Ctrl-C does, with nobody to read what it says.
async fn closed_terminal() -> Result<()> {
    let mut program = start()?;
    program.says("freeze web: there", SAID).await?;
    program.hang_up()?;
    let ended = program.end(RUN).await?;
    ended.expect(exit::INTERRUPTED)?;
    let (report, history) = stored(&ended)?;
    ensure!(report.figures.interrupted && report.figures.stopped.is_none(), "{:?}", report.figures.stopped);
    ensure!(history.iter().any(|seen| seen.fact == Fact::Interrupted), "the history does not say so");
    Ok(())
}

/// A CI job that is cancelled: SIGTERM, and SIGKILL ten seconds later. What it has not done by then, the reaper does.
async fn short_notice() -> Result<()> {
    let mut program = start()?;
    program.says("freeze web: there", SAID).await?;
    program.terminate()?;
    tokio::time::sleep(NOTICE).await;
    if program.ended()? {
        return program.end(RUN).await?.expect(exit::INTERRUPTED);
    }
    let (runs, reports) = program.kill()?;
    ask::reaped(&runs).await?;
    judged_again(&newest(reports.path())?)
}

/// A user who is not root and may talk to the engine is killed with everything; the reaper, which is that user too, leaves
/// nothing, and no lease.
async fn another_user() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        // All of these tests are by such a user.
        return Ok(());
    }
    let (files, reports) = (tempfile::tempdir()?, tempfile::tempdir()?);
    std::fs::set_permissions(files.path(), std::fs::Permissions::from_mode(0o755))?;
    std::os::unix::fs::chown(reports.path(), Some(NOBODY), None)?;
    for from in [PathBuf::from(env!("CARGO_BIN_EXE_wwchaos")), folder(), scenario().into()] {
        command("cp", &["-r", &from.display().to_string()], files.path())?;
    }
    let group = std::fs::metadata("/var/run/docker.sock").context("the engine's socket")?.gid();
    let mut nobody = tokio::process::Command::new("setpriv");
    nobody.args([&format!("--reuid={NOBODY}"), &format!("--regid={group}"), "--clear-groups"]);
    nobody.arg(files.path().join("wwchaos"));
    let file = files.path().join("world.toml").display().to_string();
    let library = files.path().join("library");
    let mut program = Program::by(nobody, &library, reports, &["run", &file, "--seed", "1"])?;
    program.says("freeze web: there", SAID).await?;
    let (runs, reports) = program.kill()?;
    ensure!(!runs.is_empty(), "no run was claimed");
    ask::reaped(&runs).await?;
    for run in &runs {
        ensure!(!Path::new(BASE).join(run).exists(), "the lease of {run} is left");
    }
    judged_again(&newest(reports.path())?)
}

async fn killed_class() -> Result<()> {
    let mut program = start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    program.kill_class()?;
    ended_early(program, "the class did not get to its end: the load process ended with signal: 9 (SIGKILL)").await
}

async fn removed_container() -> Result<()> {
    let mut program = start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    docker(&["rm", "--force", &format!("{}-web", program.run()?)]).await?;
    ended_early(program, "the container of web was removed, by `wwchaos down` or by somebody else").await
}

/// Nobody would remove what a killed wwchaos leaves.
async fn killed_reaper() -> Result<()> {
    let mut program = start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    docker(&["kill", &format!("{}-reaper", program.run()?)]).await?;
    ended_early(program, "somebody else ended or removed the run's reaper").await
}

/// A program that was stopped could neither inject nor heal in time, nor ask; its class went on.
async fn stopped_program() -> Result<()> {
    let mut program = start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    program.pause(PAUSE).await?;
    ended_early(program, "wwchaos was stopped for ").await
}

/// Every image that the cluster and its errands were made of loses its name; what is in use lives on.
async fn removed_images() -> Result<()> {
    let library = Library::new(Some(folder()))?;
    let mut program = start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    for part in ["helper", "standin", "db"] {
        docker(&["rmi", "--force", &image_name(&library, part)]).await?;
    }
    let ended = program.end(RUN).await?;
    let (report, _) = stored(&ended)?;
    ensure!(!report.figures.interrupted && report.figures.windows[0].void.is_none(), "{}", ended.said);
    Ok(())
}

/// A run whose cluster is to be kept is killed in a window: its reaper heals the cluster and leaves it. And whoever removes
/// it is killed: the reaper removes the rest.
async fn kept_cluster() -> Result<()> {
    let mut program = Program::start(&["run", &scenario(), "--seed", "1", "--keep-for", "1h"])?;
    program.says("freeze web: there", SAID).await?;
    let (runs, _reports) = program.kill()?;
    let [run] = runs.as_slice() else { bail!("expected one run: {runs:?}") };
    let _remains = Remains::new(run, &Library::new(Some(folder()))?);
    let web = format!("{run}-web");
    let healed = async || Ok((ask::inspect(&web, ".State.Paused").await? == "false").then_some(()));
    until("the reaper to heal", SAID, healed).await?;
    let all = ask::left(run).await?.len();
    let mut down = tokio::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"))
        .args(["down", run])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    until("the removal to begin", SAID, async || Ok((ask::left(run).await?.len() < all).then_some(()))).await?;
    down.start_kill().context("it ended by itself")?;
    ensure!(down.wait().await?.signal() == Some(9), "it was not killed in the middle of it");
    ensure!(!ask::left(run).await?.is_empty(), "it had removed all of it");
    ask::reaped(&runs).await
}

/// The cluster serves nobody from the start: there is nothing to hurt.
async fn silent_cluster() -> Result<()> {
    let mut program = start()?;
    program.says("the class is at work", SAID).await?;
    ask::pause(&format!("{}-web", program.run()?)).await?;
    ended_early(program, "in the baseline, nobody got a right page for 15s").await
}

/// The disk of the reports runs low: the run ends while there is room for its report.
async fn little_disk() -> Result<()> {
    let Some(disk) = Disk::new(1024)? else { return Ok(()) };
    let mut program = disk.start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    disk.fill(200)?;
    ended_early(program, "of disk left, less than 256.0 MiB (stop.disk_free)").await
}

/// The disk is full at once. There is no room for a report; what had been written is a history.
async fn full_disk() -> Result<()> {
    let Some(disk) = Disk::new(1024)? else { return Ok(()) };
    let mut program = disk.start()?;
    program.says("baseline: 8 students at work", SAID).await?;
    disk.fill(0)?;
    let ended = program.end(RUN).await?;
    ended.expect(exit::BUG)?;
    ensure!(ended.said.contains("No space left on device"), "{}", ended.said);
    disk.drain()?;
    judged_again(ended.folder("world")?.path())
}

/// The wall clock is set by an hour, as by a first answer of a time server.
async fn set_clock() -> Result<()> {
    let folders = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok);
    let mut libraries = folders.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    let Some(library) = libraries.find(|path| path.exists()) else {
        ensure!(!required(), "no libfaketime: `.ci/setup test`");
        skipped("no libfaketime: `.ci/setup test` installs it");
        return Ok(());
    };
    let library = library.display().to_string();
    let clock = tempfile::NamedTempFile::new()?;
    std::fs::write(clock.path(), "+0")?;
    let file = clock.path().display().to_string();
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", &file),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let mut program =
        Program::with(&folder(), tempfile::tempdir()?, &environment, &["run", &scenario(), "--seed", "1"])?;
    program.says("baseline: 8 students at work", SAID).await?;
    std::fs::write(clock.path(), "+3600")?;
    let ended = program.end(RUN).await?;
    let (report, _) = stored(&ended)?;
    ensure!(!report.figures.interrupted, "{}", ended.said);
    ensure!(flat(&ended.said).contains("The wall clock was set by "), "{}", ended.said);
    let length = report.figures.series.seconds.len();
    ensure!((40..150).contains(&length), "the run seems to be {length} s long");
    Ok(())
}

/// A folder that cannot be written to is refused before anything starts, and so is a disk without room.
async fn read_only_reports() -> Result<()> {
    let Some(disk) = Disk::new(200)? else { return Ok(()) };
    let refused = async |code: u8, words: &str| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.arg("--library").arg(folder()).arg("--reports").arg(disk.path()).args(["run", &scenario()]);
        let output = command.stdin(Stdio::null()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(i32::from(code)) && said.contains(words), "{:?}: {said}", output.status);
        ensure!(said.lines().count() == 1, "{said}");
        anyhow::Ok(())
    };
    refused(exit::NOT_UP, "disk for reports: 200.0 MiB free in ").await?;
    disk.mount("remount,ro")?;
    refused(exit::USAGE, "Read-only file system").await
}

async fn together(accidents: Vec<LocalBoxFuture<'_, Result<()>>>) -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    try_join_all(accidents).await.map(drop)
}

fn start() -> Result<Program> {
    Program::start(&["run", &scenario(), "--seed", "1"])
}

fn scenario() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/scenarios/world.toml").display().to_string()
}

/// The report and the history of a run; both can be had again from what is stored.
fn stored(ended: &Ended) -> Result<(Report, History)> {
    let folder = ended.folder("world")?;
    judged_again(folder.path())?;
    Ok((report(&folder)?, folder.read()?.2.collect::<Result<_, _>>()?))
}

/// The run is ended early by wwchaos, for this reason, which stands in output, report and history.
async fn ended_early(program: Program, why: &str) -> Result<()> {
    let ended = program.end(RUN).await?;
    ended.expect(exit::UNKNOWN)?;
    let (report, history) = stored(&ended)?;
    let stopped = report.figures.stopped.as_deref().unwrap_or_default();
    ensure!(stopped.contains(why), "ended for `{stopped}`, expected `{why}`:\n{}", ended.said);
    ensure!(flat(&ended.said).contains(&format!("The run was ended early: {stopped}")), "{}", ended.said);
    ensure!(history.iter().any(|seen| matches!(&seen.fact, Fact::Stopped { why } if why == stopped)), "not stored");
    Ok(())
}

/// The text without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `wwchaos check` judges what was stored.
fn judged_again(folder: &Path) -> Result<()> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos")).arg("check").arg(folder).output()?;
    let judged = [exit::PASS, exit::FAIL, exit::UNKNOWN].map(i32::from);
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    ensure!(output.status.code().is_some_and(|code| judged.contains(&code)), "check: {:?}: {said}", output.status);
    Ok(())
}

/// The folder of the only run below `reports`.
fn newest(reports: &Path) -> Result<PathBuf> {
    let runs = std::fs::read_dir(reports.join("world"))?.collect::<Result<Vec<_>, _>>()?;
    runs.into_iter().map(|run| run.path()).find(|run| !run.is_symlink()).context("no run is stored")
}

/// A small disk for reports, in memory.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// One of so many mebibytes; none where this user may not mount one.
    fn new(mebibytes: u64) -> Result<Option<Self>> {
        let disk = Self { folder: tempfile::tempdir()? };
        match disk.mount(&format!("size={mebibytes}m")) {
            Ok(()) => Ok(Some(disk)),
            Err(error) if !rustix::process::geteuid().is_root() => {
                skipped(&format!("{error:#}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn mount(&self, options: &str) -> Result<()> {
        command("mount", &["-t", "tmpfs", "-o", options, "wwchaos-test"], self.path())
    }

    /// The run of this file, with its reports on this disk.
    fn start(&self) -> Result<Program> {
        let reports = TempDir::new_in(self.path())?;
        Program::with(&folder(), reports, &[], &["run", &scenario(), "--seed", "1"])
    }

    /// Leaves so many mebibytes.
    fn fill(&self, mebibytes: u64) -> Result<()> {
        let file = std::fs::File::create(self.path().join("filler"))?;
        for _ in 0..FILLS {
            let found = rustix::fs::statvfs(self.path())?;
            let bytes = (found.f_bavail * found.f_frsize).saturating_sub(mebibytes * MIB);
            match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
                // A history has taken some of it meanwhile.
                Err(rustix::io::Errno::NOSPC) => {}
                filled => return Ok(filled?),
            }
        }
        bail!("{} cannot be filled", self.path().display())
    }

    fn drain(&self) -> Result<()> {
        std::fs::remove_file(self.path().join("filler")).context("remove the filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(error) = command("umount", &["--lazy"], self.path()) {
            eprintln!("after the test: {error:#}");
        }
    }
}

fn command(name: &str, words: &[&str], path: &Path) -> Result<()> {
    let output = std::process::Command::new(name).args(words).arg(path).output()?;
    if !output.status.success() {
        bail!("{name} {}: {}", path.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
