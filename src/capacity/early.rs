//! What is seen of a trial that is under way → whether its class can still get what it must ([`Watch`]).
//!
//! What is to come is taken to be as good as can be: every planned request is sent and succeeds, and every page comes at once. When
//! the trial would fail clearly even so, nothing that comes can change it, and it may be ended.

use std::time::Duration;

use super::goal::{Goal, Told, judge, judge_until, voids};
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
        let said = judge_until(Told::UnderWay, &measured, &self.goals);
        Some(said).filter(|one| matches!(one, Outcome::Fails { margin: Margin::Clear, .. }))
    }

    /// The 95th percentile in milliseconds when all pages that are to come come at once.
    fn p95(&self) -> Option<f64> {
        let all = self.planned_pages.max(self.pages.len());
        // So many are slower than it (nearest rank).
        let slower = all - (all as f64 * 0.95).ceil() as usize;
        Some(self.pages.get(slower).map_or(0.0, |time| in_ms(*time)))
    }
}

/// How a trial ended, beside what was measured in it.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// What the [`Watch`] said, when it ended the trial.
    pub halted: Option<Outcome>,
    /// Why what was to be lost was not.
    pub not_lost: Option<String>,
    /// Why students met what was to be lost before they came.
    pub met: Option<String>,
    /// Why wwchaos ended it.
    pub stopped: Option<String>,
    /// Why the class did not get to its end.
    pub unfinished: Option<String>,
}

impl End {
    /// What the trial comes to.
    ///
    /// One that failed early fails for what was measured until then, whether or not something was lost by then: a cluster that loses
    /// something does no better. A class that was not done in time fails where a goal is missed, and else says nothing. However it
    /// ended, an answer that was lost is lost.
    ///
    /// Whoever meets a node that is dead and not yet called down fares worse than without it: such a trial says nothing of its state,
    /// however early it was ended.
    pub fn outcome(self, measured: &Measured, goals: &Goals) -> Outcome {
        if let Some(why) = self.met {
            let judged = judge(measured, goals);
            return if loses_answers(&judged) { judged } else { Outcome::Void { why: vec![why] } };
        }
        if let Some(halted) = self.halted {
            return match judge_until(Told::EndedEarly, measured, goals) {
                Outcome::Fails { reasons, .. } => Outcome::Fails { margin: Margin::Clear, reasons },
                spoilt @ Outcome::Void { .. } if !voids(&measured.generator).is_empty() => spoilt,
                Outcome::Void { .. } | Outcome::Holds { .. } => halted,
            };
        }
        let judged = judge(measured, goals);
        let not_lost = self.not_lost.map(|why| format!("nothing was lost: {why}"));
        match (not_lost.or(self.stopped), self.unfinished, judged) {
            (None, None, judged) => judged,
            (_, _, failed @ Outcome::Fails { .. }) if loses_answers(&failed) => failed,
            (None, Some(_), failed @ Outcome::Fails { .. }) => failed,
            (Some(why), ..) | (None, Some(why), _) => Outcome::Void { why: vec![why] },
        }
    }
}

/// Whether a trial failed for an answer that was lost.
fn loses_answers(outcome: &Outcome) -> bool {
    let Outcome::Fails { reasons, .. } = outcome else { return false };
    reasons.iter().any(|reason| reason.goal == Goal::LostAnswers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::history::{ErrorClass, Outcome as Came, Step};
    use crate::library::Library;
    use crate::plan::Tried;

    fn watch() -> Watch {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let plan = Plan::trial(
            &library.scenario("quiz-spike").unwrap(),
            &topology,
            Tried { students: 40, ..Tried::default() },
            7,
        )
        .unwrap();
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

    fn measured(failed: u64, late: u64) -> Measured {
        Measured {
            first_tries: Count { total: 200, failed },
            test_pages: Latency { count: 90, ms_p95: Some(900.0), ..Latency::default() },
            lost_answers: Some(0),
            generator: Generator { planned: 200, late, ..Generator::default() },
            ..Measured::default()
        }
    }

    #[test]
    fn one_that_was_ended_early_fails_for_what_was_measured_unless_the_generator_spoilt_it() {
        let halted = Some(Outcome::Fails { margin: Margin::Clear, reasons: Vec::new() });
        let of = |measured: &Measured, end: End| end.outcome(measured, &Goals::default());
        let end = || End { halted: halted.clone(), not_lost: Some("ended before it".into()), ..End::default() };
        let Outcome::Fails { margin: Margin::Clear, reasons } = of(&measured(40, 0), end()) else { panic!() };
        assert!(reasons.len() == 1 && reasons[0].found.contains("40 of 200"), "{reasons:?}");
        assert!(matches!(of(&measured(0, 0), end()), Outcome::Fails { .. }), "what was to come decided");
        assert!(matches!(of(&measured(40, 40), end()), Outcome::Void { .. }));
        let met = End { met: Some("noticed late".into()), ..end() };
        assert_eq!(of(&measured(40, 0), met), Outcome::Void { why: vec!["noticed late".into()] });
    }

    #[test]
    fn a_class_that_was_not_done_in_time_fails_only_where_a_goal_is_missed() {
        let end = || End { unfinished: Some("still at work".into()), ..End::default() };
        let whole = |failed| Measured { recovered: Some(true), ..measured(failed, 0) };
        assert!(matches!(end().outcome(&whole(40), &Goals::default()), Outcome::Fails { .. }));
        let void = end().outcome(&whole(0), &Goals::default());
        assert_eq!(void, Outcome::Void { why: vec!["still at work".into()] });
        let lost = End { not_lost: Some("no such service".into()), ..end() };
        assert!(matches!(lost.outcome(&whole(40), &Goals::default()), Outcome::Void { .. }));
    }

    #[test]
    fn a_lost_answer_is_lost_however_the_trial_ended() {
        let lost = Measured { lost_answers: Some(1), recovered: Some(true), ..measured(0, 0) };
        let why = || Some("for a reason".to_owned());
        let halted = Some(Outcome::Fails { margin: Margin::Clear, reasons: Vec::new() });
        let ends = [
            End::default(),
            End { not_lost: why(), ..End::default() },
            End { met: why(), ..End::default() },
            End { stopped: why(), ..End::default() },
            End { unfinished: why(), ..End::default() },
            End { halted, ..End::default() },
        ];
        for end in ends {
            let said = end.clone().outcome(&lost, &Goals::default());
            let Outcome::Fails { margin: Margin::Clear, reasons } = said else { panic!("{end:?}: {said:?}") };
            assert_eq!(reasons.iter().map(|reason| reason.goal).collect::<Vec<_>>(), [Goal::LostAnswers], "{end:?}");
        }
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
