//! Topology settings → what two of them mean. Rust knows no other setting by its name, and these here only: a topology
//! that has none of them, or other values, gets no advice and no caveat.

use super::Plan;

/// What the setting `check` makes the balancer ask a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthCheck {
    /// `tcp`: whether it accepts a connection.
    Connection,
    /// `static`: a page that needs neither database nor course.
    StaticPage,
    /// `status`: whether it answers with a status that is no error.
    Status,
    /// `content`, or whatever a topology calls a check that reads the page.
    Content,
}

/// What the setting `profile` makes a problem of the stand-in cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile<'a> {
    /// `class`: less than in WeBWorK.
    Cheap(&'a str),
    /// Any other: what was measured in WeBWorK.
    Measured(&'a str),
}

impl Plan {
    /// What the balancer asks; none when the topology has no such setting.
    pub fn health_check(&self) -> Option<HealthCheck> {
        match self.settings.text("check") {
            "" => None,
            "tcp" => Some(HealthCheck::Connection),
            "static" => Some(HealthCheck::StaticPage),
            "status" => Some(HealthCheck::Status),
            _ => Some(HealthCheck::Content),
        }
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
