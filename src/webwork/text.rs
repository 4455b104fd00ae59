//! The texts of WeBWorK 2.20's English pages that tell one page from another.

use crate::history::ErrorClass;

/// Of the login form.
pub const LOGIN_FORM: &str = "id=\"login_form\"";
/// Of pages for whoever is not signed in; where others do the login, there is no form.
pub const SIGNED_OUT: [&str; 2] = [LOGIN_FORM, "Not logged in."];
/// Of pages for whoever is.
pub const SIGNED_IN: &str = "Logged in as";
/// Why a login did not succeed; one that was refused otherwise only shows the form again.
pub const LOGIN_REFUSED: [&str; 2] =
    ["Invalid user ID or password.", "This user is not allowed to log in to this course"];
/// Of the two-factor pages, be it to set up or to enter a code.
pub const CODE_FIELD: &str = "name=\"otp_code\"";
/// Of a two-factor page that comes again.
pub const CODE_REFUSED: &str = "Invalid security code.";
/// Of a page on which a problem could not be shown.
pub const SOFTWARE_ERROR: &str = "has encountered a software error while attempting to process this problem";
/// Of a page that may be right all the same.
pub const WARNINGS: &str = "has encountered warnings while processing your request";
/// Of every page of a test.
pub const TEST_FORM: &str = "name=\"gwquiz\"";
/// Of a test that may be graded.
pub const SUBMIT: &str = "name=\"submitAnswers\"";
/// Of a test that may not.
pub const OVER: &str = "may no longer be submitted for a grade";
/// Of a homework set's page.
pub const PROBLEM_LIST: &str = "problem_set_table";
/// Of a homework problem.
pub const PROBLEM_FORM: &str = "id=\"problemMainForm\"";
/// Of a preview, test or homework: never to be taken for a refusal.
pub const PREVIEWED: &str = "PREVIEW ONLY -- ANSWERS NOT RECORDED";
/// Of a test, a set or a problem that is not shown.
pub const NOT_VALID: [&str; 4] = [
    "is not a valid test for",
    "is not a valid set for",
    "This problem is not valid.",
    "Unable to generate a valid test version",
];
/// Of a submission that was refused, for whatever reason.
pub const NOT_RECORDED: [&str; 3] = ["ANSWERS NOT RECORDED -- ", "was NOT recorded", "Your score was not recorded"];
/// Of a homework problem that was answered from a page that is older than the last attempt.
pub const NOT_ACCEPTED: &str = "ATTEMPT NOT ACCEPTED";
/// Of a course whose folder cannot be read; with status 404.
pub const NO_COURSE: &str = "This course does not exist.";

/// Reasons that a page gives, the first that it holds counting.
pub const REASONS: [(&str, ErrorClass); 15] = [
    ("no attempts remaining", ErrorClass::NoAttemptsLeft),
    ("You have 0 attempts remaining.", ErrorClass::NoAttemptsLeft),
    ("exceeded the time limit for this test", ErrorClass::OutOfTime),
    ("You exceeded the allowed time.", ErrorClass::OutOfTime),
    ("This test is overtime", ErrorClass::OutOfTime),
    ("You have already taken all available versions", ErrorClass::NoVersionsLeft),
    ("you have already taken the maximum number allowed", ErrorClass::NoVersionsLeft),
    ("This test is closed.", ErrorClass::NotOpen),
    ("not open or its time limit has expired", ErrorClass::NotOpen),
    ("is not yet open.", ErrorClass::NotOpen),
    ("because this problem set version is not open", ErrorClass::NotOpen),
    ("because this homework set is closed", ErrorClass::NotOpen),
    ("is not assigned to user", ErrorClass::NotAssigned),
    ("not been assigned to you", ErrorClass::NotAssigned),
    ("This problem is not valid.", ErrorClass::NotAssigned),
];

/// Whether the page holds the text. Every text is looked for to the end of a good page: the search is the cost of judging.
pub fn holds(body: &str, text: &str) -> bool {
    memchr::memmem::find(body.as_bytes(), text.as_bytes()).is_some()
}

/// Whether the page holds one of the texts.
pub fn holds_any(body: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| holds(body, text))
}
