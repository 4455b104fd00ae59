//! A schedule → a history and the truth: the real prober asks through the proxy while it is switched, and the real class
//! is at work beside it.
//!
//! The marks of a window are those that a run writes for a fault that the cluster itself ends: the proxy is switched back
//! first, and *heal* is issued 3.2 s later, since a failover counts only when it begins before heal.
//!
//! The class goes to the server past the proxy. It is there to compete with the prober for processors and to fill the
//! history as a class does, and students whose pages hang would ask less the longer an outage lasts.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio_util::sync::CancellationToken;

use super::kind::Truth;
use super::proxy::{Mode, Proxy};
use super::schedule::{BEFORE_HEAL, Outage};
use super::stage::{BASELINE, NODE};
use crate::clock::{Stamp, sleep_until};
use crate::history::{Fact, Mark, ProbeKind, Recorder};
use crate::load::{self, Load};
use crate::plan::{COURSE, Plan, SET, login};
use crate::probe::{self, Prober};
use crate::quantity;
use crate::webwork::Course;

/// Time between "everything runs" and the first arrival.
const LEAD: Duration = Duration::from_secs(1);
/// What students and probes sign in with; the server takes any.
const PASSWORD: &str = "calibrate";

/// A class at work on the server; none of no student.
pub struct Class(Option<Load>);

impl Class {
    /// Starts the class of `plan` at `server`. Its plan counts from the moment that is returned with it.
    pub async fn start(plan: &Plan, server: &str, recorder: &Recorder) -> Result<(Self, Stamp)> {
        let zero = Stamp::now() + LEAD;
        recorder.record(Fact::LoadStarted { zero });
        let order = load::Order {
            entry: format!("http://{server}"),
            certificate: None,
            zero,
            course: (COURSE.to_owned(), SET.to_owned()),
            homework: false,
            password: PASSWORD.to_owned(),
            retries: plan.class.retries,
            students: plan.students.clone(),
        };
        let load = if plan.students.is_empty() { None } else { Some(Load::start(&order, recorder.clone()).await?) };
        Ok((Self(load), zero))
    }

    /// Returns only when the class has gone before it was sent away: why.
    pub async fn gone(&mut self) -> anyhow::Error {
        let Some(load) = &mut self.0 else { return std::future::pending().await };
        let why = load.wait().await.err().unwrap_or_else(|| anyhow!("its process ended"));
        why.context("the class did not stay to the end")
    }

    /// Sends the class away, and returns when all that it observed is recorded.
    pub async fn end(self, recorder: &Recorder) {
        if let Some(load) = self.0 {
            load.end().await;
        }
        recorder.record(Fact::LoadEnded { complete: false, why: Some("all was measured".to_owned()) });
    }
}

/// A prober that asks for pages through the balancer's place, signed in.
pub async fn prober(proxy: &Proxy, plan: &Plan) -> Result<Arc<Prober>> {
    let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
    let path = probe::Path { kind: ProbeKind::Entry, node: None, base: proxy.url() };
    let prober = Prober::new(course, PASSWORD, vec![path], None, (plan.class.students + 1..).map(login))?;
    prober.sign_in().await?;
    Ok(Arc::new(prober))
}

/// Makes every outage of `schedule` in turn while `prober` asks; what they really were.
pub async fn make(
    schedule: &[Outage],
    proxy: &Proxy,
    prober: Arc<Prober>,
    zero: Stamp,
    recorder: &Recorder,
    say: impl Fn(&str),
) -> Result<Vec<Truth>> {
    let stop = CancellationToken::new();
    let _end = stop.clone().drop_guard();
    let probing = tokio::spawn(prober.run(probe::WANTED, recorder.clone(), stop.clone()));
    sleep_until(zero + BASELINE).await;
    let mut truths = Vec::new();
    for (window, outage) in schedule.iter().enumerate() {
        say(&format!(
            "outage {} of {}: {} for {}",
            window + 1,
            schedule.len(),
            outage.kind.name(),
            quantity::length(outage.length)
        ));
        let mark = |mark| recorder.record(Fact::Window { window, mark });
        truths.push(one(outage, proxy, mark).await?);
        tokio::time::sleep(outage.rest).await;
    }
    stop.cancel();
    probing.await.map_err(|_| anyhow!("a bug in wwchaos: the prober failed, see the message above"))??;
    Ok(truths)
}

/// One outage, from inject to healed.
async fn one(outage: &Outage, proxy: &Proxy, mark: impl Fn(Mark)) -> Result<Truth> {
    let kind = outage.kind;
    mark(Mark::Target { target: NODE.to_owned() });
    mark(Mark::InjectIssued);
    let from = proxy.switch(Mode::Away(kind)).await?;
    let detail = format!("the proxy is switched to {}", kind.name());
    mark(Mark::EffectSeen { detail, not_before: Some(from) });
    sleep_until(from + outage.length).await;
    let to = proxy.switch(Mode::Open).await?;
    sleep_until(to + BEFORE_HEAL).await;
    mark(Mark::EndedEarly { why: "the proxy was switched back".to_owned() });
    mark(Mark::HealIssued);
    mark(Mark::HealConfirmed);
    mark(Mark::Restored { last: None });
    Ok(Truth { kind, from, to })
}
