//! What a scenario expects: at most this error rate, at most this failover time, no lost answer.
//!
//! To add one: CONTRIBUTING.md, "Add a check".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::limit::{Number, Share, Time};
use super::page::Pages;
use crate::settings::{Refusal, Section};

/// A table of a scenario in which expectations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `[expect]`: wherever they can be judged.
    Anywhere,
    /// `[expect.baseline]`: before the first fault.
    Baseline,
    /// `[window.expect]`: in this window.
    Window,
    /// `[expect.run]`: over the whole run.
    Run,
}

use Place::{Anywhere, Baseline, Run, Window};

impl Place {
    /// Whether the expectation that is written as `name` can be judged here.
    pub fn judges(self, name: &str) -> bool {
        NAMES.iter().any(|(known, places, _)| *known == name && (self == Anywhere || places.contains(&self)))
    }

    /// The table as a user writes it.
    fn table(self) -> &'static str {
        match self {
            Anywhere => "[expect]",
            Baseline => "[expect.baseline]",
            Window => "[window.expect]",
            Run => "[expect.run]",
        }
    }
}

/// Who must have said something, so that an expectation can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// The harness, which is always there.
    Harness,
    /// A detector that watches the window's target.
    OfTarget,
    /// A detector that watches the web nodes.
    OfNodes,
    /// Any detector.
    Detectors,
}

use Teller::{Detectors, Harness, OfNodes, OfTarget};

/// The expectations, each with its kind of limit, its name in JSON, the places where it can be judged, and by whom it is told.
macro_rules! expectations {
    ($($(#[doc = $doc:literal])* $name:ident: $limit:ident as $json:literal in $places:expr, by $teller:ident;)*) => {
        /// Upper bounds; one that is absent is not judged.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default)]
        pub struct Expectations {
            $($(#[doc = $doc])* #[serde(rename = $json)] pub $name: Option<$limit>,)*
            /// Longest times to a page by percentile, of all pages and of each step.
            #[serde(rename = "page", skip_serializing_if = "Pages::is_empty")]
            pub pages: Pages,
        }

        /// Each name as it is written, with the places where it can be judged and who must have said something.
        const NAMES: &[(&str, &[Place], Teller)] =
            &[$((stringify!($name), &$places, $teller),)* (PAGE, &[Baseline, Window], Harness)];

        impl Expectations {
            fn read(section: &Section<'_>, place: Place) -> Self {
                refuse_elsewhere(section, place);
                Self {
                    $($name: $limit::read(section, stringify!($name)),)*
                    pages: section.section(PAGE).map(Pages::read).unwrap_or_default(),
                }
            }

            /// The names of those that are here.
            pub fn written(&self) -> impl Iterator<Item = &'static str> {
                let each = [$(self.$name.is_some().then_some(stringify!($name)),)*];
                each.into_iter().flatten().chain((!self.pages.is_empty()).then_some(PAGE))
            }

            /// Reads a table in which nothing else is written.
            pub fn whole(section: Section<'_>, place: Place) -> Self {
                let read = Self::read(&section, place);
                section.finish();
                read
            }

            /// These expectations, with those of `other` where it has one.
            pub fn overridden_by(&self, other: &Self) -> Self {
                Self { $($name: other.$name.or(self.$name),)* pages: self.pages.overridden_by(&other.pages) }
            }
        }
    };
}

expectations! {
    /// Largest share of first tries of students that may fail.
    error_rate: Share as "error_rate_max" in [Baseline, Window], by Harness;
    /// The same after heal, where it is another.
    error_rate_after: Share as "error_rate_after_max" in [Window], by Harness;
    /// Longest failover time.
    failover_time: Time as "failover_time_ms_max" in [Window], by Harness;
    /// Longest time until the responsible detector says that the node is down.
    time_to_detect: Time as "time_to_detect_ms_max" in [Window], by OfTarget;
    /// Longest time in which users failed while every detector said up.
    blind_time: Time as "blind_time_ms_max" in [Window], by Detectors;
    /// Most changes of mind of the detector after its first verdict.
    flaps: Number as "flaps_max" in [Window], by OfTarget;
    /// Most false alarms over the whole run.
    false_alarms: Number as "false_alarms_max" in [Run], by Detectors;
    /// Longest time in which one student tried and nothing succeeded.
    student_gap: Time as "student_gap_ms_max" in [Window], by Harness;
    /// Longest time from heal until the service is as good as before.
    recovery_time: Time as "recovery_time_ms_max" in [Window], by Harness;
    /// Longest time from effect until every node and replica is there again.
    without_redundancy: Time as "without_redundancy_ms_max" in [Window], by Harness;
    /// Longest time from effect until as many nodes serve as before.
    capacity_restored: Time as "capacity_restored_ms_max" in [Window], by OfNodes;
    /// Longest 95th percentile of the time to a page, from its intended time; judged on the baseline too.
    page_p95: Time as "page_ms_p95_max" in [Baseline, Window], by Harness;
    /// Largest share of the planned actions that may not be sent in time before the first fault.
    load_not_offered: Share as "load_not_offered_max" in [Baseline], by Harness;
    /// Most answers that may be lost.
    lost_answers: Number as "lost_answers_max" in [Window, Run], by Harness;
    /// Most lines of answer.log that may be lost.
    log_lines_lost: Number as "log_lines_lost_max" in [Window, Run], by Harness;
}

/// Every expectation as it is written.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, ..)| *name)
}

/// Who must have said something, so that the expectation that is written as `name` can be judged.
pub fn teller(name: &str) -> Teller {
    NAMES.iter().find(|(known, ..)| *known == name).map_or(Harness, |(.., teller)| *teller)
}

/// The table of times to a page.
const PAGE: &str = "page";

/// Refuses what is written at `place` and cannot be judged there.
fn refuse_elsewhere(section: &Section<'_>, place: Place) {
    let elsewhere = |places: &[Place]| place != Anywhere && !places.contains(&place);
    for (name, places, _) in NAMES.iter().filter(|(name, places, _)| section.has(name) && elsewhere(places)) {
        let tables: Vec<_> = [Anywhere].iter().chain(*places).map(|place| place.table()).collect();
        section.refuse(name, Refusal::new(format!("expected in {}: it is judged nowhere else", tables.join(" or "))));
    }
}

/// What a scenario expects of each part of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Of every part, and of a window that has nothing of its own.
    pub anywhere: Expectations,
    /// Of the time before the first fault.
    pub baseline: Expectations,
    /// Of the whole run.
    pub run: Expectations,
}

impl Expected {
    /// Reads `[expect]` with its tables.
    pub fn read(section: Section<'_>) -> Self {
        let anywhere = Expectations::read(&section, Anywhere);
        let part = |name, place| section.section(name).map(|part| Expectations::whole(part, place)).unwrap_or_default();
        let baseline = anywhere.overridden_by(&part("baseline", Baseline));
        let run = anywhere.overridden_by(&part("run", Run));
        section.finish();
        Self { anywhere, baseline, run }
    }
}
