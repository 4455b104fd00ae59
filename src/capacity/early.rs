//! What is seen of a trial that is under way → whether its class can still get what it must ([`Watch`]).
//!
//! What is to come is taken to be as good as can be: every planned request is sent and succeeds, and every page comes at once. When
//! the trial would fail clearly even so, nothing that comes can change it, and it may be ended.

use std::time::Duration;

use super::goal::judge;
use super::trial::{Generator, Margin, Measured, Outcome};
use crate::history::Request;
use crate::measure::{Count, Latency, in_ms};
use crate::plan::Plan;
use crate::scenario::Goals;

/// What was seen of a trial until now.
#[derive(Debug)]
pub struct Watch {
    goals: Goals,
    planned: u64,
    planned_pages: usize,
    first_tries: Count,
    /// Times to pages of the test that came right, the longest first: it is asked after each of them.
    pages: Vec<Duration>,
}

impl Watch {
    /// Of a trial of `plan` whose class must get what `goals` say.
    pub fn new(plan: &Plan, goals: &Goals) -> Self {
        let actions = || plan.students.iter().flat_map(|student| &student.actions);
        Self {
            goals: goals.clone(),
            planned: actions().count() as u64,
            planned_pages: actions().filter(|action| action.step.is_of_the_test()).count(),
            first_tries: Count::default(),
            pages: Vec::new(),
        }
    }

    /// Takes in a request that is over.
    pub fn take(&mut self, request: &Request) {
        if request.retry == 0 {
            self.first_tries.total += 1;
            self.first_tries.failed += u64::from(!request.outcome.is_success());
        }
        if request.step.is_of_the_test() && request.outcome.is_success() {
            let took = request.end - request.intended;
            self.pages.insert(self.pages.partition_point(|other| *other >= took), took);
        }
    }

    /// What the trial comes to whatever comes; none while that is open.
    pub fn verdict(&self) -> Option<Outcome> {
        let first_tries = Count { total: self.planned.max(self.first_tries.total), ..self.first_tries };
        let measured = Measured {
            first_tries,
            test_pages: Latency { ms_p95: self.p95(), ..Latency::default() },
            // Whether it spoils the trial is for its end to say.
            generator: Generator { planned: first_tries.total, ..Generator::default() },
            ..Measured::default()
        };
        let goals = Goals {
            error_rate_max: self.goals.error_rate_max,
            page_p95: self.goals.page_p95,
            start_within: None,
            last_minute_unrecorded_max: None,
            lost_answers_max: None,
        };
        Some(judge(&measured, &goals)).filter(|one| matches!(one, Outcome::Fails { margin: Margin::Clear, .. }))
    }

    /// The 95th percentile in milliseconds when all pages that are to come come at once.
    fn p95(&self) -> Option<f64> {
        let all = self.planned_pages.max(self.pages.len());
        // So many are slower than it (nearest rank).
        let slower = all - (all as f64 * 0.95).ceil() as usize;
        Some(self.pages.get(slower).map_or(0.0, |time| in_ms(*time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::history::{ErrorClass, Outcome as Came, Step};
    use crate::library::Library;

    fn watch() -> Watch {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let plan = Plan::trial(&library.scenario("quiz-spike").unwrap(), &topology, 40, None, 7).unwrap();
        Watch::new(&plan, &Goals::default())
    }

    fn request(seconds: u64, outcome: Came) -> Request {
        let end = Stamp(seconds * 1_000_000_000);
        Request {
            student: "stu001".to_owned(),
            step: Step::View,
            retry: 0,
            intended: Stamp(0),
            sent: Stamp(0),
            first_byte: None,
            end,
            outcome,
            node: None,
            warned: false,
            submission: None,
            shown: None,
            sample: None,
        }
    }

    #[test]
    fn slow_pages_decide_only_when_no_fast_one_can_make_up_for_them() {
        let mut watch = watch();
        let few = watch.planned_pages / 20;
        (0..few).for_each(|_| watch.take(&request(20, Came::Success)));
        assert_eq!(watch.verdict(), None, "the 5% that may be slow");
        (0..2).for_each(|_| watch.take(&request(20, Came::Success)));
        assert!(matches!(watch.verdict(), Some(Outcome::Fails { margin: Margin::Clear, .. })), "{:?}", watch.p95());
    }

    #[test]
    fn failures_decide_only_when_no_success_can_make_up_for_them() {
        let mut watch = watch();
        let failed = || request(1, Came::Failed(ErrorClass::Status(503)));
        // At most 0.5% may fail, twice as much and more than chance explains is clear.
        let mut count = 0;
        while watch.verdict().is_none() {
            watch.take(&failed());
            count += 1;
        }
        let share = f64::from(count) / watch.planned as f64;
        assert!(share > 0.01 && share < 0.04, "{share}");
    }
}
