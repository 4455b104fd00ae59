//! The stand-in answers as WeBWorK does, in health and in each failure: held against WeBWorK where an image of it is on this
//! machine, else against what was recorded of it. And the journey is what was recorded.

mod recorded;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wwchaos::conformance::failure::UNPROVOKED;
use wwchaos::conformance::journey::Journey;
use wwchaos::conformance::statements::Statements;
use wwchaos::exit;

use crate::engine::{engine, share, skipped};
use crate::program::Program;
use recorded::Recorded;

/// Longest time that both may take.
const RUN: Duration = Duration::from_secs(1800);
/// What is said of an answer that took some seconds.
const WAITED: &str = ", after a wait";
/// What stands between answers that differ.
const THEN: &str = ", then ";

#[tokio::test]
async fn what_stands_in_for_webwork_answers_as_webwork_does() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _share = share().await;
    let ended = Program::start(&["conformance"])?.end(RUN).await?;
    // Amounts may differ on a busy machine; words may not.
    ensure!(
        matches!(ended.code, Some(code) if [exit::PASS, exit::FAIL].map(i32::from).contains(&code)),
        "{}",
        ended.said
    );
    let folder =
        ended.said.lines().find_map(|line| line.strip_prefix("conformance: ")).context("no folder is named")?;
    let table = std::fs::read(std::path::Path::new(folder).join("conformance.json"))?;
    let table: serde_json::Value = serde_json::from_slice(&table)?;
    let rows = table["rows"].as_array().context("no rows")?;
    let unknown = |row: &serde_json::Value| row["verdict"]["differs"].get("known").is_some_and(|known| known.is_null());
    // On a busy machine the stand-in may take long for what WeBWorK did at once.
    let words = |row: &serde_json::Value, app: usize| row["values"][app]["words"].as_str().map(str::to_owned);
    let late = |row: &serde_json::Value| {
        words(row, 0).is_some_and(|of| of.contains(WAITED) && words(row, 1) == Some(at_once(&of)))
    };
    let differ: Vec<_> = rows.iter().filter(|row| unknown(row) && words(row, 0).is_some() && !late(row)).collect();
    ensure!(differ.is_empty(), "{differ:?}");
    // A failure that could not be provoked would be no difference.
    let unprovoked: Vec<_> = rows.iter().filter(|row| row["aspect"] == UNPROVOKED).collect();
    ensure!(unprovoked.is_empty(), "{unprovoked:?}");
    let same = rows.iter().filter(|row| row["verdict"] == "same").count();
    ensure!(same >= 100, "only {same} of {} are the same:\n{}", rows.len(), ended.said);
    Ok(())
}

/// What would be said of answers, one after the other, had none taken long: like ones are said once.
fn at_once(words: &str) -> String {
    let mut answers: Vec<_> = words.split(THEN).map(|one| one.strip_suffix(WAITED).unwrap_or(one)).collect();
    answers.dedup();
    answers.join(THEN)
}

#[test]
fn an_answer_that_came_late_is_the_same_answer_and_another_one_is_not() {
    assert_eq!(at_once("recorded, after a wait"), "recorded");
    assert_eq!(at_once("recorded, after a wait, then recorded"), "recorded");
    assert_eq!(at_once("recorded, after a wait, then 500"), "recorded, then 500");
    assert_eq!(at_once("recorded, then 500, after a wait, then recorded"), "recorded, then 500, then recorded");
}

/// The table itself, held against what was recorded.
#[test]
fn the_journey_is_what_was_recorded_from_the_real_application() -> Result<()> {
    let Some(recorded) = Recorded::find() else {
        skipped("WWCHAOS_WEBWORK_PAGES is not set: no recorded pages to compare with");
        return Ok(());
    };
    let mut deviations = Vec::new();
    let mut compared = (0, 0);
    for mut step in Journey::read()?.steps {
        if let Some(page) = recorded.page(&step)? {
            compared.0 += 1;
            // The answers of this journey are its own.
            step.markers.retain(|marker| !marker.contains("token-"));
            let found = page.deviations(&step);
            deviations.extend(found.into_iter().map(|deviation| format!("{}: {deviation}", step.name)));
        }
        if let Some(statements) = recorded.statements(&step)? {
            compared.1 += 1;
            let writes = step.writes.unwrap_or_default();
            let table = Statements { selects: step.selects.unwrap_or_default(), writes };
            if statements != table {
                deviations.push(format!("{}: recorded {statements:?}, in the table {table:?}", step.name));
            }
        }
    }
    ensure!(deviations.is_empty(), "the table deviates from the recordings:\n{}", deviations.join("\n"));
    ensure!(compared >= (12, 10), "compared only {compared:?} pages and statements");
    Ok(())
}
