//! `clock-skew`: what time a node says that it is to whoever asks, and what it stamps.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use chrono::DateTime;

use crate::ask;
use crate::engine::{engine, share};
use crate::place::{Draft, Place};

#[tokio::test]
async fn a_node_has_a_wrong_clock_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let again = engine.clone();
    let place = Draft::new(engine, "clock").await?.up().await?;
    ensure!(ahead(&place).await?.abs() <= 2, "off before the fault");
    for (settings, off) in [(&[][..], 300), (&[("by", "2h"), ("to", "behind")], -7200)] {
        let injection = place.inject("clock-skew", settings, "web").await?;
        let found = ahead(&place).await?;
        ensure!((found - off).abs() <= 2, "{found} s instead of {off}");
        ensure!(place.serves("web").await?, "{off}: not served");
        place.heal(&injection, "web").await?;
        ensure!(ahead(&place).await?.abs() <= 2, "{off}: off after heal");
    }
    // One that is started again has the right time.
    let injection = place.inject("clock-skew", &[], "web").await?;
    ask::docker(&["restart", "--time", "1", &place.container("web")]).await?;
    place.heal(&injection, "web").await?;
    ensure!(ahead(&place).await?.abs() <= 2);
    place.end().await?;

    // Nobody who sets no clock pays for one.
    let plain = Place::small(again).await?;
    let maps = ask::docker(&["exec", &plain.container("web"), "sh", "-c", "cat /proc/[0-9]*/maps"]).await?;
    ensure!(maps.contains("perl") && !maps.contains("faketime"), "libfaketime is loaded");
    ensure!(plain.inject("clock-skew", &[], "web").await.is_err(), "a clock was set that cannot be");
    plain.end().await
}

/// Seconds that the clock of the node is ahead, by the header of a page.
async fn ahead(place: &Place) -> Result<i64> {
    let page = ask::page(place.address("web")?, "/webwork2/quiz", Duration::from_secs(10)).await?;
    let date = page.lines().find_map(|line| line.strip_prefix("Date: ")).context("no Date")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    Ok(DateTime::parse_from_rfc2822(date.trim())?.timestamp() - i64::try_from(now)?)
}
