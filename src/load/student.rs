//! One student at work: the actions of the plan at their times, retries after failures, every request judged by
//! the content of its page.
//!
//! What a student has before them is the last page of the test: its whole form is sent with the answers typed in, as a
//! browser does, and an answer that belongs on another page of the test is typed there, after turning to it. A login form
//! that came instead of a page holds what was sent, so signing in there brings that page; of a submission that is its next
//! try. A page that asks for a two-factor code is answered at once, as [`Step::Code`].
//!
//! A request is recorded with the time at which the plan wanted it (retries: when the student decided to
//! reload), so a student who is held up by a slow page shows as waiting. The student waits `patience` and then
//! abandons the request; a submission that was abandoned is indeterminate, and is sent again with the same
//! tokens.

use std::time::Duration;

use goose::goose::GooseUser;

use super::Order;
use super::browser::{Answer, send};
use crate::clock::{Stamp, sleep_until, unix_seconds};
use crate::history::{ErrorClass, Fact, Outcome, Request, Shown, Step, Submission};
use crate::plan::{Action, REACTION, Student};
use crate::webwork::{Asked, Authenticator, Code, Course, TestPage, USER_AGENT, answers};

/// One student with browser and plan.
pub struct Desk<'a> {
    user: &'a mut GooseUser,
    order: &'a Order,
    student: &'a Student,
    number: u32,
    course: Course,
    /// The last page of a test that came.
    test: Option<TestPage>,
    authenticator: Authenticator,
    /// What the browser calls itself: all students have one address, and an access log tells them apart by this.
    agent: String,
    submissions: u32,
    pauses: usize,
    record: &'a (dyn Fn(Fact) + Send + Sync),
}

/// Which try of an action a request is.
#[derive(Clone, Copy)]
struct Try {
    retry: u32,
    intended: Stamp,
}

/// What came of a request.
struct Tried {
    action: Action,
    asked: Asked,
    outcome: Outcome,
    body: String,
    /// What the page asks for before it shows what was wanted.
    code: Option<Code>,
}

impl<'a> Desk<'a> {
    /// A student, with the number that tokens carry, before the first action.
    pub fn new(
        user: &'a mut GooseUser,
        order: &'a Order,
        (number, student): (u32, &'a Student),
        record: &'a (dyn Fn(Fact) + Send + Sync),
    ) -> Self {
        let course = Course { course: order.course.0.clone(), set: order.course.1.clone() };
        let authenticator = Authenticator::default();
        let agent = format!("{USER_AGENT} {}", student.login);
        Self {
            user,
            order,
            student,
            number,
            course,
            test: None,
            authenticator,
            agent,
            submissions: 0,
            pauses: 0,
            record,
        }
    }

    /// Does everything that the plan holds for this student.
    pub async fn work(mut self) {
        let mut free = Stamp::default();
        for action in &self.student.actions {
            let due = self.order.zero + action.at;
            sleep_until(due.max(free + REACTION)).await;
            self.act(*action, due).await;
            free = Stamp::now();
        }
        if let Some(until) = self.student.rush_until {
            self.again(self.order.zero + until).await;
        }
    }

    /// A student of a rush asks for the test again and again, without thinking, until `until`. Only after a page that failed
    /// is there a pause: nobody clicks faster.
    async fn again(&mut self, until: Stamp) {
        let action = |step| Action { at: Duration::ZERO, step, answered: 0 };
        while Stamp::now() < until {
            let now = || Try { retry: 0, intended: Stamp::now() };
            let step = if self.test.is_some() { Step::View } else { Step::Start };
            let tried = self.begin(action(step), now()).await;
            if !tried.outcome.is_success() {
                tokio::time::sleep(REACTION).await;
            }
            if tried.outcome == Outcome::Failed(ErrorClass::SessionLost) {
                self.begin(action(Step::Login), now()).await;
            }
        }
    }

    /// One action, with its retries.
    async fn act(&mut self, action: Action, due: Stamp) {
        if action.step == Step::Grade {
            self.submissions += 1;
        }
        let mut intended = due;
        let mut signing_in = None;
        for retry in 0..=self.order.retries {
            if needs_version(action.step) && self.test.is_none() && !self.start_again().await {
                if retry == self.order.retries {
                    let (student, step) = (self.student.login.clone(), action.step);
                    (self.record)(Fact::NotOffered { student, step, intended: due });
                    return;
                }
                intended = self.pause().await;
                continue;
            }
            let this = Try { retry, intended };
            let tried = match signing_in.take() {
                Some(login) => self.sign_in(login, action, this).await,
                None => self.begin(action, this).await,
            };
            if tried.outcome == Outcome::Success || retry == self.order.retries {
                return;
            }
            intended = self.pause().await;
            if tried.outcome == Outcome::Failed(ErrorClass::SessionLost) && action.step != Step::Login {
                signing_in = self.login_at(&tried);
                if signing_in.is_none() {
                    // A page without a form: the way in is the login page.
                    let login = Action { step: Step::Login, ..action };
                    self.begin(login, Try { retry: retry + 1, intended }).await;
                    intended = Stamp::now();
                }
            }
        }
    }

    /// A student without an open test starts one before going on.
    async fn start_again(&mut self) -> bool {
        let start = Action { at: Duration::ZERO, step: Step::Start, answered: 0 };
        let tried = self.begin(start, Try { retry: 1, intended: Stamp::now() }).await;
        if let Some((_, asked)) = self.login_at(&tried) {
            tokio::time::sleep(REACTION).await;
            self.attempt(start, asked, Try { retry: 2, intended: Stamp::now() }).await;
        }
        self.test.is_some()
    }

    /// Signing in at the login form that came instead of a page, which brings that page.
    fn login_at(&self, tried: &Tried) -> Option<(Action, Asked)> {
        let lost = tried.outcome == Outcome::Failed(ErrorClass::SessionLost);
        let (login, password) = (&self.student.login, &self.order.password);
        let asked = lost.then(|| Course::login_at(&tried.body, &tried.asked, login, password)).flatten()?;
        Some((tried.action, asked))
    }

    /// Signs in; where the page that comes is one on the way to `action`, does that too.
    async fn sign_in(&mut self, (of, asked): (Action, Asked), action: Action, this: Try) -> Tried {
        let tried = self.attempt(of, asked, this).await;
        if !tried.outcome.is_success() || of.step == action.step {
            return tried;
        }
        tokio::time::sleep(REACTION).await;
        self.begin(action, Try { intended: Stamp::now(), ..this }).await
    }

    /// Turns to where the action is done, and does it.
    async fn begin(&mut self, action: Action, mut this: Try) -> Tried {
        // Each turn fills one page of the test, and none has more pages than problems.
        for _ in 0..=action.answered {
            let Some(page) = self.turn_for(action) else { break };
            let turn = Action { step: Step::Turn, ..action };
            let Some(asked) = self.test.as_ref().map(|test| test.turn(page, &self.tokens(action))) else { break };
            let tried = self.attempt(turn, asked, this).await;
            if tried.outcome != Outcome::Success {
                return tried;
            }
            tokio::time::sleep(REACTION).await;
            this.intended = Stamp::now();
        }
        let asked = self.asked(action);
        self.attempt(action, asked, this).await
    }

    /// Sends what `action` asks for, and the code for its page where one is asked for.
    async fn attempt(&mut self, action: Action, asked: Asked, mut this: Try) -> Tried {
        let mut tried = self.exchange(action, action.step, asked, this).await;
        while let Some(code) = tried.code {
            // Whoever waits for the next code has typed a wrong one.
            this.retry += u32::from(!code.wait.is_zero());
            tokio::time::sleep(code.wait.max(REACTION)).await;
            this.intended = Stamp::now();
            tried = self.exchange(action, Step::Code, code.asked, this).await;
        }
        tried
    }

    /// Sends one request for `action`, judges the page, records it as `step`.
    async fn exchange(&mut self, action: Action, step: Step, asked: Asked, this: Try) -> Tried {
        let sent = Stamp::now();
        let answer = send(self.user, (step, &self.agent), &asked, self.student.patience).await;
        let end = Stamp::now();
        let Answer { mut outcome, told, first_byte, node, warned, body, mut sample } = answer;
        let code = match outcome {
            Outcome::Failed(ErrorClass::TwoFactor | ErrorClass::CodeRefused) => {
                self.authenticator.answer(&body, asked.expected, unix_seconds())
            }
            _ => None,
        };
        if code.is_some() && outcome == Outcome::Failed(ErrorClass::TwoFactor) {
            (outcome, sample) = (Outcome::Success, None);
        } else if outcome.is_success() && asked.expected.is_of_a_test() {
            self.test = TestPage::read(&body, &self.course.set).or(self.test.take());
        }
        let version = self.test.as_ref().map(|test| test.version().to_owned()).unwrap_or_default();
        let submission = (action.step == Step::Grade).then(|| {
            let tokens = self.tokens(action);
            Submission { number: self.submissions, version: version.clone(), tokens, told }
        });
        let looks = matches!(action.step, Step::Start | Step::View | Step::Review);
        let shown = self.test.as_ref().filter(|_| looks && code.is_none() && outcome.is_success());
        let shown = shown.map(|test| Shown { version, answers: test.answers() });
        (self.record)(Fact::Request(Request {
            student: self.student.login.clone(),
            step,
            retry: this.retry,
            intended: this.intended,
            sent,
            first_byte,
            end,
            outcome: outcome.clone(),
            node,
            warned,
            submission,
            shown,
            sample,
        }));
        Tried { action, asked, outcome, body, code }
    }

    fn asked(&self, action: Action) -> Asked {
        let version = self.test.as_ref().map(TestPage::version).unwrap_or_default();
        match action.step {
            Step::Refresh => self.course.login_page(),
            // A code is asked for by a page, never by the plan.
            Step::Login | Step::Code => self.course.login(&self.student.login, &self.order.password),
            Step::SetList => self.course.set_list(),
            Step::QuizInfo => self.course.quiz_info(),
            Step::Start => self.course.start(),
            Step::View | Step::Turn => self.course.view(version),
            Step::Preview | Step::Grade => match &self.test {
                Some(test) => test.answer(action.step, &self.tokens(action)),
                None => self.course.answer(action.step, version, &self.tokens(action)),
            },
            Step::Review => self.course.review(version),
            Step::Logout => self.course.logout(),
        }
    }

    /// What the student types by then; outside of a submission, what the next one is to hold.
    fn tokens(&self, action: Action) -> Vec<(u32, String)> {
        let number = if action.step == Step::Grade { self.submissions } else { self.submissions + 1 };
        answers(self.number, number, action.answered)
    }

    /// The page of the test to turn to before `action`: a problem is previewed on its own, and all must be typed in before
    /// they are graded.
    fn turn_for(&self, action: Action) -> Option<u32> {
        let test = self.test.as_ref()?;
        match action.step {
            Step::Preview => test.turn_for(action.answered),
            Step::Grade => test.turn_for_all(&self.tokens(action)),
            _ => None,
        }
    }

    /// Waits as this student does before a reload; returns when the reload was decided.
    async fn pause(&mut self) -> Stamp {
        let pauses = &self.student.retry_pauses_ms;
        let pause = pauses.get(self.pauses % pauses.len().max(1)).copied().unwrap_or(3000);
        self.pauses += 1;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        Stamp::now()
    }
}

fn needs_version(step: Step) -> bool {
    matches!(step, Step::View | Step::Preview | Step::Grade | Step::Review)
}

#[cfg(test)]
mod tests;
