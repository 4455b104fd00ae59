//! The app under test: TLS and layouts of the shared volume with the stand-in; the real WeBWorK, where an image of it is
//! named by `WWCHAOS_WEBWORK_IMAGE`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use wwchaos::exit;
use wwchaos::history::{AuditSource, Fact, History, Mark, Outcome, Step, Told};
use wwchaos::plan::HOMEWORK;
use wwchaos::store::Folder;

use crate::engine::{alone, engine, skipped};
use crate::program::{Ended, Program};

/// How often an image is looked into beside removals.
const LOOKS: usize = 4;
/// Longest time that a whole run may take: WeBWorK takes longer to start than the stand-in.
const RUN: Duration = Duration::from_secs(600);

#[tokio::test]
async fn an_image_of_webwork_that_is_not_there_is_told_before_anything_starts() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let reports = tempfile::tempdir()?;
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
    program.arg("--reports").arg(reports.path()).args(["run", "freeze", "--app", "webwork"]);
    let said = program.args(["--webwork-image", "wwchaos-test/none"]).output()?;
    let text = String::from_utf8(said.stderr)?;
    ensure!(said.status.code() == Some(i32::from(exit::NOT_UP)), "{text}");
    let message = "image `wwchaos-test/none` of WeBWorK is not on this machine, and wwchaos ships none (hint: build it";
    ensure!(text.contains(message) && text.lines().count() == 1, "{text}");
    ensure!(reports.path().read_dir()?.next().is_none(), "a run that cannot start leaves no folder");
    Ok(())
}

/// Whoever removes what others have left looks at every container of ours; this one belongs to no run yet.
#[tokio::test]
async fn a_look_into_an_image_is_not_taken_for_a_leftover() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let start = |words: &[&str]| {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        program.args(words).stdin(std::process::Stdio::null()).kill_on_drop(true).output()
    };
    for _ in 0..LOOKS {
        let looks = (0..4).map(|_| start(&["doctor", "--webwork-image", "debian:bookworm-slim"]));
        let removals = (0..2).map(|_| start(&["down", "--stale"]));
        let (looks, removals) = tokio::try_join!(try_join_all(looks), try_join_all(removals))?;
        for look in looks {
            let said = String::from_utf8(look.stdout)?;
            let expected = "image `debian:bookworm-slim` is none of WeBWorK, or its version cannot be read: ";
            ensure!(said.contains(expected) && said.contains("No such file"), "{said}");
            ensure!(look.status.code() == Some(i32::from(exit::NOT_UP)), "an image that was named is meant: {said}");
        }
        ensure!(removals.iter().all(|one| one.status.success()), "{removals:?}");
    }
    Ok(())
}

#[tokio::test]
async fn one_class_does_homework_and_another_comes_in_by_tls_where_all_that_is_written_is_shared() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _alone = alone().await;
    let words = ["run", "two-node", "--seed", "7", "--set", "tls=on", "--set", "layout=state"];
    let (quiz, homework) = (Program::start(&words)?, Program::start(&["run", "homework", "--seed", "7"])?);
    let (quiz, homework) = tokio::join!(quiz.end(RUN), homework.end(RUN));
    let (quiz, homework) = (quiz?, homework?);
    homework.expect(exit::PASS)?;
    did_homework(&homework)?;
    quiz.expect(exit::PASS)?;
    shared_logs(&quiz)
}

/// What a class did that came in by TLS, while both nodes wrote into one log: each of its pages counts once, not once for each node.
fn shared_logs(ended: &Ended) -> Result<()> {
    let steps = steps(ended, "two-node")?;
    ensure!(steps.iter().filter(|(step, _)| *step == Step::Grade).count() > 6, "{steps:?}");
    let history = history(&ended.folder("two-node")?)?;
    let mut pages: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for seen in &history {
        if let Fact::PageTime { done_unix_s, took_ms, .. } = seen.fact {
            *pages.entry((done_unix_s, took_ms)).or_default() += 1;
        }
    }
    ensure!(pages.values().any(|times| times % 2 == 1), "every page twice: {pages:?}");
    Ok(())
}

/// Problem by problem, each submitted by itself.
#[tokio::test]
async fn a_class_does_homework_on_webwork() -> Result<()> {
    let Some(ended) = webwork("homework", &[]).await? else { return Ok(()) };
    judged(&ended)?;
    did_homework(&ended)
}

/// Every student submitted six problems, and each store holds what was acknowledged, by student, set, problem and token.
fn did_homework(ended: &Ended) -> Result<()> {
    type Answer = (String, u32, String);
    let history = history(&ended.folder("homework")?)?;
    let (mut sent, mut last): (BTreeSet<Answer>, BTreeMap<(String, u32), Answer>) = Default::default();
    let mut stored: BTreeMap<&str, BTreeSet<Answer>> = BTreeMap::new();
    for seen in &history {
        match &seen.fact {
            Fact::Request(request) => {
                let Some(submission) = request.submission.as_ref().filter(|one| one.told == Told::Acknowledged) else {
                    continue;
                };
                let [(problem, token)] = submission.tokens.as_slice() else {
                    bail!("not of one problem: {submission:?}")
                };
                ensure!(submission.version == HOMEWORK, "{submission:?}");
                let answer = (request.student.clone(), *problem, token.clone());
                last.insert((request.student.clone(), *problem), answer.clone());
                sent.insert(answer);
            }
            Fact::Stored(answer) if answer.version == HOMEWORK => {
                let store = match answer.source {
                    AuditSource::PastAnswer { .. } => "past answers",
                    AuditSource::ProblemUser { .. } => "scores",
                    AuditSource::AnswerLog => "log",
                    _ => continue,
                };
                let row = (answer.student.clone(), answer.problem, answer.token.clone());
                stored.entry(store).or_default().insert(row);
            }
            _ => {}
        }
    }
    let students: BTreeSet<_> = sent.iter().map(|(student, ..)| student).collect();
    ensure!(students.len() == 6 && last.len() >= 30, "{} students, {} problems", students.len(), last.len());
    ensure!(sent.len() > last.len(), "some problems are submitted twice: {sent:?}");
    let held = |store: &str| stored.get(store).cloned().unwrap_or_default();
    for store in ["past answers", "log"] {
        let missing: Vec<_> = sent.iter().filter(|answer| !held(store).contains(*answer)).collect();
        ensure!(missing.is_empty(), "{store} lack {missing:?}");
    }
    let missing: Vec<_> = last.values().filter(|answer| !held("scores").contains(*answer)).collect();
    ensure!(missing.is_empty(), "scores lack {missing:?}");
    let steps = steps(ended, "homework")?;
    ensure!(steps.iter().filter(|(step, right)| *step == Step::View && *right).count() >= 30, "{steps:?}");
    ensure!(steps.iter().all(|(step, _)| *step != Step::Start), "homework has no version to start: {steps:?}");
    Ok(())
}

/// One-time codes for students, Secure cookies over TLS: as WeBWorK is shipped.
#[tokio::test]
async fn a_class_takes_a_quiz_on_webwork_as_it_is_shipped() -> Result<()> {
    let Some(ended) = webwork("two-node", &["--set", "tls=on", "--set", "two_factor=on"]).await? else { return Ok(()) };
    ended.expect(exit::PASS)?;
    let steps = steps(&ended, "two-node")?;
    let right = |wanted: Step| steps.iter().filter(|(step, right)| *step == wanted && *right).count();
    ensure!(right(Step::Code) >= 6, "a code for each student: {steps:?}");
    ensure!(right(Step::Grade) >= 6 && right(Step::Logout) >= 6, "{steps:?}");
    Ok(())
}

/// A killed node comes back, whatever its pid file says, and serves.
#[tokio::test]
async fn a_killed_node_of_webwork_serves_again() -> Result<()> {
    let Some(ended) = webwork("webwork-kill", &[]).await? else { return Ok(()) };
    judged(&ended)?;
    let history = history(&ended.folder("webwork-kill")?)?;
    let healed = history.iter().any(|seen| matches!(seen.fact, Fact::Window { mark: Mark::HealConfirmed, .. }));
    ensure!(healed, "{}", ended.said);
    Ok(())
}

/// Nothing is lost; how fast pages come is a matter of the machine.
fn judged(ended: &Ended) -> Result<()> {
    let codes = [exit::PASS, exit::FAIL].map(i32::from);
    ensure!(ended.code.is_some_and(|code| codes.contains(&code)), "{}", ended.said);
    ensure!(ended.said.contains("no answer was lost"), "{}", ended.said);
    Ok(())
}

/// The second cluster gets the course that the first one has kept, with passwords of its own.
#[tokio::test]
async fn a_course_of_webwork_is_kept_for_the_next_cluster() -> Result<()> {
    let Some(first) = webwork("two-node", &[]).await? else { return Ok(()) };
    judged(&first)?;
    let Some(second) = webwork("two-node", &[]).await? else { return Ok(()) };
    judged(&second)?;
    ensure!(second.said.contains("laying out the kept course"), "{}", second.said);
    let steps = steps(&second, "two-node")?;
    ensure!(steps.iter().filter(|(step, right)| *step == Step::Grade && *right).count() > 6, "{steps:?}");
    Ok(())
}

/// A run on the real WeBWorK with the whole machine; none where no image is named.
async fn webwork(scenario: &str, more: &[&str]) -> Result<Option<Ended>> {
    let Some(image) = std::env::var("WWCHAOS_WEBWORK_IMAGE").ok().filter(|image| !image.is_empty()) else {
        skipped("WWCHAOS_WEBWORK_IMAGE names no image of WeBWorK");
        return Ok(None);
    };
    if engine().await?.is_none() {
        return Ok(None);
    }
    let _alone = alone().await;
    let words = ["run", scenario, "--seed", "7", "--app", "webwork", "--webwork-image", &image, "--stretch", "1.5"];
    Ok(Some(Program::start(&[&words[..], more].concat())?.end(RUN).await?))
}

fn history(folder: &Folder) -> Result<History> {
    folder.read()?.2.collect::<Result<_, _>>().context("the history")
}

/// The students' requests: what for, and whether the right page came.
fn steps(ended: &Ended, scenario: &str) -> Result<Vec<(Step, bool)>> {
    let history = history(&ended.folder(scenario)?)?;
    let requests = history.iter().filter_map(|seen| match &seen.fact {
        Fact::Request(request) => Some((request.step, request.outcome == Outcome::Success)),
        _ => None,
    });
    Ok(requests.collect())
}
