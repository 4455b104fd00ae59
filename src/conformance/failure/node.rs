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
    let address = desk.base.strip_prefix("http://").context("an address")?;
    let mut connections = Vec::new();
    for _ in 0..desk.plan.settings.text("workers").parse().unwrap_or(1_u32) {
        let mut connection = TcpStream::connect(address).await?;
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
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    let (answer, killed) =
        tokio::join!(student.answer(history::Step::Grade, &page, 1), desk.cluster.kill_one(&desk.web, Victim::Worker));
    killed?;
    let stored = desk.stored(&student, page.version()).await?;
    let next = student.ask(&student.course().view(page.version())).await;
    Ok(vec![("submission", answer.to_string()), ("stored", stored), ("next page", next.to_string())])
}

pub async fn render_killed(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
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
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    let service = desk.web.clone();
    desk.apply(Step::Pause { service: service.clone() }).await?;
    desk.sighted(&Evidence::Paused { service: service.clone() }).await?;
    let address = desk.base.strip_prefix("http://").context("an address")?;
    let connected = tokio::time::timeout(Duration::from_secs(3), TcpStream::connect(address)).await;
    let connected = if matches!(connected, Ok(Ok(_))) { "accepted" } else { "not accepted" };
    let thawed = async {
        tokio::time::sleep(FROZEN).await;
        desk.apply(Step::Unpause { service }).await
    };
    let (answer, thawed) = tokio::join!(student.answer(history::Step::Grade, &page, 1), thawed);
    thawed?;
    Ok(vec![("connection", connected.to_owned()), ("submission", answer.to_string())])
}

pub async fn crashed(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    student.sign_in().await?;
    let service = desk.web.clone();
    desk.apply(Step::KillServer { service: service.clone() }).await?;
    desk.sighted(&Evidence::ServerGone { service: service.clone() }).await?;
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
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    desk.hold().await?;
    let service = desk.web.clone();
    let hit = async {
        desk.held().await?;
        desk.apply(Step::Kill { service: service.clone() }).await
    };
    let (answer, hit) = tokio::join!(student.answer(history::Step::Grade, &page, 1), hit);
    hit?;
    desk.sighted(&Evidence::Stopped { service: service.clone() }).await?;
    desk.let_go().await?;
    let mut served = 0;
    for kill in 0..KILLS {
        if kill > 0 {
            desk.apply(Step::Kill { service: service.clone() }).await?;
            desk.sighted(&Evidence::Stopped { service: service.clone() }).await?;
        }
        desk.apply(Step::Start { service: service.clone() }).await?;
        served += usize::from(desk.whole().await.is_ok());
    }
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![
        ("submission under way", answer.to_string()),
        ("started again", format!("serves {served} of {KILLS} times")),
        ("next page", next.to_string()),
    ])
}
