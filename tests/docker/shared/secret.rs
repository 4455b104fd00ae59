//! The secrets of a run, while its cluster starts, is seeded, loses its primary, gets it back and is audited: they are on
//! no command line of this machine, in no log, label or setting of a container but its environment, and in no file of the
//! report.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use wwchaos::exit;
use wwchaos::lease::BASE;

use crate::ask;
use crate::engine::{engine, share, until};
use crate::program::Program;
use crate::run::{RUN, scenario};
use crate::shared::confinement::{confined, table};

/// Pause between two looks at all command lines.
const GLANCE: Duration = Duration::from_millis(15);
/// Pause between two looks at all containers.
const LOOK: Duration = Duration::from_secs(3);

#[tokio::test]
async fn no_secret_of_a_run_is_seen_from_outside() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    let over = Arc::new(AtomicBool::new(false));
    let watch = Arc::clone(&over);
    let lines = std::thread::spawn(move || command_lines(&watch));
    let program = Program::start(&["run", &scenario("kill-primary"), "--seed", "7", "--set", "tls=on"])?;
    let run = until("a run", Duration::from_secs(60), async || Ok(program.run().ok())).await?;
    let ended = async {
        let ended = program.end(RUN).await;
        over.store(true, Ordering::Relaxed);
        ended
    };
    let (ended, outside) = tokio::join!(ended, outside(&run, &over));
    let ended = ended?;
    let Outside { secrets, texts, environments } = outside?;
    let lines = lines.join().map_err(|_| anyhow::anyhow!("the watcher panicked"))?;
    let code = ended.code.and_then(|code| u8::try_from(code).ok()).context("no exit code")?;
    ensure!([exit::PASS, exit::FAIL, exit::UNKNOWN].contains(&code), "ended with {code}:\n{}", ended.said);

    ensure!(secrets.len() > 5, "{} secrets", secrets.len());
    ensure!(secrets.iter().all(|secret| environments.contains(secret)), "these are not what the containers are given");
    let names = ["lb", "web1", "web2", "db1", "db2", "quorum", "fencer", "gate", "reaper"];
    for what in names.iter().flat_map(|name| [format!("inspect {run}-{name}"), format!("logs {run}-{name}")]) {
        ensure!(texts.contains_key(&what), "never saw {what}; saw {:?}", texts.keys());
    }
    let folder = ended.folder("kill-primary")?;
    let files = files(folder.path())?;
    ensure!(files.iter().any(|file| file.ends_with("logs/db1-pacemaker.log")), "{files:?}");
    let texts = texts.into_iter().map(|(what, text)| (what, text.into_bytes()));
    let lines = lines.into_iter().map(|line| (format!("command line {}", String::from_utf8_lossy(&line)), line));
    let mut seen: Vec<_> = texts.chain(lines).collect();
    // That a process in a container was seen at all.
    for program in ["mariadbd", "mariadb-dump", "standin-seed", "haproxy"] {
        ensure!(
            seen.iter().any(|(what, _)| what.starts_with("command line") && what.contains(program)),
            "no {program}"
        );
    }
    for file in files {
        seen.push((format!("file {}", file.display()), fs::read(&file)?));
    }
    seen.push(("what it printed".to_owned(), ended.said.into_bytes()));
    for (what, text) in &seen {
        for secret in &secrets {
            ensure!(!contains(text, secret.as_bytes()), "{secret} is in {what}");
        }
    }
    Ok(())
}

/// Every command line of this machine, from now on until it is `over`.
fn command_lines(over: &AtomicBool) -> HashSet<Vec<u8>> {
    let mut seen = HashSet::new();
    while !over.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let process = entry.file_name().to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
            // One that has ended meanwhile has none.
            if let Ok(line) = fs::read(entry.path().join("cmdline"))
                .map_err(|_| ())
                .and_then(|line| process.then_some(line).ok_or(()))
            {
                seen.insert(line);
            }
        }
        std::thread::sleep(GLANCE);
    }
    seen
}

/// What was seen of a run from outside.
#[derive(Default)]
struct Outside {
    secrets: Vec<String>,
    /// What the engine says of each container, and what that has printed.
    texts: BTreeMap<String, String>,
    /// The environments of all containers.
    environments: String,
}

async fn outside(run: &str, over: &AtomicBool) -> Result<Outside> {
    let mut seen = Outside::default();
    let label = format!("label=wwchaos.run={run}");
    let reaper = table()?.remove("reaper").context("no row of the reaper")?;
    let mut looked_at = false;
    while !over.load(Ordering::Relaxed) {
        if seen.secrets.is_empty() {
            seen.secrets = secrets(run).unwrap_or_default();
        }
        let names = ask::docker(&["ps", "--all", "--filter", &label, "--format", "{{.Names}}"]).await?;
        for name in names.lines() {
            // A container may go at any moment.
            if let Ok(text) = ask::docker(&["inspect", "--type", "container", "--format", "{{json .}}", name]).await {
                let mut said: Value = serde_json::from_str(&text)?;
                // The one place where they may be.
                seen.environments.push_str(&said["Config"]["Env"].take().to_string());
                seen.texts.insert(format!("inspect {name}"), said.to_string());
            }
            if let Ok(text) = ask::printed(name).await {
                seen.texts.insert(format!("logs {name}"), text);
            }
            if name == format!("{run}-reaper") && !looked_at {
                confined(name, ("reaper", false), &reaper).await.context("the reaper")?;
                looked_at = true;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    ensure!(looked_at, "no reaper");
    Ok(seen)
}

/// The secrets of `run`: passwords, and the lines of the key of its certificate.
fn secrets(run: &str) -> Result<Vec<String>> {
    let cluster: Value = serde_json::from_slice(&fs::read(Path::new(BASE).join(run).join("cluster"))?)?;
    let site = &cluster["site"];
    let names = ["db_password", "repl_password", "cookie_secret", "student_password"];
    let named = names.iter().map(|name| site[name].as_str().map(str::to_owned).context("no secret"));
    let mut secrets: Vec<String> = named.collect::<Result<_>>()?;
    let pem = site["certificate"]["pem"].as_str().context("no certificate")?;
    let key = pem.split("PRIVATE KEY-----").nth(1).context("no key")?;
    secrets.extend(key.lines().filter(|line| line.len() >= 32).map(str::to_owned));
    Ok(secrets)
}

/// Every file below `folder`.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
