//! A page → what it means. The texts are WeBWorK 2.20's own; most failures come with status 200.

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
    /// The page after signing out.
    SignedOut,
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

const LOGIN_FORM: &str = "id=\"login_form\"";
const NOT_LOGGED_IN: &str = "Not logged in.";
const SOFTWARE_ERROR: &str = "has encountered a software error while attempting to process this problem";
const WARNINGS: &str = "has encountered warnings while processing your request";
const TEST_FORM: &str = "name=\"gwquiz\"";
const NOT_A_TEST: [&str; 2] = ["is not a valid test for", "Unable to generate a valid test version"];
const NOT_RECORDED: [&str; 4] =
    ["was NOT recorded", "ANSWERS NOT RECORDED --", "Your score was not recorded", "ATTEMPT NOT ACCEPTED"];
const TWO_FACTOR: [&str; 2] = ["One-Time Code", "otp_code"];
const NO_COURSE: &str = "This course does not exist.";
const PREVIEWED: &str = "PREVIEW ONLY -- ANSWERS NOT RECORDED";

/// Judges a whole page.
pub fn judge(expected: Expected, status: u16, body: &str) -> PageVerdict {
    let outcome = outcome(expected, status, body);
    let told = told(expected, status, body, &outcome);
    PageVerdict { outcome, told, warnings: holds(body, WARNINGS) }
}

fn outcome(expected: Expected, status: u16, body: &str) -> Outcome {
    let any = |texts: &[&str]| texts.iter().any(|text| holds(body, text));
    let failed = |class| Outcome::Failed(class);
    if holds(body, NO_COURSE) {
        return failed(ErrorClass::CourseMissing);
    }
    if status != 200 {
        return failed(ErrorClass::Status(status));
    }
    if any(&TWO_FACTOR) {
        return failed(ErrorClass::TwoFactor);
    }
    let login = holds(body, LOGIN_FORM) || holds(body, NOT_LOGGED_IN);
    let asked_for = match expected {
        Expected::LoginForm => true,
        // Whoever has signed out is not signed in; whoever never was meets the form.
        Expected::SignedOut => right_page(expected, body),
        _ => false,
    };
    if login && !asked_for {
        return failed(ErrorClass::SessionLost);
    }
    if holds(body, SOFTWARE_ERROR) {
        return failed(ErrorClass::SoftwareError);
    }
    if any(&NOT_A_TEST) {
        return failed(ErrorClass::StartFailed);
    }
    if expected == Expected::Graded && any(&NOT_RECORDED) {
        return failed(ErrorClass::NotRecorded);
    }
    if right_page(expected, body) { Outcome::Success } else { failed(ErrorClass::Unforeseen) }
}

/// Every text is looked for to the end of a good page, so the search is the cost of judging.
fn holds(body: &str, text: &str) -> bool {
    memchr::memmem::find(body.as_bytes(), text.as_bytes()).is_some()
}

/// A page is right only by what it holds: the absence of an error text proves nothing.
fn right_page(expected: Expected, body: &str) -> bool {
    match expected {
        Expected::LoginForm => holds(body, LOGIN_FORM),
        Expected::SignedIn => holds(body, "Logged in as"),
        Expected::QuizInfo => holds(body, "Logged in as") && holds(body, "/test_mode/"),
        Expected::Test => holds(body, TEST_FORM) && holds(body, "submitAnswers"),
        Expected::Preview => holds(body, PREVIEWED),
        Expected::Graded => recorded(body),
        Expected::Review => holds(body, "Your recorded score on this test") || holds(body, TEST_FORM),
        Expected::SignedOut => holds(body, "You have been logged out"),
    }
}

fn recorded(body: &str) -> bool {
    holds(body, "WAS recorded")
}

/// Nothing was written before a login form, a refusal, or the balancer's own 503; after anything else nobody
/// can tell.
fn told(expected: Expected, status: u16, body: &str, outcome: &Outcome) -> Told {
    match outcome {
        Outcome::Failed(ErrorClass::SessionLost) => Told::Refused,
        // A page may say so and have an error beside it; the student was told all the same.
        _ if expected == Expected::Graded && status == 200 && recorded(body) => Told::Acknowledged,
        Outcome::Failed(ErrorClass::NotRecorded | ErrorClass::CourseMissing) => Told::Refused,
        Outcome::Failed(ErrorClass::Status(503)) if status == 503 => Told::Refused,
        _ => Told::Indeterminate,
    }
}

/// The class of a request that brought no whole page. `abandoned` tells whether the caller's own limit ended it,
/// and with which class that counts.
pub fn transport_class(error: &(dyn std::error::Error + 'static), limit: ErrorClass) -> ErrorClass {
    let mut cause = Some(error);
    let mut texts = String::new();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind;
            match io.kind() {
                ErrorKind::ConnectionRefused => return ErrorClass::Refused,
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
                    return ErrorClass::Reset;
                }
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => return ErrorClass::Unreachable,
                ErrorKind::UnexpectedEof => return ErrorClass::CutBody,
                _ => {}
            }
        }
        texts.push_str(&error.to_string());
        texts.push('\n');
        cause = error.source();
    }
    let has = |text: &str| texts.contains(text);
    if has("operation timed out") || has("deadline has elapsed") {
        limit
    } else if has("dns error") || has("failed to lookup address") {
        ErrorClass::Dns
    } else if has("connection closed before message completed") {
        ErrorClass::Reset
    } else if has("end of file before message length reached") || has("error reading a body") {
        ErrorClass::CutBody
    } else {
        ErrorClass::Unforeseen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Expected, status: u16, body: &str, outcome: Outcome, told: Told) {
        let verdict = judge(expected, status, body);
        assert_eq!((verdict.outcome, verdict.told), (outcome, told), "{body}");
    }

    fn failed(class: ErrorClass) -> Outcome {
        Outcome::Failed(class)
    }

    #[test]
    fn a_grade_counts_only_by_its_own_words() {
        let recorded = "<form name=\"gwquiz\">Your score on this version (2) WAS recorded.";
        check(Expected::Graded, 200, recorded, Outcome::Success, Told::Acknowledged);
        check(Expected::Graded, 200, "all is well", failed(ErrorClass::Unforeseen), Told::Indeterminate);
        let refused = "Your score on this test was NOT recorded.";
        check(Expected::Graded, 200, refused, failed(ErrorClass::NotRecorded), Told::Refused);
        check(Expected::Graded, 200, LOGIN_FORM, failed(ErrorClass::SessionLost), Told::Refused);
        check(Expected::Graded, 500, "WeBWorK error", failed(ErrorClass::Status(500)), Told::Indeterminate);
        check(Expected::Graded, 502, "", failed(ErrorClass::Status(502)), Told::Indeterminate);
        check(Expected::Graded, 503, "", failed(ErrorClass::Status(503)), Told::Refused);
    }

    #[test]
    fn a_preview_is_no_refusal() {
        check(Expected::Preview, 200, PREVIEWED, Outcome::Success, Told::Indeterminate);
    }

    #[test]
    fn soft_failures_are_failures() {
        check(Expected::Test, 200, SOFTWARE_ERROR, failed(ErrorClass::SoftwareError), Told::Indeterminate);
        check(Expected::Test, 200, NOT_A_TEST[1], failed(ErrorClass::StartFailed), Told::Indeterminate);
        let signed_out = format!("{NOT_LOGGED_IN} You have been logged out");
        check(Expected::SignedOut, 200, &signed_out, Outcome::Success, Told::Indeterminate);
        check(Expected::SignedOut, 200, LOGIN_FORM, failed(ErrorClass::SessionLost), Told::Refused);
        check(Expected::SignedIn, 200, "otp_code", failed(ErrorClass::TwoFactor), Told::Indeterminate);
        check(Expected::SignedIn, 404, NO_COURSE, failed(ErrorClass::CourseMissing), Told::Refused);
        let half = format!("Your score WAS recorded. {SOFTWARE_ERROR}");
        check(Expected::Graded, 200, &half, failed(ErrorClass::SoftwareError), Told::Acknowledged);
        let warned = format!("Your score WAS recorded. WeBWorK {WARNINGS}");
        assert!(judge(Expected::Graded, 200, &warned).warnings);
        check(Expected::Graded, 200, &warned, Outcome::Success, Told::Acknowledged);
    }
}
