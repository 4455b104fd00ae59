//! What a detector says of a node from some moment on.

use crate::clock::Stamp;

use super::name::Name;

/// A detector's change of mind.
#[derive(Clone, Debug)]
pub struct Change {
    /// When it was seen.
    pub at: Stamp,
    /// Who changed its mind.
    pub detector: Name,
    /// About whom.
    pub service: Name,
    /// Whether it now says that the node is up; none when it no longer judges it.
    pub up: Option<bool>,
    /// In its own words.
    pub detail: String,
    /// When it was last known to think otherwise.
    pub not_before: Option<Stamp>,
}

impl Change {
    /// Whether it now says that the node is down.
    pub fn is_down(&self) -> bool {
        self.up == Some(false)
    }

    /// Whether it now says that the node is up.
    pub fn is_up(&self) -> bool {
        self.up == Some(true)
    }
}
