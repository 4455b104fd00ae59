//! Topology settings → what three of them mean. A topology that has none of them, or other values, gets no advice and no caveat.

use super::Plan;
use crate::settings::{Kind, Spec};

/// What the setting `check` makes the balancer ask a node. A later one sees all that an earlier one sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthCheck {
    /// `tcp`: whether it accepts a connection.
    Connection,
    /// `static`: a page that needs neither database nor course.
    StaticPage,
    /// `courses`: the list of courses, which asks the database and needs no course.
    CourseList,
    /// `status`: whether it answers with a status that is no error.
    Status,
    /// `content`, or whatever a topology calls a check that reads the page.
    Content,
}

/// The words that `check` may be with a meaning here, from the weakest to the strongest.
const CHECKS: &[(&str, HealthCheck)] = &[
    ("tcp", HealthCheck::Connection),
    ("static", HealthCheck::StaticPage),
    ("courses", HealthCheck::CourseList),
    ("status", HealthCheck::Status),
    ("content", HealthCheck::Content),
];

/// What the setting `profile` makes a problem of the stand-in cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile<'a> {
    /// `class`: less than in WeBWorK.
    Cheap(&'a str),
    /// Any other: what was measured in WeBWorK.
    Measured(&'a str),
}

/// What the setting `check` of a topology with these settings may be.
pub(super) fn checks(settings: &[Spec]) -> Vec<String> {
    let check = settings.iter().find(|spec| spec.name == "check");
    match check.map(|spec| &spec.kind) {
        Some(Kind::Choice(words)) => words.clone(),
        _ => Vec::new(),
    }
}

impl Plan {
    /// What the balancer asks; none when the topology has no such setting.
    pub fn health_check(&self) -> Option<HealthCheck> {
        let word = self.settings.text("check");
        let known = CHECKS.iter().find(|(name, _)| *name == word).map(|(_, check)| *check);
        known.or((!word.is_empty()).then_some(HealthCheck::Content))
    }

    /// The strongest value of `check` that the topology offers, where the present one is weaker.
    pub fn stronger_check(&self) -> Option<&'static str> {
        let present = self.health_check()?;
        let offered = |name: &str| self.checks.iter().any(|check| check == name);
        let found = CHECKS.iter().rev().find(|(name, check)| *check > present && offered(name));
        found.map(|(name, _)| *name)
    }

    /// Requests that a web node works on at once; none when the app has no such setting.
    pub fn workers_of_a_node(&self) -> Option<u64> {
        self.settings.text("workers").parse().ok()
    }

    /// What a problem costs; none when the topology has no such setting.
    pub fn profile(&self) -> Option<Profile<'_>> {
        match self.settings.text("profile") {
            "" => None,
            "class" => Some(Profile::Cheap("class")),
            other => Some(Profile::Measured(other)),
        }
    }
}
