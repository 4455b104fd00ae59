//! Plan + figures + verdict of a stored run → [`Run`]: the little of it that is compared, so that many fit in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::check::Judgement;
use crate::history::ProbeKind;
use crate::measure::{Figures, ProbeSetting};
use crate::plan::{Load, Plan};
use crate::scenario::Class;
use crate::settings::Values;
use crate::setup::Setup;

use super::figure::{self, Figure, Reading};

/// What was measured at one place: of each figure one reading for each sitting.
pub type Readings = Vec<(Figure, Vec<Reading>)>;

/// One run, as far as it is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Who it is.
    pub origin: Origin,
    /// What was asked of the cluster, and of which.
    pub conditions: Conditions,
    /// What it was made on.
    pub setup: Setup,
    /// How each kind of probe asked.
    pub probes: Vec<ProbeSetting>,
    /// What was measured where.
    pub readings: Vec<(Place, Readings)>,
}

/// Which run it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its folder, or the file of its report.
    pub name: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// Where every drawn number came from.
    pub seed: u64,
    /// How often the class sat.
    pub repeat: u32,
    /// What its verdict was.
    pub judgement: Judgement,
    /// Whether it was ended early.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// Where figures are measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// Before the first fault.
    Baseline,
    /// In a window, in all its sittings.
    Window {
        /// Fault and target as written, for example `freeze web.any`.
        title: String,
        /// How many of the same were before it, from 1.
        number: usize,
    },
    /// From the first to the last moment of the class.
    Run,
}

/// What was asked of the cluster, and of which.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// The scenario's name.
    pub scenario: String,
    /// The app under test.
    pub app: String,
    /// The class of a sitting.
    pub class: Class,
    /// The profile that it has, if it has one.
    pub load: Option<Load>,
    /// The windows of a sitting, in order.
    pub windows: Vec<Injected>,
    /// Students and length of the rush of a sitting.
    pub rush: Option<(u32, Duration)>,
    /// From the first arrival of a sitting to its deadline.
    pub length: Duration,
    /// The topology's name.
    pub topology: String,
    /// Its settings, all of them.
    pub settings: Values,
}

/// A fault as it is injected in each sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// Where its figures are.
    pub place: Place,
    /// Settings of the fault.
    pub values: Vec<Values>,
    /// How long it lasts.
    pub lasts: Duration,
}

impl Run {
    /// What is compared of a run that is called `name`.
    pub fn new(
        name: String,
        (started, tool): (String, String),
        setup: Setup,
        (plan, figures, judgement): (&Plan, &Figures, Judgement),
    ) -> Self {
        let conditions = Conditions::of(plan);
        let once = |readings: Vec<(Figure, Reading)>| {
            readings.into_iter().map(|(figure, reading)| (figure, vec![reading])).collect::<Readings>()
        };
        let whole = match figures.interrupted {
            true => figure::whole(plan, figures)
                .into_iter()
                .map(|(figure, found)| (figure, partial(figure, found)))
                .collect(),
            false => figure::whole(plan, figures),
        };
        let mut readings = vec![(Place::Baseline, once(figure::baseline(figures)))];
        let windows = conditions.windows.iter().zip(plan.repeats());
        readings.extend(windows.map(|(window, repeats)| (window.place.clone(), of_sittings(plan, figures, &repeats))));
        readings.push((Place::Run, once(whole)));
        let origin = Origin {
            name,
            started,
            tool,
            seed: plan.seed,
            repeat: plan.repeat,
            judgement,
            interrupted: figures.interrupted,
        };
        Self { origin, conditions, setup, probes: figures.probes.clone(), readings }
    }

    /// The readings of `figure` at `place`.
    pub fn readings(&self, place: &Place, figure: Figure) -> &[Reading] {
        let here = self.readings.iter().find(|(other, _)| other == place);
        let all = here.and_then(|(_, all)| all.iter().find(|(other, _)| *other == figure));
        all.map_or(&[], |(_, readings)| readings)
    }

    /// The limit of the probes of `kind`.
    pub fn limit(&self, kind: ProbeKind) -> Option<Duration> {
        self.probes.iter().find(|probe| probe.kind == kind).map(|probe| probe.limit)
    }
}

/// What a run that was ended early says of the whole: only what became of answers.
fn partial(figure: Figure, found: Reading) -> Reading {
    let lost = found.as_ref().is_ok_and(|sample| figure.is_of_answers() && sample.size() > 0.0);
    if lost { found } else { Err("the run was ended early".to_owned()) }
}

fn of_sittings(plan: &Plan, figures: &Figures, repeats: &[usize]) -> Readings {
    let mut found = Readings::new();
    for window in repeats.iter().filter_map(|index| figures.windows.get(*index)) {
        for (figure, reading) in figure::window(plan, figures, window) {
            match found.iter_mut().find(|(other, _)| *other == figure) {
                Some((_, readings)) => readings.push(reading),
                None => found.push((figure, vec![reading])),
            }
        }
    }
    found
}

impl Conditions {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut before: BTreeMap<String, usize> = BTreeMap::new();
        let first = plan.repeats().into_iter().filter_map(|repeats| plan.windows.get(*repeats.first()?));
        let windows = first.map(|window| {
            let title = window.as_written();
            let number = before.entry(title.clone()).or_default();
            *number += 1;
            Injected {
                place: Place::Window { title, number: *number },
                values: window.values().cloned().collect(),
                lasts: window.end.saturating_sub(window.start),
            }
        });
        Self {
            scenario: plan.scenario.clone(),
            app: plan.app.clone(),
            class: plan.class.clone(),
            load: plan.load.clone(),
            windows: windows.collect(),
            rush: plan.rushes.first().map(|rush| (rush.students, rush.end.saturating_sub(rush.start))),
            length: plan.sitting_deadline(),
            topology: plan.topology.clone(),
            settings: plan.settings.clone(),
        }
    }
}
