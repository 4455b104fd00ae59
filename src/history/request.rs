//! One request of one student: what it was for, when, and what came of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// What an app renders for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// No problem.
    Nothing,
    /// The words above a set, which cost what a problem does.
    Header,
    /// The problems of one page.
    Page,
    /// All problems of a test.
    Whole,
}

/// What a student does with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reload the login page until the quiz opens.
    Refresh,
    /// Sign in.
    Login,
    /// Answer the page that asks for a two-factor code. Never planned: it follows a page that asks for one.
    Code,
    /// Look at the list of sets.
    SetList,
    /// Look at the quiz's page.
    QuizInfo,
    /// Start a version (a GET that writes).
    Start,
    /// Look at the test again.
    View,
    /// Turn to another page of the test, which keeps the answers. Never planned: it comes before what is done there.
    Turn,
    /// Preview the answers.
    Preview,
    /// Submit the answers for grading.
    Grade,
    /// Look at the recorded score.
    Review,
    /// Sign out.
    Logout,
}

impl Step {
    /// Whether it asks for a page of the test.
    pub fn is_of_the_test(self) -> bool {
        matches!(self, Self::Start | Self::View | Self::Turn | Self::Preview | Self::Grade)
    }

    /// Every step, in the order of a student's journey.
    pub const ALL: [Self; 12] = [
        Self::Refresh,
        Self::Login,
        Self::Code,
        Self::SetList,
        Self::QuizInfo,
        Self::Start,
        Self::View,
        Self::Turn,
        Self::Preview,
        Self::Grade,
        Self::Review,
        Self::Logout,
    ];

    /// The name as files have it: `set_list`.
    pub fn key(self) -> String {
        self.to_string().replace(' ', "_")
    }

    /// What the app renders for its page, of a test or of homework.
    pub fn renders(self, homework: bool) -> Rendered {
        match self {
            Self::Refresh | Self::Login | Self::Code | Self::SetList | Self::Logout => Rendered::Nothing,
            Self::QuizInfo => Rendered::Header,
            Self::Start | Self::View | Self::Turn | Self::Preview => Rendered::Page,
            // All problems of a test; homework has one on a page.
            Self::Grade | Self::Review if homework => Rendered::Page,
            Self::Grade | Self::Review => Rendered::Whole,
        }
    }

    /// Whether it stores answers as the student's last ones without submitting them.
    pub fn keeps_answers(self) -> bool {
        matches!(self, Self::Preview | Self::Turn)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refresh => "refresh",
            Self::Login => "login",
            Self::Code => "code",
            Self::SetList => "set list",
            Self::QuizInfo => "quiz info",
            Self::Start => "start",
            Self::View => "view",
            Self::Turn => "turn",
            Self::Preview => "preview",
            Self::Grade => "grade",
            Self::Review => "review",
            Self::Logout => "logout",
        })
    }
}

/// One request of one student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The student's login.
    pub student: String,
    /// What it was for.
    pub step: Step,
    /// 0 for the first try, then 1, 2, ...
    pub retry: u32,
    /// When the plan wanted it sent (retries: when the student decided to).
    pub intended: Stamp,
    /// When it was sent.
    pub sent: Stamp,
    /// When the head of the answer was there.
    pub first_byte: Option<Stamp>,
    /// When it was over.
    pub end: Stamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The node that served it, when the answer named one.
    pub node: Option<String>,
    /// Whether the page carried WeBWorK's block of warnings; the request may have succeeded all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
    /// For a grade: what was submitted and what the student was told.
    pub submission: Option<Submission>,
    /// For a look at a test: the answers that the page showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Of a request that failed: what its page says, or the text of the transport's error.
    pub sample: Option<String>,
}

/// The graded submission that a request carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Number of the submission within the student's plan, from 1.
    pub number: u32,
    /// The set version, for example `Quiz1,v1`.
    pub version: String,
    /// The token of each answered problem, by problem number from 1.
    pub tokens: Vec<(u32, String)>,
    /// What the student was told.
    pub told: Told,
}

/// The answers that a page showed as the student's last ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The set version that was looked at.
    pub version: String,
    /// What stands in each problem's field, by problem number from 1; empty where nothing does.
    pub answers: Vec<(u32, String)>,
}

/// What a student was told about a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The final page said that it was recorded.
    Acknowledged,
    /// A page said that it was not, or was made before anything could be written.
    Refused,
    /// Nobody told: time-out, reset, 500, 502, 504, cut page.
    Indeterminate,
}

/// Success, or the class of the failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The right page, whole.
    Success,
    /// Anything else.
    Failed(ErrorClass),
}

impl Outcome {
    /// Whether the right page came.
    pub fn is_success(&self) -> bool {
        *self == Self::Success
    }

    /// Whether a whole page came, be it the right one or not.
    pub fn is_answer(&self) -> bool {
        use ErrorClass::{Abandoned, CutBody, Dns, Local, Oversized, Refused, Reset, Timeout, Unreachable};
        let without = matches!(
            self,
            Self::Failed(Refused | Reset | Unreachable | Timeout | Abandoned | Local | Dns | CutBody | Oversized)
        );
        !without
    }
}

/// How a request failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Nobody listens there.
    Refused,
    /// The connection was reset or closed without an answer.
    Reset,
    /// No route, or no connection within the time of the transport.
    Unreachable,
    /// Not complete within a probe's limit.
    Timeout,
    /// The student's patience ended first.
    Abandoned,
    /// The load generator's own machine had no port, file or memory for it: says nothing of the service.
    Local,
    /// The name could not be resolved.
    Dns,
    /// The body ended before it was complete.
    CutBody,
    /// The page, or the head of the answer, is longer than any of the app is.
    Oversized,
    /// A status that is an error, for example 500, 502, 503, 504.
    Status(u16),
    /// The login form on a page that needs a session.
    SessionLost,
    /// The login form says that name or password are wrong, or that this user may not sign in.
    LoginRefused,
    /// The page's own "software error" text.
    SoftwareError,
    /// No test version could be made.
    StartFailed,
    /// No more versions of the test may be started.
    NoVersionsLeft,
    /// The page says that test or set is not open yet, or not any more.
    NotOpen,
    /// The page says that set, version or problem is not the student's.
    NotAssigned,
    /// The time limit of the test is over.
    OutOfTime,
    /// No attempts are left.
    NoAttemptsLeft,
    /// The test may not be submitted any more, and the page does not say why.
    TestOver,
    /// The page says that the score was not recorded, and none of the reasons above.
    NotRecorded,
    /// Homework answered from a page that is older than the last attempt.
    AttemptNotAccepted,
    /// A two-factor page, and no code to enter.
    TwoFactor,
    /// A two-factor code was not accepted.
    CodeRefused,
    /// The course does not exist (its folder cannot be read).
    CourseMissing,
    /// A page that none of the known texts explains.
    Unforeseen,
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Reset => f.write_str("reset"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Timeout => f.write_str("timeout"),
            Self::Abandoned => f.write_str("abandoned"),
            Self::Local => f.write_str("load generator"),
            Self::Dns => f.write_str("dns"),
            Self::CutBody => f.write_str("cut body"),
            Self::Oversized => f.write_str("oversized page"),
            Self::Status(code) => write!(f, "{code}"),
            Self::SessionLost => f.write_str("session lost"),
            Self::LoginRefused => f.write_str("login refused"),
            Self::SoftwareError => f.write_str("software error page"),
            Self::StartFailed => f.write_str("start failed"),
            Self::NoVersionsLeft => f.write_str("no versions left"),
            Self::NotOpen => f.write_str("not open"),
            Self::NotAssigned => f.write_str("not assigned"),
            Self::OutOfTime => f.write_str("out of time"),
            Self::NoAttemptsLeft => f.write_str("no attempts left"),
            Self::TestOver => f.write_str("test over"),
            Self::NotRecorded => f.write_str("not recorded"),
            Self::AttemptNotAccepted => f.write_str("attempt not accepted"),
            Self::TwoFactor => f.write_str("two-factor page"),
            Self::CodeRefused => f.write_str("code refused"),
            Self::CourseMissing => f.write_str("course missing"),
            Self::Unforeseen => f.write_str("unforeseen page"),
        }
    }
}
