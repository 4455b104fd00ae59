//! A page → what it means. The texts are WeBWorK 2.20's own; most failures come with status 200.
//!
//! A page is right only by what it holds; what a page says that is not right is looked for afterwards, so a good page costs
//! few searches. A page that says nothing of what is known here is [`ErrorClass::Unforeseen`], and never a success.

use super::text::{self, holds, holds_any};
use crate::history::{ErrorClass, Outcome, Told};

/// Which page was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The login form.
    LoginForm,
    /// A page that only a signed-in student gets.
    SignedIn,
    /// The quiz's page.
    QuizInfo,
    /// The test with its form.
    Test,
    /// The test after a preview.
    Preview,
    /// The test after grading.
    Graded,
    /// The test after the last attempt, or its form while attempts are left.
    Review,
    /// The list of a homework set's problems.
    Homework,
    /// A homework problem with its form; after a preview it is [`Self::Preview`].
    Problem,
    /// A homework problem after its answers were submitted.
    Submitted,
    /// The page after signing out.
    SignedOut,
}

impl Expected {
    /// Whether it is a page of a test, with its form.
    pub fn is_of_a_test(self) -> bool {
        matches!(self, Self::Test | Self::Preview | Self::Graded | Self::Review)
    }
}

/// What a page means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageVerdict {
    /// Success, or how it failed.
    pub outcome: Outcome,
    /// For a submission: what the student was told.
    pub told: Told,
    /// Whether the page carries WeBWorK's warnings block.
    pub warnings: bool,
}

/// Judges a whole page.
pub fn judge(expected: Expected, status: u16, body: &str) -> PageVerdict {
    let outcome = failure(expected, status, body).map_or(Outcome::Success, Outcome::Failed);
    let told = told(expected, status, body, &outcome);
    PageVerdict { outcome, told, warnings: holds(body, text::WARNINGS) }
}

/// How the page fails to be the expected one.
fn failure(expected: Expected, status: u16, body: &str) -> Option<ErrorClass> {
    if status != 200 {
        // A page of an exception shows the source around it, and with a database that is down that is this text.
        let missing = status == 404 && holds(body, text::NO_COURSE);
        return Some(if missing { ErrorClass::CourseMissing } else { ErrorClass::Status(status) });
    }
    if holds(body, text::CODE_FIELD) {
        let refused = holds(body, text::CODE_REFUSED);
        return Some(if refused { ErrorClass::CodeRefused } else { ErrorClass::TwoFactor });
    }
    let asked_for = match expected {
        Expected::LoginForm => true,
        // Whoever has signed out is not signed in; whoever never was meets the form.
        Expected::SignedOut => is_right(expected, body),
        _ => false,
    };
    if !asked_for && holds_any(body, &text::SIGNED_OUT) {
        let refused = holds_any(body, &text::LOGIN_REFUSED);
        return Some(if refused { ErrorClass::LoginRefused } else { ErrorClass::SessionLost });
    }
    if holds(body, text::SOFTWARE_ERROR) {
        return Some(ErrorClass::SoftwareError);
    }
    if is_submission(expected) && holds_any(body, &text::NOT_RECORDED) {
        return Some(reason(body).unwrap_or(ErrorClass::NotRecorded));
    }
    (!is_right(expected, body)).then(|| said(expected, body).unwrap_or(ErrorClass::Unforeseen))
}

/// A page is right only by what it holds: the absence of an error text proves nothing.
fn is_right(expected: Expected, body: &str) -> bool {
    match expected {
        Expected::LoginForm => holds(body, text::LOGIN_FORM),
        Expected::SignedIn => holds(body, text::SIGNED_IN),
        Expected::QuizInfo => holds(body, text::SIGNED_IN) && holds(body, "/test_mode/"),
        Expected::Test => holds(body, text::TEST_FORM) && holds(body, text::SUBMIT),
        Expected::Preview => holds(body, text::PREVIEWED),
        Expected::Graded | Expected::Submitted => recorded(expected, body),
        Expected::Review => holds(body, "Your recorded score on this test") || holds(body, text::TEST_FORM),
        Expected::Homework => holds(body, text::SIGNED_IN) && holds(body, text::PROBLEM_LIST),
        Expected::Problem => holds(body, text::PROBLEM_FORM),
        Expected::SignedOut => holds(body, "You have been logged out"),
    }
}

fn is_submission(expected: Expected) -> bool {
    matches!(expected, Expected::Graded | Expected::Submitted)
}

fn recorded(expected: Expected, body: &str) -> bool {
    match expected {
        Expected::Graded => holds(body, "WAS recorded"),
        Expected::Submitted => holds(body, "Your score was recorded."),
        _ => false,
    }
}

/// What a page that is not the right one says of itself.
fn said(expected: Expected, body: &str) -> Option<ErrorClass> {
    if holds_any(body, &text::NOT_VALID) {
        return Some(reason(body).unwrap_or(ErrorClass::StartFailed));
    }
    if expected == Expected::Test && holds(body, text::OVER) {
        return Some(reason(body).unwrap_or(ErrorClass::TestOver));
    }
    holds(body, text::NOT_ACCEPTED).then_some(ErrorClass::AttemptNotAccepted)
}

/// The reason that a page gives for what it refuses.
fn reason(body: &str) -> Option<ErrorClass> {
    text::REASONS.iter().find(|(words, _)| holds(body, words)).map(|(_, class)| class.clone())
}

/// Nothing was written before a login form, a page for a code, a refusal, or the balancer's own 503; after anything else
/// nobody can tell.
fn told(expected: Expected, status: u16, body: &str, outcome: &Outcome) -> Told {
    match outcome {
        Outcome::Failed(
            ErrorClass::SessionLost | ErrorClass::LoginRefused | ErrorClass::TwoFactor | ErrorClass::CodeRefused,
        ) => Told::Refused,
        // A page may say so and have an error beside it; the student was told all the same.
        _ if status == 200 && recorded(expected, body) => Told::Acknowledged,
        Outcome::Failed(
            ErrorClass::NotRecorded
            | ErrorClass::OutOfTime
            | ErrorClass::NoAttemptsLeft
            | ErrorClass::NoVersionsLeft
            | ErrorClass::NotOpen
            | ErrorClass::NotAssigned
            | ErrorClass::AttemptNotAccepted
            | ErrorClass::CourseMissing
            | ErrorClass::Status(503),
        ) => Told::Refused,
        _ => Told::Indeterminate,
    }
}

#[cfg(test)]
mod tests;
