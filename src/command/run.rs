//! `run`: plans made real, one after the other.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::doctor::{Unfit, fit, what_is};
use super::progress::{self, Manner, Progress};
use super::regression::{Held, hold};
use super::{render, say};
use crate::cli::{Against, Choice, Stop, Voice};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine, limits};
use crate::compare::{self, Row};
use crate::history::{Fact, Observation, Recorder, Writer};
use crate::library::Library;
use crate::live::Event;
use crate::measure::Series;
use crate::plan::Plan;
use crate::report::{self, Report};
use crate::run::early::Pulse;
use crate::run::{End, Job, LeftBehind, NotUp, run as conduct};
use crate::setup::{Setup, TOOL};
use crate::store::{self, Folder, Preface};
use crate::topology::{App, Topology};
use crate::{exit, quantity};

/// How one line ended.
pub(super) struct Ended {
    pub code: u8,
    /// What it came to, for a comparison with other lines.
    pub row: Row,
    /// Its report without what only its own charts show; none when it has none.
    pub report: Option<Report>,
}

/// What the runs of a command have in common.
pub(super) struct Call<'a> {
    pub library: &'a Library,
    pub reports: &'a Path,
    pub engine: &'a Engine,
    pub machine: &'a Machine,
    /// How long a cluster is kept after its run, if at all.
    pub keep: Option<Duration>,
    pub stop: &'a Stop,
    pub manner: Manner,
    /// When the command began.
    pub start: Stamp,
}

/// Runs each scenario that `choice` names; the worst code of all.
pub async fn run(
    library: &Library,
    reports: &Path,
    choice: &Choice,
    (keep, against, voice): (Option<Duration>, &Against, Voice),
    stop: Stop,
) -> Result<u8> {
    let (manner, start) = (Manner::of(voice), Stamp::now());
    let ended = all(library, reports, choice, (keep, against), (manner, start), &stop).await;
    // What was looked at when the user ended it was ended with it, and may seem to be missing.
    let ended = ended.or_else(|error| if stop.first.is_cancelled() { Ok(interrupted(&error)) } else { Err(error) });
    progress::tell_end(manner, start, &ended);
    ended
}

async fn all(
    library: &Library,
    reports: &Path,
    choice: &Choice,
    (keep, against): (Option<Duration>, &Against),
    (manner, start): (Manner, Stamp),
    stop: &Stop,
) -> Result<u8> {
    let super::Prepared { set, plans } = super::prepare(library, choice)?;
    let held = hold(reports, against, &plans)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(super::usage)?;
    let machine = Machine::look(&engine, reports).await?;
    plans.iter().try_for_each(|(topology, plan)| fit(&machine, plan, topology))?;
    super::down::sweep(&engine, library, manner).await?;
    let varied = compare::varied(&plans.iter().map(|(_, plan)| plan).collect::<Vec<_>>());
    let apps = identified(&engine, plans.iter().map(|(topology, _)| &topology.app)).await?;
    let call = Call { library, reports, engine: &engine, machine: &machine, keep, stop, manner, start };
    let mut ended = Vec::new();
    for (((topology, plan), app), held) in plans.iter().zip(apps).zip(&held) {
        // What was not begun any more has a row all the same.
        if stop.first.is_cancelled() && !ended.is_empty() {
            let row = Row::without(plan, None, "not run: the set was interrupted");
            ended.push(Ended { code: exit::INTERRUPTED, row, report: None });
            continue;
        }
        ended.push(line(&call, (topology, plan, app), held.as_ref()).await);
    }
    let codes: Vec<u8> = ended.iter().map(|ended| ended.code).collect();
    if let Some(set) = &set {
        let comparing = plans.first().filter(|_| !varied.is_empty()).map(|(_, plan)| (plan, varied));
        super::set::tell(&call, set, comparing, ended)?;
    }
    Ok(codes.into_iter().fold(exit::PASS, worse))
}

/// What is run: on which cluster, what, and what its app is on this machine.
pub(super) type Subject<'a> = (&'a Topology, &'a Plan, String);

/// Runs one line, and holds it against its baseline. One that cannot run does not keep the others of its set from running.
pub(super) async fn line(call: &Call<'_>, (topology, plan, app): Subject<'_>, held: Option<&Held>) -> Ended {
    let folder = match Folder::create(call.reports, &plan.scenario) {
        Ok(folder) => folder,
        Err(error) => return failed(call, plan, None, &error),
    };
    let path = folder.path().display().to_string();
    match one(call, &folder, (topology, plan, app), held).await {
        Ok((code, Some(mut report))) => {
            let row = Row::measured(plan, &path, &report.figures);
            // A set may have many lines, and an hour of values over time is large.
            report.figures.series = Series::default();
            Ended { code, row, report: Some(report) }
        }
        Ok((code, None)) => {
            progress::tell(call.manner, call.start, Event::Failed { code, why: "interrupted".to_owned() });
            Ended { code, row: Row::without(plan, Some(&path), "interrupted"), report: None }
        }
        Err(error) => failed(call, plan, Some(&path), &error),
    }
}

fn failed(call: &Call<'_>, plan: &Plan, run: Option<&str>, error: &anyhow::Error) -> Ended {
    say::err(format_args!("wwchaos: {}: {error:#}\n", plan.scenario));
    let (code, why) = (super::code_of(error), format!("{error:#}"));
    let row = Row::without(plan, run, &gist(&why));
    progress::tell(call.manner, call.start, Event::Failed { code, why });
    Ended { code, row, report: None }
}

/// An error on one line: its first, and where that announces what a program said, the last of that.
fn gist(why: &str) -> String {
    let mut lines = why.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let last = lines.next_back().filter(|_| first.ends_with(':'));
    last.map_or_else(|| first.to_owned(), |last| format!("{first} {last}"))
}

/// The worse of two codes, which speaks for both: of two runs, or of what a run came to and what it came to beside its base.
pub(super) fn worse(code: u8, other: u8) -> u8 {
    if severity(other) > severity(code) { other } else { code }
}

/// How bad a code is.
fn severity(code: u8) -> u8 {
    let order = [exit::PASS, exit::UNKNOWN, exit::FAIL, exit::NOT_UP, exit::INTERRUPTED, exit::LEFT_BEHIND, exit::BUG];
    order.iter().position(|known| *known == code).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

/// The code of one run in `folder`, and its report if there is one.
async fn one(
    call: &Call<'_>,
    folder: &Folder,
    (topology, plan, app): Subject<'_>,
    held: Option<&Held>,
) -> Result<(u8, Option<Report>)> {
    let Call { library, engine, machine, keep, stop, manner, start, .. } = *call;
    let preface = preface(machine, topology, app);
    let origin = folder.write_before(plan, &preface)?;
    let place = folder.path().display().to_string();
    if manner.is_for_people() {
        say::err(format_args!("{}", super::show::text(plan, topology, Some(machine.cores))));
        say::err(format_args!("  app: {}\n  report folder: {place}\n", preface.setup.app));
    }
    let progress = Progress::of_run(manner, start, plan, topology);
    progress.tell(Event::run(plan, &preface.tool, &place));
    let halt = stop.first.child_token();
    let made = async |recorder, pulse| {
        let job = Job {
            library,
            plan,
            topology,
            folder: folder.path(),
            volumes: machine.volumes(),
            pulse,
            keep,
            linger: None,
            stop: halt.clone(),
            hurry: stop.second.clone(),
        };
        conduct(&job, engine, recorder, |text| progress.say(text)).await
    };
    let (ended, written) = recorded((folder, origin), &progress, &halt, |_| (), made).await?;
    let end = match ended {
        Ok(end) => end,
        Err(error) if stop.first.is_cancelled() => return Ok((interrupted(&error), None)),
        // It was ended for want of a history, unless something is left that must be told.
        Err(error) => return Err(written.err().filter(|_| left_behind(&error).is_empty()).unwrap_or(error)),
    };
    if stop.second.is_cancelled() {
        let unhealed = end.unhealed.iter().map(|title| format!("{title} could not be healed"));
        let left = end.left_behind.iter().cloned().chain(unhealed);
        left.for_each(|name| say::err(format_args!("wwchaos: left behind: {name}\n")));
        say::err(format_args!("wwchaos: interrupted; no report was made, and `wwchaos report {place}` makes one\n"));
        return Ok((finish_code(&end, exit::INTERRUPTED), None));
    }
    let written = written.map_err(|why| format!("{why:#}"));
    let (code, report) = tell(folder, &end, written.as_ref().err().map(String::as_str), manner)?;
    let code = match written {
        Err(_) => exit::BUG,
        Ok(_) if stop.first.is_cancelled() => exit::INTERRUPTED,
        Ok(_) => code,
    };
    let code = finish_code(&end, code);
    let held = held.filter(|_| code != exit::INTERRUPTED);
    let code = held.map_or(code, |held| worse(code, held.judge(folder, &report, manner != Manner::Events)));
    progress.tell(verdict(code, &report, &end, &place));
    Ok((code, Some(report)))
}

/// Lets `made` make a run whose history, which begins with `origin`, is kept in `folder`, shown by `progress` and told to `also`;
/// what came of it, and whether all was written. The run is ended by `halt` when it cannot be.
pub(super) async fn recorded<T>(
    (folder, origin): (&Folder, Fact),
    progress: &Progress,
    halt: &CancellationToken,
    mut also: impl FnMut(&Observation) + Send + 'static,
    made: impl AsyncFnOnce(Recorder, Pulse) -> Result<T>,
) -> Result<(Result<T>, Result<u64>)> {
    let (recorder, receiver) = Recorder::channel();
    recorder.record(origin);
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let is_over = async move { is_over.await.unwrap_or_default() };
    let (pulse, follow) = (Pulse::default(), progress.follow());
    let felt = pulse.clone();
    let look = move |seen: &Observation| {
        felt.look(seen);
        follow.look(seen);
        also(seen);
    };
    let writer = tokio::spawn(write(folder.history_path(), receiver, is_over, look, halt.clone()));
    let ended = made(recorder, pulse).await;
    // The writer has gone only when it failed, and then has ended the run.
    let _ = over.send(());
    let written = writer.await?;
    progress.end();
    Ok((ended, written))
}

/// Writes the history; when that fails, ends the run by cancelling `halt`: a fault that nobody records hurts for nothing.
async fn write(
    path: PathBuf,
    receiver: UnboundedReceiver<Observation>,
    over: impl Future<Output = ()>,
    look: impl FnMut(&Observation),
    halt: CancellationToken,
) -> Result<u64> {
    let written = Writer::run(&path, receiver, over, look).await;
    if written.is_err() {
        halt.cancel();
    }
    written
}

/// Judges what the history tells and prints it, with every format written; the code of the verdict, and the report. The run
/// was ended where the history could not be written to its end, and `cut` says why.
fn tell(folder: &Folder, end: &End, cut: Option<&str>, manner: Manner) -> Result<(u8, Report)> {
    let mut report = render::load(folder, cut)?;
    // A fault that was not healed is in the history, and the verdict tells it; what happened after its end is not.
    report.verdict.left_behind.extend(end.left_behind.iter().cloned());
    // What cannot be stored can still be printed.
    let stored = write_all(folder, &report);
    if stored.is_ok() {
        folder.become_latest();
    }
    let spoken = manner != Manner::Events;
    if spoken {
        render::print(&report);
    }
    match cut {
        Some(why) => {
            let none = if stored.is_ok() { "" } else { ", and there is no report of it" };
            say::err(format_args!(
                "wwchaos: {why}; the run was ended, its history tells what was written until then{none}\n"
            ));
        }
        None => {
            stored?;
            if spoken {
                say::out(format_args!("report: {}\n", folder.path().join("report.html").display()));
            }
        }
    }
    if let Some((run, life)) = end.kept.as_ref().filter(|_| spoken) {
        say::out(format_args!(
            "the cluster {run} is kept for {}; `wwchaos down {run}` removes it\n",
            quantity::length(*life)
        ));
    }
    Ok((render::code(&report), report))
}

/// What a machine is told at the end of a run with a report.
fn verdict(code: u8, report: &Report, end: &End, folder: &str) -> Event {
    Event::Verdict {
        code,
        judgement: report.verdict.judgement.to_string(),
        sentence: report.verdict.sentence.clone(),
        folder: folder.to_owned(),
        kept: end.kept.as_ref().map(|(run, _)| run.clone()),
        left_behind: report.verdict.left_behind.clone(),
    }
}

/// What could not be removed of a run that ended with `error`.
fn left_behind(error: &anyhow::Error) -> Vec<String> {
    let not_up = error.downcast_ref::<NotUp>().map(|not_up| &not_up.left_behind);
    not_up.or_else(|| error.downcast_ref::<LeftBehind>().map(|left| &left.names)).cloned().unwrap_or_default()
}

/// A run that was interrupted before it had anything to report.
pub fn interrupted(error: &anyhow::Error) -> u8 {
    let left = left_behind(error);
    say::err(format_args!(
        "wwchaos: interrupted; {}\n",
        if left.is_empty() { "everything was removed" } else { "left behind:" }
    ));
    left.iter().for_each(|name| say::err(format_args!("  {name}\n")));
    if left.is_empty() { exit::INTERRUPTED } else { exit::LEFT_BEHIND }
}

fn finish_code(end: &End, code: u8) -> u8 {
    if end.left_behind.is_empty() && end.unhealed.is_empty() { code } else { exit::LEFT_BEHIND }
}

fn write_all(folder: &Folder, report: &Report) -> Result<()> {
    for format in report::FORMATS {
        folder.write(format.file, &(format.render)(report)?)?;
    }
    Ok(())
}

/// What each of `apps` is on this machine, each asked once. Asked before anything starts: without it nothing comes up.
pub async fn identified<'a>(engine: &Engine, apps: impl Iterator<Item = &'a App>) -> Result<Vec<String>, Unfit> {
    let nowhere = |error: anyhow::Error| Unfit(format!("{error:#}"));
    let mut known: Vec<(&App, String)> = Vec::new();
    for app in apps {
        let said = match known.iter().find(|(other, _)| *other == app) {
            Some((_, said)) => said.clone(),
            None => what_is(engine, app).await.map_err(nowhere)?,
        };
        known.push((app, said));
    }
    Ok(known.into_iter().map(|(_, said)| said).collect())
}

pub(super) fn preface(machine: &Machine, topology: &Topology, app: String) -> Preface {
    Preface {
        started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        tool: TOOL.to_owned(),
        setup: Setup {
            app,
            stand_in: topology.app.stand_in,
            topology: topology.title.clone(),
            stand_ins: topology.stand_ins.clone(),
            engine: machine.engine.clone(),
            cgroup: machine.cgroup.clone(),
            kernel: machine.kernel.clone(),
            cores: machine.cores,
            memory_bytes: machine.memory_bytes,
            limits: limits(topology, machine.cores),
        },
        topology: topology.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_never_makes_a_code_better() {
        use exit::{FAIL, INTERRUPTED, LEFT_BEHIND, PASS, UNKNOWN};
        let all = [PASS, UNKNOWN, FAIL, LEFT_BEHIND, INTERRUPTED];
        assert!(all.iter().all(|code| worse(*code, PASS) == *code));
        assert_eq!(all.map(|code| worse(code, FAIL)), [FAIL, FAIL, FAIL, LEFT_BEHIND, INTERRUPTED]);
        assert_eq!(all.map(|code| worse(code, UNKNOWN)), [UNKNOWN, UNKNOWN, FAIL, LEFT_BEHIND, INTERRUPTED]);
        assert_eq!([worse(LEFT_BEHIND, INTERRUPTED), worse(PASS, INTERRUPTED)], [LEFT_BEHIND, INTERRUPTED]);
    }

    #[tokio::test]
    async fn a_history_that_cannot_be_written_ends_the_run() {
        let (stop, (recorder, receiver)) = (CancellationToken::new(), Recorder::channel());
        let halt = stop.child_token();
        recorder.record(Fact::Interrupted);
        // A device that is always full.
        let writer = write(PathBuf::from("/dev/full"), receiver, std::future::pending(), |_| (), halt.clone());
        let error = format!("{:#}", writer.await.unwrap_err());
        assert!(error.starts_with("write /dev/full: "), "{error}");
        assert!(halt.is_cancelled() && !stop.is_cancelled(), "the user ended nothing");
        recorder.record(Fact::Interrupted);
    }

    #[tokio::test]
    async fn a_history_that_is_written_to_its_end_ends_nothing() {
        let (folder, halt) = (tempfile::tempdir().unwrap(), CancellationToken::new());
        let (recorder, receiver) = Recorder::channel();
        recorder.record(Fact::Interrupted);
        drop(recorder);
        let path = folder.path().join("history.jsonl");
        let written = write(path, receiver, std::future::pending(), |_| (), halt.clone()).await.unwrap();
        assert_eq!((written, halt.is_cancelled()), (1, false));
    }
}
