//! Nothing is broken: what a student may do that a load generator must know of.

use anyhow::Result;

use super::Found;
use crate::conformance::desk::Desk;
use crate::conformance::student::SET_ONCE;
use crate::history::Step;

/// A student has one session.
pub async fn second(desk: &Desk, number: u32) -> Result<Found> {
    let (first, second) = (desk.student(number)?, desk.student(number)?);
    first.sign_in().await?;
    second.sign_in().await?;
    let (first, second) = (first.ask(&first.course().set_list()).await, second.ask(&second.course().set_list()).await);
    Ok(vec![("first session", first.to_string()), ("second session", second.to_string())])
}

/// One attempt is allowed, and two are sent at the same time.
pub async fn twice(desk: &Desk, number: u32) -> Result<Found> {
    let student = desk.student(number)?.of_test(SET_ONCE);
    student.sign_in().await?;
    let page = student.start().await?;
    let (one, other) = tokio::join!(student.answer(Step::Grade, &page, 1), student.answer(Step::Grade, &page, 2));
    let stored = desk.stored(&student, page.version()).await?;
    Ok(vec![("one", one.to_string()), ("the other", other.to_string()), ("stored", stored)])
}
