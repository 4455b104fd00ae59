//! Student requests → the figures of each student of a window.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::Told;
use crate::settings::millis;

use super::answers::Audit;
use super::facts::{Facts, Span};
use super::figures::{Count, ErrorClassName};
use super::gap;
use super::requests::tally;

/// What one student met in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StudentFigures {
    /// The login.
    pub student: String,
    /// First tries that overlap the window.
    pub first_tries: Count,
    /// Later tries of a page that failed.
    pub retries: Count,
    /// Failed requests by class.
    pub classes: BTreeMap<ErrorClassName, u64>,
    /// Longest time from the first request that failed to the next success, as in [`WorstGap`](super::WorstGap).
    #[serde(rename = "worst_gap_ms", with = "millis::optional")]
    #[schemars(with = "Option<u64>")]
    pub worst_gap: Option<Duration>,
    /// Longest time from an intended send to the last byte of a page that came.
    #[serde(rename = "slowest_page_ms", with = "millis::optional", default)]
    #[schemars(with = "Option<u64>")]
    pub slowest_page: Option<Duration>,
    /// Acknowledged submissions that were under way in it.
    pub acknowledged: u64,
    /// Submissions of which nobody told the student whether they were recorded.
    #[serde(default)]
    pub indeterminate: u64,
    /// Those of them that are lost.
    pub lost: u64,
}

impl StudentFigures {
    /// Whether a request failed.
    pub fn is_hit(&self) -> bool {
        self.first_tries.failed + self.retries.failed > 0
    }
}

/// The students with a request that overlaps `span`, in the order of their logins.
pub fn each(facts: &Facts, audit: &Audit<'_>, span: Span) -> Vec<StudentFigures> {
    let figures = |student: &str| {
        let mut figures = StudentFigures { student: student.to_owned(), ..StudentFigures::default() };
        for request in facts.requests_of(student).filter(|request| span.overlaps(request.intended, request.end)) {
            let StudentFigures { first_tries, retries, classes, .. } = &mut figures;
            tally(request, first_tries, retries, classes);
            let took = request.outcome.is_success().then(|| request.end - request.intended);
            figures.slowest_page = figures.slowest_page.max(took);
        }
        if figures.first_tries.total + figures.retries.total == 0 {
            return None;
        }
        if figures.is_hit() {
            figures.worst_gap = gap::gap(facts.requests_of(student), span);
        }
        for (told, lost) in audit.of_student(student, span) {
            figures.acknowledged += u64::from(told == Told::Acknowledged);
            figures.indeterminate += u64::from(told == Told::Indeterminate);
            figures.lost += u64::from(lost);
        }
        Some(figures)
    };
    facts.by_student.keys().filter_map(|student| figures(student)).collect()
}
