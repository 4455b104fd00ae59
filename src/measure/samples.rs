//! Failed requests → what one of each class said, in each window. A history holds such a text with every failed request;
//! of all of them one is kept for each class between two marks of windows, so that any number of failures takes little
//! room.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::history::{self, ErrorClass, Outcome, Step};
use crate::settings::millis;

use super::facts::Span;
use super::figures::{ErrorClassName, class_name};

/// What one failed request brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// The class of the failure.
    pub class: ErrorClassName,
    /// Whose request it was.
    pub student: String,
    /// What it was for.
    pub step: Step,
    /// When it should have been sent, from the class's start.
    #[serde(rename = "intended_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub intended: Duration,
    /// What the page said, or the transport: one line, without cookies, keys and hidden fields.
    pub text: String,
}

/// A request that brought a text.
#[derive(Debug)]
struct Kept {
    student: String,
    step: Step,
    intended: Stamp,
    end: Stamp,
    text: String,
}

/// The texts that are kept.
#[derive(Debug, Default)]
pub struct Samples {
    /// By class, by the number of marks before its end, and whether it began before the last of these.
    kept: BTreeMap<(ErrorClass, usize, bool), Kept>,
    marks: usize,
    last: Stamp,
}

impl Samples {
    /// A window began or ended at `at`.
    pub fn mark(&mut self, at: Stamp) {
        self.marks += 1;
        self.last = at;
    }

    /// Keeps what `request` brought, when it is the first of its kind.
    pub fn take(&mut self, request: &history::Request) {
        let (Outcome::Failed(class), Some(text)) = (&request.outcome, &request.sample) else { return };
        let key = (class.clone(), self.marks, request.intended < self.last);
        if text.is_empty() || self.kept.contains_key(&key) {
            return;
        }
        self.kept.insert(
            key,
            Kept {
                student: request.student.clone(),
                step: request.step,
                intended: request.intended,
                end: request.end,
                text: text.clone(),
            },
        );
    }

    /// One of each class that `counted` has, of requests that overlap `span`; times count from `zero`.
    pub fn overlapping(&self, span: Span, counted: &BTreeMap<ErrorClassName, u64>, zero: Stamp) -> Vec<Sample> {
        let mut samples: Vec<Sample> = Vec::new();
        for ((class, ..), kept) in self.kept.iter().filter(|(_, kept)| span.overlaps(kept.intended, kept.end)) {
            let class = class_name(class);
            if !counted.contains_key(&class) || samples.iter().any(|sample| sample.class == class) {
                continue;
            }
            samples.push(Sample {
                class,
                student: kept.student.clone(),
                step: kept.step,
                intended: kept.intended - zero,
                text: kept.text.clone(),
            });
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_failures_takes_the_room_of_a_few() {
        let mut samples = Samples::default();
        let failed = |ms: u64| history::Request {
            student: "stu001".to_owned(),
            step: Step::View,
            retry: 0,
            intended: Stamp(ms * 1_000_000),
            sent: Stamp(ms * 1_000_000),
            first_byte: None,
            end: Stamp((ms + 10) * 1_000_000),
            outcome: Outcome::Failed(ErrorClass::Status(502)),
            node: None,
            warned: false,
            submission: None,
            shown: None,
            sample: Some(format!("at {ms}")),
        };
        for ms in 0..100_000 {
            if ms == 50_000 {
                samples.mark(Stamp(ms * 1_000_000));
            }
            samples.take(&failed(ms));
        }
        let said: Vec<_> = samples.kept.values().map(|kept| &*kept.text).collect();
        assert_eq!(said, ["at 0", "at 50000"]);
        let late = Span { from: Stamp(60_000_000_000), to: Stamp(70_000_000_000) };
        let counted = BTreeMap::from([("502".to_owned(), 10_000)]);
        assert!(samples.overlapping(late, &counted, Stamp(0)).is_empty(), "no other text than one of the span");
    }
}
