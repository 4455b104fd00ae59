use super::*;
use crate::webwork::{Form, ProblemPage, TestPage, sample};

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
    check(Expected::Graded, 200, "Your score was recorded.", failed(ErrorClass::Unforeseen), Told::Indeterminate);
    let refused = "Your score on this test was NOT recorded.";
    check(Expected::Graded, 200, refused, failed(ErrorClass::NotRecorded), Told::Refused);
    check(Expected::Graded, 200, text::LOGIN_FORM, failed(ErrorClass::SessionLost), Told::Refused);
    check(Expected::Graded, 500, "WeBWorK error", failed(ErrorClass::Status(500)), Told::Indeterminate);
    check(Expected::Graded, 502, "", failed(ErrorClass::Status(502)), Told::Indeterminate);
    check(Expected::Graded, 503, "", failed(ErrorClass::Status(503)), Told::Refused);
}

#[test]
fn a_refused_grade_says_why() {
    let refused =
        |why: &str| format!("<form name=\"gwquiz\">ANSWERS NOT RECORDED -- Your score was not recorded {why}");
    for (why, class) in [
        ("because you have no attempts remaining on this set version.", ErrorClass::NoAttemptsLeft),
        ("because you have exceeded the time limit for this test. (Time taken: 2 min)", ErrorClass::OutOfTime),
        ("because this problem set version is not open.", ErrorClass::NotOpen),
        ("because there was a failure in storing the problem record to the database.", ErrorClass::NotRecorded),
    ] {
        check(Expected::Graded, 200, &refused(why), failed(class), Told::Refused);
    }
    check(Expected::Preview, 200, text::PREVIEWED, Outcome::Success, Told::Indeterminate);
}

#[test]
fn a_test_that_cannot_be_taken_says_why() {
    let invalid = |why: &str| format!("The selected test (Quiz1) is not a valid test for stu001. {why}");
    for (why, class) in [
        ("You have already taken all available versions of this test in the current", ErrorClass::NoVersionsLeft),
        ("because you have already taken the maximum number allowed.", ErrorClass::NoVersionsLeft),
        ("This test is closed.  No new test versions may be taken.", ErrorClass::NotOpen),
        ("Requested set 'Quiz1' is not yet open.", ErrorClass::NotOpen),
        ("Requested version (7) of set 'Quiz1' is not assigned to user stu001.", ErrorClass::NotAssigned),
        ("One or more of the problems in this test have not been assigned to you.", ErrorClass::NotAssigned),
        ("Unable to generate a valid test version.", ErrorClass::StartFailed),
    ] {
        let told = if class == ErrorClass::StartFailed { Told::Indeterminate } else { Told::Refused };
        check(Expected::Test, 200, &invalid(why), failed(class), told);
    }
    let over = |why: &str| format!("<form name=\"gwquiz\">{why} The test may no longer be submitted for a grade.");
    let seen = |why: &str| judge(Expected::Test, 200, &over(why)).outcome;
    assert_eq!(seen("You exceeded the allowed time."), failed(ErrorClass::OutOfTime));
    assert_eq!(seen("Time taken on test: 3 min."), failed(ErrorClass::TestOver));
    // Within the grace period the test may still be graded, and its timer's own words are in every page.
    let grace = "<form name=\"gwquiz\"><div data-alert-one=\"You are out of time!\">You are out of time! Press \"Grade Test\" \
                 now!</div><input name=\"submitAnswers\">";
    check(Expected::Test, 200, grace, Outcome::Success, Told::Indeterminate);
}

#[test]
fn whoever_is_not_signed_in_is_told_so() {
    let form = |why: &str| format!("{why}<form id=\"login_form\">");
    let told = |why: &str| judge(Expected::SignedIn, 200, &form(why));
    assert_eq!(told("Your session has timed out due to inactivity.").outcome, failed(ErrorClass::SessionLost));
    assert_eq!(told("Invalid user ID or password.").outcome, failed(ErrorClass::LoginRefused));
    let code = |why: &str| format!("Not logged in.<input name=\"otp_code\">{why}");
    check(Expected::Graded, 200, &code(""), failed(ErrorClass::TwoFactor), Told::Refused);
    check(Expected::SignedIn, 200, &code(text::CODE_REFUSED), failed(ErrorClass::CodeRefused), Told::Refused);
    check(Expected::SignedOut, 200, text::LOGIN_FORM, failed(ErrorClass::SessionLost), Told::Refused);
    let signed_out = "Not logged in. You have been logged out";
    check(Expected::SignedOut, 200, signed_out, Outcome::Success, Told::Indeterminate);
}

#[test]
fn soft_failures_are_failures() {
    check(Expected::Test, 200, text::SOFTWARE_ERROR, failed(ErrorClass::SoftwareError), Told::Indeterminate);
    check(Expected::SignedIn, 404, text::NO_COURSE, failed(ErrorClass::CourseMissing), Told::Refused);
    let context = format!("WeBWorK error 143: return (0, '{}')", text::NO_COURSE);
    check(Expected::Graded, 500, &context, failed(ErrorClass::Status(500)), Told::Indeterminate);
    let half = format!("Your score WAS recorded. {}", text::SOFTWARE_ERROR);
    check(Expected::Graded, 200, &half, failed(ErrorClass::SoftwareError), Told::Acknowledged);
    let warned = format!("Your score WAS recorded. WeBWorK {}", text::WARNINGS);
    assert!(judge(Expected::Graded, 200, &warned).warnings);
    check(Expected::Graded, 200, &warned, Outcome::Success, Told::Acknowledged);
}

#[test]
fn homework_is_judged_by_its_own_words() {
    check(Expected::Submitted, 200, "Your score was recorded.<br>", Outcome::Success, Told::Acknowledged);
    let stale = "<form id=\"problemMainForm\">ATTEMPT NOT ACCEPTED -- Please submit answers again";
    check(Expected::Submitted, 200, stale, failed(ErrorClass::AttemptNotAccepted), Told::Refused);
    let spent = "Your score was not recorded.<br>You have 0 attempts remaining.";
    check(Expected::Submitted, 200, spent, failed(ErrorClass::NoAttemptsLeft), Told::Refused);
    let closed = "Your score was not recorded because this homework set is closed.";
    check(Expected::Submitted, 200, closed, failed(ErrorClass::NotOpen), Told::Refused);
    check(Expected::Problem, 200, "<form id=\"problemMainForm\">", Outcome::Success, Told::Indeterminate);
    check(Expected::Problem, 200, "This problem is not valid.", failed(ErrorClass::NotAssigned), Told::Refused);
}

/// Every recorded page, with what it must be taken for.
const RECORDED: &[(&str, Expected, Option<ErrorClass>)] = &[
    ("01-login-page.txt", Expected::LoginForm, None),
    ("02-login-post.txt", Expected::SignedIn, None),
    ("02a-login-post-2fa-default.txt", Expected::SignedIn, Some(ErrorClass::TwoFactor)),
    ("03-setlist.txt", Expected::SignedIn, None),
    ("04-quiz-info.txt", Expected::QuizInfo, None),
    ("05-test-start.txt", Expected::Test, None),
    ("06-preview.txt", Expected::Preview, None),
    ("07-submit.txt", Expected::Graded, None),
    ("08-review.txt", Expected::Review, None),
    ("09-quiz-info-after.txt", Expected::QuizInfo, None),
    ("10-hw-set.txt", Expected::Homework, None),
    ("11-hw-problem.txt", Expected::Problem, None),
    ("12-hw-preview.txt", Expected::Preview, None),
    ("13-hw-submit.txt", Expected::Submitted, Some(ErrorClass::AttemptNotAccepted)),
    // The bad key of the request did not matter: the cookie was good.
    ("14-bad-session.txt", Expected::SignedIn, None),
    ("15-logout.txt", Expected::SignedOut, None),
    ("16-after-logout-get.txt", Expected::QuizInfo, Some(ErrorClass::SessionLost)),
    ("17-after-logout-submit.txt", Expected::Graded, Some(ErrorClass::SessionLost)),
    ("18-bad-password.txt", Expected::SignedIn, Some(ErrorClass::LoginRefused)),
    ("19-no-course.txt", Expected::SignedIn, Some(ErrorClass::CourseMissing)),
    ("21-root.txt", Expected::SignedIn, Some(ErrorClass::SessionLost)),
    ("quizP-page2.html", Expected::Test, None),
    ("submit-answerlog-open-fails.html", Expected::Graded, None),
    ("submit-with-killed-fork-0.html", Expected::Graded, Some(ErrorClass::Status(500))),
    ("submit-with-killed-fork-1.html", Expected::Graded, Some(ErrorClass::Status(500))),
    ("submit-with-killed-fork-2.html", Expected::Graded, Some(ErrorClass::Status(500))),
    ("submit-with-killed-worker-0.html", Expected::Graded, Some(ErrorClass::Unforeseen)),
    ("submit-with-killed-worker-1.html", Expected::Graded, Some(ErrorClass::Unforeseen)),
    ("submit-with-killed-worker-2.html", Expected::Graded, Some(ErrorClass::Unforeseen)),
];

/// Name, status and body of each recorded page; none where they are not at hand.
fn recorded() -> Option<Vec<(String, u16, String)>> {
    let Some(folder) = std::env::var_os("WWCHAOS_WEBWORK_PAGES") else {
        eprintln!("skipped: WWCHAOS_WEBWORK_PAGES is not set: no recorded pages");
        return None;
    };
    let page = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        match text.strip_prefix("HTTP/1.1 ") {
            Some(answer) => {
                let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
                (name, head[..3].parse().unwrap(), body.to_owned())
            }
            // Without a head; only those of a fork that was killed are errors.
            None => (name.clone(), if name.contains("killed-fork") { 500 } else { 200 }, text),
        }
    };
    let pages = std::fs::read_dir(folder).unwrap().map(page);
    Some(pages.filter(|(name, ..)| !name.contains("sql")).collect())
}

/// What the hidden fields of a page hold that is no word of it, and the links that set up an authenticator app.
fn hidden(body: &str) -> Vec<String> {
    let document = scraper::Html::parse_document(body);
    let fields = scraper::Selector::parse("input[type=hidden]").unwrap();
    let held = document.select(&fields).filter_map(|field| field.attr("value"));
    let links = scraper::Selector::parse("a[href^=otpauth]").unwrap();
    let links =
        document.select(&links).filter_map(|link| link.attr("href")?.split("secret=").nth(1)?.split('&').next());
    held.filter(|held| held.len() >= 16).chain(links).map(str::to_owned).collect()
}

#[test]
fn every_recorded_page_is_what_it_was() {
    let Some(pages) = recorded() else { return };
    for (name, status, body) in &pages {
        let (_, expected, class) =
            RECORDED.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("{name}"));
        let outcome = class.clone().map_or(Outcome::Success, Outcome::Failed);
        assert_eq!(judge(*expected, *status, body).outcome, outcome, "{name}");
        assert_eq!(judge(*expected, *status, body).warnings, name.contains("answerlog"), "{name}");
        let said = sample(body);
        assert!(!said.contains("eyJ"), "{name}");
        assert!(hidden(body).iter().all(|held| !said.contains(held)), "{name}: {said}");
        // No page of another kind passes for a grade.
        let graded = judge(Expected::Graded, *status, body).told == Told::Acknowledged;
        assert_eq!(graded, name == "07-submit.txt" || name.contains("answerlog"), "{name}");
    }
    assert_eq!(pages.len(), RECORDED.len());
}

#[test]
fn forms_of_recorded_pages_are_read() {
    let Some(pages) = recorded() else { return };
    let body = |name: &str| &pages.iter().find(|(known, ..)| known == name).unwrap().2;
    let started = TestPage::read(body("05-test-start.txt"), "Quiz1").unwrap();
    assert_eq!((started.version(), started.answers().len(), started.turn_for(9)), ("Quiz1,v1", 5, None));
    let second = TestPage::read(body("quizP-page2.html"), "QuizP").unwrap();
    assert_eq!(second.answers().iter().map(|(problem, _)| *problem).collect::<Vec<_>>(), [3, 4]);
    assert_eq!((second.turn_for(1), second.turn_for(4), second.turn_for(5)), (Some(1), None, Some(3)));
    let asked = ProblemPage::read(body("11-hw-problem.txt"), "HW1").unwrap().answer(crate::history::Step::Grade, "4");
    let form = asked.form.unwrap();
    for (name, value) in [("AnSwEr0001", "4"), ("num_attempts", "0"), ("submitAnswers", "Submit Answers")] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name} in {form:?}");
    }
    let lost = Form::find(body("17-after-logout-submit.txt"), "form#login_form").unwrap();
    assert_eq!((lost.value("Q0001_AnSwEr0001"), lost.value("submitAnswers")), (Some("81"), Some("Grade Test")));
    let mut authenticator = crate::webwork::Authenticator::default();
    let setup = body("02a-login-post-2fa-default.txt");
    assert!(authenticator.answer(setup, Expected::SignedIn, 1_795_370_117).is_some());
}
