//! The plan of a large class → what one student asks for in the mean, as the models need it.

use std::time::Duration;

use crate::history::Step;
use crate::plan::{Plan, Student};

use super::model::Crowd;

/// What a student of a class asks for, in the mean of all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Asks {
    /// Pages in each second from the first arrival on.
    per_second: Vec<f64>,
    /// Pages from the first request to the test, that included.
    entry_pages: f64,
    /// Longest that any student takes between these, as planned.
    entry_thinking: Duration,
    /// Pages a second from the test on.
    inside_pages_per_second: f64,
}

impl Asks {
    /// Of the students of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let students = plan.students.len().max(1) as f64;
        let mut per_second: Vec<f64> = Vec::new();
        for action in plan.students.iter().flat_map(|student| &student.actions) {
            let second = usize::try_from(action.at.as_secs()).unwrap_or(usize::MAX);
            if second >= per_second.len() {
                per_second.resize(second + 1, 0.0);
            }
            per_second[second] += 1.0 / students;
        }
        let parts: Vec<_> = plan.students.iter().filter_map(Part::of).collect();
        let inside: Duration = parts.iter().map(|part| part.inside).sum();
        let pages: usize = parts.iter().map(|part| part.pages_inside).sum();
        Self {
            per_second,
            entry_pages: parts.iter().map(|part| part.entry_pages as f64).sum::<f64>() / parts.len().max(1) as f64,
            entry_thinking: parts.iter().map(|part| part.entry).max().unwrap_or_default(),
            inside_pages_per_second: if inside.is_zero() { 0.0 } else { pages as f64 / inside.as_secs_f64() },
        }
    }

    /// The pages of each second of a class of so many.
    pub fn demand(&self, students: u32) -> Vec<f64> {
        self.per_second.iter().map(|pages| pages * f64::from(students)).collect()
    }

    /// The same for the models, with `demand` from [`Asks::demand`].
    pub fn crowd<'a>(&self, demand: &'a dyn Fn(u32) -> Vec<f64>) -> Crowd<'a> {
        Crowd {
            demand,
            entry_pages: self.entry_pages,
            entry_thinking: self.entry_thinking,
            inside_pages_per_second: self.inside_pages_per_second,
        }
    }
}

/// The two parts of what a student does.
struct Part {
    entry_pages: usize,
    entry: Duration,
    pages_inside: usize,
    inside: Duration,
}

impl Part {
    fn of(student: &Student) -> Option<Self> {
        let start = student.actions.iter().position(|action| action.step == Step::Start)?;
        let (first, last) = (student.actions.first()?.at, student.actions.last()?.at);
        let started = student.actions.get(start)?.at;
        Some(Self {
            entry_pages: start + 1,
            entry: started.saturating_sub(first),
            pages_inside: student.actions.len() - start - 1,
            inside: last.saturating_sub(started),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;

    #[test]
    fn all_students_together_ask_for_what_is_planned() {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let plan = Plan::trial(&library.scenario("quiz-spike").unwrap(), &topology, 200, None, 7).unwrap();
        let asks = Asks::of(&plan);
        let planned = plan.students.iter().map(|student| student.actions.len()).sum::<usize>() as f64;
        assert!((asks.demand(200).iter().sum::<f64>() - planned).abs() < 1e-6);
        assert!((asks.demand(50).iter().sum::<f64>() - planned / 4.0).abs() < 1e-6);
        // One to three reloads, then login, sets, quiz and test.
        assert!((5.5..6.5).contains(&asks.entry_pages), "{asks:?}");
        assert!(asks.entry_thinking > Duration::from_secs(5) && asks.entry_thinking < Duration::from_secs(22));
        assert!((0.05..0.5).contains(&asks.inside_pages_per_second));
    }
}
