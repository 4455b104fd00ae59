//! A plan and what a page costs → the minute in which the class asks for most.

use std::collections::VecDeque;
use std::time::Duration;

use super::Plan;
use crate::history::{Rendered, Step};
use crate::scenario::Work;
use crate::topology::App;

const MINUTE: Duration = Duration::from_secs(60);

/// The minute of a plan with the most work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busiest {
    /// When it begins, counted from the first arrival.
    pub from: Duration,
    /// Pages that are asked for in it, first tries alone.
    pub pages: usize,
    /// Processor time that they take.
    pub cpu: Duration,
}

impl Plan {
    /// The minute in which the pages that are planned take most, by what `app` says of their cost. Nothing where it says nothing,
    /// or nobody asks for a page. A rush asks for as much as it can get; neither that nor what is asked for again after a failure
    /// is in it.
    pub fn busiest_minute(&self, app: &App) -> Option<Busiest> {
        let (page, problem) = app.page_cpu?;
        let on_one = match (self.class.work, self.class.per_page) {
            (Work::Homework, _) => 1,
            (Work::Test, 0) => self.class.problems,
            (Work::Test, on_one) => on_one,
        };
        let problems = |step: Step| match step.renders(self.is_homework()) {
            Rendered::Nothing => 0,
            Rendered::Header => 1,
            Rendered::Page => on_one,
            Rendered::Whole => self.class.problems,
        };
        let class = self.students.iter().filter(|student| student.rush_until.is_none());
        let actions = class.flat_map(|student| &student.actions);
        let mut pages: Vec<_> = actions.map(|action| (action.at, page + problem * problems(action.step))).collect();
        pages.sort_unstable();
        let (mut within, mut cpu, mut most) = (VecDeque::new(), Duration::ZERO, None::<Busiest>);
        for (at, cost) in pages {
            within.push_back((at, cost));
            cpu += cost;
            while let Some((first, past)) = within.front().copied()
                && at - first >= MINUTE
            {
                within.pop_front();
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
