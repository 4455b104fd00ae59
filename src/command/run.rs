//! `run` and `up`: a plan made real.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use super::progress::{Follow, Progress};
use super::{render, say};
use crate::cli::{Choice, Stop, Usage};
use crate::cluster::docker::{Engine, limits};
use crate::history::{Recorder, Writer};
use crate::library::Library;
use crate::plan::Plan;
use crate::report::{self, Report};
use crate::run::{End, Job, LeftBehind, NotUp, run as conduct, start};
use crate::setup::Setup;
use crate::store::{self, Folder, Preface};
use crate::topology::Topology;
use crate::{exit, quantity};

/// Runs each scenario that `choice` names; the worst code of all.
pub async fn run(library: &Library, reports: &Path, choice: &Choice, keep: bool, stop: Stop) -> Result<u8> {
    let names = super::scenarios(library, &choice.scenario)?;
    // Every scenario of a set is planned before the first one starts.
    let plans: Vec<_> = names.iter().map(|name| super::prepare(library, name, choice)).collect::<Result<_>>()?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(super::usage)?;
    let mut codes = Vec::new();
    for (topology, plan) in plans {
        let name = plan.scenario.clone();
        // One scenario that cannot run does not keep the others of its set from running.
        let code = one(library, reports, &engine, topology, plan, keep, &stop).await.unwrap_or_else(|error| {
            say::err(format_args!("wwchaos: {name}: {error:#}\n"));
            super::code_of(&error)
        });
        codes.push((name, code));
        if stop.first.is_cancelled() {
            break;
        }
    }
    if codes.len() > 1 {
        say::out("\n");
        for (name, code) in &codes {
            say::out(format_args!(
                "{name}: {}\n",
                exit::TABLE.iter().find(|(known, _)| known == code).map_or("", |(_, text)| text)
            ));
        }
    }
    Ok(codes.iter().map(|(_, code)| *code).max_by_key(|code| severity(*code)).unwrap_or(exit::PASS))
}

/// Which code speaks for a set of runs.
fn severity(code: u8) -> u8 {
    let order = [exit::PASS, exit::UNKNOWN, exit::FAIL, exit::NOT_UP, exit::LEFT_BEHIND, exit::INTERRUPTED, exit::BUG];
    order.iter().position(|known| *known == code).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

async fn one(
    library: &Library,
    reports: &Path,
    engine: &Engine,
    topology: Topology,
    plan: Plan,
    keep: bool,
    stop: &Stop,
) -> Result<u8> {
    let preface = preface(engine, &topology, &plan).await?;
    let folder = Folder::create(reports, &plan.scenario)?;
    let origin = folder.write_before(&plan, &preface)?;
    say::err(format_args!("{}", super::show::text(&plan)));
    say::err(format_args!("  app: {}\n  report folder: {}\n", preface.setup.app, folder.path().display()));
    let progress = Progress::new();
    let (recorder, receiver) = Recorder::channel();
    recorder.record(origin);
    let mut follow = Follow::new(progress.handle(), plan.clone());
    let path = folder.history_path();
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let is_over = async move { is_over.await.unwrap_or_default() };
    let writer = tokio::spawn(async move { Writer::run(&path, receiver, is_over, |seen| follow.look(seen)).await });
    let job = Job {
        library,
        plan: &plan,
        topology: &topology,
        folder: folder.path(),
        keep,
        stop: stop.first.clone(),
        hurry: stop.second.clone(),
    };
    let ended = conduct(&job, engine, recorder, |text| progress.say(text)).await;
    // The writer has gone only when it failed, and then says so itself.
    let _ = over.send(());
    let written = writer.await?;
    progress.end();
    let end = match ended {
        Ok(end) => end,
        Err(error) if stop.first.is_cancelled() => return Ok(interrupted(&error)),
        Err(error) => return Err(error),
    };
    if stop.second.is_cancelled() {
        end.left_behind.iter().for_each(|name| say::err(format_args!("wwchaos: left behind: {name}\n")));
        return Ok(finish_code(&end, exit::INTERRUPTED));
    }
    written?;
    let mut report = render::load(&folder)?;
    for name in &end.left_behind {
        // The verdict tells a window's fault with its reason, `freeze web1: still paused`.
        let told = |known: &String| known == name || known.starts_with(&format!("{name}: "));
        if !report.verdict.left_behind.iter().any(told) {
            report.verdict.left_behind.push(name.clone());
        }
    }
    write_all(&folder, &report)?;
    folder.become_latest();
    render::print(&report);
    say::out(format_args!("report: {}\n", folder.path().join("report.html").display()));
    if let Some(run) = &end.kept {
        say::out(format_args!("the cluster {run} is kept; `wwchaos down {run}` removes it\n"));
    }
    let code = if stop.first.is_cancelled() { exit::INTERRUPTED } else { render::code(&report) };
    Ok(finish_code(&end, code))
}

/// A run that was interrupted before it had anything to report.
fn interrupted(error: &anyhow::Error) -> u8 {
    let not_up = error.downcast_ref::<NotUp>().map(|not_up| &not_up.left_behind);
    let left =
        not_up.or_else(|| error.downcast_ref::<LeftBehind>().map(|left| &left.names)).cloned().unwrap_or_default();
    say::err(format_args!(
        "wwchaos: interrupted; {}\n",
        if left.is_empty() { "everything was removed" } else { "left behind:" }
    ));
    left.iter().for_each(|name| say::err(format_args!("  {name}\n")));
    if left.is_empty() { exit::INTERRUPTED } else { exit::LEFT_BEHIND }
}

fn finish_code(end: &End, code: u8) -> u8 {
    if end.left_behind.is_empty() { code } else { exit::LEFT_BEHIND }
}

fn write_all(folder: &Folder, report: &Report) -> Result<()> {
    for format in report::FORMATS {
        folder.write(format.file, &(format.render)(report)?)?;
    }
    Ok(())
}

async fn preface(engine: &Engine, topology: &Topology, plan: &Plan) -> Result<Preface> {
    let facts = engine.facts().await?;
    let app = topology.apps.get(&plan.app).cloned().unwrap_or_default();
    Ok(Preface {
        started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        tool: format!("wwchaos {}", env!("CARGO_PKG_VERSION")),
        setup: Setup {
            app: app.title,
            stand_in: app.stand_in,
            topology: topology.title.clone(),
            engine: facts.engine,
            cgroup: facts.cgroup,
            kernel: facts.kernel,
            cores: facts.cores,
            memory_bytes: facts.memory_bytes,
            limits: limits(topology, facts.cores),
        },
        topology: topology.clone(),
    })
}

/// Starts and seeds a cluster and keeps it.
pub async fn up(library: &Library, reports: &Path, choice: &Choice, stop: Stop) -> Result<u8> {
    if let Some(names) = library.set(&choice.scenario)? {
        let message = format!("`{}` is a set; expected one scenario: {}", choice.scenario, names.join(", "));
        return Err(Usage(message).into());
    }
    let (topology, plan) = super::prepare(library, &choice.scenario, choice)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(super::usage)?;
    let folder = Folder::create(reports, "up")?;
    let progress = Progress::new();
    let (recorder, _receiver) = Recorder::channel();
    let job = Job {
        library,
        plan: &plan,
        topology: &topology,
        folder: folder.path(),
        keep: true,
        stop: stop.first.clone(),
        hurry: stop.second.clone(),
    };
    let began = crate::clock::Stamp::now();
    let started = start(&job, &engine, &recorder, |text| progress.say(text)).await;
    progress.end();
    let cluster = match started {
        Ok((cluster, _claim)) => cluster,
        Err(error) if stop.first.is_cancelled() => return Ok(interrupted(&error)),
        Err(error) => return Err(error),
    };
    let site = cluster.site();
    let took = quantity::length(std::time::Duration::from_secs(crate::clock::Stamp::now().since(began).as_secs()));
    say::out(format_args!(
        "cluster {} is up after {took}: {}/webwork2/{}\n",
        site.run,
        site.entry_url(),
        crate::plan::COURSE
    ));
    say::out(format_args!(
        "students {} to {}, password {}\n",
        crate::plan::login(1),
        crate::plan::login(plan.accounts()),
        site.student_password
    ));
    say::out(format_args!("`wwchaos down {}` removes it\n", site.run));
    Ok(exit::PASS)
}
