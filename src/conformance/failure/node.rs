//! The web node is hit: one process of it, its server, the whole container; or its workers are kept busy.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Found;
use crate::cluster::{Evidence, Step, Victim};
use crate::conformance::desk::Desk;
use crate::history;
use crate::webwork::NODE_HOST;

/// How long a node is frozen.
const FROZEN: Duration = Duration::from_secs(6);
/// Kills of a node one after the other: the pid file that a killed server leaves does its harm now and then.
const KILLS: usize = 3;

/// Every worker has a connection on which nobody asks for anything more.
pub async fn idle(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    let mut connections = Vec::new();
    for _ in 0..desk.workers()? {
        let mut connection = TcpStream::connect(&desk.address).await?;
        let request = format!("GET / HTTP/1.1\r\nHost: {NODE_HOST}\r\nUser-Agent: wwchaos\r\n\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut first = [0; 1];
        connection.read_exact(&mut first).await.context("an answer on a connection that is to stay idle")?;
        connections.push(connection);
    }
    let answer = student.ask(&student.course().login_page()).await;
    drop(connections);
    Ok(vec![("login page", answer.to_string())])
}

pub async fn worker_killed(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let (answer, killed) =
        tokio::join!(student.answer(history::Step::Grade, &page, 1), desk.cluster.kill_one(&desk.web, Victim::Worker));
    killed?;
    let stored = desk.stored(&student, page.version()).await?;
    let next = student.ask(&student.course().view(page.version())).await;
    Ok(vec![("submission", answer.to_string()), ("stored", stored), ("next page", next.to_string())])
}

pub async fn render_killed(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let kill = || desk.cluster.kill_one(&desk.web, Victim::Render);
    let view = student.course().view(page.version());
    let (looked, killed) = tokio::join!(student.ask(&view), kill());
    killed?;
    let (graded, killed) = tokio::join!(student.answer(history::Step::Grade, &page, 1), kill());
    killed?;
    let next = student.ask(&student.course().view(page.version())).await;
    Ok(vec![
        ("page of a test", looked.to_string()),
        ("submission", graded.to_string()),
        ("next page", next.to_string()),
    ])
}

pub async fn frozen(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let connected = async {
        let connected = tokio::time::timeout(Duration::from_secs(3), TcpStream::connect(&desk.address)).await;
        Ok(if matches!(connected, Ok(Ok(_))) { "accepted" } else { "not accepted" })
    };
    let (answer, connected) = desk.submit_frozen(&desk.web, (&student, &page), FROZEN, connected).await?;
    Ok(vec![("connection", connected.to_owned()), ("submission", answer.to_string())])
}

pub async fn crashed(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    student.sign_in().await?;
    let service = desk.web.clone();
    let gone = Evidence::ServerGone { service: service.clone() };
    desk.strike(Step::KillServer { service: service.clone() }, &gone).await?;
    let meanwhile = student.ask(&student.course().set_list()).await;
    desk.apply(Step::Restart { service }).await?;
    desk.whole().await?;
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![("meanwhile", no_connection(&meanwhile.to_string())), ("after a restart", next.to_string())])
}

/// Whether a socket is closed just before or just after a connection is a matter of the moment.
fn no_connection(answer: &str) -> String {
    if ["refused", "reset"].contains(&answer) { "no connection".to_owned() } else { answer.to_owned() }
}

pub async fn killed(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let answer = desk.submit_killed(&desk.web, &student, &page).await?;
    desk.let_go().await?;
    let mut served = 0;
    for kill in 0..KILLS {
        if kill > 0 {
            desk.kill(&desk.web).await?;
        }
        served += usize::from(desk.start(&desk.web).await.is_ok());
    }
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![
        ("submission under way", answer.to_string()),
        ("started again", format!("serves {served} of {KILLS} times")),
        ("next page", next.to_string()),
    ])
}
