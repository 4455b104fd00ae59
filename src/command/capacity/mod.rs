//! `capacity`: the largest class that a cluster holds, whole and with a part lost, by trials on one cluster that stays up.
//!
//! 1. everything is planned: the smallest and the largest class in each state, before anything starts;
//! 2. the cluster is started and seeded for the largest class;
//! 3. a *sizing* trial of a small class measures what a page costs, from which the first guess is made;
//! 4. for each state the [search](Search) says which class to try next, until it has found the largest that holds;
//! 5. the cluster is removed, and what was found is stored and printed.

mod bench;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::doctor::fit;
use super::progress::{self, Manner};
use super::run::{identified, interrupted, preface};
use super::{drafts, no_set, render, say, usage};
use crate::capacity::model::{Cluster, Models, capacity as modelled, entry_rate, predict, usual_changes};
use crate::capacity::{
    self, Asks, Bounds, Capacity, Ending, Forecast, Goals, Next, Node, STATES, Search, State, StateResult, Trial,
    bottleneck, words,
};
use crate::cli::{Bounded, Stop, Usage, Voice};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine};
use crate::exit;
use crate::library::Library;
use crate::plan::Plan;
use crate::report;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::store::{self, Folder};
use crate::topology::Topology;

use bench::{Asked, Bench};

/// Students of the sizing trial: enough pages to tell what one costs, and few enough to hold anywhere.
const SIZING: u32 = 4;
/// Students of the plan from which one learns what a student asks for.
const MANY: u32 = 200;
/// What a trial takes beside its class: taking away what the class before has left, signing in, watching, the audit.
const BESIDE: Duration = Duration::from_secs(40);
/// What a cluster takes to come up, and to go.
const UP: Duration = Duration::from_secs(60);
/// How much larger than the largest that holds the classes are whose entry is looked at.
const LARGER: [u32; 3] = [1, 2, 4];

/// Columns of what is printed where there is no terminal.
const COLUMNS: u16 = 100;

/// What is looked for.
struct Wanted {
    scenario: Scenario,
    topology: Topology,
    states: Vec<State>,
    seed: u64,
    asks: Asks,
    /// The largest class, healthy: what the course is seeded for.
    largest: Plan,
}

/// Looks for the largest class of `bounded`'s scenario that holds, in each of its states.
pub async fn capacity(library: &Library, reports: &Path, bounded: &Bounded, voice: Voice, stop: Stop) -> Result<u8> {
    let (manner, began) = (Manner::of(voice), Stamp::now());
    let ended = look(library, reports, bounded, (manner, began), &stop).await;
    let ended = ended.or_else(|error| if stop.first.is_cancelled() { Ok(interrupted(&error)) } else { Err(error) });
    progress::tell_end(manner, began, &ended);
    ended
}

async fn look(
    library: &Library,
    reports: &Path,
    bounded: &Bounded,
    (manner, began): (Manner, Stamp),
    stop: &Stop,
) -> Result<u8> {
    let wanted = wanted(library, bounded)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(usage)?;
    let machine = Machine::look(&engine, reports).await?;
    fit(&machine, &wanted.largest, &wanted.topology)?;
    super::down::sweep(&engine, library, manner).await?;
    let app = identified(&engine, std::iter::once(&wanted.topology.app)).await?.remove(0);
    let forecast = wanted.forecast();
    if manner.is_for_people() {
        let goals: Vec<_> = wanted.goals().words().into_iter().map(|one| one.1).collect();
        say::err(format_args!(
            "looking for the largest class of {} with: {}\n",
            wanted.scenario.name,
            goals.join("; ")
        ));
        say::err(format_args!("this takes {}\n", words::forecast(&forecast, wanted.states.len())));
    }
    let folder = Folder::create(reports, &format!("{}-capacity", wanted.scenario.name))?;
    let before = preface(&machine, &wanted.topology, app.clone());
    let asked = Asked {
        library,
        scenario: &wanted.scenario,
        topology: &wanted.topology,
        machine: &machine,
        app,
        folder: &folder,
        seed: wanted.seed,
        manner,
        stop,
    };
    let mut bench = Bench::up(asked, &engine, &wanted.largest).await?;
    let searched = searched(&wanted, &mut bench, (manner, stop)).await;
    let removed = bench.down().await;
    let states = match (searched, removed) {
        (Ok(found), Ok(())) => found,
        (Err(error), Ok(())) => return Err(error),
        (_, Err(left)) => return Err(left.into()),
    };
    let mut result = wanted.result(&before.started, before.setup, (states, forecast));
    result.took = Stamp::now().since(began);
    render::keep(&folder, report::capacity::FILES, &result)?;
    folder.become_latest();
    // Standard output is for programs then.
    if manner != Manner::Events {
        let width = usize::from(super::terminal::columns_out(COLUMNS));
        say::coloured(report::capacity::terminal::render(&result, width).as_bytes());
        say::out(format_args!("report: {}\n", folder.path().join("capacity.html").display()));
    }
    Ok(match () {
        () if stop.first.is_cancelled() => exit::INTERRUPTED,
        () if result.states.iter().all(|one| matches!(one.ending, Ending::Found(_))) => exit::PASS,
        () => exit::UNKNOWN,
    })
}

/// What the command line asks for, planned in every state with the smallest and the largest class.
fn wanted(library: &Library, bounded: &Bounded) -> Result<Wanted> {
    let choice = bounded.choice();
    no_set(library, &choice)?;
    let (topology, mut scenario) = drafts(library, &choice)?.1.pop().context("the scenario names nothing")?;
    let own = &mut scenario.capacity;
    own.least = bounded.least.unwrap_or(own.least);
    own.most = bounded.most.unwrap_or(own.most);
    own.runs = bounded.runs.unwrap_or(own.runs);
    own.length = bounded.length.unwrap_or(own.length);
    if own.least > own.most {
        return Err(
            Usage(format!("expected at least as many --most as --least, got {} and {}", own.most, own.least)).into()
        );
    }
    if topology.app.reset.is_empty() {
        let why = format!("app `{}` has no command `reset`, which takes away what a class has left", topology.app.name);
        return Err(Usage(why).into());
    }
    let states = states(&bounded.states)?;
    let seed = bounded.seed.unwrap_or_else(super::drawn);
    let (least, most) = (scenario.capacity.least, scenario.capacity.most);
    for state in &states {
        for students in [least, most] {
            Plan::trial(&scenario, &topology, students, state.loss(), seed)?;
        }
    }
    let asks = Asks::of(&Plan::trial(&scenario, &topology, MANY, None, seed)?);
    let largest = Plan::trial(&scenario, &topology, most.max(SIZING), None, seed)?;
    Ok(Wanted { scenario, topology, states, seed, asks, largest })
}

/// The states by their names, each once; the usual ones where none is named.
fn states(names: &[String]) -> Result<Vec<State>, Usage> {
    if names.is_empty() {
        return Ok(vec![State::Healthy, State::NodeLost]);
    }
    let known: Vec<_> = STATES.iter().map(|words| words.name).collect();
    let mut states = Vec::new();
    for name in names {
        let state = State::named(name)
            .ok_or_else(|| Usage(format!("--state {name}: unknown state; known: {}", known.join(", "))))?;
        if !states.contains(&state) {
            states.push(state);
        }
    }
    Ok(states)
}

/// Looks in each state, one after the other.
async fn searched(wanted: &Wanted, bench: &mut Bench<'_>, (manner, stop): (Manner, &Stop)) -> Result<Vec<StateResult>> {
    let sizing = bench.trial(State::Healthy, SIZING).await?;
    let mut results = Vec::new();
    for state in &wanted.states {
        let began = Stamp::now();
        let guess = sizing.as_ref().and_then(|trial| wanted.guess(*state, trial)).unwrap_or_else(|| wanted.middle());
        let mut search = Search::new(wanted.bounds(guess));
        let first = bench.trials().len();
        let ending = loop {
            if stop.first.is_cancelled() {
                break interrupted_at(&search);
            }
            match search.next() {
                Next::Found(found) => break Ending::Found(found),
                Next::Stuck(stuck) => break Ending::Stuck(stuck),
                Next::Try(students) => {
                    if manner.is_for_people() {
                        let (state, number) = (state.words().name, search.taken() + 1);
                        say::err(format_args!("{state}: trial {number} of {students} students\n"));
                    }
                    match bench.trial(*state, students).await? {
                        Some(trial) => search.take(students, &trial.outcome),
                        None => break interrupted_at(&search),
                    }
                }
            }
        };
        let trials: Vec<Trial> = bench.trials()[first..].to_vec();
        results.push(wanted.state_result(*state, ending, trials, Stamp::now().since(began)));
    }
    Ok(results)
}

/// How a search ends that the user ended.
fn interrupted_at(search: &Search) -> Ending {
    let (holds, fails) = search.bracket();
    let holds = holds.map(|holds| format!("; {holds} held"));
    let fails = fails.map(|fails| format!("; {fails} failed"));
    Ending::NotMade { why: format!("interrupted{}{}", holds.unwrap_or_default(), fails.unwrap_or_default()) }
}

impl Wanted {
    fn goals(&self) -> &Goals {
        &self.scenario.capacity.goals
    }

    /// A class in the middle of the bounds, where nothing is known.
    fn middle(&self) -> u32 {
        let capacity = &self.scenario.capacity;
        (f64::from(capacity.least) * f64::from(capacity.most)).sqrt() as u32
    }

    fn bounds(&self, first_guess: u32) -> Bounds {
        let capacity = &self.scenario.capacity;
        Bounds { least: capacity.least, most: capacity.most, first_guess, repeats: capacity.runs, step: 1 }
    }

    /// Web nodes that answer in a state.
    fn nodes(&self, state: State) -> u32 {
        let all = u32::try_from(self.topology.serving().len()).unwrap_or(u32::MAX);
        if matches!(state, State::NodeLost | State::NodeLostAtPeak) { all.saturating_sub(1).max(1) } else { all }
    }

    /// The largest class that the queue says holds, with what a page cost in the sizing trial.
    fn guess(&self, state: State, sizing: &Trial) -> Option<u32> {
        let cluster = Cluster::measured(&[sizing], self.nodes(State::Healthy)).ok()?;
        let cluster = Cluster { nodes: self.nodes(state), ..cluster };
        let demand = |students| self.asks.demand(students);
        let capacity = &self.scenario.capacity;
        modelled(&cluster, &self.asks.crowd(&demand), self.goals(), capacity.least..=capacity.most)
    }

    /// What is told beforehand: what a page costs is not known then.
    fn forecast(&self) -> Forecast {
        let estimate = capacity::estimate(self.bounds(self.middle()));
        let each = self.scenario.capacity.length + BESIDE;
        let time = |trials: u32| UP + each * (trials + 1);
        Forecast {
            trials_likely: estimate.likely,
            trials_most: estimate.most,
            likely: time(estimate.likely),
            most: time(estimate.most),
        }
    }

    fn state_result(&self, state: State, ending: Ending, trials: Vec<Trial>, took: Duration) -> StateResult {
        let demand = |students| self.asks.demand(students);
        let capacity = &self.scenario.capacity;
        let crowd = self.asks.crowd(&demand);
        let sizes = capacity.least..=capacity.most;
        let models = Models::new((state, &trials), self.nodes(state), (&crowd, self.goals()), sizes);
        let mut result = StateResult { state, ending, trials, bottleneck: None, models, took };
        result.bottleneck = bottleneck(&result.trials, result.fails().or(result.holds()));
        result
    }

    fn result(&self, started: &str, setup: Setup, (states, estimate): (Vec<StateResult>, Forecast)) -> Capacity {
        let capacity = &self.scenario.capacity;
        let demand = |students| self.asks.demand(students);
        let crowd = self.asks.crowd(&demand);
        let sizes = capacity.least..=capacity.most.saturating_mul(4);
        let healthy = states.iter().find(|one| one.state == State::Healthy);
        let cluster = healthy.and_then(|one| one.models.cluster);
        let off = healthy.and_then(|one| one.models.throughput);
        let predicted = |cluster: &Cluster| {
            let changes = usual_changes(cluster);
            let one = |change| predict(cluster, change, (&crowd, self.goals()), sizes.clone(), off);
            changes.into_iter().filter_map(one).collect()
        };
        let entry = |cluster: &Cluster| {
            let holds = healthy.and_then(StateResult::holds)?;
            Some(LARGER.map(|times| entry_rate(cluster, &crowd, self.goals(), holds.saturating_mul(times))).to_vec())
        };
        let (first, _) = self.topology.serving().first().copied().unwrap_or_default();
        let limits = setup.limits.iter().find(|(name, ..)| name == first);
        Capacity {
            schema: capacity::SCHEMA,
            tool: crate::setup::TOOL.to_owned(),
            started: started.to_owned(),
            scenario: self.scenario.name.clone(),
            title: self.scenario.title.clone(),
            topology: self.topology.name.clone(),
            app: self.topology.app.name.clone(),
            settings: self.largest.settings.clone(),
            node: Node {
                nodes: self.nodes(State::Healthy),
                cores: limits.map_or(0.0, |(_, thousandths, _)| f64::from(*thousandths) / 1000.0),
                memory_bytes: limits.map_or(0, |(_, _, bytes)| *bytes),
            },
            setup,
            goals: self.goals().clone(),
            bounds: self.bounds(self.middle()),
            predictions: cluster.as_ref().map(predicted).unwrap_or_default(),
            entry_rates: cluster.as_ref().and_then(entry).unwrap_or_default(),
            states,
            estimate,
            took: Duration::ZERO,
            unmeasured: UNMEASURED.iter().map(|one| (*one).to_owned()).collect(),
        }
    }
}

/// What no trial tells yet.
const UNMEASURED: [&str; 3] = [
    "time to render a problem: no app says it by itself",
    "time of an operation on the shared volume: nothing asks it",
    "how long the database had statements under way: its processor time is what is known",
];
