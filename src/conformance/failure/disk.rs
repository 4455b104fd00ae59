//! The shared volume is hit: full, a log that cannot be opened, a course that is not there.

use anyhow::{Context, Result};

use super::{Found, health};
use crate::cluster::{Evidence, Step};
use crate::conformance::desk::Desk;
use crate::history;

/// Submissions to a full disk: a file may still grow within its last block.
const SUBMISSIONS: u32 = 6;

pub async fn full(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let volume = desk.cluster.topology().shared_volume().context("the web nodes share no volume")?.to_owned();
    let log = desk.answer_log();
    let full = Evidence::Full { volume: volume.clone(), level: 1.0 };
    desk.strike(Step::Fill { volume: volume.clone(), level: 1.0 }, &full).await?;
    let before = desk.lines(&log).await?;
    let mut answers = Vec::new();
    for number in 1..=SUBMISSIONS {
        answers.push(student.answer(history::Step::Grade, &page, number).await.to_string());
    }
    let health = health(desk).await?;
    let appended = desk.lines(&log).await?.saturating_sub(before);
    desk.apply(Step::Drain { volume }).await?;
    answers.dedup();
    let sent = (SUBMISSIONS * desk.plan.class.problems) as usize;
    let lines = if appended < sent { "some are missing" } else { "all are there" };
    Ok(vec![
        ("submissions", answers.join(", then ")),
        ("lines of answer.log", lines.to_owned()),
        ("stored", desk.stored(&student, page.version()).await?),
        ("health checks", health),
    ])
}

pub async fn unopenable(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let log = desk.answer_log();
    desk.put_aside(&log).await?;
    desk.shell(&format!("mkdir {log}")).await?;
    let answer = student.answer(history::Step::Grade, &page, 1).await;
    desk.put_back(&log).await?;
    Ok(vec![("submission", answer.to_string()), ("stored", desk.stored(&student, page.version()).await?)])
}

pub async fn gone(desk: &Desk, student: u32) -> Result<Found> {
    let (student, page) = desk.sitting(student).await?;
    let folder = desk.course_folder()?;
    desk.put_aside(&folder).await?;
    let looked = student.ask(&student.course().set_list()).await;
    let graded = student.answer(history::Step::Grade, &page, 1).await;
    let health = health(desk).await?;
    desk.put_back(&folder).await?;
    let next = student.ask(&student.course().set_list()).await;
    Ok(vec![
        ("list of sets", looked.to_string()),
        ("submission", graded.to_string()),
        ("health checks", health),
        ("next page", next.to_string()),
    ])
}
