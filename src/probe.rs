//! Probes: the same question at a fixed rate, whatever the answers do. They give durations; students give how
//! many were hurt.
//!
//! A probe has failed when the right page is not complete within the limit from its intended send time. Each
//! probe uses an account of its own turn, so that two probes in flight never share a session row. Rates are
//! lowered when all probes together would use more than [`BUDGET`] of the cluster's processors.
//!
//! Probes are sent from a thread of their own, before others where the system permits: a probe that waits for a processor
//! of a busy machine is sent late, and then sees later than its stamp says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

use crate::clock::{Stamp, nanos, sleep_until, unix_seconds};
use crate::history::{ErrorClass, Fact, Outcome, Probe, ProbeKind, Recorder};
use crate::webwork::{
    Asked, Authenticator, Course, NoPage, Page, address, browser, direct, judge, node, transport_class,
};

/// Share of the cluster's processors that all probes together may use.
pub const BUDGET: f64 = 0.05;
/// Time within which a probe's page must be complete.
pub const LIMIT: Duration = Duration::from_secs(2);
/// Time to sign in before the run.
const SIGN_IN: Duration = Duration::from_secs(10);
/// Time to sign in again after a lost session. With [`LIMIT`] it is as long as an account rests between two turns.
const SIGN_IN_AGAIN: Duration = Duration::from_millis(500);
/// Priority of the thread that sends probes, as nice(2) counts: below 0 is before others.
const NICE: i32 = -10;
/// Probes a second on each path of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Through the balancer.
    pub entry: f64,
    /// Each node directly.
    pub node: f64,
    /// Writes through the balancer.
    pub write: f64,
}

/// What one probe costs, in processor seconds of the cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// A signed-in page.
    pub page: f64,
    /// A new session and the page that proves it.
    pub write: f64,
}

/// Rates asked for.
pub const WANTED: Rates = Rates { entry: 20.0, node: 2.0, write: 1.0 };
/// Rates below which probes say nothing; they hold even when the budget does not.
const LOWEST: Rates = Rates { entry: 1.0, node: 0.25, write: 0.5 };

impl Rates {
    /// The rate of a kind.
    pub fn of(&self, kind: ProbeKind) -> f64 {
        match kind {
            ProbeKind::Entry => self.entry,
            ProbeKind::Node => self.node,
            ProbeKind::Write => self.write,
        }
    }

    /// Processor seconds a second that probes of `nodes` nodes use at these rates.
    pub fn use_of(&self, cost: Cost, nodes: f64) -> f64 {
        (self.entry + self.node * nodes) * cost.page + self.write * cost.write
    }

    /// Rates that together use at most `budget` processor seconds a second. The rate through the balancer decides
    /// the resolution of the failover time, so the others are halved first, then it takes what is left.
    pub fn within(budget: f64, cost: Cost, nodes: f64) -> Self {
        let others = |rates: &Self| rates.use_of(cost, nodes) - rates.entry * cost.page;
        let mut rates = WANTED;
        if rates.use_of(cost, nodes) <= budget {
            return rates;
        }
        while others(&rates) > budget / 4.0 && (rates.node > LOWEST.node || rates.write > LOWEST.write) {
            // Writes say something that pages through the balancer do not; nodes are halved before them.
            if rates.node > LOWEST.node {
                rates.node = (rates.node / 2.0).max(LOWEST.node);
            } else {
                rates.write = (rates.write / 2.0).max(LOWEST.write);
            }
        }
        let left = (budget - others(&rates)) / cost.page;
        Self { entry: left.clamp(LOWEST.entry, WANTED.entry), ..rates }
    }
}

/// Where a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// What is asked.
    pub kind: ProbeKind,
    /// The node asked directly.
    pub node: Option<String>,
    /// Base URL.
    pub base: String,
}

/// All paths with their accounts.
pub struct Prober {
    course: Course,
    password: String,
    paths: Vec<(Path, Vec<Arc<Account>>)>,
}

struct Account {
    login: String,
    way: Way,
    /// Keeps the session.
    http: reqwest::Client,
    authenticator: Mutex<Authenticator>,
}

/// What an exchange brought.
struct Answer {
    outcome: Outcome,
    node: Option<String>,
    body: String,
}

/// Accounts that probes of `nodes` nodes need.
pub fn accounts(nodes: usize) -> u32 {
    let per_path = |kind| needed(WANTED.of(kind));
    per_path(ProbeKind::Entry)
        + per_path(ProbeKind::Write)
        + per_path(ProbeKind::Node) * u32::try_from(nodes).unwrap_or(1)
}

/// Enough that an account rests for longer than the limit between two turns.
fn needed(rate: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let turns = (rate * LIMIT.as_secs_f64() * 1.25).ceil() as u32;
    turns + 1
}

impl Prober {
    /// A prober whose accounts are the logins of `logins`, in order; the entry shows `certificate` where it speaks TLS.
    pub fn new(
        course: Course,
        password: &str,
        paths: Vec<Path>,
        certificate: Option<&str>,
        mut logins: impl Iterator<Item = String>,
    ) -> Result<Self> {
        let mut filled = Vec::new();
        for path in paths {
            let count = needed(WANTED.of(path.kind)) as usize;
            let node = path.node.as_ref().map(|_| path.base.clone());
            let way = Way { node, certificate: certificate.map(Arc::from) };
            let accounts: Result<Vec<_>> =
                logins.by_ref().take(count).map(|login| Account::new(login, way.clone())).collect();
            filled.push((path, accounts?));
        }
        Ok(Self { course, password: password.to_owned(), paths: filled })
    }

    /// Signs every account in.
    pub async fn sign_in(&self) -> Result<()> {
        for (path, accounts) in &self.paths {
            for account in accounts {
                let asked = self.course.login(&account.login, &self.password);
                let answer = account.sign_in(&account.http, &path.base, &asked, SIGN_IN, &mut None).await;
                if let Outcome::Failed(class) = answer.outcome {
                    anyhow::bail!("probe account {} cannot sign in at {}: {class}", account.login, path.base);
                }
            }
        }
        Ok(())
    }

    /// Asks `count` questions of `kind`, one after the other, for a measurement of their cost.
    pub async fn rehearse(&self, kind: ProbeKind, count: usize) {
        let Some((path, accounts)) = self.paths.iter().find(|(path, _)| path.kind == kind) else { return };
        for account in accounts.iter().cycle().take(count) {
            self.question(path, account, Stamp::now()).await;
        }
    }

    /// Asks until cancelled, at `rates`; every probe goes to `recorder`.
    pub async fn run(self: Arc<Self>, rates: Rates, recorder: Recorder, cancel: CancellationToken) -> Result<()> {
        let (done, is_done) = tokio::sync::oneshot::channel();
        let probing = move || {
            // Not permitted to others than root: then it waits for its turn like everybody.
            let _ = rustix::process::setpriority_process(None, NICE);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let _ = done.send(runtime.map(|runtime| runtime.block_on(self.run_paths(rates, recorder, cancel))));
        };
        std::thread::Builder::new().name("prober".to_owned()).spawn(probing).context("start the prober's thread")?;
        is_done.await.context("a bug in wwchaos: the prober failed, see the message above")??;
        Ok(())
    }

    async fn run_paths(self: Arc<Self>, rates: Rates, recorder: Recorder, cancel: CancellationToken) {
        let mut told = Vec::new();
        let mut loops = tokio::task::JoinSet::new();
        for (index, (path, _)) in self.paths.iter().enumerate() {
            let (kind, interval) = (path.kind, Duration::from_secs_f64(1.0 / rates.of(path.kind)));
            if !told.contains(&kind) {
                told.push(kind);
                recorder.record(Fact::ProbeRate { kind, interval_ns: nanos(interval), limit_ns: nanos(LIMIT) });
            }
            loops.spawn(Arc::clone(&self).run_path(index, interval, recorder.clone(), cancel.clone()));
        }
        while loops.join_next().await.is_some() {}
    }

    async fn run_path(
        self: Arc<Self>,
        index: usize,
        interval: Duration,
        recorder: Recorder,
        cancel: CancellationToken,
    ) {
        let mut intended = Stamp::now();
        let mut flights = tokio::task::JoinSet::new();
        for turn in 0_usize.. {
            intended = intended + interval;
            tokio::select! {
                () = cancel.cancelled() => break,
                () = sleep_until(intended) => {}
            }
            let (prober, recorder) = (Arc::clone(&self), recorder.clone());
            flights.spawn(async move {
                let (path, accounts) = &prober.paths[index];
                let probe = prober.question(path, &accounts[turn % accounts.len()], intended).await;
                recorder.record(Fact::Probe(probe));
            });
            while flights.try_join_next().is_some() {}
        }
        // Every probe in flight ends within its limit.
        while flights.join_next().await.is_some() {}
    }

    async fn question(&self, path: &Path, account: &Account, intended: Stamp) -> Probe {
        let sent = Stamp::now();
        let left = LIMIT.saturating_sub(sent.since(intended));
        let mut first_byte = None;
        let asking = async {
            let mut http = account.http.clone();
            if path.kind == ProbeKind::Write {
                // A new session is written by the login, and proven by the next page that needs it. WeBWorK looks at no
                // password where a cookie says who it is, so a browser that knows none signs in.
                http = match account.way.client() {
                    Ok(http) => http,
                    Err(_) => return (Outcome::Failed(ErrorClass::Unforeseen), None),
                };
                let login = self.course.login(&account.login, &self.password);
                let answer = account.sign_in(&http, &path.base, &login, left, &mut first_byte).await;
                if !answer.outcome.is_success() {
                    return (answer.outcome, answer.node);
                }
            }
            let answer = account.ask(&http, &path.base, &self.course.set_list(), left, &mut first_byte).await;
            (answer.outcome, answer.node)
        };
        let late = (Outcome::Failed(ErrorClass::Timeout), None);
        let (outcome, node) = tokio::time::timeout(left, asking).await.unwrap_or(late);
        let end = Stamp::now();
        if outcome == Outcome::Failed(ErrorClass::SessionLost) && path.kind != ProbeKind::Write {
            // Not part of the probe: without it every later turn of this account would fail too.
            let login = self.course.login(&account.login, &self.password);
            account.sign_in(&account.http, &path.base, &login, SIGN_IN_AGAIN, &mut None).await;
        }
        Probe { kind: path.kind, path: path.node.clone(), intended, sent, first_byte, end, outcome, node }
    }
}

/// How an account comes to where it asks.
#[derive(Clone, Debug)]
struct Way {
    /// The base URL of a node that it asks directly, past the balancer.
    node: Option<String>,
    /// What the entry shows where it speaks TLS.
    certificate: Option<Arc<str>>,
}

impl Way {
    /// A browser that knows no cookie yet.
    fn client(&self) -> Result<reqwest::Client> {
        let certificate = self.certificate.as_deref();
        let client = match &self.node {
            Some(base) => direct(base, certificate.is_some()),
            None => browser(certificate)?,
        };
        client.pool_max_idle_per_host(0).build().context("make an HTTP client for a probe")
    }
}

impl Account {
    fn new(login: String, way: Way) -> Result<Arc<Self>> {
        Ok(Arc::new(Self { login, http: way.client()?, way, authenticator: Mutex::default() }))
    }

    /// What came of signing in, with the code where the page asks for one; each request may take `limit`. Nobody waits here
    /// for the next code after one that was refused.
    async fn sign_in(
        &self,
        http: &reqwest::Client,
        base: &str,
        login: &Asked,
        limit: Duration,
        first_byte: &mut Option<Stamp>,
    ) -> Answer {
        let answer = self.ask(http, base, login, limit, first_byte).await;
        if answer.outcome != Outcome::Failed(ErrorClass::TwoFactor) {
            return answer;
        }
        let code = {
            let mut authenticator = self.authenticator.lock().unwrap_or_else(PoisonError::into_inner);
            authenticator.answer(&answer.body, login.expected, unix_seconds())
        };
        match code {
            Some(code) => self.ask(http, base, &code.asked, limit, first_byte).await,
            None => answer,
        }
    }

    /// What came of `asked`, and who served it; `first_byte` tells when the answer began, also where it did not end in
    /// time.
    async fn ask(
        &self,
        http: &reqwest::Client,
        base: &str,
        asked: &Asked,
        limit: Duration,
        first_byte: &mut Option<Stamp>,
    ) -> Answer {
        *first_byte = None;
        let exchange = async {
            let url = address(base, &asked.path)?;
            let request = match &asked.form {
                Some(form) => http.post(url).form(form),
                None => http.get(url),
            };
            let response = request.timeout(limit).send().await?;
            *first_byte = Some(Stamp::now());
            let node = node(&response);
            let Page { status, body } = Page::read(response).await?;
            Ok::<_, NoPage>(Answer { outcome: judge(asked.expected, status, &body).outcome, node, body })
        };
        exchange.await.unwrap_or_else(|error| {
            let outcome = Outcome::Failed(transport_class(&error, ErrorClass::Timeout));
            Answer { outcome, node: None, body: String::new() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_lowered_to_the_budget_and_no_further() {
        let cheap = Cost { page: 0.001, write: 0.002 };
        assert_eq!(Rates::within(0.1, cheap, 2.0), WANTED);
        let cost = Cost { page: 0.012, write: 0.025 };
        let rates = Rates::within(0.1, cost, 2.0);
        let used = rates.use_of(cost, 2.0);
        assert!((used - 0.1).abs() < 1e-9, "{rates:?} uses {used}");
        assert!(rates.entry > 4.0, "{rates:?}");
        let dear = Cost { page: 1.0, write: 1.0 };
        assert_eq!(Rates::within(0.1, dear, 2.0), LOWEST);
    }

    /// A course that asks for a code after the password, and looks at no password where a cookie says who it is.
    async fn guarded(sent: axum::extract::Request) -> ([(&'static str, &'static str); 1], &'static str) {
        const KEEP: [(&str, &str); 1] = [("x-nothing", "")];
        const SETUP: &str = "<a href=\"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\">scan</a>\
                             <form action=\"/code\"><input name=\"otp_code\"></form>";
        let signed_in = sent.headers().get("cookie").is_some_and(|cookie| cookie == "session=open");
        let path = sent.uri().path().to_owned();
        match axum::body::to_bytes(sent.into_body(), 1000).await.unwrap() {
            _ if signed_in => (KEEP, "Logged in as"),
            form if path == "/code" && form.starts_with(b"otp_code=") => {
                ([("set-cookie", "session=open; Path=/")], "Logged in as")
            }
            form if form.starts_with(b"user=") => (KEEP, SETUP),
            _ => (KEEP, "<form id=\"login_form\">"),
        }
    }

    #[tokio::test]
    async fn probes_enter_the_code_that_a_page_asks_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(guarded)).await });
        let course = Course { course: "quiz".to_owned(), set: "Quiz1".to_owned() };
        let path = |kind| Path { kind, node: None, base: base.clone() };
        let paths = vec![path(ProbeKind::Entry), path(ProbeKind::Write)];
        let prober = Prober::new(course, "secret", paths, None, (1..).map(|number| format!("stu{number:03}"))).unwrap();
        let ask = async |index: usize| {
            let (path, accounts) = &prober.paths[index];
            prober.question(path, &accounts[0], Stamp::now()).await.outcome
        };
        assert_eq!(ask(0).await, Outcome::Failed(ErrorClass::SessionLost));
        assert_eq!(ask(0).await, Outcome::Success, "signed in again, with a code");
        assert_eq!((ask(1).await, ask(1).await), (Outcome::Success, Outcome::Success));
        prober.sign_in().await.unwrap();
    }
}
