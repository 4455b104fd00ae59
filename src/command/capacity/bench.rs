//! One trial after the other on a cluster that stays up: planned, made real, measured, judged.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

use super::Place;
use super::wanted::Wanted;
use crate::capacity::{End, Measured, Outcome, State, Subject, Trial, Watch};
use crate::cli::Stop;
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine};
use crate::command::progress::{Manner, Progress};
use crate::command::render;
use crate::command::run::{preface, recorded};
use crate::history::{Fact, Observation};
use crate::library::Library;
use crate::measure::{Detection, WindowFigures};
use crate::plan::{Loss, Plan, Tried, When};
use crate::quantity::length;
use crate::report::json::lines;
use crate::run::early::Pulse;
use crate::run::{Job, LeftBehind, bench};
use crate::scenario::Scenario;
use crate::settings::Problems;
use crate::store::{Folder, Preface};
use crate::topology::Topology;

/// Classes of a size that are drawn until one can be planned.
const DRAWS_MAX: u64 = 8;

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
    /// Trials that were made before, on another cluster.
    pub before: u64,
    pub manner: Manner,
    pub stop: &'a Stop,
}

/// A cluster that is up.
pub struct Bench<'a> {
    asked: Asked<'a>,
    bench: bench::Bench,
    began: Stamp,
    made: u64,
}

impl<'a> Bench<'a> {
    /// Starts the cluster and seeds it for the class of `largest`.
    pub async fn up(asked: Asked<'a>, engine: &Engine, largest: &Plan) -> Result<Self> {
        let began = Stamp::now();
        let progress = Progress::new(asked.manner);
        let job = asked.job(largest, asked.folder.path(), Pulse::default(), &asked.stop.first);
        let bench = bench::Bench::up(&job, engine, |text| progress.say(text)).await;
        progress.end();
        Ok(Self { bench: bench?, made: asked.before, asked, began })
    }

    /// How many trials were made, those before it among them.
    pub fn count(&self) -> u64 {
        self.made
    }

    /// Makes a trial of `students` in `state`; none when the user ended it.
    pub async fn trial(&mut self, state: State, students: u32) -> Result<Option<Trial>> {
        self.tried(state, Tried { students, loss: state.loss(), per_minute: None }).await
    }

    /// Makes a trial of what is to be `tried` in `state`; none when the user ended it.
    pub async fn tried(&mut self, state: State, tried: Tried) -> Result<Option<Trial>> {
        self.made += 1;
        let (asked, number, students) = (&self.asked, self.made, tried.students);
        let plan = self.drawn(tried, asked.seed.wrapping_add(number))?;
        let rate = tried.per_minute.map(|rate| format!("-at-{rate}-a-minute")).unwrap_or_default();
        let folder = asked.folder.part(&format!("trial-{number:02}-{}-{students}{rate}", state.spec().name))?;
        let before = preface(asked.machine, asked.topology, asked.app.clone());
        let made = self.made(&plan, &before, &folder).await;
        if asked.stop.first.is_cancelled() {
            return Ok(None);
        }
        let (ended, halted) = made?;
        let trial = Trial { per_minute: tried.per_minute, ..self.judged(state, &plan, &before, &folder, halted)? };
        folder.write("trial.json", &lines(&trial)?)?;
        anyhow::ensure!(ended.is_empty(), "{} could not be healed", ended.join(", "));
        Ok(Some(trial))
    }

    /// The class of a trial. Where one that was drawn cannot be planned, as by a student who submits more often than may be, another is.
    fn drawn(&self, tried: Tried, seed: u64) -> Result<Plan, Problems> {
        let asked = &self.asked;
        let plan = |draw: u64| Plan::trial(asked.scenario, asked.topology, tried, seed.wrapping_add(draw << 32));
        plan(0).or_else(|problems| (1..DRAWS_MAX).map(plan).find_map(Result::ok).ok_or(problems))
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
        let subject =
            Subject { plan, topology: asked.topology, setup: &before.setup, goals, cut_short: halted.is_some() };
        let measured = Measured::of(subject, &report.figures);
        let cut_short = halted.as_ref().map(|_| "it would have failed clearly whatever came".to_owned());
        let window = state.loss().zip(report.figures.windows.first());
        let lost = window.and_then(|(_, window)| window.void.clone());
        let met = window.and_then(|(loss, window)| noticed_late(loss, window));
        let end = End {
            halted,
            not_lost: lost,
            met,
            stopped: report.figures.stopped.clone(),
            unfinished: report.figures.unfinished.clone(),
        };
        let outcome = end.outcome(&measured, goals);
        Ok(Trial {
            state,
            students: plan.class.students,
            per_minute: None,
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

/// Why students met what was to be lost before they came: the balancer still sent them there.
fn noticed_late(loss: Loss, window: &WindowFigures) -> Option<String> {
    let (Detection::After { detector, .. } | Detection::Never { detector, .. }) = &window.detection else {
        return None;
    };
    let lead = loss.lead();
    let noticed = window.timeline.detect;
    (loss.when == When::First && noticed.is_none_or(|at| at > lead)).then(|| {
        let noticed = noticed.map_or_else(|| "never".to_owned(), |at| format!("only after {}", length(at)));
        let lead = length(lead);
        format!(
            "{detector} called it down {noticed}, and students came after {lead} (hint: settings that notice it sooner)"
        )
    })
}

impl<'a> Asked<'a> {
    /// What `wanted` asks, of a cluster whose trials are kept in `folder`, and `before` whose first one so many were made.
    pub fn of(place: &'a Place<'_>, (wanted, folder): (&'a Wanted, &'a Folder), app: String, before: u64) -> Self {
        Self {
            library: place.library,
            scenario: &wanted.scenario,
            topology: &wanted.topology,
            machine: &place.machine,
            app,
            folder,
            seed: wanted.seed,
            before,
            manner: place.manner,
            stop: place.stop,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_called_down_when_students_are_there_was_not_lost_from_the_start() {
        let window = |seconds: u64| {
            let mut window = WindowFigures {
                detection: Detection::After {
                    detector: "balancer".to_owned(),
                    time: std::time::Duration::from_secs(seconds - 1),
                    flaps: 0,
                    within: None,
                },
                ..WindowFigures::default()
            };
            window.timeline.detect = Some(std::time::Duration::from_secs(seconds));
            window
        };
        let [first, peak] = [State::NodeLost, State::NodeLostAtPeak].map(|state| state.loss().unwrap());
        assert_eq!(noticed_late(first, &window(12)), None);
        let said = noticed_late(first, &window(17)).unwrap();
        assert!(said.starts_with("balancer called it down only after 17 s, and students came after 16 s"), "{said}");
        let never = Detection::Never { detector: "balancer".to_owned(), health_check: true };
        let said = noticed_late(first, &WindowFigures { detection: never, ..WindowFigures::default() }).unwrap();
        assert!(said.starts_with("balancer called it down never"), "{said}");
        assert_eq!(noticed_late(peak, &window(24)), None);
        assert_eq!(noticed_late(first, &WindowFigures::default()), None, "nobody watches");
    }
}
