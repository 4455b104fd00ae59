//! A plan and what a page costs → the minute in which the class asks for most.

use std::collections::VecDeque;
use std::time::Duration;

use super::Plan;
use crate::history::Step;
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
        let on_one = if self.class.per_page == 0 { self.class.problems } else { self.class.per_page };
        let cost = |step| match step {
            Step::Start | Step::View | Step::Turn | Step::Preview => Some(page + problem * on_one),
            // What is graded or looked at afterwards are all of its problems.
            Step::Grade | Step::Review => Some(page + problem * self.class.problems),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Student};

    #[test]
    fn the_busiest_minute_is_the_one_with_most_work() {
        let at = |seconds, step| Action { at: Duration::from_secs(seconds), step, answered: 1 };
        let steps = [
            (0, Step::Login),
            (0, Step::View),
            (59, Step::View),
            (61, Step::Grade),
            (118, Step::View),
            (200, Step::View),
        ];
        let actions = steps.map(|(seconds, step)| at(seconds, step)).to_vec();
        let mut plan = crate::report::sample::plan();
        let student = Student { actions, ..plan.students[0].clone() };
        plan.students = vec![student];
        plan.class.problems = 5;
        let mut app = App { page_cpu: Some((Duration::from_millis(30), Duration::from_millis(145))), ..App::default() };
        let most = Busiest { from: Duration::from_secs(59), pages: 3, cpu: Duration::from_millis(3 * 755) };
        assert_eq!(plan.busiest_minute(&app), Some(most));
        plan.class.per_page = 1;
        assert_eq!(plan.busiest_minute(&app).unwrap().cpu, Duration::from_millis(2 * 175 + 755));
        app.page_cpu = None;
        assert_eq!(plan.busiest_minute(&app), None);
    }
}
