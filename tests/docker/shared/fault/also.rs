//! Faults at one time: seen when all are there, healed when all are gone.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio_util::sync::CancellationToken;
use wwchaos::clock::Stamp;
use wwchaos::history::{Fact, Mark, Recorder};
use wwchaos::lease::Journal;
use wwchaos::plan::Plan;
use wwchaos::run::{healing, windows};
use wwchaos::scenario::Scenario;

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};

/// The web node vanishes while the database freezes.
const SCENARIO: &str = r#"
title = "two at one time"
topology = "one-web"
baseline = "30s"
recovery = "30s"

[class]
students = 20
grade_every = 1
arrival = "2s"

[[window]]
fault = "kill"
target = "web"
for = "12s"

[[window.also]]
fault = "freeze"
target = "db"
"#;

#[tokio::test]
async fn two_services_are_hit_at_one_time_and_both_are_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let (web, db) = (place.container("web"), place.container("db"));
    let mut plan = Plan::new(&Scenario::read("also", "also.toml", SCENARIO)?, place.cluster.topology(), 7)?;
    // No class comes, so nothing is to be waited for.
    (plan.windows[0].start, plan.windows[0].end) = (Duration::ZERO, Duration::from_secs(12));
    let (recorder, mut seen) = Recorder::channel();
    let (journal, stop) = (Journal::nowhere(), CancellationToken::new());
    let driven = windows::drive(&plan, place.cluster.as_ref(), (&recorder, &journal), Stamp::now(), &stop);
    let looked = until("both are hit", SOON, async || {
        let down = ask::inspect(&web, ".State.Running").await? == "false";
        Ok((down && ask::frozen(&db).await?).then_some(()))
    });
    let (driven, looked) = tokio::join!(driven, looked);
    looked?;
    let unhealed = healing::heal_again(place.cluster.as_ref(), (&recorder, &journal), driven).await;
    ensure!(unhealed.is_empty(), "{unhealed:?}");
    drop(recorder);
    let mut marks = Vec::new();
    while let Ok(seen) = seen.try_recv() {
        let Fact::Window { mark, .. } = seen.fact else { continue };
        marks.push(mark);
    }
    let effect = marks.iter().find_map(|mark| match mark {
        Mark::EffectSeen { detail, .. } => Some(detail.as_str()),
        _ => None,
    });
    let effect = effect.with_context(|| format!("{marks:?}"))?;
    ensure!(effect.contains("web"), "{effect}");
    let also = |mark: &Mark| matches!(mark, Mark::AlsoSeen { target, .. } if target == "db");
    ensure!(marks.iter().any(also), "{marks:?}");
    ensure!(marks.iter().any(|mark| matches!(mark, Mark::StillThere { .. })), "{marks:?}");
    ensure!(marks.contains(&Mark::HealConfirmed), "{marks:?}");
    ensure!(!ask::frozen(&db).await? && ask::inspect(&web, ".State.Running").await? == "true");
    until("the page is served", Duration::from_secs(60), async || Ok(place.serves("web").await?.then_some(()))).await?;
    place.end().await
}
