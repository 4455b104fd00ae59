//! One student at work: the actions of the plan at their times, retries after failures, every request judged by
//! the content of its page.
//!
//! What a student has before them is the last page of the test or of the homework problem ([`Sheet`]): its whole form is sent
//! with the answers typed in, as a browser does, and an answer that belongs on another page of the test is typed there, after
//! turning to it. A login form
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
use super::sheet::Sheet;
use crate::clock::{Stamp, sleep_until, unix_seconds};
use crate::history::{ErrorClass, Fact, Outcome, Request, Step, Submission};
use crate::plan::{Action, REACTION, Student};
use crate::webwork::{Asked, Authenticator, Code, Course, USER_AGENT};

/// One student with browser and plan.
pub struct Desk<'a> {
    user: &'a mut GooseUser,
    order: &'a Order,
    student: &'a Student,
    number: u32,
    sheet: Sheet,
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
            sheet: Sheet::new(course, order.homework),
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
        while Stamp::now() < until {
            let now = || Try { retry: 0, intended: Stamp::now() };
            let look = self.sheet.look();
            let tried = self.begin(look, now()).await;
            if !tried.outcome.is_success() {
                tokio::time::sleep(REACTION).await;
            }
            if tried.outcome == Outcome::Failed(ErrorClass::SessionLost) {
                self.begin(Action { step: Step::Login, ..look }, now()).await;
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
            if let Some(before) = self.sheet.before(action)
                && !self.go_back(before, action).await
            {
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

    /// A student without the page that `action` needs asks for it, by `before`, and goes on once it is there.
    async fn go_back(&mut self, before: Action, action: Action) -> bool {
        let tried = self.begin(before, Try { retry: 1, intended: Stamp::now() }).await;
        if let Some((_, asked)) = self.login_at(&tried) {
            tokio::time::sleep(REACTION).await;
            self.attempt(before, asked, Try { retry: 2, intended: Stamp::now() }).await;
        }
        self.sheet.before(action).is_none()
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
            let turn = Action { step: Step::Turn, ..action };
            let Some(asked) = self.sheet.turn_for(action, &self.tokens(action)) else { break };
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
        } else {
            self.sheet.take(&asked, outcome.is_success(), &body);
        }
        let submission = (action.step == Step::Grade).then(|| {
            let tokens = self.tokens(action);
            Submission { number: self.submissions, version: self.sheet.version().to_owned(), tokens, told }
        });
        let looks = matches!(action.step, Step::Start | Step::View | Step::Review);
        let shown = self.sheet.shown().filter(|_| looks && code.is_none() && outcome.is_success());
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
        let course = self.sheet.course();
        match action.step {
            Step::Refresh => course.login_page(),
            // A code is asked for by a page, never by the plan.
            Step::Login | Step::Code => course.login(&self.student.login, &self.order.password),
            Step::SetList => course.set_list(),
            Step::Logout => course.logout(),
            _ => self.sheet.asked(action, &self.tokens(action)),
        }
    }

    /// What the student types by then; outside of a submission, what the next one is to hold.
    fn tokens(&self, action: Action) -> Vec<(u32, String)> {
        let number = if action.step == Step::Grade { self.submissions } else { self.submissions + 1 };
        self.sheet.tokens(self.number, number, action)
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

#[cfg(test)]
mod tests;
