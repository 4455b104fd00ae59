//! What was found, in words that the command, reports and messages share, so that all say the same.

use std::time::Duration;

use super::model::Change;
use super::result::{Arrival, Capacity, Ending, Forecast, Node, StateResult, Verified};
use super::search::{Found, Stuck};
use super::trial::{Margin, Outcome, Trial};
use crate::measure::STEADY_WITHIN;
use crate::quantity::{cores, length, number, percent};
use crate::settings::size_text;

/// Who come within this time are said to start together.
const TOGETHER: Duration = Duration::from_secs(60);

/// `180 to 200, 3 runs each`: where the limit lies, and how often each end was seen.
pub fn found(found: &Found) -> String {
    let runs = |count| number(count, "run");
    let mut text = match (found.holds, found.fails) {
        (Some(holds), Some(fails)) if found.runs_of_holds == found.runs_of_fails => {
            format!("{holds} to {fails}, {} each", runs(found.runs_of_holds))
        }
        (Some(holds), Some(fails)) => {
            format!("{holds} to {fails}, {} and {}", runs(found.runs_of_holds), runs(found.runs_of_fails))
        }
        (Some(holds), None) if found.at_most_asked => {
            format!("at least {holds}, {}; no larger class was asked for", runs(found.runs_of_holds))
        }
        (Some(holds), None) => format!("at least {holds}, {}", runs(found.runs_of_holds)),
        (None, Some(fails)) => format!("fewer than {fails}, {}", runs(found.runs_of_fails)),
        (None, None) => "not found".to_owned(),
    };
    match found.contradictions {
        0 => {}
        1 => text.push_str("; 1 run contradicts it"),
        many => text.push_str(&format!("; {many} runs contradict it")),
    }
    if found.out_of_trials {
        text.push_str("; ended after as many trials as a search may take");
    }
    text
}

/// `not found: three trials of 235 students in a row were void; 180 held`.
pub fn stuck(stuck: &Stuck) -> String {
    let void = format!("three trials of {} in a row were void", number(stuck.at, "student"));
    let holds = stuck.holds.map(|holds| format!("; {holds} held"));
    let fails = stuck.fails.map(|fails| format!("; {fails} failed"));
    format!("not found: {void}{}{}", holds.unwrap_or_default(), fails.unwrap_or_default())
}

/// How the search in one state ended.
pub fn ending(result: &StateResult) -> String {
    ended(&result.ending)
}

fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Found(one) => found(one),
        Ending::Stuck(one) => stuck(one),
        Ending::NotMade { why, holds, fails } => {
            let holds = holds.map(|holds| format!("; {holds} held"));
            let fails = fails.map(|fails| format!("; {fails} failed"));
            format!("not found: {why}{}{}", holds.unwrap_or_default(), fails.unwrap_or_default())
        }
    }
}

/// What a trial came to, in one line: `holds`, `fails: error rate 3% (...)`.
pub fn outcome(trial: &Trial) -> String {
    match &trial.outcome {
        Outcome::Holds { margin: Margin::Clear } => "holds, clearly".to_owned(),
        Outcome::Holds { margin: Margin::Close } => "holds, closely".to_owned(),
        Outcome::Fails { reasons, .. } => {
            let found: Vec<_> = reasons.iter().map(|reason| reason.found.as_str()).collect();
            format!("fails: {}", found.join("; "))
        }
        Outcome::Void { why } => format!("void: {}", why.join("; ")),
    }
}

/// A prediction that was run: `with an entry rate of 48 students a minute this cluster held 250, and did not at 60; predicted were 60`.
pub fn verified(verified: &Verified) -> String {
    let off = verified.off_share().map(|off| match percent(off.abs()) {
        share if off.abs() < 0.005 => format!(" (off by {share})"),
        share if off > 0.0 => format!(" ({share} too many)"),
        share => format!(" ({share} too few)"),
    });
    let off = off.unwrap_or_default();
    match verified {
        Verified::Change { change, predicted, ending, .. } => {
            let predicted =
                predicted.map_or_else(|| "not even the smallest class".to_owned(), |one| format!("about {one}"));
            format!("with {}: {}; predicted was {predicted}{off}", changed(*change), ended(ending))
        }
        Verified::Entry { students, predicted_per_minute: predicted, held_per_minute: Some(held), trials, .. } => {
            let failed = trials.iter().filter(|trial| trial.outcome.holds() == Some(false));
            let predicted = match failed.filter_map(|trial| trial.per_minute).min() {
                Some(failed) => format!(", and did not at {failed}; predicted were {predicted}"),
                None => ", as predicted".to_owned(),
            };
            format!(
                "with an entry rate of {} a minute this cluster held {students}{predicted}",
                number(*held, "student")
            )
        }
        Verified::Entry { students, predicted_per_minute: predicted, trials, .. } => {
            let slowest = trials.iter().filter_map(|trial| trial.per_minute).min().unwrap_or(*predicted);
            format!(
                "with an entry rate of {} a minute this cluster did not hold {students}; predicted were {predicted}",
                number(slowest, "student")
            )
        }
    }
}

/// What differs from the cluster that was measured.
pub fn changed(change: Change) -> String {
    match change {
        Change::Nothing => "this cluster".to_owned(),
        Change::Workers { per_node } => format!("{} a node", number(per_node, "worker")),
        Change::Cores { per_node } => format!("{} a node, with as many workers", cores(per_node)),
        Change::Nodes { nodes } => number(nodes, "node"),
        Change::Hardware { nodes, cores_per_node } => {
            format!(
                "{} of {}, as fast as these, with as many workers a core",
                number(nodes, "node"),
                cores(cores_per_node)
            )
        }
    }
}

/// `2 nodes of 4 cores and 8.0 GiB`.
pub fn node(node: &Node) -> String {
    format!("{} of {} and {}", number(node.nodes, "node"), cores(node.cores), size_text(node.memory_bytes))
}

/// The sentence for a department: `On nodes like these (2 nodes of 4 cores and 8.0 GiB): 180 students starting together; 95 if one
/// server is lost.` Never without what it was measured on, for the number belongs to it.
pub fn sentence(capacity: &Capacity) -> String {
    let mut said = 0;
    let coming = match (&capacity.profile, capacity.arrival) {
        (Some(profile), _) => format!("coming as those of the profile {profile}"),
        (None, Some(Arrival { within, evenly: true })) => format!("arriving evenly within {}", length(within)),
        (None, Some(Arrival { within, .. })) if within > TOGETHER => format!("arriving within {}", length(within)),
        (None, Some(Arrival { within, .. })) => format!("starting together (within {})", length(within)),
        (None, None) => "starting together".to_owned(),
    };
    let part = |result: &StateResult| {
        let clause = result.state.spec().clause;
        let Some(number) = students(result) else {
            return format!("not found {}", if clause.is_empty() { "with nothing lost" } else { clause });
        };
        let clause = if clause.is_empty() { String::new() } else { format!(" {clause}") };
        said += 1;
        if said == 1 { format!("{number} students {coming}{clause}") } else { format!("{number}{clause}") }
    };
    let parts: Vec<_> = capacity.states.iter().map(part).collect();
    let parts = if said == 0 { "how many students it holds was not found".to_owned() } else { parts.join("; ") };
    let stand_in = if capacity.setup.stand_in { format!(", with the {}", capacity.setup.app) } else { String::new() };
    format!("On nodes like these ({}{stand_in}): {parts}.", node(&capacity.node))
}

/// How many students a state holds, for the sentence; none where nothing is known of it.
fn students(result: &StateResult) -> Option<String> {
    let Ending::Found(found) = &result.ending else { return None };
    match (found.holds, found.fails) {
        (Some(holds), Some(_)) => Some(holds.to_string()),
        (Some(holds), None) => Some(format!("at least {holds}")),
        (None, Some(fails)) => Some(format!("fewer than {fails}")),
        (None, None) => None,
    }
}

/// Of each state in which the cluster did not recover when the load had gone: `Metastable (healthy): with 235 students ...`.
pub fn metastable(result: &StateResult) -> Option<String> {
    let (students, trials) = result.metastable()?;
    let state = result.state.spec().title.to_lowercase();
    let trials = number(trials, "trial");
    Some(format!(
        "Metastable ({state}): with {students} students the cluster was still bad {} after the load had gone ({trials}). \
         Whoever runs it must shed load, and restart what does not come back.",
        length(STEADY_WITHIN)
    ))
}

/// What a search will take, before it begins: `about 9 trials and 12 min for each of 2 states, never more than 40 trials
/// (about 55 min), beside 3 min for the cluster and a first trial`.
pub fn forecast(forecast: &Forecast, states: usize) -> String {
    let each = if states == 1 { String::new() } else { format!(" for each of {states} states") };
    let before = match forecast.before {
        Duration::ZERO => String::new(),
        time => format!(", beside {} for the cluster and a first trial", length(time)),
    };
    format!(
        "about {} and {}{each}, never more than {} (about {}){before}",
        number(forecast.trials_likely, "trial"),
        length(forecast.likely),
        number(forecast.trials_most, "trial"),
        length(forecast.most)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_its_uncertainty() {
        let both = Found { holds: Some(180), fails: Some(200), runs_of_holds: 3, runs_of_fails: 3, ..Found::default() };
        assert_eq!(found(&both), "180 to 200, 3 runs each");
        let uneven = Found { runs_of_fails: 1, contradictions: 1, ..both };
        assert_eq!(found(&uneven), "180 to 200, 3 runs and 1 run; 1 run contradicts it");
        let all = Found { fails: None, at_most_asked: true, ..both };
        assert_eq!(found(&all), "at least 180, 3 runs; no larger class was asked for");
        let none = Found { holds: None, out_of_trials: true, ..both };
        assert_eq!(found(&none), "fewer than 200, 3 runs; ended after as many trials as a search may take");
        let void = Stuck { at: 235, holds: Some(180), fails: None };
        assert_eq!(stuck(&void), "not found: three trials of 235 students in a row were void; 180 held");
    }

    #[test]
    fn what_a_search_takes_is_told_before() {
        let [before, likely, most] = [180, 720, 3300].map(Duration::from_secs);
        let told = Forecast { before, trials_likely: 9, trials_most: 40, likely, most };
        assert_eq!(
            forecast(&told, 2),
            "about 9 trials and 12 min for each of 2 states, never more than 40 trials (about 55 min), beside 3 min for the \
             cluster and a first trial"
        );
        let old = Forecast { before: Duration::ZERO, ..told };
        assert_eq!(forecast(&old, 1), "about 9 trials and 12 min, never more than 40 trials (about 55 min)");
    }
}
