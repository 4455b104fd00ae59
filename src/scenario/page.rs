//! Times to a page that a scenario expects, by percentile: of all pages (`[expect.page]`), and of each step of a student's
//! journey (`[expect.page.grade]`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limit::Time;
use crate::history::Step;
use crate::settings::Section;

/// Longest times by percentile, from the intended time to the last byte, of successes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Percentiles {
    /// Median.
    #[serde(rename = "ms_p50_max")]
    pub p50: Option<Time>,
    /// 95th percentile.
    #[serde(rename = "ms_p95_max")]
    pub p95: Option<Time>,
    /// 99th percentile.
    #[serde(rename = "ms_p99_max")]
    pub p99: Option<Time>,
    /// Longest.
    #[serde(rename = "ms_max")]
    pub max: Option<Time>,
}

/// The same of all pages and of those of single steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pages {
    /// Of all pages.
    pub all: Percentiles,
    /// Of the pages of each step.
    pub steps: BTreeMap<Step, Percentiles>,
}

impl Percentiles {
    fn read(section: &Section<'_>) -> Self {
        let [p50, p95, p99, max] = ["p50", "p95", "p99", "max"].map(|key| Time::read(section, key));
        Self { p50, p95, p99, max }
    }

    fn overridden_by(self, other: Self) -> Self {
        Self {
            p50: other.p50.or(self.p50),
            p95: other.p95.or(self.p95),
            p99: other.p99.or(self.p99),
            max: other.max.or(self.max),
        }
    }
}

impl Pages {
    pub(super) fn read(section: Section<'_>) -> Self {
        let all = Percentiles::read(&section);
        let of_step = |step: Step| {
            let part = section.section(&step.key())?;
            let limits = Percentiles::read(&part);
            part.finish();
            Some((step, limits))
        };
        let steps = Step::ALL.into_iter().filter_map(of_step).collect();
        section.finish();
        Self { all, steps }
    }

    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        self.limits().all(|(_, limits)| limits == Percentiles::default())
    }

    /// The limits of all pages, and those of each step.
    pub fn limits(&self) -> impl Iterator<Item = (Option<Step>, Percentiles)> {
        let steps = self.steps.iter().map(|(step, limits)| (Some(*step), *limits));
        std::iter::once((None, self.all)).chain(steps)
    }

    pub(super) fn overridden_by(&self, other: &Self) -> Self {
        let mut steps = self.steps.clone();
        for (step, limits) in &other.steps {
            let own = steps.entry(*step).or_default();
            *own = own.overridden_by(*limits);
        }
        Self { all: self.all.overridden_by(other.all), steps }
    }
}
