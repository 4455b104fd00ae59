//! Requests at a fixed rate over one connection, while the server stalls for a known time → the true 99th percentile of
//! the time to a page, and what the recorder makes of it.
//!
//! One connection sends a request every 20 ms, or as soon as it is free: the requests due during a stall queue up behind
//! the one that waits. To somebody who wanted a page at the moment at which a request was due, each of them took until
//! the end of the stall. From the real send time only the first did: that is coordinated omission, and the raw figure
//! shows it. What was due when is known, and so is the stall, hence the true distribution is exact but for the time of a
//! page without a stall (about 1 ms) and of working the queue off, both far below the 20 ms that are allowed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::proxy::{Mode, Proxy};
use super::stage;
use crate::clock::{Stamp, sleep_until};
use crate::history::{Fact, History, Outcome, Recorder, Request, Step};
use crate::measure::{Figures, in_ms, measure};
use crate::plan::{COURSE, SET};
use crate::webwork::{Course, browser, judge};

/// Stalls that are made, each in a round of its own.
pub const STALLS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Time between two requests.
pub const INTERVAL: Duration = Duration::from_millis(20);
/// Requests of a round: 10 s of them.
const REQUESTS: u32 = 500;
/// How long one round takes at most, with its beginning.
pub const ROUND: Duration = Duration::from_secs(11);
/// When the stall begins: between two requests, so that it is clear which of them is due before it.
const BEGIN: Duration = Duration::from_millis(2010);
/// Time before the first request.
const LEAD: Duration = Duration::from_millis(200);
/// A request that takes longer than any stall fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// Allowed beside the histogram's 0.1 %, in milliseconds.
const SLACK_MS: f64 = 20.0;
/// What 3 digits of a histogram may be off by.
const HISTOGRAM: f64 = 0.001;

/// A known stall and what the recorder says of it. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recovered {
    /// How long the server stalled.
    pub stall_ms: f64,
    /// Requests.
    pub requests: u64,
    /// The true 99th percentile.
    pub latency_ms_p99_true: f64,
    /// As recorded, from the intended time.
    pub latency_ms_p99: f64,
    /// As recorded, from the real send time.
    pub latency_raw_ms_p99: f64,
    /// Recorded less true.
    pub error_ms: f64,
    /// Whether that is within 0.1 % and 20 ms.
    pub within: bool,
}

/// A round of requests to `server` with one stall of `length`.
pub async fn round(server: &str, length: Duration) -> Result<Recovered> {
    let proxy = Proxy::start(server)?;
    let (recorder, mut receiver) = Recorder::channel();
    let zero = Stamp::now() + LEAD;
    recorder.record(Fact::LoadStarted { zero });
    let stalling = async {
        sleep_until(zero + BEGIN).await;
        let from = proxy.switch(Mode::Stalled).await?;
        sleep_until(from + length).await;
        Ok::<_, anyhow::Error>((from, proxy.switch(Mode::Open).await?))
    };
    let base = proxy.url();
    let (sent, stall) = tokio::join!(ask(&base, zero, &recorder), stalling);
    let stall = stall?;
    sent?;
    recorder.record(Fact::LoadEnded { complete: true, why: None });
    drop(recorder);
    let mut history = History::new();
    while let Some(observation) = receiver.recv().await {
        history.push(observation);
    }
    let figures = measure(&stage::plan(&[], 0, ROUND, 0), &stage::topology(), history.into_iter().collect());
    judged(&figures, zero, stall)
}

/// Sends every request when it is due, or as soon as the one before is answered.
async fn ask(base: &str, zero: Stamp, recorder: &Recorder) -> Result<()> {
    let http = browser(None)?.timeout(PATIENCE).build()?;
    let asked = Course { course: COURSE.to_owned(), set: SET.to_owned() }.login_page();
    for index in 0..REQUESTS {
        let intended = zero + INTERVAL * index;
        sleep_until(intended).await;
        let sent = Stamp::now();
        let response =
            http.get(format!("{base}{}", asked.path)).send().await.context("ask the calibration's server")?;
        let (status, first_byte) = (response.status().as_u16(), Some(Stamp::now()));
        let outcome = judge(asked.expected, status, &response.text().await?).outcome;
        let end = Stamp::now();
        ensure!(outcome == Outcome::Success, "a bug in wwchaos: the calibration's server answers {outcome:?}");
        recorder.record(Fact::Request(Request {
            student: "calibrate".to_owned(),
            step: Step::Refresh,
            retry: 0,
            intended,
            sent,
            first_byte,
            end,
            outcome,
            node: None,
            warned: false,
            submission: None,
            shown: None,
            sample: None,
        }));
    }
    Ok(())
}

/// What `figures` say of a round whose first request was due at `first`, against what is true.
fn judged(figures: &Figures, first: Stamp, stall: (Stamp, Stamp)) -> Result<Recovered> {
    let requests = &figures.requests;
    let recorded = requests.latency.ms_p99.zip(requests.latency_raw.ms_p99);
    let (latency_ms_p99, latency_raw_ms_p99) = recorded.context("a bug in wwchaos: no time to a page was recorded")?;
    let latency_ms_p99_true = in_ms(true_p99(first, stall));
    let error_ms = latency_ms_p99 - latency_ms_p99_true;
    Ok(Recovered {
        stall_ms: in_ms(stall.1 - stall.0),
        requests: requests.latency.count,
        latency_ms_p99_true,
        latency_ms_p99,
        latency_raw_ms_p99,
        error_ms,
        within: error_ms.abs() <= latency_ms_p99_true * HISTOGRAM + SLACK_MS,
    })
}

/// The smallest time that 99 of 100 requests do not exceed, when those due in the stall wait until its end and the others
/// take no time.
fn true_p99(first: Stamp, (from, to): (Stamp, Stamp)) -> Duration {
    let wait = |due: Stamp| if (from..to).contains(&due) { to - due } else { Duration::ZERO };
    let mut waits: Vec<Duration> = (0..REQUESTS).map(|index| wait(first + INTERVAL * index)).collect();
    waits.sort_unstable();
    let rank = (waits.len() * 99).div_ceil(100);
    waits.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Observation;

    const FIRST: Stamp = Stamp(1_000_000_000);

    /// A round on paper: every page takes 1 ms, or until the end of the stall; `told` is what the recorder writes down as
    /// the intended time of a request that was due and sent then.
    fn play(told: impl Fn(Stamp, Stamp) -> Stamp) -> Recovered {
        let stall = (FIRST + BEGIN, FIRST + BEGIN + Duration::from_secs(2));
        let mut history = vec![Observation { at: FIRST, fact: Fact::LoadStarted { zero: FIRST } }];
        let mut free = FIRST;
        for index in 0..REQUESTS {
            let due = FIRST + INTERVAL * index;
            let sent = due.max(free);
            let page = Duration::from_millis(1);
            free = if (stall.0..stall.1).contains(&sent) { stall.1 } else { sent } + page;
            let request = Request {
                student: "calibrate".to_owned(),
                step: Step::Refresh,
                retry: 0,
                intended: told(due, sent),
                sent,
                first_byte: None,
                end: free,
                outcome: Outcome::Success,
                node: None,
                warned: false,
                submission: None,
                shown: None,
                sample: None,
            };
            history.push(Observation { at: free, fact: Fact::Request(request) });
        }
        history.push(Observation { at: free, fact: Fact::LoadEnded { complete: true, why: None } });
        let figures = measure(&stage::plan(&[], 0, ROUND, 0), &stage::topology(), history.into_iter().collect());
        judged(&figures, FIRST, stall).unwrap()
    }

    #[test]
    fn the_true_percentile_is_the_sixth_longest_of_five_hundred() {
        // Due 10 ms after the stall began and every 20 ms from there: 1990, 1970, ..., the sixth 1890 ms.
        let stall = (FIRST + BEGIN, FIRST + BEGIN + Duration::from_secs(2));
        assert_eq!(true_p99(FIRST, stall), Duration::from_millis(1890));
    }

    #[test]
    fn from_the_intended_time_the_stall_is_recovered_and_from_the_real_one_it_is_not() {
        let recovered = play(|due, _| due);
        assert!(recovered.within, "{recovered:?}");
        assert!(recovered.latency_raw_ms_p99 < 10.0, "{recovered:?}");
    }

    #[test]
    fn a_recorder_that_forgets_the_intended_time_is_convicted() {
        let recovered = play(|_, sent| sent);
        assert!(!recovered.within && recovered.error_ms < -1800.0, "{recovered:?}");
    }
}
