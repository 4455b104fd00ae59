//! A plan and what a page costs → the minute in which the class asks for most.

use std::collections::VecDeque;
use std::time::Duration;

use super::Plan;
use crate::history::Step;
use crate::scenario::Work;
use crate::topology::App;

const MINUTE: Duration = Duration::from_secs(60);

/// The minute of a plan with the most work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busiest {
    /// When it begins, counted from the first arrival.
    pub from: Duration,
    /// Pages of the test that are asked for in it, first tries alone.
    pub pages: usize,
    /// Processor time that they take.
    pub cpu: Duration,
}

impl Plan {
    /// The minute in which the pages that are planned take most, by what `app` says of their cost. Nothing where it says nothing,
    /// or nobody asks for a page. What a rush asks for again and again, and what is asked for again after a failure, is not in it.
    pub fn busiest_minute(&self, app: &App) -> Option<Busiest> {
        let (page, problem) = app.page_cpu?;
        let (on_one, graded) = match (self.class.work, self.class.per_page) {
            (Work::Homework, _) => (1, 1),
            (Work::Test, 0) => (self.class.problems, self.class.problems),
            (Work::Test, on_one) => (on_one, self.class.problems),
        };
        let cost = |step| match step {
            Step::Start | Step::View | Step::Turn | Step::Preview => Some(page + problem * on_one),
            // What is graded or looked at afterwards are all of its problems.
            Step::Grade | Step::Review => Some(page + problem * graded),
            Step::Refresh | Step::Login | Step::Code | Step::SetList | Step::QuizInfo | Step::Logout => None,
        };
        let actions = self.students.iter().flat_map(|student| &student.actions);
        let mut pages: Vec<_> = actions.filter_map(|action| Some((action.at, cost(action.step)?))).collect();
        pages.sort_unstable();
        let (mut within, mut cpu, mut most) = (VecDeque::new(), Duration::ZERO, None::<Busiest>);
        for (at, cost) in pages {
            within.push_back((at, cost));
            cpu += cost;
            while let Some((_, past)) = within.pop_front_if(|(first, _)| at - *first >= MINUTE) {
                cpu -= past;
            }
            if most.is_none_or(|most| cpu > most.cpu) {
                let from = within.front().map_or(at, |(first, _)| *first);
                most = Some(Busiest { from, pages: within.len(), cpu });
            }
        }
        most
    }
}
