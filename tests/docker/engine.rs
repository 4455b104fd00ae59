//! The engine that a test needs, and the place in the queue for it.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{Semaphore, SemaphorePermit};
use wwchaos::cluster::docker::Engine;

/// Pause between two questions of [`until`].
const POLL: Duration = Duration::from_millis(50);

/// Tests whose outcome does not depend on speed share the machine with each other; one that plays a class and judges what it
/// got has half of it; one that runs several classes at once, or looks at all of the machine, has it alone.
static MACHINE: Semaphore = Semaphore::const_new(WHOLE as usize);
const WHOLE: u32 = 6;
const HALF: u32 = 3;
const SHARE: u32 = 2;

/// The engine, or none where this test is to be skipped.
pub async fn engine() -> Result<Option<Engine>> {
    match Engine::connect().await {
        Ok(engine) => Ok(Some(engine)),
        Err(error) if required() => Err(error).context("WWCHAOS_REQUIRE_DOCKER=1"),
        Err(error) => {
            skipped(&format!("no Docker Engine: {error:#}"));
            Ok(None)
        }
    }
}

/// Whether what a test needs must be there.
pub fn required() -> bool {
    std::env::var("WWCHAOS_REQUIRE_DOCKER").is_ok_and(|value| value == "1")
}

/// Says so where the test harness cannot swallow it.
pub fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}

/// A share of the machine.
pub async fn share() -> SemaphorePermit<'static> {
    some(SHARE).await
}

/// Half of the machine.
pub async fn half() -> SemaphorePermit<'static> {
    some(HALF).await
}

/// The whole machine.
pub async fn alone() -> SemaphorePermit<'static> {
    some(WHOLE).await
}

/// Whoever asked first is served first.
async fn some(parts: u32) -> SemaphorePermit<'static> {
    MACHINE.acquire_many(parts).await.expect("it is never closed")
}

/// Asks until there is an answer; an error when there is none within `limit`.
pub async fn until<T>(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await? {
                return anyhow::Ok(answer);
            }
            tokio::time::sleep(POLL).await;
        }
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer.with_context(|| what.to_owned()),
        Err(_) => bail!("{what}: not within {limit:?}"),
    }
}
