//! One student at work: the actions of the plan at their times, retries after failures, every request judged by
//! the content of its page.
//!
//! A request is recorded with the time at which the plan wanted it (retries: when the student decided to
//! reload), so a student who is held up by a slow page shows as waiting. The student waits `patience` and then
//! abandons the request; a submission that was abandoned is indeterminate, and is sent again with the same
//! tokens.

use std::time::Duration;

use goose::goose::{GooseMethod, GooseRequest, GooseUser};

use super::Order;
use crate::clock::{Stamp, sleep_until};
use crate::history::{ErrorClass, Fact, Outcome, Request, Shown, Step, Submission, Told};
use crate::plan::{Action, REACTION, Student};
use crate::webwork::{
    Asked, Course, NODE_HEADER, PageVerdict, USER_AGENT, answers, answers_in, judge, transport_class,
};

/// Longest part of an unforeseen page that is kept.
const SAMPLE: usize = 400;

/// One student with browser and plan.
pub struct Desk<'a> {
    user: &'a mut GooseUser,
    order: &'a Order,
    student: &'a Student,
    number: u32,
    course: Course,
    version: Option<String>,
    submissions: u32,
    pauses: usize,
    record: &'a (dyn Fn(Fact) + Send + Sync),
}

/// What a request brought.
struct Answer {
    outcome: Outcome,
    told: Told,
    first_byte: Option<Stamp>,
    node: Option<String>,
    warned: bool,
    body: String,
    sample: Option<String>,
}

/// What a request is for, beyond its step.
struct Try {
    retry: u32,
    intended: Stamp,
    submission: Option<Submission>,
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
        Self { user, order, student, number, course, version: None, submissions: 0, pauses: 0, record }
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
            let now = || Try { retry: 0, intended: Stamp::now(), submission: None };
            let step = if self.version.is_some() { Step::View } else { Step::Start };
            let outcome = self.attempt(action(step), now()).await;
            if !outcome.is_success() {
                tokio::time::sleep(REACTION).await;
            }
            if outcome == Outcome::Failed(ErrorClass::SessionLost) {
                self.attempt(action(Step::Login), now()).await;
            }
        }
    }

    /// One action, with its retries.
    async fn act(&mut self, action: Action, due: Stamp) {
        if action.step == Step::Grade {
            self.submissions += 1;
        }
        let mut intended = due;
        for retry in 0..=self.order.retries {
            if needs_version(action.step) && self.version.is_none() && !self.start_again().await {
                if retry == self.order.retries {
                    let (student, step) = (self.student.login.clone(), action.step);
                    (self.record)(Fact::NotOffered { student, step, intended: due });
                    return;
                }
                intended = self.pause().await;
                continue;
            }
            let outcome = self.attempt(action, Try { retry, intended, submission: None }).await;
            if outcome == Outcome::Success || retry == self.order.retries {
                return;
            }
            intended = self.pause().await;
            if outcome == Outcome::Failed(ErrorClass::SessionLost) && action.step != Step::Login {
                let login = Action { step: Step::Login, ..action };
                self.attempt(login, Try { retry: retry + 1, intended, submission: None }).await;
                intended = Stamp::now();
            }
        }
    }

    /// A student without an open test starts one before going on.
    async fn start_again(&mut self) -> bool {
        let start = Action { at: Duration::ZERO, step: Step::Start, answered: 0 };
        self.attempt(start, Try { retry: 1, intended: Stamp::now(), submission: None }).await;
        self.version.is_some()
    }

    /// Sends one request for `action`, judges the page, records it.
    async fn attempt(&mut self, action: Action, mut this: Try) -> Outcome {
        let asked = self.asked(action, &self.version.clone().unwrap_or_default());
        let sent = Stamp::now();
        let answer = self.send(action.step, &asked).await;
        let end = Stamp::now();
        if action.step == Step::Start && answer.outcome.is_success() {
            self.version = self.course.version_in(&answer.body);
        }
        let version = self.version.clone().unwrap_or_default();
        if action.step == Step::Grade {
            let tokens = answers(self.number, self.submissions, action.answered);
            this.submission =
                Some(Submission { number: self.submissions, version: version.clone(), tokens, told: answer.told });
        }
        let looks = matches!(action.step, Step::Start | Step::View | Step::Review) && answer.outcome.is_success();
        let shown = looks.then(|| Shown { version, answers: answers_in(&answer.body) });
        (self.record)(Fact::Request(Request {
            student: self.student.login.clone(),
            step: action.step,
            retry: this.retry,
            intended: this.intended,
            sent,
            first_byte: answer.first_byte,
            end,
            outcome: answer.outcome.clone(),
            node: answer.node,
            warned: answer.warned,
            submission: this.submission,
            shown,
            sample: answer.sample,
        }));
        answer.outcome
    }

    fn asked(&self, action: Action, version: &str) -> Asked {
        match action.step {
            Step::Refresh => self.course.login_page(),
            Step::Login => self.course.login(&self.student.login, &self.order.password),
            Step::SetList => self.course.set_list(),
            Step::QuizInfo => self.course.quiz_info(),
            Step::Start => self.course.start(),
            Step::View => self.course.view(version),
            // A preview shows what the next submission will hold.
            Step::Preview => {
                let tokens = answers(self.number, self.submissions + 1, action.answered);
                self.course.answer(Step::Preview, version, &tokens)
            }
            Step::Grade => {
                let tokens = answers(self.number, self.submissions, action.answered);
                self.course.answer(Step::Grade, version, &tokens)
            }
            Step::Review => self.course.review(version),
            Step::Logout => self.course.logout(),
        }
    }

    async fn send(&mut self, step: Step, asked: &Asked) -> Answer {
        match self.exchange(step, asked).await {
            Ok(answer) => answer,
            Err(error) => {
                let class = transport_class(&error, ErrorClass::Abandoned);
                let told = if class == ErrorClass::Refused { Told::Refused } else { Told::Indeterminate };
                let sample = Some(error.to_string());
                Answer {
                    outcome: Outcome::Failed(class),
                    told,
                    first_byte: None,
                    node: None,
                    warned: false,
                    body: String::new(),
                    sample,
                }
            }
        }
    }

    async fn exchange(&mut self, step: Step, asked: &Asked) -> Result<Answer, Transport> {
        let method = if asked.form.is_some() { GooseMethod::Post } else { GooseMethod::Get };
        let builder = self.user.get_request_builder(&method, &asked.path).map_err(Transport::goose)?;
        let builder = builder.timeout(self.student.patience).header("User-Agent", USER_AGENT);
        let builder = match &asked.form {
            Some(form) => builder.form(form),
            None => builder,
        };
        let name = step.to_string();
        let request = GooseRequest::builder().set_request_builder(builder).name(name.as_str()).build();
        let response = self.user.request(request).await.map_err(Transport::goose)?.response?;
        let first_byte = Some(Stamp::now());
        let status = response.status().as_u16();
        let node = response.headers().get(NODE_HEADER).and_then(|node| node.to_str().ok()).map(str::to_owned);
        let body = response.text().await?;
        let verdict = judge(asked.expected, status, &body);
        let unforeseen = verdict.outcome == Outcome::Failed(ErrorClass::Unforeseen);
        let sample = unforeseen.then(|| body.chars().take(SAMPLE).collect());
        let PageVerdict { outcome, told, warnings: warned } = verdict;
        Ok(Answer { outcome, told, first_byte, node, warned, body, sample })
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

/// A request that brought no whole page.
#[derive(Debug, thiserror::Error)]
enum Transport {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("goose: {0}")]
    Goose(String),
}

impl Transport {
    fn goose(error: impl std::fmt::Display) -> Self {
        Self::Goose(error.to_string())
    }
}
