//! A trivial server that answers at once: the pages of a student's journey with the texts by which
//! [`judge`](crate::webwork::judge) tells them apart, padded to the size of a real page. It knows who is signed in by a
//! cookie and stores nothing.

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::plan::{COURSE, SET};

/// Length of every page, in bytes: as a test's page.
const PAGE: usize = 25_000;
/// What a browser that is signed in sends.
const SESSION: &str = "session=open";

/// A server at work. Dropping it ends it.
pub struct Server {
    /// Where it listens: address and port.
    pub address: String,
    task: JoinHandle<()>,
}

impl Server {
    /// A server on a free port of 127.0.0.1.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("find a port for the server")?;
        let address = listener.local_addr()?.to_string();
        let task = tokio::spawn(async move {
            // It ends when it is dropped; a connection that fails is the client's matter.
            let _ = axum::serve(listener, Router::new().fallback(serve)).await;
        });
        Ok(Self { address, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(method: Method, uri: Uri, headers: HeaderMap, form: String) -> impl IntoResponse {
    let cookies = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
    let form = (method == Method::POST).then_some(form);
    let (cookie, text) = page(uri.path(), form.as_deref(), cookies.contains(SESSION));
    let page = format!("<html><body>{text}<!--{}--></body></html>\n", ".".repeat(PAGE.saturating_sub(text.len())));
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (SET_COOKIE, cookie)], page)
}

/// What the browser is to remember, and what the page says.
fn page(path: &str, form: Option<&str>, signed_in: bool) -> (&'static str, String) {
    const KEEP: &str = "seen=yes; Path=/";
    let below = path.strip_prefix("/webwork2/").and_then(|path| path.strip_prefix(COURSE)).unwrap_or(path);
    let button = |name: &str| form.is_some_and(|form| form.contains(name));
    if below == "/logout" {
        return ("session=; Path=/; Max-Age=0", "You have been logged out".to_owned());
    }
    if button("passwd=") {
        return ("session=open; Path=/", "Logged in as a student".to_owned());
    }
    if !signed_in {
        return (KEEP, "<form id=\"login_form\"></form>".to_owned());
    }
    let test = format!(
        "<form name=\"gwquiz\" action=\"/webwork2/{COURSE}/test_mode/{SET},v1/\"><input type=\"submit\" name=\"submitAnswers\"></form>"
    );
    let text = if below.is_empty() {
        "Logged in as a student".to_owned()
    } else if button("submitAnswers=") {
        format!("Your score on this test WAS recorded.{test}")
    } else if button("previewAnswers=") {
        format!("PREVIEW ONLY -- ANSWERS NOT RECORDED{test}")
    } else if below.starts_with("/test_mode/") {
        test
    } else {
        format!("Logged in as a student <a href=\"/webwork2/{COURSE}/test_mode/{SET}\">Take the test</a>")
    };
    (KEEP, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Outcome, Step};
    use crate::webwork::{Asked, Course, TestPage, USER_AGENT, answers, judge};

    #[tokio::test]
    async fn a_students_whole_journey_gets_the_right_pages() {
        let server = Server::start().await.unwrap();
        let http = reqwest::Client::builder().cookie_store(true).user_agent(USER_AGENT).build().unwrap();
        let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
        let ask = async |asked: Asked| {
            let url = format!("http://{}{}", server.address, asked.path);
            let request = asked.form.as_ref().map_or_else(|| http.get(&url), |form| http.post(&url).form(form));
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let body = response.text().await.unwrap();
            assert_eq!(judge(asked.expected, status, &body).outcome, Outcome::Success, "{asked:?}: {body:.200}");
            body
        };
        ask(course.login_page()).await;
        ask(course.login("stu001", "secret")).await;
        ask(course.set_list()).await;
        ask(course.quiz_info()).await;
        let version = TestPage::read(&ask(course.start()).await, SET).unwrap().version().to_owned();
        ask(course.view(&version)).await;
        ask(course.answer(Step::Preview, &version, &answers(1, 1, 2))).await;
        ask(course.answer(Step::Grade, &version, &answers(1, 1, 2))).await;
        ask(course.review(&version)).await;
        ask(course.logout()).await;
        assert!(ask(course.login_page()).await.len() > PAGE, "signed out, and as long as a real page");
    }
}
