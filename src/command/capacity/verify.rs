//! Two predictions, run: how fast a larger class may enter, and what other workers would give.

use std::time::Duration;

use anyhow::Result;

use super::bench::{Asked, Bench};
use super::wanted::Wanted;
use super::{Place, search};
use crate::capacity::model::{Change, entry_rate};
use crate::capacity::{Bounds, Search, State, StateResult, Verified, words};
use crate::cli::{Bounded, Usage};
use crate::clock::Stamp;
use crate::library::Library;
use crate::plan::Tried;
use crate::quantity::length;

/// The setting of an app that says how many workers a node has.
const WORKERS: &str = "workers";
/// How many rates of entry are tried, each four fifths of the one before.
const RATES: u32 = 3;
/// How much larger the class is whose entry is tried.
const LARGER: u32 = 2;
/// Longest time that it may take to enter.
const ENTRY_MAX: Duration = Duration::from_secs(30 * 60);

/// The same with another number of workers, and how many.
pub type Other = (Wanted, u32);

/// What is wanted with twice the workers; half of them where no more are allowed.
pub fn other_workers(library: &Library, bounded: &Bounded, wanted: &Wanted) -> Result<Option<Other>> {
    if !wanted.states.contains(&State::Healthy) {
        return Err(Usage("--verify: needs the state healthy among the states".to_owned()).into());
    }
    let topology = &wanted.topology;
    let spec = topology.app.settings.iter().chain(&topology.settings).find(|spec| spec.name == WORKERS);
    let (Some(spec), Some(now)) = (spec, wanted.largest.workers_of_a_node()) else {
        let why = format!(
            "--verify: app `{}` has no setting `{WORKERS}`, of which another value could be run",
            topology.app.name
        );
        return Err(Usage(why).into());
    };
    let most = spec.max.as_ref().and_then(|max| max.parse().ok()).unwrap_or(u64::MAX);
    let other = if now < most { (2 * now).min(most) } else { now.div_ceil(2) };
    if other == now {
        return Ok(None);
    }
    let mut bounded = bounded.clone();
    bounded.settings.retain(|(name, _)| name != WORKERS);
    bounded.settings.push((WORKERS.to_owned(), other.to_string()));
    bounded.seed = Some(wanted.seed);
    Ok(Some((Wanted::of(library, &bounded)?, u32::try_from(other).unwrap_or(u32::MAX))))
}

/// Lets a class twice as large as the largest that holds enter as fast as is predicted, and more slowly until it holds; and what
/// failed.
pub async fn entry(
    wanted: &Wanted,
    healthy: &StateResult,
    bench: &mut Bench<'_>,
    place: &Place<'_>,
) -> (Option<Verified>, Option<anyhow::Error>) {
    let measured = healthy.models.cluster.zip(largest(healthy)).filter(|_| wanted.profile().is_none());
    let Some((cluster, holds)) = measured else { return (None, None) };
    let students = holds.saturating_mul(LARGER).min(wanted.scenario.capacity.most);
    let began = Stamp::now();
    let predicted = entry_rate(&cluster, &wanted.crowd(), wanted.goals(), students).students_per_minute;
    let Some(predicted) = predicted.filter(|_| students > holds) else { return (None, None) };
    let (mut rate, mut trials, mut held, mut failed) = (predicted, Vec::new(), None, None);
    for _ in 0..RATES {
        let enters = Duration::from_secs(60) * students / rate.max(1);
        if enters > ENTRY_MAX {
            place.tell(format_args!(
                "not verified: {students} students at {rate} a minute enter for {}; at most {} are tried (hint: a smaller --most)",
                length(enters),
                length(ENTRY_MAX)
            ));
            break;
        }
        place.tell(format_args!(
            "verifying: {students} students enter at {rate} a minute, which takes {} and the time of a trial",
            length(enters)
        ));
        let tried = Tried { students, loss: None, per_minute: Some(rate) };
        let trial = match bench.tried(State::Healthy, tried).await {
            Ok(Some(trial)) => trial,
            Ok(None) => break,
            Err(error) => {
                failed = Some(error);
                break;
            }
        };
        place.tell(format_args!("  {}", words::outcome(&trial)));
        let answer = trial.outcome.holds();
        trials.push(trial);
        match answer {
            Some(true) => {
                held = Some(rate);
                break;
            }
            Some(false) => rate = (rate * 4 / 5).max(1),
            // It says nothing of the cluster: once more.
            None => {}
        }
    }
    let answered = trials.iter().any(|trial| trial.outcome.holds().is_some());
    let took = Stamp::now().since(began);
    let verified = Verified::Entry { students, predicted_per_minute: predicted, held_per_minute: held, trials, took };
    (answered.then_some(verified), failed)
}

/// Looks for the largest class with other workers, beginning with what is predicted; each end is tried once. And what failed.
pub async fn workers(
    (wanted, healthy): (&Wanted, &StateResult),
    (other, per_node): &Other,
    place: &Place<'_>,
    (app, made): (String, u64),
) -> (Option<Verified>, Option<anyhow::Error>) {
    let Some(cluster) = healthy.models.cluster else { return (None, None) };
    let began = Stamp::now();
    let change = Change::Workers { per_node: *per_node };
    let Some(prediction) = wanted.predicted(&cluster, change, None) else { return (None, None) };
    let predicted = prediction.students;
    let words = predicted.map_or_else(|| "no class".to_owned(), |students| format!("about {students} students"));
    place.tell(format_args!("verifying: {per_node} workers a node, with which {words} would hold by prediction"));
    let guess = predicted.unwrap_or(wanted.scenario.capacity.least);
    let folder = match place.folder.part("other-workers") {
        Ok(folder) => folder,
        Err(error) => return (None, Some(error)),
    };
    let asked = Asked::of(place, (other, &folder), app, made);
    let mut bench = match Bench::up(asked, &place.engine, &other.largest).await {
        Ok(bench) => bench,
        Err(error) => return (None, Some(error)),
    };
    let sought = Search::new(Bounds { repeats: 1, ..other.bounds(guess) });
    let (ending, trials, failed) =
        search(sought, State::Healthy, &mut bench, place, |made| other.guess(State::Healthy, made, std::iter::empty()))
            .await;
    let left = bench.down().await.err().map(anyhow::Error::from);
    let answered = trials.iter().any(|trial| trial.outcome.holds().is_some());
    let took = Stamp::now().since(began);
    (answered.then_some(Verified::Change { change, predicted, ending, trials, took }), left.or(failed))
}

/// The largest class, for what is predicted from it.
fn largest(healthy: &StateResult) -> Option<u32> {
    healthy.holds().or(healthy.models.students)
}
