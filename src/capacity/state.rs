//! In which state a cluster meets its class: one table of names and words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Loss, When};

/// In which state a cluster is while a class sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is broken.
    Healthy,
    /// One web node is out from before the first student to after the last.
    NodeLost,
    /// One web node is lost when most is asked.
    NodeLostAtPeak,
    /// The primary database is lost when most is asked, and another takes over.
    DatabaseFailover,
}

/// What a state is called.
#[derive(Debug)]
pub struct Words {
    /// The state.
    pub state: State,
    /// As it is written in a scenario and on the command line.
    pub name: &'static str,
    /// As a heading.
    pub title: &'static str,
    /// As the end of the sentence "95 ...": empty for the state that needs no word.
    pub clause: &'static str,
}

/// Every state, in the order in which they are searched and shown.
pub const STATES: &[Words] = &[
    Words { state: State::Healthy, name: "healthy", title: "Healthy", clause: "" },
    Words {
        state: State::NodeLost,
        name: "node-lost",
        title: "One web node lost from the start",
        clause: "if one server is lost",
    },
    Words {
        state: State::NodeLostAtPeak,
        name: "node-lost-at-peak",
        title: "One web node lost at the worst moment",
        clause: "if one server is lost while most is asked",
    },
    Words {
        state: State::DatabaseFailover,
        name: "database-failover",
        title: "The database fails over",
        clause: "if the database fails over while most is asked",
    },
];

impl State {
    /// What is lost in it; none in the healthy one.
    pub fn loss(self) -> Option<Loss> {
        let (target, when) = match self {
            Self::Healthy => return None,
            Self::NodeLost => ("web.any", When::First),
            Self::NodeLostAtPeak => ("web.any", When::AtPeak),
            Self::DatabaseFailover => ("db.primary", When::AtPeak),
        };
        Some(Loss { fault: "kill", target, when })
    }

    /// Its words. Every state is in the table, which a test asks for.
    pub fn words(self) -> &'static Words {
        let found = STATES.iter().find(|words| words.state == self);
        found.unwrap_or(&STATES[0])
    }

    /// The state that is written as `name`.
    pub fn named(name: &str) -> Option<Self> {
        STATES.iter().find(|words| words.name == name).map(|words| words.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_in_the_table_by_a_name_of_its_own() {
        for state in [State::Healthy, State::NodeLost, State::NodeLostAtPeak, State::DatabaseFailover] {
            assert_eq!(state.words().state, state);
            assert_eq!(State::named(state.words().name), Some(state));
        }
        assert_eq!(State::named("broken"), None);
    }
}
