//! Whether a detector can be read: a change is recorded, so that "unread" never passes for "silent".

use crate::clock::Stamp;
use crate::history::Fact;

/// Whether one detector can be read now.
#[derive(Debug)]
pub struct Reading {
    detector: String,
    fine: bool,
}

impl Reading {
    /// A detector of which nothing is known yet counts as readable.
    pub fn new(detector: &str) -> Self {
        Self { detector: detector.to_owned(), fine: true }
    }

    /// It was read; told when it was not before.
    pub fn succeeded(&mut self) -> Option<Fact> {
        let told = (!self.fine).then(|| self.fact(None, None));
        self.fine = true;
        told
    }

    /// It could not be read, and why; `since` it was heard last. Told when it was read before.
    pub fn failed(&mut self, since: Stamp, why: &str) -> Option<Fact> {
        let told = self.fine.then(|| self.fact(Some(why.to_owned()), Some(since)));
        self.fine = false;
        told
    }

    fn fact(&self, failed: Option<String>, since: Option<Stamp>) -> Fact {
        Fact::DetectorRead { detector: self.detector.clone(), failed, since }
    }
}
