//! What lies before a student: the last page of a test, or of a homework problem, that came. It says what can be asked for from
//! there, which page an action needs first, and what the student types.

use std::time::Duration;

use crate::history::{Shown, Step};
use crate::plan::Action;
use crate::webwork::{Asked, Course, ProblemPage, TestPage, answers, token::token};

/// The pages of a set that a student has before them.
pub struct Sheet {
    course: Course,
    page: Page,
}

/// The last one that came, by the kind of the set.
enum Page {
    Test(Option<TestPage>),
    Homework(Option<ProblemPage>),
}

impl Sheet {
    /// Nothing yet, of the set of `course`, which is homework or a test.
    pub fn new(course: Course, homework: bool) -> Self {
        let page = if homework { Page::Homework(None) } else { Page::Test(None) };
        Self { course, page }
    }

    /// The course and the set.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// What a student does who wants to see the set's problems and no more.
    pub fn look(&self) -> Action {
        match &self.page {
            Page::Test(None) => unplanned(Step::Start, 0),
            Page::Test(Some(_)) => unplanned(Step::View, 0),
            Page::Homework(_) => unplanned(Step::View, 1),
        }
    }

    /// What must be asked for before `action` can be: a version of the test, or the page of the problem.
    pub fn before(&self, action: Action) -> Option<Action> {
        let answers = matches!(action.step, Step::Preview | Step::Grade);
        match &self.page {
            Page::Test(None) if answers || matches!(action.step, Step::View | Step::Review) => {
                Some(unplanned(Step::Start, 0))
            }
            Page::Homework(page) if answers && page.as_ref().is_none_or(|page| page.number() != action.answered) => {
                Some(unplanned(Step::View, action.answered))
            }
            _ => None,
        }
    }

    /// The page of the test to turn to before `action`: a problem is previewed on its own, and all must be typed in before
    /// they are graded.
    pub fn turn_for(&self, action: Action, tokens: &[(u32, String)]) -> Option<Asked> {
        let Page::Test(Some(test)) = &self.page else { return None };
        let to = match action.step {
            Step::Preview => test.turn_for(action.answered),
            Step::Grade => test.turn_for_all(tokens),
            _ => None,
        };
        to.map(|page| test.turn(page, tokens))
    }

    /// The request of a step at the set.
    pub fn asked(&self, action: Action, tokens: &[(u32, String)]) -> Asked {
        let course = &self.course;
        match &self.page {
            Page::Test(page) => {
                let version = page.as_ref().map(TestPage::version).unwrap_or_default();
                match (action.step, page) {
                    (Step::Start, _) => course.start(),
                    (Step::View | Step::Turn, _) => course.view(version),
                    (Step::Preview | Step::Grade, Some(page)) => page.answer(action.step, tokens),
                    (Step::Preview | Step::Grade, None) => course.answer(action.step, version, tokens),
                    (Step::Review, _) => course.review(version),
                    _ => course.quiz_info(),
                }
            }
            Page::Homework(page) => match (action.step, page, tokens) {
                (Step::Preview | Step::Grade, Some(page), [(_, answer)]) => page.answer(action.step, answer),
                (Step::View | Step::Preview | Step::Grade, ..) => course.problem(action.answered),
                _ => course.homework(),
            },
        }
    }

    /// Takes the page that came for `asked`, if it is one of the set. Homework may be answered from the page of an attempt that was
    /// not accepted: it counts the attempts anew.
    pub fn take(&mut self, asked: &Asked, success: bool, body: &str) {
        match &mut self.page {
            Page::Test(page) if success && asked.expected.is_of_a_test() => {
                *page = TestPage::read(body, &self.course.set).or(page.take());
            }
            Page::Test(_) => {}
            Page::Homework(page) => *page = ProblemPage::read(body, &self.course.set).or(page.take()),
        }
    }

    /// What the student types by `action`, as submission `number` of student number `student`.
    pub fn tokens(&self, student: u32, number: u32, action: Action) -> Vec<(u32, String)> {
        match self.page {
            Page::Test(_) => answers(student, number, action.answered),
            Page::Homework(_) => vec![(action.answered, token(student, number, action.answered))],
        }
    }

    /// What a submission goes to: a version of the test, or the homework set.
    pub fn version(&self) -> &str {
        match &self.page {
            Page::Test(page) => page.as_ref().map(TestPage::version).unwrap_or_default(),
            Page::Homework(_) => &self.course.set,
        }
    }

    /// The answers that the page shows.
    pub fn shown(&self) -> Option<Shown> {
        let answers = match &self.page {
            Page::Test(page) => page.as_ref()?.answers(),
            Page::Homework(page) => page.as_ref().map(|page| vec![(page.number(), page.held().to_owned())])?,
        };
        Some(Shown { version: self.version().to_owned(), answers })
    }
}

/// An action that comes when it is needed.
fn unplanned(step: Step, answered: u32) -> Action {
    Action { at: Duration::ZERO, step, answered }
}
