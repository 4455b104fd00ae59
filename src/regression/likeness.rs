//! The conditions of runs → whether their figures are of the same thing, and what else differs.
//!
//! A figure is of another thing where the app, the class, the rush, the fault, its settings or its length is another: then
//! it is not compared, and why is said. What a user may have changed to see what comes of it, or cannot keep from changing,
//! is said and compared: topology, settings, versions, the machine, the seed.

use serde::{Deserialize, Serialize};

use super::run::{Conditions, Place, Run};

/// A condition in which two sides differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What: `topology`, or `setting fall`.
    pub what: String,
    /// What it was; several where the runs of a side differ in it.
    pub base: Vec<String>,
    /// What it is.
    pub new: Vec<String>,
}

/// Why nothing of two runs can be compared; none when something can.
pub fn unlike(base: &Conditions, new: &Conditions) -> Option<String> {
    if base.app != new.app {
        return Some(format!("the app is another: {} and {}", base.app, new.app));
    }
    if base.class != new.class {
        let (from, to) = (base.class.students, new.class.students);
        let students = if from == to { String::new() } else { format!(": {from} students and {to}") };
        return Some(format!("the class is another{students}"));
    }
    if base.load != new.load {
        return Some("the profile of the class is another, or scaled otherwise".to_owned());
    }
    if base.rush != new.rush {
        return Some("the rush is another".to_owned());
    }
    let places = places(base, new);
    let same = |place: &Place| *place != Place::Baseline && unlike_at(base, new, place).is_none();
    (!places.iter().any(same)).then(|| {
        let names = [base, new].map(|side| side.scenario.as_str());
        format!("no window of `{}` and `{}` is the same fault of the same length", names[0], names[1])
    })
}

/// Every place where one of the two is measured: the baseline, the windows in the order of `base`, the run.
pub fn places(base: &Conditions, new: &Conditions) -> Vec<Place> {
    let mut places = vec![Place::Baseline];
    for window in base.windows.iter().chain(&new.windows) {
        if !places.contains(&window.place) {
            places.push(window.place.clone());
        }
    }
    places.push(Place::Run);
    places
}

/// Why figures at `place` are not of the same thing; none when they are.
pub fn unlike_at(base: &Conditions, new: &Conditions, place: &Place) -> Option<String> {
    let named = |side: &Conditions| side.windows.iter().find(|window| window.place == *place).cloned();
    match place {
        Place::Baseline => None,
        Place::Run if base.windows != new.windows => Some("the windows of the run are others".to_owned()),
        Place::Run if base.length != new.length => Some("the run is of another length".to_owned()),
        Place::Run => None,
        Place::Window { .. } => match (named(base), named(new)) {
            (Some(from), Some(to)) if from.values != to.values => Some("the fault has other settings".to_owned()),
            (Some(from), Some(to)) if from.lasts != to.lasts => Some("the fault lasts another time".to_owned()),
            (Some(_), Some(_)) => None,
            (None, _) => Some("the base has no such window".to_owned()),
            (_, None) => Some("the new run has no such window".to_owned()),
        },
    }
}

/// Why the runs of one side are no repetitions of each other; none when they are.
pub fn mixed(side: &[Run]) -> Option<String> {
    let (first, others) = side.split_first()?;
    others.iter().find_map(|other| {
        let (one, two) = (&first.conditions, &other.conditions);
        let differs = differences(one, two);
        let whole = || unlike_at(one, two, &Place::Run);
        let why = unlike(one, two).or_else(whole);
        let why = why.or_else(|| differs.first().map(|changed| format!("the {} is another", changed.what)));
        why.map(|why| format!("{} is no repetition of {}: {why}", other.origin.name, first.origin.name))
    })
}

/// What else differs between two sides.
pub fn changed(base: &[Run], new: &[Run]) -> Vec<Changed> {
    let mut changed = match (base.first(), new.first()) {
        (Some(base), Some(new)) => differences(&base.conditions, &new.conditions),
        _ => Vec::new(),
    };
    type Part = (&'static str, fn(&Run) -> String);
    let parts: [Part; 9] = [
        ("app's version", |run| run.setup.app.clone()),
        ("wwchaos", |run| run.origin.tool.clone()),
        ("engine", |run| run.setup.engine.clone()),
        ("kernel", |run| run.setup.kernel.clone()),
        ("control groups", |run| run.setup.cgroup.clone()),
        ("number of processors", |run| run.setup.cores.to_string()),
        ("memory in bytes", |run| run.setup.memory_bytes.to_string()),
        ("limits of the services", |run| limits(run)),
        ("seed", |run| run.origin.seed.to_string()),
    ];
    for (what, text) in parts {
        let distinct = |side: &[Run]| {
            let mut texts: Vec<_> = side.iter().map(text).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        let (base, new) = (distinct(base), distinct(new));
        if base != new {
            changed.push(Changed { what: what.to_owned(), base, new });
        }
    }
    changed
}

fn limits(run: &Run) -> String {
    let each = run.setup.limits.iter().map(|(service, cores, memory)| format!("{service} {cores}m {memory}"));
    each.collect::<Vec<_>>().join(", ")
}

/// Topology and settings in which two plans differ.
pub fn differences(base: &Conditions, new: &Conditions) -> Vec<Changed> {
    let mut changed = Vec::new();
    let mut add = |what: String, from: &str, to: &str| {
        if from != to {
            changed.push(Changed { what, base: vec![from.to_owned()], new: vec![to.to_owned()] });
        }
    };
    add("topology".to_owned(), &base.topology, &new.topology);
    let mut names: Vec<_> = base.settings.iter().chain(new.settings.iter()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        add(format!("setting {name}"), base.settings.text(name), new.settings.text(name));
    }
    changed
}
