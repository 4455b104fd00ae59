//! Whether a detector can be read: a change is recorded, so that "unread" never passes for "silent".

use crate::history::{Fact, Recorder};

/// Whether one detector can be read now.
pub struct Reading<'a> {
    detector: &'a str,
    recorder: &'a Recorder,
    fine: bool,
}

impl<'a> Reading<'a> {
    /// A detector of which nothing is known yet counts as readable.
    pub fn new(detector: &'a str, recorder: &'a Recorder) -> Self {
        Self { detector, recorder, fine: true }
    }

    /// It was read.
    pub fn succeeded(&mut self) {
        if !self.fine {
            self.record(None);
        }
        self.fine = true;
    }

    /// It could not be read, and why.
    pub fn failed(&mut self, why: &str) {
        if self.fine {
            self.record(Some(why.to_owned()));
        }
        self.fine = false;
    }

    fn record(&self, failed: Option<String>) {
        self.recorder.record(Fact::DetectorRead { detector: self.detector.to_owned(), failed });
    }
}
