//! The database is hit: frozen, read-only, killed, killed in the middle of a submission.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Found, health};
use crate::conformance::desk::Desk;
use crate::history::{self, Fact, Recorder};
use crate::measure::measure;
use crate::run::audit;

/// How long the database is frozen, once shorter than a heartbeat and once longer.
const FROZEN: Duration = Duration::from_secs(6);
/// The same, longer than the 60 s after which a worker is replaced.
const LONG_FROZEN: Duration = Duration::from_secs(70);

pub async fn frozen(desk: &Desk, student: u32) -> Result<Found> {
    // The submission and three health checks wait side by side.
    ensure!(desk.workers()? >= 4, "it takes four workers");
    let (student, page) = desk.sitting(student).await?;
    let (answer, health) = desk.submit_frozen(&desk.database, (&student, &page), FROZEN, health(desk)).await?;
    Ok(vec![("submission", answer.to_string()), ("health checks", health)])
}

pub async fn long_frozen(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let nothing = std::future::ready(Ok(()));
    let (answer, ()) = desk.submit_frozen(&desk.database, (&student, &page), LONG_FROZEN, nothing).await?;
    desk.whole().await?;
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![
        ("submission", answer.to_string()),
        ("stored", desk.stored(&student, page.version()).await?),
        ("next page", next.to_string()),
    ])
}

pub async fn read_only(desk: &Desk, student: u32) -> Result<Found> {
    let (signed_in, late, starting) = (desk.student(student)?, desk.student(student + 1)?, desk.student(student + 2)?);
    signed_in.sign_in().await?;
    starting.sign_in().await?;
    let page = signed_in.start().await?;
    desk.sql("SET GLOBAL read_only = 1").await?;
    let found = vec![
        ("list of sets", signed_in.ask(&signed_in.course().set_list()).await.to_string()),
        ("page of a test", signed_in.ask(&signed_in.course().view(page.version())).await.to_string()),
        ("preview", signed_in.answer(history::Step::Preview, &page, 1).await.to_string()),
        ("submission", signed_in.answer(history::Step::Grade, &page, 1).await.to_string()),
        ("start", starting.ask(&starting.course().start()).await.to_string()),
        ("sign-in", late.signing_in().await.to_string()),
        ("page after it", late.ask(&late.course().set_list()).await.to_string()),
        ("health checks", health(desk).await?),
    ];
    desk.sql("SET GLOBAL read_only = 0").await?;
    Ok(found)
}

pub async fn killed(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    desk.kill(&desk.database).await?;
    let looked = student.ask(&student.course().set_list()).await;
    let graded = student.answer(history::Step::Grade, &page, 1).await;
    let health = health(desk).await?;
    desk.start(&desk.database).await?;
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![
        ("list of sets", without_wait(&looked.to_string())),
        ("submission", without_wait(&graded.to_string())),
        ("health checks", health),
        ("next page", next.to_string()),
    ])
}

/// The submission has updated the scores of all problems but the last when its database dies. Nobody was told, and the audit
/// must find what is left of it.
pub async fn torn(desk: &Desk, student: u32) -> Result<Found> {
    // Where nothing was acknowledged, an audit says nothing.
    let (other, others) = desk.sitting(student + 1).await?;
    let (student, page) = desk.sitting(student).await?;
    let before = other.answer(history::Step::Grade, &others, 1).await;
    let answer = desk.submit_killed(&desk.database, &student, &page).await?;
    desk.start(&desk.database).await?;
    desk.let_go().await?;
    let (recorder, mut receiver) = Recorder::channel();
    recorder.record(Fact::Request(other.request(&others, 1, &before)));
    recorder.record(Fact::Request(student.request(&page, 1, &answer)));
    audit::read(&desk.cluster, &recorder).await;
    drop(recorder);
    let history = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
    let answers = measure(&desk.plan, desk.cluster.topology(), history).answers;
    let audit = match answers.unknown {
        Some(why) => format!("unknown: {why}"),
        None => format!("{} torn, {} lost", answers.torn, answers.lost),
    };
    Ok(vec![
        ("submission", without_wait(&answer.to_string())),
        ("stored", desk.stored(&student, page.version()).await?),
        ("audit", audit),
    ])
}

/// How soon a connection to a database that is gone fails is a matter of the network.
fn without_wait(answer: &str) -> String {
    answer.trim_end_matches(", after a wait").to_owned()
}
