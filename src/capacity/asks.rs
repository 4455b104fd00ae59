//! The plan of a large class → what one student asks for in the mean, as the models need it.

use std::time::Duration;

use crate::history::Step;
use crate::plan::{Plan, Student};

use super::model::Crowd;
use crate::measure::ByKind;

/// How much longer than one student an entry is looked at, in seconds: the queue has forgotten what was before.
const ENTRY_SECONDS: usize = 300;

/// What a student of a class asks for, in the mean of all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Asks {
    /// Pages in each second from the first arrival on.
    per_second: Vec<ByKind>,
    /// Pages from the first request to the test, that included.
    entry_pages: f64,
    /// Longest that any student takes between these, as planned.
    entry_thinking: Duration,
    /// Pages in each second from a student's own first request on, of one who enters alone.
    alone: Vec<ByKind>,
}

impl Asks {
    /// Of the students of `plan`, and of those of `entering`, who come one by one.
    pub fn of(plan: &Plan, entering: &Plan) -> Self {
        let parts: Vec<_> = plan.students.iter().filter_map(Part::of).collect();
        Self {
            per_second: mean(&plan.students, |_| Duration::ZERO),
            entry_pages: parts.iter().map(|part| part.entry_pages as f64).sum::<f64>() / parts.len().max(1) as f64,
            entry_thinking: parts.iter().map(|part| part.entry).max().unwrap_or_default(),
            alone: mean(&entering.students, |student| student.actions.first().map_or(Duration::ZERO, |first| first.at)),
        }
    }

    /// The pages of each second when `students` enter one by one, `per_minute` of them a minute. Of an entry that takes long only
    /// the beginning: once the first have ended, it is always the same.
    pub fn entering(&self, students: u32, per_minute: u32) -> Vec<ByKind> {
        let every = 60.0 / f64::from(per_minute.max(1));
        let longest = (self.alone.len() + ENTRY_SECONDS) as f64;
        let count = students.min((longest / every).ceil() as u32).max(1);
        let begins = |before: u32| (f64::from(before) * every) as usize;
        let mut pages = vec![ByKind::default(); begins(count - 1) + self.alone.len()];
        for from in (0..count).map(begins) {
            for (all, one) in pages[from..].iter_mut().zip(&self.alone) {
                *all = all.plus(*one);
            }
        }
        pages
    }

    /// The pages of each second of a class of so many.
    pub fn demand(&self, students: u32) -> Vec<ByKind> {
        self.per_second.iter().map(|pages| pages.times(f64::from(students))).collect()
    }

    /// The same for the models; `drawn` makes several classes of a size.
    pub fn crowd<'a>(&'a self, drawn: impl Fn(u32) -> Vec<Plan> + 'a) -> Crowd<'a> {
        Crowd {
            demand: Box::new(|students| self.demand(students)),
            drawn: Box::new(move |students| drawn(students).iter().map(asked).collect()),
            entering: Box::new(|students, per_minute| self.entering(students, per_minute)),
            entry_pages: self.entry_pages,
            entry_thinking: self.entry_thinking,
        }
    }
}

/// The pages of each second that a plan asks for.
pub fn asked(plan: &Plan) -> Vec<ByKind> {
    pages(&plan.students, |_| Duration::ZERO)
}

/// Pages of one student in each second, in the mean of `students`, each counted from its own `beginning`.
fn mean(students: &[Student], beginning: fn(&Student) -> Duration) -> Vec<ByKind> {
    let share = 1.0 / students.len().max(1) as f64;
    pages(students, beginning).into_iter().map(|pages| pages.times(share)).collect()
}

/// Pages of all `students` in each second, of each counted from its own `beginning`.
fn pages(students: &[Student], beginning: fn(&Student) -> Duration) -> Vec<ByKind> {
    let mut pages: Vec<ByKind> = Vec::new();
    for student in students {
        for action in &student.actions {
            let second = usize::try_from((action.at - beginning(student)).as_secs()).unwrap_or(usize::MAX);
            if second >= pages.len() {
                pages.resize(second + 1, ByKind::default());
            }
            pages[second] = pages[second].plus(ByKind::one(action.step.renders(false)));
        }
    }
    pages
}

/// How a student gets the test.
struct Part {
    entry_pages: usize,
    entry: Duration,
}

impl Part {
    fn of(student: &Student) -> Option<Self> {
        let start = student.actions.iter().position(|action| action.step == Step::Start)?;
        let (first, started) = (student.actions.first()?.at, student.actions.get(start)?.at);
        Some(Self { entry_pages: start + 1, entry: started.saturating_sub(first) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::plan::Tried;

    #[test]
    fn all_students_together_ask_for_what_is_planned() {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let tried = |per_minute| {
            let tried = Tried { students: 200, loss: None, per_minute };
            Plan::trial(&library.scenario("quiz-spike").unwrap(), &topology, tried, 7).unwrap()
        };
        let plan = tried(None);
        let asks = Asks::of(&plan, &tried(Some(60)));
        let planned = plan.students.iter().map(|student| student.actions.len()).sum::<usize>() as f64;
        let near = |found: Vec<ByKind>, expected: f64| {
            let sum: f64 = found.iter().map(|pages| pages.sum()).sum();
            assert!((sum / expected - 1.0).abs() < 0.01, "{sum} {expected}");
        };
        near(asks.demand(200), planned);
        near(asks.demand(50), planned / 4.0);
        // One to three reloads, then login, sets, quiz and test.
        assert!((5.5..6.5).contains(&asks.entry_pages), "{asks:?}");
        assert!(asks.entry_thinking > Duration::from_secs(5) && asks.entry_thinking < Duration::from_secs(22));
        // Who enters one by one asks for as much.
        near(asks.entering(200, 60), planned);
        near(asks.entering(1, 3000), planned / 200.0);
        let slow = asks.entering(100_000, 2);
        assert!(slow.len() < 2 * asks.alone.len() + ENTRY_SECONDS + 60, "{}", slow.len());
    }
}
