//! A search for the largest class: what its trials measured, and what is stored of it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wwchaos::capacity::{Capacity, Ending, State};
use wwchaos::exit;

use crate::engine::{engine, half};
use crate::program::Program;

/// Longest time that a search of four trials may take.
const SEARCH: Duration = Duration::from_secs(600);

/// Six students are few for one node, and no larger class is asked for; four are too many while the database fails over, for some page
/// of theirs fails, and no smaller one is asked for.
#[tokio::test]
async fn a_search_ends_at_its_bounds_and_tells_where_the_time_of_a_page_went() -> Result<()> {
    if engine().await?.is_none() {
        return Ok(());
    }
    let _half = half().await;
    let states = ["--state", "node-lost", "--state", "database-failover"];
    let ended = Program::start(&[&["capacity", "capacity", "--seed", "7"][..], &states].concat())?.end(SEARCH).await?;
    ended.expect(exit::PASS)?;
    let sentence = "at least 6 students starting together (within 2 s) if one server is lost; fewer than 4 if the database fails over \
                    while most is asked.";
    let flat = ended.said.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(flat.contains(sentence), "{}", ended.said);
    let folder = ended.reports.path().join("capacity-capacity/latest");
    let capacity = Capacity::read(&fs::read(folder.join("report.json"))?)?;
    let [lost, failover] = capacity.states.as_slice() else { anyhow::bail!("{:?}", capacity.states) };
    let Ending::Found(found) = &lost.ending else { anyhow::bail!("{:?}", lost.ending) };
    ensure!(lost.state == State::NodeLost && found.holds == Some(6) && found.at_most_asked, "{found:?}");
    ensure!(capacity.unmeasured.is_empty(), "{:?}", capacity.unmeasured);
    let trial = lost.trials.last().context("no trial")?;
    let measured = &trial.measured;
    ensure!(measured.recovered == Some(true) && measured.lost_answers == Some(0), "{measured:?}");
    ensure!(measured.pages_by_node.len() == 1, "the other node was to be lost: {:?}", measured.pages_by_node);
    ensure!(measured.render.count > 0 && measured.shared_volume.count > 10, "{measured:?}");
    let by_kind = measured.web_cpu_seconds_by_kind.context("no costs")?;
    ensure!(by_kind.page > 0.0 && by_kind.page < 1.0, "{by_kind:?}");
    let kills: Vec<_> = measured.services.iter().filter_map(|service| service.oom_kills).collect();
    ensure!(!kills.is_empty() && kills.iter().all(|kills| *kills == 0), "{kills:?}");
    let Ending::Found(found) = &failover.ending else { anyhow::bail!("{:?}", failover.ending) };
    ensure!((found.holds, found.fails) == (None, Some(4)), "{found:?}");
    let hit = failover.trials.iter().map(|trial| (trial.outcome.holds(), trial.measured.first_tries.failed > 0));
    ensure!(hit.clone().all(|trial| trial == (Some(false), true)), "{:?}", hit.collect::<Vec<_>>());
    for name in ["report.html", "report.md"] {
        ensure!(fs::metadata(folder.join(name))?.len() > 1000, "{name}");
    }
    let trials = fs::read_dir(&folder)?.filter_map(Result::ok).filter(|one| one.path().join("plan.json").is_file());
    let made = 1 + lost.trials.len() + failover.trials.len();
    ensure!(trials.count() == made && made >= 4, "the sizing trial and {made} in all are stored as runs");
    Ok(())
}
