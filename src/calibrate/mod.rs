//! Outages and stalls of known length → what wwchaos makes of them: the ruler held against a known length.
//!
//! A [proxy](proxy) that can be switched stands between the real [prober](crate::probe) and a trivial [server], all in
//! this process; the real class (`wwchaos load`) works beside them. What prober and class record goes into a history, the
//! marks of one window for each outage as well, and [`measure`](crate::measure) computes figures from it as from that of any
//! run. Nothing else measures here: [`judge`] takes the failover time of each window and the known truth, and subtracts.
//!
//! [`schedule`], [`stage`], [`judge`] and [`words`] are pure; [`proxy`], [`server`], [`outages`] and [`stall`] are not. A
//! new kind of outage is a variant of [`kind::Kind`] with its entry in [`kind::KINDS`] and its arm in the proxy.
//!
//! What it cannot show: an error in the evidence of a fault. Here the proxy says when it was switched; in a run the
//! evidence is looked for each 50 ms, so that a failover time may begin up to 50 ms and one look late.

mod judge;
mod kind;
mod outages;
mod proxy;
mod schedule;
mod server;
mod stage;
mod stall;
mod words;

use std::time::Duration;

use anyhow::Result;

pub use judge::Calibration;
pub use schedule::SHORTEST;
pub use words::text;

use crate::history::{History, Recorder};
use crate::measure::measure;
use judge::Run;
use kind::Truth;
use outages::Class;
use proxy::Proxy;
use server::Server;
use stall::{Recovered, STALLS};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// How many outages.
    pub outages: usize,
    /// How long the longest may be; at least [`SHORTEST`].
    pub longest: Duration,
    /// Students at work beside them.
    pub students: u32,
    /// Where every drawn number comes from.
    pub seed: u64,
}

/// Makes every outage and every stall, and judges what was measured of them. Dropping it ends everything it started.
pub async fn calibrate(order: Order, say: impl Fn(&str)) -> Result<Calibration> {
    let outages = schedule::schedule(order.outages, order.longest, order.seed);
    let rounds = stall::ROUND * u32::try_from(STALLS.len()).unwrap_or(u32::MAX);
    let plan = stage::plan(&outages, order.students, schedule::length(&outages) + rounds, order.seed);
    let server = Server::start().await?;
    let proxy = Proxy::start(&server.address)?;
    let prober = outages::prober(&proxy, &plan).await?;

    let (recorder, mut receiver) = Recorder::channel();
    let (mut class, zero) = Class::start(&plan, &server.address, &recorder).await?;
    let collecting = tokio::spawn(async move {
        let mut history = History::new();
        while let Some(observation) = receiver.recv().await {
            history.push(observation);
        }
        history
    });
    let made = async {
        let truths = outages::make(&outages, &proxy, prober, zero, &recorder, &say).await?;
        Ok::<_, anyhow::Error>((truths, stalls(&server.address, &say).await?))
    };
    let (truths, stalls): (Vec<Truth>, Vec<Recovered>) = tokio::select! {
        made = made => made?,
        why = class.gone() => return Err(why),
    };
    class.end(&recorder).await;
    drop(recorder);
    let history = collecting.await?;
    let figures = measure(&plan, &stage::topology(), history.iter().cloned().collect());
    let order = (order.students, order.seed);
    Ok(judge::judge(&Run { order, zero, history: &history, figures: &figures, truths: &truths }, stalls))
}

/// Every stall, one round after the other.
async fn stalls(server: &str, say: &impl Fn(&str)) -> Result<Vec<Recovered>> {
    let mut recovered = Vec::new();
    for length in STALLS {
        say(&format!("requests at a fixed rate, stalled for {}", crate::quantity::length(length)));
        recovered.push(stall::round(server, length).await?);
    }
    Ok(recovered)
}
