//! One trial after the other on a cluster that stays up: planned, made real, measured, judged.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

use crate::capacity::{Measured, Outcome, Reason, State, Subject, Trial, Watch, judge};
use crate::cli::Stop;
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine};
use crate::command::progress::{Manner, Progress};
use crate::command::render;
use crate::command::run::{preface, recorded};
use crate::history::{Fact, Observation};
use crate::library::Library;
use crate::plan::Plan;
use crate::report::json::lines;
use crate::run::early::Pulse;
use crate::run::{Job, LeftBehind, bench};
use crate::scenario::Scenario;
use crate::store::{Folder, Preface};
use crate::topology::Topology;

/// What is asked of which cluster.
pub struct Asked<'a> {
    pub library: &'a Library,
    pub scenario: &'a Scenario,
    pub topology: &'a Topology,
    pub machine: &'a Machine,
    /// What the app is on this machine.
    pub app: String,
    pub folder: &'a Folder,
    /// Of the search: each trial draws from one of its own, so that none repeats another's luck.
    pub seed: u64,
    pub manner: Manner,
    pub stop: &'a Stop,
}

/// A cluster that is up, and the trials that were made on it.
pub struct Bench<'a> {
    asked: Asked<'a>,
    bench: bench::Bench,
    began: Stamp,
    trials: Vec<Trial>,
}

impl<'a> Bench<'a> {
    /// Starts the cluster and seeds it for the class of `largest`.
    pub async fn up(asked: Asked<'a>, engine: &Engine, largest: &Plan) -> Result<Self> {
        let began = Stamp::now();
        let progress = Progress::new(asked.manner);
        let job = asked.job(largest, asked.folder.path(), Pulse::default(), &asked.stop.first);
        let bench = bench::Bench::up(&job, engine, |text| progress.say(text)).await;
        progress.end();
        Ok(Self { bench: bench?, asked, began, trials: Vec::new() })
    }

    /// What was made until now.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Makes a trial of `students` in `state`; none when the user ended it.
    pub async fn trial(&mut self, state: State, students: u32) -> Result<Option<Trial>> {
        let asked = &self.asked;
        let number = self.trials.len() as u64 + 1;
        let seed = asked.seed.wrapping_add(number);
        let plan = Plan::trial(asked.scenario, asked.topology, students, state.loss(), seed)?;
        let folder = asked.folder.part(&format!("trial-{number:02}-{}-{students}", state.words().name))?;
        let before = preface(asked.machine, asked.topology, asked.app.clone());
        let made = self.made(&plan, &before, &folder).await;
        if asked.stop.first.is_cancelled() {
            return Ok(None);
        }
        let (ended, halted) = made?;
        let trial = self.judged(state, &plan, &before, &folder, halted)?;
        anyhow::ensure!(ended.is_empty(), "{} could not be healed", ended.join(", "));
        folder.write("trial.json", &lines(&trial)?)?;
        self.trials.push(trial.clone());
        Ok(Some(trial))
    }

    /// Makes the plan real; titles of what could not be healed, and what ended the trial early because it was clear.
    async fn made(&self, plan: &Plan, before: &Preface, folder: &Folder) -> Result<(Vec<String>, Option<Outcome>)> {
        let asked = &self.asked;
        let origin = folder.write_before(plan, before)?;
        let progress = Progress::of_run(asked.manner, self.began, plan, asked.topology);
        let (halt, halted) = (asked.stop.first.child_token(), Arc::new(Mutex::new(None)));
        let look = {
            let (halt, halted) = (halt.clone(), Arc::clone(&halted));
            let mut watch = Watch::new(plan, &asked.scenario.capacity.goals);
            move |seen: &Observation| {
                let Fact::Request(request) = &seen.fact else { return };
                watch.take(request);
                if let Some(outcome) = watch.verdict().filter(|_| !halt.is_cancelled()) {
                    *halted.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                    halt.cancel();
                }
            }
        };
        let made = async |recorder, pulse| {
            let job = asked.job(plan, folder.path(), pulse, &halt);
            self.bench.run(&job, recorder, |text| progress.say(text)).await
        };
        let (ended, written) = recorded((folder, origin), &progress, &halt, look, made).await?;
        let ended = ended?;
        written.context("the history of a trial")?;
        let halted = halted.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok((ended, halted))
    }

    fn judged(
        &self,
        state: State,
        plan: &Plan,
        before: &Preface,
        folder: &Folder,
        halted: Option<Outcome>,
    ) -> Result<Trial> {
        let asked = &self.asked;
        let report = render::load(folder, None)?;
        let goals = &asked.scenario.capacity.goals;
        let subject = Subject { plan, topology: asked.topology, setup: &before.setup, goals };
        let measured = Measured::of(subject, &report.figures);
        let cut_short = halted.as_ref().map(why);
        let lost = state.loss().and_then(|_| report.figures.windows.first()).and_then(|window| window.void.clone());
        let stopped = report.figures.stopped.clone().or(report.figures.unfinished.clone());
        let outcome = match (lost, stopped, halted) {
            // What was to be lost was not: another state was measured than the one that was asked for.
            (Some(why), ..) => Outcome::Void { why: vec![format!("nothing was lost: {why}")] },
            (None, Some(why), None) => Outcome::Void { why: vec![why] },
            (None, _, Some(outcome)) => outcome,
            (None, None, None) => judge(&measured, goals),
        };
        Ok(Trial {
            state,
            students: plan.class.students,
            seed: plan.seed,
            length: report.figures.usage.as_ref().map_or(plan.deadline, |usage| usage.length),
            cut_short,
            outcome,
            measured,
        })
    }

    /// Removes the cluster.
    pub async fn down(self) -> Result<(), LeftBehind> {
        let progress = Progress::new(self.asked.manner);
        let removed = self.bench.down(self.asked.folder.path(), |text| progress.say(text)).await;
        progress.end();
        removed
    }
}

impl Asked<'_> {
    fn job<'b>(&'b self, plan: &'b Plan, folder: &'b Path, pulse: Pulse, halt: &CancellationToken) -> Job<'b> {
        Job {
            library: self.library,
            plan,
            topology: self.topology,
            folder,
            volumes: self.machine.volumes(),
            pulse,
            keep: None,
            linger: Some(self.stop.first.clone()),
            stop: halt.clone(),
            hurry: self.stop.second.clone(),
        }
    }
}

/// Why a trial was ended early, in words.
fn why(outcome: &Outcome) -> String {
    let Outcome::Fails { reasons, .. } = outcome else { return "its answer was clear".to_owned() };
    let said: Vec<_> = reasons.iter().map(|Reason { found, .. }| found.as_str()).collect();
    format!("whatever came: {}", said.join("; "))
}
