//! A student at a server that answers one written page after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request as Sent, State};
use axum::response::Html;

use super::*;
use crate::history::Told;
use crate::webwork::token::token;

const LOGIN_FORM: &str = "Not logged in.<form id=\"login_form\" action=\"/again\">\
    <input type=\"hidden\" name=\"kept\" value=\"1\"><input name=\"user\"><input name=\"passwd\" type=\"password\"></form>";
const SETUP: &str = "Not logged in.<a href=\"otpauth://totp/stu001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&amp;digits=6\">\
    scan</a><form action=\"/code\"><input type=\"hidden\" name=\"kept\" value=\"1\"><input name=\"otp_code\"></form>";
const RECORDED: &str = "Your score on this version (1) WAS recorded.";

type Script = Arc<Mutex<(VecDeque<String>, Vec<String>)>>;

async fn answer(State(script): State<Script>, sent: Sent) -> Html<String> {
    let path = sent.uri().path().to_owned();
    let body = axum::body::to_bytes(sent.into_body(), 10_000).await.unwrap();
    let mut script = script.lock().unwrap();
    script.1.push(format!("{path} {}", String::from_utf8_lossy(&body)));
    Html(script.0.pop_front().unwrap_or_else(|| "no more pages".to_owned()))
}

/// Page `page` of a test of three problems, two on a page, on which `said` stands.
fn test_page(page: u32, said: &str, held: &[(u32, String)]) -> String {
    let field = |problem: u32| {
        let value = held.iter().find(|(at, _)| *at == problem).map(|(_, value)| value.clone()).unwrap_or_default();
        let kind = if problem.div_ceil(2) == page { "text" } else { "hidden" };
        format!("<input type=\"{kind}\" name=\"Q{problem:04}_AnSwEr0001\" value=\"{value}\">")
    };
    let fields: String = (1..=3).map(field).collect();
    format!(
        "{said}<form name=\"gwquiz\" action=\"/test/Quiz1,v1\"><input type=\"hidden\" name=\"pageChangeHack\" value=\"\">\
         <input type=\"hidden\" name=\"newPage\" value=\"\"><input type=\"hidden\" name=\"currentPage\" value=\"{page}\">\
         <table><colgroup class=\"page\"><col><col></colgroup></table>{fields}\
         <input type=\"submit\" name=\"submitAnswers\" value=\"Grade Test\"></form>"
    )
}

/// What the server was asked, and what was recorded, when a student does `steps` with `answered` problems.
async fn play(steps: &[(Step, u32)], pages: &[&str]) -> (Vec<String>, Vec<Request>) {
    play_at("Quiz1", steps, pages).await
}

/// The same at a set, which is homework where it is none of the tests.
async fn play_at(set: &str, steps: &[(Step, u32)], pages: &[&str]) -> (Vec<String>, Vec<Request>) {
    let pages = pages.iter().map(|page| (*page).to_owned()).collect();
    let script: Script = Arc::new(Mutex::new((pages, Vec::new())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let entry = format!("http://{}", listener.local_addr().unwrap());
    let server = Router::new().fallback(answer).with_state(Arc::clone(&script));
    tokio::spawn(async move { axum::serve(listener, server).await });
    let action = |(step, answered): &(Step, u32)| Action { at: Duration::ZERO, step: *step, answered: *answered };
    let student = Student {
        rush_until: None,
        login: "stu001".to_owned(),
        patience: Duration::from_secs(10),
        retry_pauses_ms: vec![1],
        actions: steps.iter().map(action).collect(),
    };
    let order = Order {
        certificate: None,
        entry: entry.clone(),
        zero: Stamp::now(),
        course: ("quiz".to_owned(), set.to_owned()),
        homework: set == "HW1",
        password: "secret".to_owned(),
        retries: 2,
        students: vec![student],
    };
    let configuration = goose::config::GooseConfiguration::default();
    let mut user = GooseUser::single(entry.parse().unwrap(), &configuration).unwrap();
    let recorded = Mutex::new(Vec::new());
    let record = |fact: Fact| {
        if let Fact::Request(request) = fact {
            recorded.lock().unwrap().push(request);
        }
    };
    Desk::new(&mut user, &order, (1, &order.students[0]), &record).work().await;
    let asked = script.lock().unwrap().1.clone();
    (asked, recorded.into_inner().unwrap())
}

fn told(requests: &[Request]) -> Vec<(Step, u32, bool, Option<Told>)> {
    let told = |request: &Request| request.submission.as_ref().map(|submission| submission.told);
    let of = |request: &Request| (request.step, request.retry, request.outcome.is_success(), told(request));
    requests.iter().map(of).collect()
}

fn tokens(number: u32, problems: std::ops::RangeInclusive<u32>) -> Vec<(u32, String)> {
    problems.map(|problem| (problem, token(1, number, problem))).collect()
}

#[tokio::test]
async fn a_grade_whose_session_is_lost_is_sent_by_signing_in() {
    let start = test_page(1, "", &[]);
    let graded = format!("{RECORDED}{start}");
    let steps = [(Step::Start, 0), (Step::Grade, 1)];
    let (asked, requests) = play(&steps, &[&start, LOGIN_FORM, SETUP, &graded]).await;
    assert_eq!(
        told(&requests),
        [
            (Step::Start, 0, true, None),
            (Step::Grade, 0, false, Some(Told::Refused)),
            (Step::Grade, 1, true, Some(Told::Refused)),
            (Step::Code, 1, true, Some(Told::Acknowledged)),
        ]
    );
    assert!(asked[1].contains("Q0001_AnSwEr0001=1000100101"), "{asked:?}");
    assert_eq!(asked[2], "/again kept=1&user=stu001&passwd=secret");
    assert!(asked[3].starts_with("/code kept=1&otp_code=") && asked[3].ends_with("&verify_otp=Continue"), "{asked:?}");
    assert!(requests[1..].iter().all(|request| request.submission.as_ref().unwrap().tokens == tokens(1, 1..=1)));
}

#[tokio::test]
async fn a_code_follows_the_password_and_a_page_without_a_secret_is_a_failure() {
    let plain = SETUP.replace("otpauth://", "https://");
    let (_, requests) = play(&[(Step::Login, 0), (Step::SetList, 0)], &[SETUP, "Logged in as", "Logged in as"]).await;
    let done = [(Step::Login, 0, true, None), (Step::Code, 0, true, None), (Step::SetList, 0, true, None)];
    assert_eq!(told(&requests), done);
    let (_, requests) = play(&[(Step::Login, 0)], &[&plain, LOGIN_FORM, "Logged in as"]).await;
    assert_eq!(requests[0].outcome, Outcome::Failed(ErrorClass::TwoFactor));
    assert_eq!((requests.len(), requests[2].outcome.is_success()), (3, true));
}

#[tokio::test]
async fn pages_are_turned_to_where_an_answer_belongs() {
    let (one, two) = (tokens(1, 1..=2), tokens(1, 1..=3));
    let pages = [
        test_page(1, "", &[]),
        test_page(2, "", &one),
        test_page(2, "PREVIEW ONLY -- ANSWERS NOT RECORDED", &two),
        format!("{RECORDED}{}", test_page(2, "", &two)),
        test_page(1, "", &[one, tokens(2, 3..=3)].concat()),
        format!("{RECORDED}{}", test_page(1, "", &tokens(2, 1..=3))),
    ];
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let steps = [(Step::Start, 0), (Step::Preview, 3), (Step::Grade, 3), (Step::Grade, 3)];
    let (asked, requests) = play(&steps, &pages).await;
    let steps: Vec<Step> = requests.iter().map(|request| request.step).collect();
    assert_eq!(steps, [Step::Start, Step::Turn, Step::Preview, Step::Grade, Step::Turn, Step::Grade], "{asked:#?}");
    assert!(requests.iter().all(|request| request.outcome.is_success() && request.retry == 0));
    assert_eq!(
        asked[1],
        "/test/Quiz1,v1 pageChangeHack=1&newPage=2&currentPage=1&Q0001_AnSwEr0001=1000100101&\
         Q0002_AnSwEr0001=1000100102&Q0003_AnSwEr0001=&previewAnswers=Preview+Test"
    );
    // All is typed by now, and the next submission begins on the page that holds none of its answers.
    assert!(asked[3].contains("newPage=&currentPage=2&Q0001_AnSwEr0001=1000100101&"), "{}", asked[3]);
    assert!(asked[4].contains("newPage=1&currentPage=2&Q0001_AnSwEr0001=1000100101&"), "{}", asked[4]);
    assert!(asked[4].contains("Q0003_AnSwEr0001=1000100203"), "{}", asked[4]);
    assert_eq!(
        asked[5],
        "/test/Quiz1,v1 pageChangeHack=&newPage=&currentPage=1&Q0001_AnSwEr0001=1000100201&\
         Q0002_AnSwEr0001=1000100202&Q0003_AnSwEr0001=1000100203&submitAnswers=Grade+Test"
    );
}

/// Problem `number` of a homework set, attempted so often, on which `said` stands.
fn problem(number: u32, attempts: u32, said: &str) -> String {
    format!(
        "{said}<form id=\"problemMainForm\" action=\"/webwork2/quiz/HW1/{number}\"><input type=\"text\" name=\"AnSwEr0001\" \
         value=\"\"><input type=\"hidden\" name=\"num_attempts\" value=\"{attempts}\"></form>"
    )
}

#[tokio::test]
async fn homework_is_answered_from_the_page_that_counts_its_attempts() {
    let recorded = "Your score was recorded.";
    let pages = [
        problem(1, 0, ""),
        problem(1, 0, "PREVIEW ONLY -- ANSWERS NOT RECORDED"),
        // The first try was stored, and nobody was told: the page is older than that attempt.
        "<html>half a page".to_owned(),
        problem(1, 1, "ATTEMPT NOT ACCEPTED"),
        problem(1, 2, recorded),
        // Nothing of problem 2 lies open: it is looked at first.
        problem(2, 0, ""),
        problem(2, 1, recorded),
    ];
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let steps = [(Step::View, 1), (Step::Preview, 1), (Step::Grade, 1), (Step::Grade, 2)];
    let (asked, requests) = play_at("HW1", &steps, &pages).await;
    assert_eq!(
        told(&requests),
        [
            (Step::View, 0, true, None),
            (Step::Preview, 0, true, None),
            (Step::Grade, 0, false, Some(Told::Indeterminate)),
            (Step::Grade, 1, false, Some(Told::Refused)),
            (Step::Grade, 2, true, Some(Told::Acknowledged)),
            (Step::View, 1, true, None),
            (Step::Grade, 0, true, Some(Told::Acknowledged)),
        ]
    );
    assert_eq!(requests[3].outcome, Outcome::Failed(ErrorClass::AttemptNotAccepted));
    assert_eq!(asked[3], "/webwork2/quiz/HW1/1 AnSwEr0001=1000100101&num_attempts=0&submitAnswers=Submit+Answers");
    assert_eq!(asked[4], "/webwork2/quiz/HW1/1 AnSwEr0001=1000100101&num_attempts=1&submitAnswers=Submit+Answers");
    assert_eq!(asked[6], "/webwork2/quiz/HW1/2 AnSwEr0001=1000100202&num_attempts=0&submitAnswers=Submit+Answers");
    let sent = requests[6].submission.as_ref().unwrap();
    assert_eq!((&*sent.version, &*sent.tokens), ("HW1", &tokens(2, 2..=2)[..]));
    assert_eq!(requests[0].shown.as_ref().map(|shown| shown.answers.clone()), Some(vec![(1, String::new())]));
}

#[tokio::test]
async fn a_session_lost_on_the_way_to_another_page_is_no_grade() {
    let pages = [
        test_page(2, "", &[]),
        LOGIN_FORM.to_owned(),
        test_page(1, "", &[]),
        format!("{RECORDED}{}", test_page(1, "", &[])),
    ];
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let (_, requests) = play(&[(Step::Start, 0), (Step::Grade, 1)], &pages).await;
    let way = [
        (Step::Start, 0, true, None),
        (Step::Turn, 0, false, None),
        (Step::Turn, 1, true, None),
        (Step::Grade, 1, true, Some(Told::Acknowledged)),
    ];
    assert_eq!(told(&requests), way);
}

#[tokio::test]
async fn an_unforeseen_page_is_kept_as_what_it_says() {
    let strange = "<title>strange</title><body><input type=\"hidden\" value=\"secret\">Nobody foresaw this.</body>";
    let (_, requests) = play(&[(Step::SetList, 0)], &[strange, "Logged in as"]).await;
    assert_eq!(requests[0].outcome, Outcome::Failed(ErrorClass::Unforeseen));
    assert_eq!(requests[0].sample.as_deref(), Some("strange | Nobody foresaw this."));
}

#[tokio::test]
async fn a_page_that_is_too_long_tells_nothing_of_a_submission() {
    let start = test_page(1, "", &[]);
    let graded = format!("{RECORDED}{}{start}", "x".repeat(3 << 20));
    let (_, requests) = play(&[(Step::Start, 0), (Step::Grade, 1)], &[&start, &graded, &graded, &graded]).await;
    assert_eq!(requests[1].outcome, Outcome::Failed(ErrorClass::Oversized));
    assert!(requests[1..].iter().all(|request| request.submission.as_ref().unwrap().told == Told::Indeterminate));
}

#[tokio::test]
async fn a_form_of_a_page_leads_to_the_entry_whatever_it_names() {
    for host in ["http://192.0.2.1", "//192.0.2.1", "/\\192.0.2.1", "@192.0.2.1"] {
        let named = |path: &str, page: &str| page.replace(path, &format!("{host}{path}"));
        let start = named("/test/Quiz1,v1", &test_page(1, "", &[]));
        let lost = named("/again", LOGIN_FORM);
        let graded = format!("{RECORDED}{start}");
        let (asked, requests) = play(&[(Step::Start, 0), (Step::Grade, 1)], &[&start, &lost, &graded]).await;
        assert_eq!(asked.len(), 3, "{host}: {asked:?}");
        assert!(asked[1].contains("/test/Quiz1,v1 ") && asked[2].contains("/again "), "{host}: {asked:?}");
        assert!(requests.last().unwrap().outcome.is_success(), "{host}");
    }
}
