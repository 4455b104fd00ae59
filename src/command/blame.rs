//! What cannot be planned → whose fault that is: the command line's, where its files can be planned as they are written, else
//! theirs. And whose setting it is that is none here.

use super::{Unplanned, planned};
use crate::cli::{Choice, Usage};
use crate::library::Library;
use crate::settings::{Problems, Refusal};
use crate::topology::Topology;

/// Options that `--set` is taken for.
const OPTIONS: &[&str] = &["app", "seed", "topology", "webwork_image"];

/// What is wrong with the scenario or set that `choice` names, or with what `choice` wants of it.
pub fn blame(library: &Library, choice: &Choice, problems: Problems) -> anyhow::Error {
    let number = |name: &str, value: Option<String>| value.map(|value| format!("--{name} {value}"));
    let words = [
        number("topology", choice.topology.clone()),
        number("app", choice.app.clone()),
        number("students", choice.students.map(|students| students.to_string())),
        number("stretch", choice.stretch.map(|times| times.to_string())),
        number("repeat", choice.repeat.map(|times| times.to_string())),
    ];
    let mut words: Vec<_> = words.into_iter().flatten().collect();
    if words.is_empty() {
        // What a draw leaves too little of is the seed's.
        words.extend(number("seed", choice.seed.map(|seed| seed.to_string())));
    }
    if words.is_empty() {
        return problems.into();
    }
    let as_written = |seed| planned(library, &Choice { seed, ..Choice::of(&choice.scenario) });
    if as_written(None).is_ok() {
        return Usage(format!("{}: {problems}", words.join(" "))).into();
    }
    // What is wrong with the files themselves, as this seed shows it.
    let own = as_written(choice.seed).err().and_then(|own| own.downcast::<Unplanned>().ok());
    own.map_or(problems, |Unplanned(own)| own).into()
}

/// `refusal` of what `--set` sets: [`of_setting`], or an option.
pub fn of_option(library: &Library, topology: &Topology, name: &str, refusal: Refusal) -> Refusal {
    if OPTIONS.contains(&name) {
        return refusal.hinted(format!("it is an option: --{}", name.replace('_', "-")));
    }
    of_setting(library, topology, name, refusal)
}

/// `refusal` of the setting `name`, which says where there is one of this name when `topology` and its app have none.
pub fn of_setting(library: &Library, topology: &Topology, name: &str, refusal: Refusal) -> Refusal {
    if topology.settings.iter().any(|spec| spec.name == name) {
        return refusal;
    }
    match owner(library, topology, name) {
        Some(owner) => refusal.hinted(format!("{owner} has a setting of this name")),
        None => refusal,
    }
}

/// [`of_setting`] of every setting among `problems`.
pub fn of_settings(library: &Library, topology: &Topology, mut problems: Problems) -> Problems {
    for problem in &mut problems.list {
        if let Some(name) = problem.field.strip_prefix("settings.") {
            problem.refusal = of_setting(library, topology, name, problem.refusal.clone());
        }
    }
    problems
}

/// An app or a topology with a setting of this name; of topologies the others alone, whose app does not count.
fn owner(library: &Library, topology: &Topology, name: &str) -> Option<String> {
    let has = |specs: &[crate::settings::Spec]| specs.iter().any(|spec| spec.name == name);
    let app = |app: &String| *app != topology.app.name && library.app(app).is_ok_and(|app| has(&app.settings));
    let apps = library.apps().into_iter().find(app).map(|app| format!("app `{app}`"));
    let others = library.topologies().into_iter().filter(|other| *other != topology.name);
    let mut others: Vec<_> = others.filter_map(|other| library.topology(&other).ok()).collect();
    // A variant has its settings from another.
    others.sort_by_key(|other| other.extends.is_some());
    apps.or_else(|| others.iter().find(|other| has(&other.settings)).map(|other| format!("topology `{}`", other.name)))
}
