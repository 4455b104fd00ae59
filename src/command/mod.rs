//! The verbs: each ties the rooms together for one command and says with which code it ended.

mod blame;
mod calibrate;
mod capacity;
mod conformance;
mod doctor;
mod down;
mod heal;
mod image;
mod import;
mod matrix;
mod progress;
mod regression;
mod render;
mod run;
mod say;
mod screen;
mod set;
mod show;
mod terminal;
mod trend;
mod up;

use std::io::{BufRead, Read};

use anyhow::{Context, Result};

use blame::{blame, of_option, of_setting, of_settings};
use doctor::Unfit;

use crate::cli::{Choice, Usage};
use crate::cluster::docker::NoEngine;
use crate::library::{Library, Line, Set};
use crate::plan::Plan;
use crate::run::{LeftBehind, NotUp};
use crate::scenario::Scenario;
use crate::settings::{Problem, Problems, Refusal, Values};
use crate::store::Damaged;
use crate::topology::{App, Topology};
use crate::{exit, load};

pub use calibrate::calibrate;
pub use capacity::capacity;
pub use conformance::conformance;
pub use doctor::doctor;
pub use down::down;
pub use heal::{heal, reap};
pub use import::import;
pub use matrix::matrix;
pub use regression::compare;
pub use render::{check, report, schema};
pub use run::run;
pub use show::{list, plan};
pub use trend::trend;
pub use up::up;

/// Longest order of a class; that of a thousand students is a tenth of it.
const ORDER_MAX: u64 = 64 << 20;

/// The class of a run: reads its order from standard input.
pub async fn load() -> Result<u8> {
    let mut line = String::new();
    std::io::stdin().lock().take(ORDER_MAX).read_line(&mut line).context("read the order")?;
    let order = serde_json::from_str(&line).context("the order is not what this version writes")?;
    load::attack(order).await?;
    Ok(exit::PASS)
}

/// The exit code that an error ends the program with.
pub fn code_of(error: &anyhow::Error) -> u8 {
    if error.is::<Usage>() {
        exit::USAGE
    } else if error.is::<Problems>() || error.is::<Damaged>() {
        exit::INVALID
    } else if error.is::<NoEngine>() || error.is::<Unfit>() {
        exit::NOT_UP
    } else if let Some(not_up) = error.downcast_ref::<NotUp>() {
        if not_up.left_behind.is_empty() { exit::NOT_UP } else { exit::LEFT_BEHIND }
    } else if error.is::<LeftBehind>() {
        exit::LEFT_BEHIND
    } else {
        exit::BUG
    }
}

/// The exit code of a command that ended with `code`: what it was to print may be half a file somewhere.
pub fn printed(code: u8) -> u8 {
    let Some(why) = say::lost() else { return code };
    say::err(format_args!("wwchaos: standard output: {why}\n"));
    if code == exit::PASS { exit::BUG } else { code }
}

/// Says what went wrong; that nobody listens changes no exit code.
pub fn tell(error: &anyhow::Error) {
    say::err(format_args!("wwchaos: {error:#}\n"));
}

/// Takes lines that change away from where a panic is told.
pub fn make_way() {
    screen::aside_for_a_panic();
}

/// Prints what was made for a shell or another program, as it is.
pub fn hand_over(bytes: &[u8]) {
    say::coloured(bytes);
}

/// Seeds that are tried where the user names none.
const SEEDS_MAX: u32 = 50;

/// What the scenario or the set on the command line comes to: every line planned, before anything starts.
struct Prepared {
    /// The set, if it is one; its lines are in the order of `plans`.
    set: Option<Set>,
    plans: Vec<(Topology, Plan)>,
}

/// What is wrong with a scenario or a set for what is wanted of it; whose fault it is has to be found out.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unplanned(Problems);

/// Plans all that `choice` names. Everything that is drawn comes from one seed, so that the lines of a set can be compared;
/// what is wrong with the settings of any of them is told at once.
fn prepare(library: &Library, choice: &Choice) -> Result<Prepared> {
    planned(library, choice).map_err(|error| match error.downcast::<Unplanned>() {
        Ok(Unplanned(problems)) => blame(library, choice, problems),
        Err(error) => error,
    })
}

/// The same, for whoever finds out whose fault it is when that fails.
fn planned(library: &Library, choice: &Choice) -> Result<Prepared> {
    let (set, drafts) = drafts(library, choice)?;
    let plans = with_one_seed(library, &drafts, choice.seed).map_err(Unplanned)?;
    Ok(Prepared { set, plans: drafts.into_iter().map(|(topology, _)| topology).zip(plans).collect() })
}

/// What is planned: a scenario, and the cluster that it is for.
type Draft = (Topology, Scenario);

/// Topology and scenario of every line of the set on the command line, if it is one, or of the one scenario.
fn drafts(library: &Library, choice: &Choice) -> Result<(Option<Set>, Vec<Draft>)> {
    twice(&choice.settings)?;
    let set = library.set(&choice.scenario).map_err(usage)?;
    let alone = || vec![Line { scenario: choice.scenario.clone(), ..Line::default() }];
    let lines = set.as_ref().map_or_else(alone, |set| set.lines.clone());
    let (mut drafts, mut list) = (Vec::new(), Vec::new());
    for line in lines {
        let (topology, scenario) = draft(library, &line, choice)?;
        list.extend(refused(library, &topology, &line));
        drafts.push((topology, scenario));
    }
    if let Some(set) = set.as_ref().filter(|_| !list.is_empty()) {
        return Err(Unplanned(Problems { file: set.file.clone(), list }).into());
    }
    image::check_option(choice, drafts.iter().map(|(topology, _)| &topology.app))?;
    Ok((set, drafts))
}

/// Refuses a set where one scenario is wanted.
fn no_set(library: &Library, choice: &Choice) -> Result<()> {
    let Some(set) = library.set(&choice.scenario).map_err(usage)? else { return Ok(()) };
    Err(Usage(format!("`{}` is a set; expected one scenario: {}", set.name, set.scenarios().join(", "))).into())
}

/// Plans every draft with one seed. Where the user names none, one is drawn with which all can be planned: whether enough is
/// submitted in a window is a matter of luck in a small class.
fn with_one_seed(library: &Library, drafts: &[Draft], seed: Option<u64>) -> Result<Vec<Plan>, Problems> {
    let one = |(topology, scenario): &Draft, seed| {
        Plan::new(scenario, topology, seed).map_err(|problems| of_settings(library, topology, problems))
    };
    let all = |seed| drafts.iter().map(|draft| one(draft, seed)).collect();
    let first = all(seed.unwrap_or_else(drawn));
    let again = if seed.is_some() { 0 } else { SEEDS_MAX - 1 };
    match first {
        Ok(plans) => Ok(plans),
        Err(problems) => (0..again).find_map(|_| all(drawn()).ok()).ok_or(problems),
    }
}

fn drawn() -> u64 {
    u64::from(rand::random::<u32>())
}

/// Topology and scenario of one line, with its settings and, over them, those of the command line.
fn draft(library: &Library, line: &Line, choice: &Choice) -> Result<Draft> {
    let mut scenario = library.scenario(&line.scenario).map_err(usage)?;
    let topology = topology(library, &scenario, choice)?.running(app(library, &scenario, choice)?)?;
    overrides(library, &topology, choice)?;
    scenario.settings.extend(line.settings.iter().chain(&choice.settings).cloned());
    scenario.class.students = choice.students.unwrap_or(scenario.class.students);
    if let Some(times) = choice.stretch {
        scenario = scenario.stretched(times);
    }
    scenario.repeat = choice.repeat.unwrap_or(scenario.repeat);
    Ok((topology, scenario))
}

/// What a line of a set cannot set.
fn refused(library: &Library, topology: &Topology, line: &Line) -> Vec<Problem> {
    let mut values = Values::defaults(&topology.settings);
    let wrong = line.settings.iter().filter_map(|(name, text)| {
        let refusal = values.set(&topology.settings, name, text).err()?;
        Some(of_setting(library, topology, name, refusal).at(line.number, name))
    });
    wrong.collect()
}

/// The topology that the command line names, else the scenario's.
fn topology(library: &Library, scenario: &Scenario, choice: &Choice) -> Result<Topology> {
    match &choice.topology {
        Some(name) => library.topology(name).map_err(|error| usage(error.context(format!("--topology {name}")))),
        None => library.topology(&scenario.topology).map_err(|error| of_scenario(scenario, "topology", error)),
    }
}

/// The app that the command line names, else the scenario's, with the image that one of them names.
fn app(library: &Library, scenario: &Scenario, choice: &Choice) -> Result<App> {
    let mut app = match &choice.app {
        Some(name) => library.app(name).map_err(|error| usage(error.context(format!("--app {name}")))),
        None => library.app(&scenario.app).map_err(|error| of_scenario(scenario, "app", error)),
    }?;
    if choice.app.is_none() {
        image::check_scenario(scenario, &app)?;
    }
    if image::is_users(&app) {
        let meant = image::meant(choice.webwork_image.as_ref())?;
        image::name(&mut app, meant.or_else(|| scenario.webwork_image.clone()));
    }
    Ok(app)
}

/// Refuses a setting that is set twice: only one of the two would be.
fn twice(settings: &[(String, String)]) -> Result<(), Usage> {
    match again(settings, |(name, _)| name) {
        Some((name, text)) => {
            Err(Usage(format!("--set {name}={text}: {name} is set twice; expected each setting once")))
        }
        None => Ok(()),
    }
}

/// The first of `all` of which one with the same key came before.
fn again<'a, T, K: PartialEq>(all: &'a [T], key: impl Fn(&'a T) -> K) -> Option<&'a T> {
    let came_before = |(place, one): &(usize, &'a T)| all[..*place].iter().any(|other| key(other) == key(one));
    all.iter().enumerate().find(came_before).map(|(_, one)| one)
}

/// Refuses what `--set` cannot set: that is a matter of the command line, whatever the files say.
fn overrides(library: &Library, topology: &Topology, choice: &Choice) -> Result<(), Usage> {
    let mut values = Values::defaults(&topology.settings);
    let wrong: Vec<_> = choice
        .settings
        .iter()
        .filter_map(|(name, text)| {
            let refusal = values.set(&topology.settings, name, text).err()?;
            Some(format!("--set {name}={text}: {}", of_option(library, topology, name, refusal)))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Usage(wrong.join("\n"))) }
}

/// A topology or an app that is not known is a problem of the scenario whose `field` names it; one that is invalid is its own.
fn of_scenario(scenario: &Scenario, field: &str, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(refusal) => {
            let problem = refusal.at(scenario.places.line(field), field);
            Problems { file: scenario.file.clone(), list: vec![problem] }.into()
        }
        Err(error) => error,
    }
}

/// A name that is not known is a matter of the command line; a file that is wrong is not.
pub fn usage(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Problems>() { error } else { Usage(format!("{error:#}")).into() }
}
