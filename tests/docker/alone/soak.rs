//! The last ring of healing: every process of wwchaos is killed at a random moment, in every phase and under every fault,
//! and the reaper leaves nothing. And where the reaper is killed too, the next command does. Things of a stranger with
//! names like ours live all the while.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};
use wwchaos::fault::Aim;
use wwchaos::lease::BASE;

use crate::ask::{self, docker};
use crate::engine::{alone, engine};
use crate::program::Program;

/// The program that is killed.
const PROGRAM: &str = env!("CARGO_BIN_EXE_wwchaos");
/// Kills where `WWCHAOS_SOAK_KILLS` says nothing.
const KILLS: u32 = 10;
/// Runs at one time where `WWCHAOS_SOAK_AT_ONCE` says nothing.
const AT_ONCE: u32 = 5;
/// Most runs at one time.
const AT_ONCE_MAX: u32 = 8;
/// Kills of the reaper too.
const REAPER_KILLS: u32 = 2;
/// Most kills.
const KILLS_MAX: u32 = 500;
/// Longest time that a program may take to say what a moment waits for.
const SAID: Duration = Duration::from_secs(180);

/// Every fault that the small cluster can have, and what it hits there.
const FAULTS: &[(&str, &str)] = &[
    ("kill", "web"),
    ("freeze", "web"),
    ("oom", "web"),
    ("crash", "web"),
    ("disk-fill", "courses"),
    ("partition", "web"),
    ("hang-oom", "web"),
    ("process-stop", "web"),
    ("latency", "web"),
    ("io-throttle", "db"),
    ("cpu-starve", "web"),
    ("connection-exhaust", "db"),
    ("pids", "web"),
    ("loss", "web"),
    ("bandwidth", "web"),
    ("dns", "web"),
    ("clock-skew", "web"),
];

/// Moments of a run: what it says, and up to how long after it is killed.
const MOMENTS: &[(&str, &str, f64)] = &[
    ("up", "app: ", 12.0),
    ("baseline", "the class is at work", 8.0),
    ("inject", ": injecting", 1.5),
    ("fault", ": there (", 6.0),
    ("heal", ": healing", 2.0),
    ("audit", "auditing the answers", 4.0),
    ("removal", "removing the cluster", 3.0),
];

/// Things of a stranger, with names like ours and no label of ours.
struct Bystanders {
    container: String,
    started: String,
}

/// What became of the kills.
#[derive(Default)]
struct Tally {
    moments: BTreeMap<&'static str, u32>,
    faults: BTreeMap<&'static str, u32>,
    /// Nothing of the run was on the engine yet, or any more.
    nothing: u32,
    /// The reaper had been made and not been started: the next command removed it.
    unstarted: u32,
    reaped: Vec<Duration>,
}

#[tokio::test]
async fn whoever_is_killed_nothing_is_left() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let kills = kills()?;
    let bystanders = Bystanders::new().await?;
    let (folder, before) = (scenarios()?, everything(&[]).await?);
    let (mut tally, mut runs) = (Tally::default(), Vec::new());
    let mut random = StdRng::seed_from_u64(u64::from(std::process::id()));
    let moments: Vec<Moment> = (0..kills).map(|number| Moment::new(number, &mut random)).collect();
    // Several runs at once: each reaper must leave the others' runs alone.
    let (mut done, at_once) = (0, number("WWCHAOS_SOAK_AT_ONCE", AT_ONCE, AT_ONCE_MAX)?);
    for together in moments.chunks(at_once as usize) {
        let ends = try_join_all(together.iter().map(|moment| reaped(folder.path(), moment))).await?;
        if ends.iter().any(|(_, end)| *end == End::Unstarted) {
            next_command().await?;
        }
        for (moment, (killed, end)) in together.iter().zip(ends) {
            tally.count(moment, end);
            runs.extend(killed);
        }
        let now = everything(&runs).await?;
        ensure!(now == before, "{together:?} left {now:?}, was {before:?}");
        processes(folder.path()).with_context(|| format!("{together:?}"))?;
        bystanders.untouched().await.with_context(|| format!("{together:?}"))?;
        done += together.len();
        println!("soak: {done} of {kills}");
    }
    next_command().await?;
    let mut leases = leases();
    leases.retain(|lease| !shared() || runs.contains(lease));
    ensure!(leases.is_empty(), "leases left: {leases:?}");
    bystanders.untouched().await?;
    println!("{}", tally.words(kills));
    Ok(())
}

#[tokio::test]
async fn where_the_reaper_is_killed_too_the_next_command_leaves_nothing() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let bystanders = Bystanders::new().await?;
    let (folder, before) = (scenarios()?, everything(&[]).await?);
    let kills = REAPER_KILLS.max(kills()? / 5);
    let mut random = StdRng::seed_from_u64(u64::from(std::process::id()));
    let moments: Vec<Moment> = (0..kills).map(|number| Moment::new(number * 2 + 1, &mut random)).collect();
    let mut left = 0;
    // At once, as above: one command finds what several runs left.
    for together in moments.chunks(number("WWCHAOS_SOAK_AT_ONCE", AT_ONCE, AT_ONCE_MAX)? as usize) {
        let killed = try_join_all(together.iter().map(|moment| killed_with_reaper(folder.path(), moment))).await?;
        left += killed.iter().map(|(_, left)| left).sum::<usize>();
        let runs: Vec<String> = killed.into_iter().flat_map(|(runs, _)| runs).collect();
        next_command().await?;
        let now = everything(&runs).await?;
        ensure!(now == before, "{together:?} of {runs:?} left {now:?}, was {before:?}");
        bystanders.untouched().await?;
    }
    ensure!(left > 0, "no kill left anything for the next command");
    bystanders.untouched().await?;
    println!("soak: {kills} kills, the reaper's too: {left} things left, 0 after the next command");
    Ok(())
}

/// Kills a run at `moment`, and its reaper before that gets far; the run's id, and how many things of it are left.
async fn killed_with_reaper(folder: &Path, moment: &Moment) -> Result<(Vec<String>, usize)> {
    let killed = moment.kill(folder).await?;
    for run in &killed.runs {
        // It may be about to remove itself.
        let _ = docker(&["kill", &format!("{run}-reaper")]).await;
    }
    let left = ask::left_of(&killed.runs).await?.len();
    Ok((killed.runs, left))
}

/// What became of a run whose processes were all killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Nothing of it was on the engine yet, or any more.
    Nothing,
    /// Its reaper had been made and not been started.
    Unstarted,
    /// Its reaper removed it within this time.
    Reaped(Duration),
}

/// Kills a run at `moment`, and waits until its reaper has removed everything of it; also the run's id.
async fn reaped(folder: &Path, moment: &Moment) -> Result<(Vec<String>, End)> {
    // At once: the others take a minute to end, and what a test says comes last of all.
    let tell = |error: &anyhow::Error| drop(writeln!(std::io::stderr(), "soak: {moment:?}: {error:#}"));
    removed(folder, moment).await.inspect_err(tell)
}

async fn removed(folder: &Path, moment: &Moment) -> Result<(Vec<String>, End)> {
    let killed = moment.kill(folder).await?;
    let began = Instant::now();
    let found = ask::left_of(&killed.runs).await?;
    if found.is_empty() {
        return Ok((killed.runs, End::Nothing));
    }
    if unstarted(&found).await {
        return Ok((killed.runs, End::Unstarted));
    }
    ask::reaped(&killed.runs).await.with_context(|| format!("{moment:?}"))?;
    Ok((killed.runs, End::Reaped(began.elapsed())))
}

/// Whether all that was found is a reaper that was made and not started.
async fn unstarted(found: &[String]) -> bool {
    let [one] = found else { return false };
    let Some(name) = one.strip_prefix("container ").filter(|name| name.ends_with("-reaper")) else { return false };
    // One that is gone by now was started.
    ask::inspect(name, ".State.Status").await.is_ok_and(|status| status == "created")
}

fn kills() -> Result<u32> {
    number("WWCHAOS_SOAK_KILLS", KILLS, KILLS_MAX)
}

/// What the variable `name` says, from 1 to `most`; `usual` where it says nothing.
fn number(name: &str, usual: u32, most: u32) -> Result<u32> {
    let said = std::env::var(name).ok().filter(|said| !said.is_empty());
    let number = said.map_or(Ok(usual), |said| said.parse()).with_context(|| format!("{name}: expected a number"))?;
    ensure!((1..=most).contains(&number), "{name}: expected 1 to {most}");
    Ok(number)
}

/// When a run is killed.
#[derive(Debug)]
struct Moment {
    fault: &'static str,
    name: &'static str,
    /// What the run says first.
    said: &'static str,
    /// So long after that.
    after: Duration,
}

impl Moment {
    /// So many kills as there are pairs of a fault and a moment make every pair; few make as many of either as they can.
    fn new(number: u32, random: &mut StdRng) -> Self {
        let (round, place) = (number as usize / MOMENTS.len(), number as usize % MOMENTS.len());
        let ((fault, _), (name, said, longest)) = (FAULTS[(round + place) % FAULTS.len()], MOMENTS[place]);
        Self { fault, name, said, after: Duration::from_secs_f64(random.random_range(0.0..longest)) }
    }

    /// Starts a run and kills every process of it at this moment.
    async fn kill(&self, folder: &Path) -> Result<Killed> {
        let file = file(folder, self.fault).display().to_string();
        let mut program = Program::start(&["run", &file, "--seed", "1"])?;
        program.says(self.said, SAID).await?;
        sleep(self.after).await;
        let (runs, reports) = program.kill()?;
        Ok(Killed { runs, _reports: reports })
    }
}

#[test]
fn every_fault_is_soaked_at_every_moment() {
    // It has no condition.
    let kinds = wwchaos::fault::KINDS.iter().filter(|kind| !matches!(kind.aim, Aim::Condition(..)));
    let known: Vec<_> = kinds.map(|kind| kind.name).collect();
    let mut soaked: Vec<_> = FAULTS.iter().map(|(fault, _)| *fault).collect();
    soaked.sort_by_key(|fault| known.iter().position(|name| name == fault));
    assert_eq!(soaked, known);
    let mut random = StdRng::seed_from_u64(1);
    let pairs = FAULTS.len() * MOMENTS.len();
    let made = (0..pairs).map(|number| Moment::new(u32::try_from(number).unwrap_or_default(), &mut random));
    let made: BTreeSet<_> = made.map(|moment| (moment.fault, moment.name)).collect();
    assert_eq!(made.len(), pairs);
}

/// A scenario file for each fault.
fn scenarios() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for (fault, target) in FAULTS {
        let text = format!(
            "title = \"soak\"\ntopology = \"one-web\"\nbaseline = \"25s\"\nrecovery = \"15s\"\n\n[class]\nstudents = 8\n\
             arrival = \"3s\"\ngrade_every = 1\ndeadline_spike = \"5s\"\n\n[[window]]\nfault = \"{fault}\"\ntarget = \"{target}\"\nfor = \"10s\"\n"
        );
        std::fs::write(file(folder.path(), fault), text)?;
    }
    Ok(folder)
}

fn file(folder: &Path, fault: &str) -> PathBuf {
    folder.join(format!("soak-{fault}.toml"))
}

/// A run that was killed.
struct Killed {
    runs: Vec<String>,
    _reports: tempfile::TempDir,
}

/// What any next command does first, done by the one that does nothing else.
async fn next_command() -> Result<()> {
    let mut command = tokio::process::Command::new(PROGRAM);
    let output = command.args(["down", "--stale"]).stdin(std::process::Stdio::null()).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// All containers, networks, volumes, loop devices, mounts and packet filter rules on this machine, with their state.
/// Where others use the engine meanwhile and `WWCHAOS_SOAK_SHARED=1` says so, only those that name one of `runs`.
async fn everything(runs: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (kind, words) in [
        ("container", &["ps", "--all", "--format", "{{.Names}} {{.State}}"][..]),
        ("network", &["network", "ls", "--format", "{{.Name}}"]),
        ("volume", &["volume", "ls", "--format", "{{.Name}}"]),
    ] {
        found.extend(docker(words).await?.lines().map(|line| format!("{kind} {line}")));
    }
    found.extend(ask::loop_devices());
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    found.extend(mounts.lines().filter(|line| line.contains("/volumes/ww")).map(|line| format!("mount {line}")));
    for words in [&["iptables-save"][..], &["nft", "list", "tables"]] {
        found.extend(rules(words).await);
    }
    if shared() {
        found.retain(|one| runs.iter().any(|run| one.contains(run.as_str())));
    }
    found.sort();
    Ok(found)
}

/// Rules and tables of the kernel's packet filter, as far as this machine has the command and this user may ask, each
/// once: of two networks made at once the engine may leave its own jump to `DOCKER-USER` twice, since it removes and
/// inserts that rule with every network and holds no lock meanwhile.
async fn rules(words: &[&str]) -> BTreeSet<String> {
    let asked = tokio::process::Command::new(words[0]).args(&words[1..]).output().await;
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let rules = said.lines().filter(|line| line.starts_with("-A ") || line.starts_with("table "));
    rules.map(|line| format!("rule {line}")).collect()
}

fn shared() -> bool {
    std::env::var("WWCHAOS_SOAK_SHARED").is_ok_and(|value| value == "1")
}

/// Fails when a process of a killed run lives: it has the scenario's folder among its words, or is a class of this program.
fn processes(folder: &Path) -> Result<()> {
    let folder = folder.display().to_string();
    let mut alive = String::new();
    for entry in std::fs::read_dir("/proc")?.filter_map(Result::ok) {
        let words = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        // The very file, whatever its name: another build may be at work.
        let file = |path: &Path| std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
        let ours = || file(&entry.path().join("exe")) == file(Path::new(PROGRAM));
        if words.contains(&folder) || (words.trim_end().ends_with("wwchaos load") && ours()) {
            writeln!(alive, "{} {words}", entry.file_name().display())?;
        }
    }
    ensure!(alive.is_empty(), "alive:\n{alive}");
    Ok(())
}

fn leases() -> Vec<String> {
    let entries = std::fs::read_dir(BASE).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.starts_with("ww")).collect()
}

impl Bystanders {
    async fn new() -> Result<Self> {
        let name = format!("ww{:06x}", std::process::id() & 0x00ff_ffff);
        let container = format!("{name}-web");
        docker(&["network", "create", &format!("{name}-net")]).await?;
        docker(&["volume", "create", "--label", "wwchaos.runs=1", &format!("{name}-courses")]).await?;
        let volume = format!("{name}-courses:/courses");
        let words = ["run", "--detach", "--name", &container, "--network", &format!("{name}-net"), "--volume", &volume];
        let image = ["--label", "run.wwchaos=1", "debian:bookworm-slim", "sleep", "86400"];
        docker(&[&words[..], &image].concat()).await?;
        let started = ask::inspect(&container, ".State.StartedAt").await?;
        Ok(Self { container, started })
    }

    /// Still there, running since then, not paused, with its network and its volume.
    async fn untouched(&self) -> Result<()> {
        let now = ask::inspect(&self.container, ".State.StartedAt").await.context("a stranger's container")?;
        ensure!(now == self.started, "a stranger's container was started again");
        ensure!(ask::inspect(&self.container, ".State.Status").await? == "running", "a stranger's container");
        let name = self.container.trim_end_matches("-web");
        docker(&["network", "inspect", &format!("{name}-net")]).await.context("a stranger's network")?;
        docker(&["volume", "inspect", &format!("{name}-courses")]).await.context("a stranger's volume")?;
        Ok(())
    }
}

impl Drop for Bystanders {
    fn drop(&mut self) {
        let name = self.container.trim_end_matches("-web");
        for words in [
            ["rm", "--force", self.container.as_str()].as_slice(),
            &["volume", "rm", &format!("{name}-courses")],
            &["network", "rm", &format!("{name}-net")],
        ] {
            let ended = std::process::Command::new("docker").args(words).output();
            if !ended.as_ref().is_ok_and(|output| output.status.success()) {
                eprintln!("after the test: docker {}: {ended:?}", words.join(" "));
            }
        }
    }
}

impl Tally {
    fn count(&mut self, moment: &Moment, end: End) {
        *self.moments.entry(moment.name).or_default() += 1;
        *self.faults.entry(moment.fault).or_default() += 1;
        match end {
            End::Nothing => self.nothing += 1,
            End::Unstarted => self.unstarted += 1,
            End::Reaped(after) => self.reaped.push(after),
        }
    }

    fn words(&self, kills: u32) -> String {
        let counts = |counts: &BTreeMap<&str, u32>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let mut reaped: Vec<f64> = self.reaped.iter().map(Duration::as_secs_f64).collect();
        reaped.sort_by(f64::total_cmp);
        let at = |share: usize| reaped.get((reaped.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default();
        format!(
            "soak: {kills} kills ({}; under {})\nsoak: {} removed by the reaper after {:.1} s (median; {:.1} to {:.1} s), {} \
             with nothing on the engine, {} with a reaper that was not started yet and that the next command removed\n\
             soak: left 0 containers, 0 networks, 0 volumes, 0 loop devices, 0 mounts, 0 packet filter rules, 0 processes; \
             a stranger's container, network and volume untouched",
            counts(&self.moments),
            counts(&self.faults),
            reaped.len(),
            at(50),
            at(0),
            at(100),
            self.nothing,
            self.unstarted,
        )
    }
}
