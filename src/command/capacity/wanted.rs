//! The command line of `capacity` → what is looked for, planned before anything starts; and what was found → the result.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::capacity::model::{
    Change, Cluster, Crowd, EntryRate, HeldOut, Models, Prediction, capacity as modelled, entry_rate, predict,
    usual_changes,
};
use crate::capacity::{
    self, Arrival, Bounds, Capacity, Ending, Forecast, Goals, Node, STATES, Search, Spec, State, StateResult, Trial,
    Verified, bottleneck, unmeasured, words,
};
use crate::cli::{Bounded, Usage};
use crate::command::{drafts, drawn, no_set};
use crate::library::Library;
use crate::plan::{Loss, Plan, Tried};
use crate::scenario::{Scenario, Work};
use crate::settings::{Problems, duration_text};
use crate::setup::{Setup, TOOL};
use crate::topology::Topology;

/// Students of the sizing trial, where so many may be tried: enough pages to tell what one costs. The first pages of each of eight
/// workers cost more, of which four students hardly ask for any others.
const SIZING: u32 = 12;
/// What a trial takes beside its class: taking away what the class before has left, signing in, watching, the audit. Trials of
/// `steady`, 75 s long, took about 95 s on two cores.
const BESIDE: Duration = Duration::from_secs(25);
/// What a cluster takes to come up and to go, images built: three times what compose/README.md measured, for a topology may have
/// more services and a machine fewer processors.
const UP: Duration = Duration::from_secs(60);
/// Classes of a size that are drawn for the models: an odd number has one in the middle.
const DRAWS: u64 = 7;
/// How much larger than the largest that holds the classes are whose entry is looked at: those may not come as the scenario's do.
const LARGER: [u32; 2] = [2, 4];
/// How much larger than the largest that is tried the classes are for which predictions are made.
const PREDICTED: u32 = 4;

/// What is looked for.
pub struct Wanted {
    pub scenario: Scenario,
    pub topology: Topology,
    pub states: Vec<State>,
    pub seed: u64,
    /// The largest class, healthy: what the course is seeded for.
    pub largest: Plan,
    /// Nodes and processors of each, of a cluster that the user has.
    hardware: (Option<u32>, Option<f64>),
}

/// What was found.
#[derive(Default)]
pub struct Found {
    pub states: Vec<StateResult>,
    pub verified: Vec<Verified>,
}

impl Wanted {
    /// What the command line asks for, planned in every state with the smallest and the largest class. What can be planned as it is
    /// written, and not as the command line wants it, is the command line's fault.
    pub fn of(library: &Library, bounded: &Bounded) -> Result<Self> {
        Self::planned(library, bounded).or_else(|error| {
            let problems = error.downcast::<Problems>()?;
            let number = |name: &str, value: Option<String>| value.map(|value| format!("--{name} {value}"));
            let words = [
                number("topology", bounded.topology.clone()),
                number("app", bounded.app.clone()),
                number("length", bounded.length.map(duration_text)),
                number("least", bounded.least.map(|least| least.to_string())),
                number("most", bounded.most.map(|most| most.to_string())),
            ];
            let words =
                words.into_iter().flatten().chain(bounded.states.iter().map(|state| format!("--state {state}")));
            let words: Vec<_> = words.collect();
            let (topology, app, length, least, most, states) = Default::default();
            let as_written = Bounded { topology, app, length, least, most, states, ..bounded.clone() };
            match Self::planned(library, &as_written) {
                Ok(_) if !words.is_empty() => Err(Usage(format!("{}: {problems}", words.join(" "))).into()),
                _ => Err(problems.into()),
            }
        })
    }

    fn planned(library: &Library, bounded: &Bounded) -> Result<Self> {
        let choice = bounded.choice();
        no_set(library, &choice)?;
        let (topology, mut scenario) = drafts(library, &choice)?.1.pop().context("the scenario names nothing")?;
        let own = &mut scenario.capacity;
        own.least = bounded.least.unwrap_or(own.least);
        own.most = bounded.most.unwrap_or(own.most);
        own.runs = bounded.runs.unwrap_or(own.runs);
        own.length = bounded.length.unwrap_or(own.length);
        if own.least > own.most {
            let why = format!("expected at least as many --most as --least, got {} and {}", own.most, own.least);
            return Err(Usage(why).into());
        }
        if topology.app.reset.is_empty() {
            let name = &topology.app.name;
            let why = format!("app `{name}` has no command `reset`, which takes away what a class has left");
            return Err(Usage(why).into());
        }
        if scenario.class.work == Work::Homework {
            let why = "expected a scenario with a test: what a capacity is judged by is how students start and end one";
            return Err(Usage(format!("`{}` does homework; {why}", scenario.name)).into());
        }
        if let Some(load) = scenario.load.as_ref().filter(|_| bounded.length.is_some()) {
            let why = format!("--length: the profile `{}` says how long its class takes", load.profile);
            return Err(Usage(why).into());
        }
        if scenario.class.per_page > 0 {
            let why = "expected all problems on one page: how often students turn pages is in no plan, by which a trial is judged \
                       while it goes on";
            return Err(Usage(format!("`{}` has `class.per_page`; {why}", scenario.name)).into());
        }
        let states = states(&bounded.states, &topology)?;
        let seed = bounded.seed.unwrap_or_else(drawn);
        let (least, most) = (scenario.capacity.least, scenario.capacity.most);
        let plan = |tried: Tried| Plan::trial(&scenario, &topology, tried, seed);
        for state in &states {
            for students in [least, most] {
                plan(Tried { students, loss: state.loss(), per_minute: None })?;
            }
        }
        let largest = plan(Tried { students: most, ..Tried::default() })?;
        let hardware = (bounded.nodes, bounded.cores);
        Ok(Self { states, seed, largest, hardware, scenario, topology })
    }

    /// The class as the models see it.
    pub fn crowd(&self) -> Crowd<'_> {
        let drawn = move |students, per_minute| {
            let tried = Tried { students, loss: None, per_minute };
            let draw =
                move |draw| capacity::draw(&self.scenario, &self.topology, tried, self.seed.wrapping_add(1 + draw));
            // A size that cannot be planned holds nobody; the smallest and the largest that are tried were planned before.
            (0..DRAWS).filter_map(move |number| draw(number).ok())
        };
        Crowd {
            drawn: Box::new(move |students| drawn(students, None).collect()),
            entering: Box::new(move |students, per_minute| drawn(students, Some(per_minute)).collect()),
            sat: Box::new(move |trial| {
                let (students, per_minute) = (trial.students, trial.per_minute);
                let tried = Tried { students, loss: trial.state.loss(), per_minute };
                capacity::sat(&self.scenario, &self.topology, tried, trial.seed).ok()
            }),
        }
    }

    /// The profile as which the class comes; none where it is the scenario's own. Who comes late in a profile has less time for the
    /// test, so that nothing is said of one whose students enter otherwise.
    pub fn profile(&self) -> Option<&str> {
        self.scenario.load.as_ref().map(|load| load.profile.as_str())
    }

    /// How the class comes; none where a profile says so.
    fn arrival(&self) -> Option<Arrival> {
        let class = &self.scenario.class;
        self.profile().is_none().then_some(Arrival { within: class.arrival, evenly: class.evenly })
    }

    pub fn goals(&self) -> &Goals {
        &self.scenario.capacity.goals
    }

    /// Students of the sizing trial.
    pub fn sizing(&self) -> u32 {
        SIZING.min(self.scenario.capacity.most)
    }

    /// A class in the middle of the bounds, where nothing is known.
    pub fn middle(&self) -> u32 {
        let capacity = &self.scenario.capacity;
        (f64::from(capacity.least) * f64::from(capacity.most)).sqrt() as u32
    }

    /// A search that begins with `first_guess`.
    pub fn search(&self, first_guess: u32) -> Search {
        Search::new(self.bounds(first_guess))
    }

    pub fn bounds(&self, first_guess: u32) -> Bounds {
        let capacity = &self.scenario.capacity;
        Bounds { least: capacity.least, most: capacity.most, first_guess, repeats: capacity.runs, step: 1 }
    }

    /// Web nodes that answer in a state.
    fn nodes(&self, state: State) -> u32 {
        let all = u32::try_from(self.topology.serving().len()).unwrap_or(u32::MAX);
        all.saturating_sub(state.spec().nodes_lost).max(1)
    }

    /// The class that the model says holds in `state`, the smallest where not even that one does; none where no trial told what a
    /// page costs. That is taken from the trials `made` in the state itself; where there are none, or it is a state that the model
    /// does not know, from the healthy ones `before`: those of a sizing run are of cold workers, and cost more.
    pub fn guess<'t>(&self, state: State, made: &'t [Trial], before: impl Iterator<Item = &'t Trial>) -> Option<u32> {
        let of = |state: State, trials: Vec<&Trial>| {
            let sound = |trial: &&Trial| trial.state == state && trial.outcome.holds().is_some();
            Cluster::measured(&trials.into_iter().filter(sound).collect::<Vec<_>>(), self.nodes(state)).ok()
        };
        let own = if state.is_modelled() { of(state, made.iter().collect()) } else { None };
        let cluster = own.or_else(|| of(State::Healthy, before.collect()))?;
        let cluster = Cluster { nodes: self.nodes(state), ..cluster };
        let capacity = &self.scenario.capacity;
        let holds = modelled(&cluster, &self.crowd(), self.goals(), capacity.least..=capacity.most);
        Some(holds.unwrap_or(capacity.least))
    }

    /// What `change` would make of `cluster`, looked at beyond what is tried, with what the model was off by; none where the numbers
    /// are not those of a cluster.
    pub fn predicted(&self, cluster: &Cluster, change: Change, off: Option<HeldOut>) -> Option<Prediction> {
        let capacity = &self.scenario.capacity;
        let sizes = capacity.least..=capacity.most.saturating_mul(PREDICTED);
        predict(cluster, change, (&self.crowd(), self.goals()), sizes, off)
    }

    /// What is told beforehand: what a page costs is not known then.
    pub fn forecast(&self) -> Forecast {
        let capacity = &self.scenario.capacity;
        let guesses = [capacity.least, self.middle(), capacity.most];
        let estimates = guesses.map(|guess| capacity::estimate(self.bounds(guess)));
        let most = estimates.iter().map(|estimate| estimate.most).max().unwrap_or_default();
        let likely = estimates[1].likely;
        let lead = self.states.iter().filter_map(|state| state.loss()).map(Loss::lead).max().unwrap_or_default();
        // A profile has a length of its own.
        let each = self.largest.deadline + lead + BESIDE;
        let before = UP + each;
        Forecast { before, trials_likely: likely, trials_most: most, likely: each * likely, most: each * most }
    }

    /// What a search in `state` came to.
    pub fn state_result(
        &self,
        (state, first_guess): (State, u32),
        ending: Ending,
        trials: Vec<Trial>,
        took: Duration,
    ) -> StateResult {
        let capacity = &self.scenario.capacity;
        let sizes = capacity.least..=capacity.most;
        let models = Models::new((state, &trials), self.nodes(state), (&self.crowd(), self.goals()), sizes);
        let mut result = StateResult { state, first_guess, ending, trials, bottleneck: None, models, took };
        result.bottleneck = bottleneck(&result.trials, result.fails().or(result.holds()));
        result
    }

    /// The cluster that the user has, where one was named: what was not is as here.
    fn hardware(&self, cluster: &Cluster) -> Option<Change> {
        let (nodes, cores) = self.hardware;
        let named = nodes.is_some() || cores.is_some();
        named.then(|| Change::Hardware {
            nodes: nodes.unwrap_or(cluster.nodes),
            cores_per_node: cores.unwrap_or(cluster.cores_per_node),
        })
    }

    /// Everything in one place.
    pub fn result(&self, started: &str, setup: Setup, Found { states, verified }: Found) -> Capacity {
        let crowd = self.crowd();
        let healthy = states.iter().find(|one| one.state == State::Healthy);
        let cluster = healthy.and_then(|one| one.models.cluster);
        let off = healthy.and_then(|one| one.models.page_cost);
        let predicted = |cluster: &Cluster| -> Vec<Prediction> {
            let changes = usual_changes(cluster).into_iter().chain(self.hardware(cluster));
            changes.filter_map(|change| self.predicted(cluster, change, off)).collect()
        };
        let predictions = cluster.as_ref().map(predicted).unwrap_or_default();
        let entry = |cluster: &Cluster| {
            let holds = healthy.and_then(StateResult::holds).filter(|_| self.profile().is_none())?;
            let of = |times| entry_rate(cluster, &crowd, self.goals(), holds.saturating_mul(times));
            // Who may enter as fast as they do is held by no rate.
            let usual = |students: u32| f64::from(students) / (self.scenario.class.arrival.as_secs_f64() / 60.0);
            let binds = |entry: &EntryRate| {
                entry.students_per_minute.is_none_or(|rate| f64::from(rate) < usual(entry.students))
            };
            Some(LARGER.map(of).into_iter().filter(binds).collect())
        };
        // What was asked for does not vanish without a word.
        let wanted = cluster.as_ref().and_then(|cluster| self.hardware(cluster));
        let unpredicted = wanted.filter(|change| predictions.iter().all(|one| one.change != *change));
        let unpredicted = unpredicted
            .map(|change| format!("a prediction for {}: probes and checks alone use as much", words::changed(change)));
        let (first, _) = self.topology.serving().first().copied().unwrap_or_default();
        let limits = setup.limits.iter().find(|(name, ..)| name == first);
        Capacity {
            schema: capacity::SCHEMA,
            kind: capacity::Kind::Capacity,
            tool: TOOL.to_owned(),
            started: started.to_owned(),
            sentence: String::new(),
            scenario: self.scenario.name.clone(),
            title: self.scenario.title.clone(),
            profile: self.profile().map(str::to_owned),
            arrival: self.arrival(),
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
            bounds: self.bounds(states.first().map_or_else(|| self.middle(), |one| one.first_guess)),
            predictions,
            entry_rates: cluster.as_ref().and_then(entry).unwrap_or_default(),
            unmeasured: unmeasured(&states).into_iter().chain(unpredicted).collect(),
            states,
            verified,
            estimate: self.forecast(),
            took: Duration::ZERO,
        }
    }
}

/// The states by their names, each once; where none is named the usual ones, of which `topology` can lose what is lost.
fn states(names: &[String], topology: &Topology) -> Result<Vec<State>, Usage> {
    if names.is_empty() {
        let can = |spec: &&Spec| spec.is_usual && spec.loss.is_none_or(|loss| loss.part.is_in(topology));
        return Ok(STATES.iter().filter(can).map(|spec| spec.state).collect());
    }
    let known: Vec<_> = STATES.iter().map(|spec| spec.name).collect();
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
