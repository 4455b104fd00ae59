//! Students who look at their tests without a pause, so that workers and renders are busy.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;
use wwchaos::plan::{COURSE, SET, login};
use wwchaos::webwork::{Asked, Course, USER_AGENT};

/// Students at work; dropping it ends them.
pub struct Crowd {
    _students: JoinSet<()>,
}

impl Crowd {
    /// `count` students on the node at `address`.
    pub fn start(address: Ipv4Addr, password: &str, count: u32) -> Self {
        let mut students = JoinSet::new();
        for number in 1..=count {
            let (base, password) = (format!("http://{address}:8080"), password.to_owned());
            students.spawn(async move {
                // What fails is tried again: failures are what the test is about.
                loop {
                    let _ = work(&base, &login(number), &password).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
        }
        Self { _students: students }
    }
}

/// Whether the first student can sign in at `base`, which writes to the database, and has the set before them then.
pub async fn signs_in(base: &str, password: &str) -> Result<bool> {
    let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
    let page = ask(&browser()?, base, &course.login(&login(1), password)).await?;
    Ok(page.contains(SET) && !page.contains(r#"id="login_form""#))
}

/// The node that served the login page, by the word of the entry at `entry`.
pub async fn served_by(entry: &str) -> Result<String> {
    let page = browser()?.get(format!("{entry}/webwork2/quiz")).send().await?.error_for_status()?;
    let node = page.headers().get("X-Wwchaos-Node").context("no X-Wwchaos-Node")?.to_str()?.to_owned();
    ensure!(page.text().await?.contains(r#"id="login_form""#), "no login page from {node}");
    Ok(node)
}

/// A browser of its own, without a proxy between it and the cluster.
fn browser() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().cookie_store(true).user_agent(USER_AGENT);
    Ok(builder.pool_max_idle_per_host(0).timeout(Duration::from_secs(5)).build()?)
}

async fn work(base: &str, login: &str, password: &str) -> Result<()> {
    let http = browser()?;
    let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
    ask(&http, base, &course.login(login, password)).await?;
    loop {
        ask(&http, base, &course.start()).await?;
    }
}

async fn ask(http: &reqwest::Client, base: &str, asked: &Asked) -> Result<String> {
    let url = format!("{base}{}", asked.path);
    let request = match &asked.form {
        Some(form) => http.post(url).form(form),
        None => http.get(url),
    };
    Ok(request.send().await?.text().await?)
}
