//! Plans + figures of the lines of a set → [`Comparison`]: which settings noticed which fault how soon, which of them called
//! sound nodes down, and one that is recommended. Pure, and without a word of its own: reports word it.
//!
//! Compared are lines of one scenario that differ in topology settings. All of them come from one seed, so every row met the
//! same class, the same targets and the same moments of injection.

mod row;
mod standing;

use serde::{Deserialize, Serialize};

pub use row::{Cell, Row};
pub use standing::{Judged, Standing};

use crate::plan::{Plan, Rush};

/// Version of [`Comparison`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;

/// The lines of a set side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// The set's name.
    pub set: String,
    /// The scenario of every line.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The topology's name.
    pub topology: String,
    /// What the app is called; none when no line came up.
    pub app: Option<String>,
    /// Where every drawn number came from.
    pub seed: u64,
    /// How often each class sat.
    pub repeat: u32,
    /// The rush of the first sitting, if there was one.
    pub rush: Option<Rush>,
    /// Names of the settings in which the lines differ.
    pub varied: Vec<String>,
    /// The windows of the scenario: fault and target as written.
    pub windows: Vec<String>,
    /// One for each line, in the set's order.
    pub rows: Vec<Row>,
    /// How each row stands by the rule.
    pub standings: Vec<Standing>,
    /// The row that is recommended; none when no row could be judged.
    pub recommended: Option<usize>,
}

/// The settings in which `plans` differ, when they are of one scenario and differ at all: then they can be compared.
pub fn varied(plans: &[&Plan]) -> Vec<String> {
    let Some(first) = plans.first() else { return Vec::new() };
    if plans.iter().any(|plan| plan.scenario != first.scenario || plan.topology != first.topology) {
        return Vec::new();
    }
    let differs = |name: &&str| plans.iter().any(|plan| plan.settings.text(name) != first.settings.text(name));
    first.settings.iter().map(|(name, _)| name).filter(differs).map(str::to_owned).collect()
}

impl Comparison {
    /// The comparison of `rows`, one for each of the lines whose plans differ from `plan` in the settings `varied` alone.
    pub fn new(set: &str, plan: &Plan, varied: Vec<String>, app: Option<String>, rows: Vec<Row>) -> Self {
        let titles = plan.repeats().into_iter().filter_map(|repeats| plan.windows.get(*repeats.first()?));
        let windows: Vec<_> = titles.map(|window| window.as_written()).collect();
        let standings = standing::standings(&rows, &windows);
        Self {
            schema: SCHEMA,
            set: set.to_owned(),
            scenario: plan.scenario.clone(),
            title: plan.title.clone(),
            topology: plan.topology.clone(),
            app,
            seed: plan.seed,
            repeat: plan.repeat,
            rush: plan.rushes.first().copied(),
            varied,
            windows,
            recommended: standing::best(&standings),
            standings,
            rows,
        }
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
