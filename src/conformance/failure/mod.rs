//! One file each for what is hit. A failure is provoked, looked at, and described in words; the cluster is restored by whoever
//! provoked it, and once more afterwards.

mod database;
mod disk;
mod node;
mod session;

use std::time::Duration;

use anyhow::Result;
use futures_util::future::LocalBoxFuture;

use super::Seen;
use super::desk::Desk;
use super::student::browser;
use crate::plan::COURSE;
use crate::webwork::{Page, address};

/// Students that one failure may use.
const STUDENTS: u32 = 4;
/// The number of the first of these; those before it take the journey.
const FIRST_STUDENT: u32 = 3;
/// The aspect of a failure that could not be provoked.
pub const UNPROVOKED: &str = "it";
/// A page that takes longer counts as none: twice a health check's usual patience.
const HEALTH_LIMIT: Duration = Duration::from_secs(6);

/// What was seen: which aspect, and in which words.
type Found = Vec<(&'static str, String)>;

/// A failure.
pub struct Failure {
    /// What it is called.
    pub name: &'static str,
    /// Provokes it with students from the given number on.
    provoke: for<'a> fn(&'a Desk, u32) -> LocalBoxFuture<'a, Result<Found>>,
}

/// All of them, in the order in which they are provoked.
pub const FAILURES: &[Failure] = &[
    Failure { name: "nothing", provoke: |desk, _| Box::pin(healthy(desk)) },
    Failure { name: "second sign-in", provoke: |desk, student| Box::pin(session::second(desk, student)) },
    Failure { name: "two submissions at once", provoke: |desk, student| Box::pin(session::twice(desk, student)) },
    Failure { name: "idle connections", provoke: |desk, student| Box::pin(node::idle(desk, student)) },
    Failure { name: "worker killed", provoke: |desk, student| Box::pin(node::worker_killed(desk, student)) },
    Failure { name: "render killed", provoke: |desk, student| Box::pin(node::render_killed(desk, student)) },
    Failure { name: "node frozen", provoke: |desk, student| Box::pin(node::frozen(desk, student)) },
    Failure { name: "server crashed", provoke: |desk, student| Box::pin(node::crashed(desk, student)) },
    Failure { name: "node killed", provoke: |desk, student| Box::pin(node::killed(desk, student)) },
    Failure { name: "disk full", provoke: |desk, student| Box::pin(disk::full(desk, student)) },
    Failure { name: "answer.log cannot be opened", provoke: |desk, student| Box::pin(disk::unopenable(desk, student)) },
    Failure { name: "course folder gone", provoke: |desk, student| Box::pin(disk::gone(desk, student)) },
    Failure { name: "database frozen", provoke: |desk, student| Box::pin(database::frozen(desk, student)) },
    Failure {
        name: "database frozen for 70 s",
        provoke: |desk, student| Box::pin(database::long_frozen(desk, student)),
    },
    Failure { name: "database read-only", provoke: |desk, student| Box::pin(database::read_only(desk, student)) },
    Failure { name: "database killed", provoke: |desk, student| Box::pin(database::killed(desk, student)) },
    Failure { name: "database killed in mid-submit", provoke: |desk, student| Box::pin(database::torn(desk, student)) },
];

/// The first student whom no failure needs.
pub fn first_spare() -> u32 {
    FIRST_STUDENT + STUDENTS * u32::try_from(FAILURES.len()).unwrap_or_default()
}

/// Provokes every failure. One that cannot be provoked is told, and is no reason not to provoke the others, unless the cluster
/// stays broken.
pub async fn provoke(desk: &Desk, say: impl Fn(&str)) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut broken: Option<String> = None;
    for (failure, student) in FAILURES.iter().zip((FIRST_STUDENT..).step_by(STUDENTS as usize)) {
        if let Some(broken) = &broken {
            seen.push(Seen::unchecked(failure.name, UNPROVOKED, broken));
            continue;
        }
        say(failure.name);
        match (failure.provoke)(desk, student).await {
            Ok(found) => seen.extend(found.into_iter().map(|(what, words)| Seen::words(failure.name, what, words))),
            Err(error) => seen.push(Seen::unchecked(failure.name, UNPROVOKED, &format!("{error:#}"))),
        }
        let restored = desk.restore().await;
        broken =
            restored.err().map(|error| format!("the cluster could not be restored after {}: {error:#}", failure.name));
    }
    seen
}

async fn healthy(desk: &Desk) -> Result<Found> {
    Ok(vec![("health checks", health(desk).await?)])
}

/// What health checks would get, by the page that they ask for.
async fn health(desk: &Desk) -> Result<String> {
    let client = browser(&desk.base()).timeout(HEALTH_LIMIT).build()?;
    let pages =
        [("static", "/".to_owned()), ("courses", "/webwork2/".to_owned()), ("course", format!("/webwork2/{COURSE}"))];
    let asked = pages.map(|(name, path)| {
        let (client, base) = (&client, desk.base());
        async move {
            let page = async { Page::read(client.get(address(&base, &path)?).send().await?).await };
            match page.await {
                Ok(Page { status: 200, body }) if body.contains(r#"id="login_form""#) => {
                    format!("{name} 200 with the login form")
                }
                Ok(Page { status, .. }) => format!("{name} {status}"),
                Err(_) => format!("{name} no answer"),
            }
        }
    });
    // All at once: one that waits must not make the others wait.
    Ok(futures_util::future::join_all(asked).await.join(", "))
}
