//! One student at a browser, straight at the node: what is asked, and what came of it in words.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::clock::Stamp;
use crate::history::{ErrorClass, Outcome, Request, Step, Submission, Told};
use crate::plan::{COURSE, login};
use crate::webwork::{Asked, Course, Page, PageVerdict, TestPage, address, answers, direct, judge, transport_class};

/// The test of the failures.
pub const SET: &str = "QuizF";
/// The test that takes one submission for each version.
pub const SET_ONCE: &str = "Quiz1";
/// Longest time that one request may take.
const PATIENCE: Duration = Duration::from_secs(150);
/// A request that took so long waited for something.
const WAIT: Duration = Duration::from_secs(4);

/// A student.
pub struct Student {
    /// The account's name.
    pub login: String,
    number: u32,
    password: String,
    base: String,
    http: reqwest::Client,
    course: Course,
}

/// What came of one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// When it was sent.
    pub sent: Stamp,
    /// When it was over.
    pub end: Stamp,
    /// Success, or how it failed.
    pub outcome: Outcome,
    /// For a submission: what the student was told.
    pub told: Told,
    /// Whether the page carries WeBWorK's warnings block.
    pub warned: bool,
    /// The page.
    pub body: String,
}

/// A browser for the node at `base` that keeps no connection: an idle one keeps a worker.
pub fn browser(base: &str) -> reqwest::ClientBuilder {
    direct(base, false).pool_max_idle_per_host(0)
}

impl Student {
    /// Student number `number`, not signed in.
    pub fn new(base: &str, number: u32, password: &str) -> Result<Self> {
        let http = browser(base).build().context("make a browser")?;
        let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
        let (login, password, base) = (login(number), password.to_owned(), base.to_owned());
        Ok(Self { login, number, password, base, http, course })
    }

    /// The same student, who takes the test `set`.
    pub fn of_test(mut self, set: &str) -> Self {
        set.clone_into(&mut self.course.set);
        self
    }

    /// The requests of the course.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Sends `asked`.
    pub async fn ask(&self, asked: &Asked) -> Answer {
        let sent = Stamp::now();
        let page = async {
            let url = address(&self.base, &asked.path)?;
            let request = match &asked.form {
                Some(form) => self.http.post(url).form(form),
                None => self.http.get(url),
            };
            Page::read(request.timeout(PATIENCE).send().await?).await
        };
        let page = page.await;
        let end = Stamp::now();
        let (verdict, body) = match page {
            Ok(Page { status, body }) => (judge(asked.expected, status, &body), body),
            Err(error) => {
                let outcome = Outcome::Failed(transport_class(&error, ErrorClass::Timeout));
                (PageVerdict { outcome, told: Told::Indeterminate, warnings: false }, String::new())
            }
        };
        Answer { sent, end, outcome: verdict.outcome, told: verdict.told, warned: verdict.warnings, body }
    }

    /// Signs in.
    pub async fn sign_in(&self) -> Result<()> {
        self.right("sign in", &self.signing_in().await)
    }

    /// Signs in and says what came of it.
    pub async fn signing_in(&self) -> Answer {
        self.ask(&self.course.login(&self.login, &self.password)).await
    }

    /// Starts a version, or resumes the open one.
    pub async fn start(&self) -> Result<TestPage> {
        let answer = self.ask(&self.course.start()).await;
        self.right("start", &answer)?;
        TestPage::read(&answer.body, &self.course.set).context("a started test without its form")
    }

    /// Does `step` with the answers of submission `number`.
    pub async fn answer(&self, step: Step, page: &TestPage, number: u32) -> Answer {
        self.ask(&page.answer(step, &self.tokens(page, number))).await
    }

    fn tokens(&self, page: &TestPage, number: u32) -> Vec<(u32, String)> {
        answers(self.number, number, u32::try_from(page.answers().len()).unwrap_or_default())
    }

    /// The request of a grade, as a history has it.
    pub fn request(&self, page: &TestPage, number: u32, answer: &Answer) -> Request {
        let tokens = self.tokens(page, number);
        Request {
            student: self.login.clone(),
            step: Step::Grade,
            retry: 0,
            intended: answer.sent,
            sent: answer.sent,
            first_byte: None,
            end: answer.end,
            outcome: answer.outcome.clone(),
            node: None,
            warned: answer.warned,
            submission: Some(Submission { number, version: page.version().to_owned(), tokens, told: answer.told }),
            shown: None,
            sample: None,
        }
    }

    fn right(&self, what: &str, answer: &Answer) -> Result<()> {
        if !answer.outcome.is_success() {
            bail!("{} cannot {what}: {answer}", self.login);
        }
        Ok(())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.outcome, self.told) {
            (Outcome::Success, Told::Acknowledged) => f.write_str("recorded")?,
            (Outcome::Success, _) => f.write_str("the right page")?,
            (Outcome::Failed(class), _) => write!(f, "{class}")?,
        }
        if !self.outcome.is_success() && self.told == Told::Acknowledged {
            f.write_str(", recorded")?;
        }
        if self.warned {
            f.write_str(", with warnings")?;
        }
        if self.end.since(self.sent) >= WAIT { f.write_str(", after a wait") } else { Ok(()) }
    }
}
