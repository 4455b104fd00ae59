//! `capacity`: the largest class that a cluster holds, whole and with a part lost, by trials on one cluster that stays up.
//!
//! 1. everything is planned: the smallest and the largest class in each state, before anything starts;
//! 2. the cluster is started and seeded for the largest class;
//! 3. a *sizing* trial of a small class measures what a page costs, from which the first guess is made;
//! 4. for each state the [search](Search) says which class to try next, until it has found the largest that holds;
//! 5. where that is asked for, two predictions are run: how fast a larger class may enter, on the same cluster, and what other
//!    workers give, on another;
//! 6. the cluster is removed, and what was found is stored and printed. What was found before something failed is so too.

mod bench;
mod stored;
mod verify;
mod wanted;

use std::path::Path;

use anyhow::Result;

use super::doctor::fit;
use super::progress::{self, Manner};
use super::render::keep;
use super::run::{identified, interrupted, preface};
use super::{say, usage};
use crate::capacity::{Capacity, Ending, Next, Search, State, StateResult, Trial, words};
use crate::cli::{Bounded, Stop, Voice};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine};
use crate::exit;
use crate::library::Library;
use crate::report;
use crate::store::{self, Folder};

pub use stored::{render, stored};

use bench::{Asked, Bench};
use wanted::{Found, Wanted};

/// Where it is looked, and how that is told.
struct Place<'a> {
    library: &'a Library,
    engine: Engine,
    machine: Machine,
    folder: Folder,
    manner: Manner,
    stop: &'a Stop,
    /// Whether two predictions are run after the search.
    verifies: bool,
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
    let wanted = Wanted::of(library, bounded)?;
    let other = if bounded.verify { verify::other_workers(library, bounded, &wanted)? } else { None };
    let engine = Engine::connect().await?;
    store::open(reports).map_err(usage)?;
    let machine = Machine::look(&engine, reports).await?;
    fit(&machine, &wanted.largest, &wanted.topology)?;
    if let Some((other, _)) = &other {
        fit(&machine, &other.largest, &other.topology)?;
    }
    super::down::sweep(&engine, library, manner).await?;
    let app = identified(&engine, std::iter::once(&wanted.topology.app)).await?.remove(0);
    if manner.is_for_people() {
        tell_beforehand(&wanted, bounded.verify);
    }
    let folder = Folder::create(reports, &format!("{}-capacity", wanted.scenario.name))?;
    let before = preface(&machine, &wanted.topology, app.clone());
    let place = Place { library, engine, machine, folder, manner, stop, verifies: bounded.verify };
    let (found, failed) = find(&place, &wanted, other.as_ref(), app).await;
    if found.states.iter().all(|one| one.trials.is_empty()) {
        if manner.is_for_people() && failed.is_none() {
            say::err(format_args!(
                "interrupted before a trial was over: nothing was found, and everything was removed\n"
            ));
        }
        return failed.map_or(Ok(exit::INTERRUPTED), Err);
    }
    let mut result = wanted.result(&before.started, before.setup, found);
    result.took = Stamp::now().since(began);
    result.sentence = words::sentence(&result);
    told(&place, &result)?;
    match failed {
        Some(error) => Err(error),
        None if stop.first.is_cancelled() => Ok(exit::INTERRUPTED),
        None if result.states.iter().all(StateResult::is_answered) => Ok(exit::PASS),
        None => Ok(exit::UNKNOWN),
    }
}

fn tell_beforehand(wanted: &Wanted, verify: bool) {
    let goals: Vec<_> = wanted.goals().words().into_iter().map(|one| one.1).collect();
    say::err(format_args!("looking for the largest class of {} with: {}\n", wanted.scenario.name, goals.join("; ")));
    let more = if verify { "; after that up to two predictions are run" } else { "" };
    say::err(format_args!("this takes {}{more}\n", words::forecast(&wanted.forecast(), wanted.states.len())));
}

/// Stores and prints what was found.
fn told(place: &Place<'_>, result: &Capacity) -> Result<()> {
    keep(&place.folder, report::capacity::FILES, result)?;
    place.folder.become_latest();
    // Standard output is for programs then.
    if place.manner != Manner::Events {
        stored::print(result);
        say::out(format_args!("report: {}\n", place.folder.path().join("report.html").display()));
    }
    Ok(())
}

/// Starts the cluster, makes the trials and removes it; what failed meanwhile is beside what was found until then.
async fn find(
    place: &Place<'_>,
    wanted: &Wanted,
    other: Option<&verify::Other>,
    app: String,
) -> (Found, Option<anyhow::Error>) {
    let mut found = Found::default();
    let asked = Asked::of(place, (wanted, &place.folder), app.clone(), 0);
    let mut bench = match Bench::up(asked, &place.engine, &wanted.largest).await {
        Ok(bench) => bench,
        Err(error) => return (found, Some(error)),
    };
    let mut failed = searched(wanted, &mut bench, place, &mut found).await.err();
    let healthy = found.states.iter().find(|one| one.state == State::Healthy).cloned();
    let verifies = healthy.as_ref().filter(|_| place.verifies && failed.is_none() && !place.stop.first.is_cancelled());
    if let Some(healthy) = verifies {
        let (verified, error) = verify::entry(wanted, healthy, &mut bench, place).await;
        found.verified.extend(verified);
        failed = error;
    }
    let made = bench.count();
    // What could not be removed is worse than whatever came before.
    if let Err(left) = bench.down().await {
        return (found, Some(left.into()));
    }
    if let (Some(healthy), Some(other), None, false) = (verifies, other, &failed, place.stop.first.is_cancelled()) {
        let (verified, error) = verify::workers((wanted, healthy), other, place, (app, made)).await;
        found.verified.extend(verified);
        failed = error;
    }
    (found, failed)
}

/// Looks in each state, one after the other, into `found`; an error ends it, and the state in which it came has what was found
/// until then.
async fn searched(wanted: &Wanted, bench: &mut Bench<'_>, place: &Place<'_>, found: &mut Found) -> Result<()> {
    let sizing = bench.trial(State::Healthy, wanted.sizing()).await?;
    for state in &wanted.states {
        let began = Stamp::now();
        let before: Vec<_> = sizing.iter().chain(found.states.iter().flat_map(|one| &one.trials)).collect();
        let expect = |made: &[Trial]| wanted.guess(*state, made, before.iter().copied());
        let guess = expect(&[]).unwrap_or_else(|| wanted.middle());
        let (ending, trials, failed) = search(wanted.search(guess), *state, bench, place, expect).await;
        found.states.push(wanted.state_result((*state, guess), ending, trials, Stamp::now().since(began)));
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(())
}

/// Makes the trials that `search` wants, which after each is told what those that were made let one `expect`; how it ended, its
/// trials, and what failed.
async fn search(
    mut search: Search,
    state: State,
    bench: &mut Bench<'_>,
    place: &Place<'_>,
    expect: impl Fn(&[Trial]) -> Option<u32>,
) -> (Ending, Vec<Trial>, Option<anyhow::Error>) {
    let mut trials = Vec::new();
    let mut failed = None;
    let ending = loop {
        if place.stop.first.is_cancelled() {
            break ended_at(&search, "interrupted");
        }
        match search.next() {
            Next::Found(found) => break Ending::Found(found),
            Next::Stuck(stuck) => break Ending::Stuck(stuck),
            Next::Try(students) => {
                place.tell(format_args!("{}: trial {} of {students} students", state.spec().name, search.taken() + 1));
                match bench.trial(state, students).await {
                    Ok(Some(trial)) => {
                        search.take(students, &trial.outcome);
                        place.tell(format_args!("  {}", words::outcome(&trial)));
                        trials.push(trial);
                        if let Some(students) = expect(&trials) {
                            search.expect(students);
                        }
                    }
                    Ok(None) => break ended_at(&search, "interrupted"),
                    Err(error) => {
                        let ending = ended_at(&search, &format!("{error:#}"));
                        failed = Some(error);
                        break ending;
                    }
                }
            }
        }
    };
    (ending, trials, failed)
}

/// How a search ends that something ended.
fn ended_at(search: &Search, why: &str) -> Ending {
    let (holds, fails) = search.bracket();
    Ending::NotMade { why: why.to_owned(), holds, fails }
}

impl Place<'_> {
    /// Tells people how far it is.
    fn tell(&self, text: std::fmt::Arguments<'_>) {
        if self.manner.is_for_people() {
            say::err(format_args!("{text}\n"));
        }
    }
}
