//! The database is hit: frozen, read-only, killed, killed in the middle of a submission.

use std::time::Duration;

use anyhow::Result;

use super::{Found, health};
use crate::cluster::{Evidence, Step};
use crate::conformance::desk::Desk;
use crate::history::{self, Fact, History, Recorder};
use crate::measure::measure;
use crate::run::audit;

/// How long the database is frozen, once shorter than a heartbeat and once longer.
const FROZEN: Duration = Duration::from_secs(6);
/// The same, longer than the 60 s after which a worker is replaced.
const LONG_FROZEN: Duration = Duration::from_secs(70);

pub async fn frozen(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    let service = desk.database.clone();
    desk.apply(Step::Pause { service: service.clone() }).await?;
    desk.sighted(&Evidence::Paused { service: service.clone() }).await?;
    let thawed = async {
        let health = health(desk).await;
        tokio::time::sleep(FROZEN).await;
        desk.apply(Step::Unpause { service }).await?;
        health
    };
    let (answer, health) = tokio::join!(student.answer(history::Step::Grade, &page, 1), thawed);
    Ok(vec![("submission", answer.to_string()), ("health checks", health?)])
}

pub async fn long_frozen(desk: &Desk, student: u32) -> Result<Found> {
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    let service = desk.database.clone();
    desk.apply(Step::Pause { service: service.clone() }).await?;
    desk.sighted(&Evidence::Paused { service: service.clone() }).await?;
    let thawed = async {
        tokio::time::sleep(LONG_FROZEN).await;
        desk.apply(Step::Unpause { service }).await
    };
    let (answer, thawed) = tokio::join!(student.answer(history::Step::Grade, &page, 1), thawed);
    thawed?;
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
    let student = desk.student(student)?;
    student.sign_in().await?;
    let page = student.start().await?;
    let service = desk.database.clone();
    desk.apply(Step::Kill { service: service.clone() }).await?;
    desk.sighted(&Evidence::Stopped { service: service.clone() }).await?;
    let looked = student.ask(&student.course().set_list()).await;
    let graded = student.answer(history::Step::Grade, &page, 1).await;
    let health = health(desk).await?;
    desk.apply(Step::Start { service }).await?;
    desk.whole().await?;
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
    let (student, other) = (desk.student(student)?, desk.student(student + 1)?);
    student.sign_in().await?;
    other.sign_in().await?;
    let (page, others) = (student.start().await?, other.start().await?);
    let before = other.answer(history::Step::Grade, &others, 1).await;
    desk.hold().await?;
    let service = desk.database.clone();
    let hit = async {
        desk.held().await?;
        desk.apply(Step::Kill { service: service.clone() }).await
    };
    let (answer, hit) = tokio::join!(student.answer(history::Step::Grade, &page, 1), hit);
    hit?;
    desk.sighted(&Evidence::Stopped { service: service.clone() }).await?;
    desk.apply(Step::Start { service }).await?;
    desk.whole().await?;
    desk.let_go().await?;
    let (recorder, mut receiver) = Recorder::channel();
    recorder.record(Fact::Request(other.request(&others, 1, &before)));
    recorder.record(Fact::Request(student.request(&page, 1, &answer)));
    audit::read(&desk.cluster, &recorder).await;
    drop(recorder);
    let mut history = History::new();
    while let Some(observation) = receiver.recv().await {
        history.push(observation);
    }
    let answers = measure(&desk.plan, desk.cluster.topology(), history.into_iter().collect()).answers;
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
