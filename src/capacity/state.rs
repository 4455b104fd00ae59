//! In which state a cluster meets its class: one table of names and words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Loss, Part, When};

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

/// What a state is: everything that anybody asks of it.
#[derive(Debug)]
pub struct Spec {
    /// The state.
    pub state: State,
    /// As it is written in a scenario and on the command line.
    pub name: &'static str,
    /// As a heading.
    pub title: &'static str,
    /// As the end of the sentence "95 ...": empty for the state that needs no word.
    pub clause: &'static str,
    /// What is lost in it; none in the healthy one.
    pub loss: Option<Loss>,
    /// Web nodes that do not answer in it, at least at its end.
    pub nodes_lost: u32,
    /// Whether the model knows it: nothing is broken but these nodes, from the first student to the last.
    pub is_modelled: bool,
    /// Whether it is searched where no state is named.
    pub is_usual: bool,
    /// What its loss does to every class, however small; none where that is nothing.
    pub of_loss: Option<&'static str>,
}

/// Of whoever is at work when a part is lost.
const OF_A_NODE: &str = "What is under way at the node when it is lost fails, however few students there are: of a small class one such \
    request may be more than is allowed. A number here says as much of the loss as of the class.";
const OF_A_FAILOVER: &str = "While the database fails over pages wait or fail, however few students there are. Where that takes longer than a \
    page may, no class holds. A number here says as much of the failover as of the class.";

/// Every state, in the order in which they are searched and shown.
pub const STATES: &[Spec] = &[
    Spec {
        state: State::Healthy,
        name: "healthy",
        title: "Healthy",
        clause: "",
        loss: None,
        nodes_lost: 0,
        is_modelled: true,
        is_usual: true,
        of_loss: None,
    },
    Spec {
        state: State::NodeLost,
        name: "node-lost",
        title: "One web node lost from the start",
        clause: "if one server is lost",
        loss: Some(Loss { fault: "kill", part: Part::Node, when: When::First }),
        nodes_lost: 1,
        is_modelled: true,
        is_usual: true,
        of_loss: None,
    },
    Spec {
        state: State::NodeLostAtPeak,
        name: "node-lost-at-peak",
        title: "One web node lost at the worst moment",
        clause: "if one server is lost while most is asked",
        loss: Some(Loss { fault: "kill", part: Part::Node, when: When::AtPeak }),
        nodes_lost: 1,
        is_modelled: false,
        is_usual: false,
        of_loss: Some(OF_A_NODE),
    },
    Spec {
        state: State::DatabaseFailover,
        name: "database-failover",
        title: "The database fails over",
        clause: "if the database fails over while most is asked",
        loss: Some(Loss { fault: "kill", part: Part::Database, when: When::AtPeak }),
        nodes_lost: 0,
        is_modelled: false,
        is_usual: false,
        of_loss: Some(OF_A_FAILOVER),
    },
];

impl State {
    /// What is lost in it; none in the healthy one.
    pub fn loss(self) -> Option<Loss> {
        self.spec().loss
    }

    /// Whether the model knows it.
    pub fn is_modelled(self) -> bool {
        self.spec().is_modelled
    }

    /// Its row of the table.
    pub fn spec(self) -> &'static Spec {
        match self {
            Self::Healthy => &STATES[0],
            Self::NodeLost => &STATES[1],
            Self::NodeLostAtPeak => &STATES[2],
            Self::DatabaseFailover => &STATES[3],
        }
    }

    /// The state that is written as `name`.
    pub fn named(name: &str) -> Option<Self> {
        STATES.iter().find(|spec| spec.name == name).map(|spec| spec.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_in_the_table_by_a_name_of_its_own() {
        for spec in STATES {
            assert_eq!(spec.state.spec().name, spec.name);
            assert_eq!(State::named(spec.name), Some(spec.state));
        }
        assert_eq!(State::named("broken"), None);
    }

    #[test]
    fn every_state_stands_in_the_reference_and_in_the_help() {
        let (reference, help) = (include_str!("../../scenarios/README.md"), include_str!("../cli/groups.rs"));
        for spec in STATES {
            assert!(reference.contains(&format!("| `{}` |", spec.name)), "{}", spec.name);
            assert!(help.contains(spec.name), "{}", spec.name);
        }
    }
}
