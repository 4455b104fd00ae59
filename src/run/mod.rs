//! Plan → history: the one orchestrator, and the only impure step of the flow. Knows no format and no check.
//!
//! 1. start the cluster and seed the course ([`up`](crate::cluster::docker::up));
//! 2. sign the probes in, measure what they cost, set their rates; time what the scenario has timed;
//! 3. start watchers, probes and the class;
//! 4. inject and heal the windows, each at its time ([`windows`]);
//! 5. let the class finish, and the recovery of the last window pass;
//! 6. heal again what was not confirmed healed;
//! 7. read the stores for the audit ([`audit`]);
//! 8. collect logs and remove the cluster.
//!
//! A failure of the system under test is an observation; only a failure of wwchaos is an error. Whatever ends a
//! run, faults are healed and the cluster is removed unless it is to be kept.

pub mod audit;
pub mod bench;
pub mod configuration;
mod cost;
pub mod early;
pub mod healing;
mod log;
mod timings;
pub mod windows;

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::FutureExt;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::clock::{Stamp, sleep_until};
use crate::cluster::docker::accounting::Daemons;
use crate::cluster::docker::{
    DockerCluster, Engine, Order, Site, Whereabouts, build_all, down, down_unsettled, employ, up,
};
use crate::foreign::{Secrets, clipped};
use crate::history::{Fact, ProbeKind, Recorder};
use crate::lease::{self, Journal, Lease};
use crate::library::Library;
use crate::load::{self, Load};
use crate::plan::{COURSE, OVERTIME, Plan, SET, login};
use crate::probe::{self, Prober, Rates};
use crate::topology::Topology;
use crate::watch;
use crate::webwork::Course;

/// Time between "everything runs" and the first arrival.
const LEAD: Duration = Duration::from_secs(1);
/// Time after the last request before the stores are read.
const QUIESCE: Duration = Duration::from_secs(3);

/// Longest text that says why a cluster did not come up, in characters: it repeats what containers said last.
const WHY_MAX: usize = 8000;

/// What a run needs.
pub struct Job<'a> {
    /// Where files come from.
    pub library: &'a Library,
    /// What will happen.
    pub plan: &'a Plan,
    /// On what.
    pub topology: &'a Topology,
    /// The run's folder in the store.
    pub folder: &'a Path,
    /// Where the engine keeps volumes, if that is known.
    pub volumes: Option<PathBuf>,
    /// When somebody got a right page last.
    pub pulse: early::Pulse,
    /// How long the cluster stays afterwards; none to remove it.
    pub keep: Option<Duration>,
    /// Whether the service is watched after the class until it is steady, unless this is cancelled; none to leave that out.
    pub linger: Option<CancellationToken>,
    /// Cancelled by the first Ctrl-C: heal, audit, report what there is.
    pub stop: CancellationToken,
    /// Cancelled by the second: heal and remove, no report.
    pub hurry: CancellationToken,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Titles of windows that could not be healed.
    pub unhealed: Vec<String>,
    /// What could not be removed.
    pub left_behind: Vec<String>,
    /// The cluster, when it was kept, and for how long it stays.
    pub kept: Option<(String, Duration)>,
}

/// The cluster did not come up; everything started was removed, or is named in `left_behind`.
#[derive(Debug, thiserror::Error)]
#[error("the cluster did not come up: {why}{}", left(left_behind))]
pub struct NotUp {
    /// Why.
    pub why: String,
    /// What could not be removed.
    pub left_behind: Vec<String>,
}

fn left(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; left behind: {}", names.join(", ")) }
}

/// The run failed, and what it had started could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("{why}; left behind: {}", names.join(", "))]
pub struct LeftBehind {
    /// Why it failed.
    pub why: String,
    /// What is still there.
    pub names: Vec<String>,
}

/// Starts a cluster for the job's plan and seeds it; the lease keeps others from removing it.
pub async fn start(
    job: &Job<'_>,
    engine: &Engine,
    recorder: &Recorder,
    say: impl Fn(&str) + Copy,
) -> Result<(Arc<DockerCluster>, Lease)> {
    let nowhere = |error: anyhow::Error| NotUp { why: format!("{error:#}"), left_behind: Vec::new() };
    let files = job.folder.join("cluster");
    let contexts = files.join("images");
    // Images belong to no run: of one that ends here, nothing is left.
    let images = tokio::select! {
        () = job.stop.cancelled() => Err(anyhow!("interrupted")),
        images = build_all(engine, job.library, job.topology, &contexts, say) => images,
    };
    let images = images.map_err(nowhere)?;
    let (mut site, claim) = Site::choose(engine).await.map_err(nowhere)?;
    if job.plan.entry_speaks_tls(job.topology) {
        site = site.secured(job.topology).map_err(nowhere)?;
    }
    let secrets = site.secrets();
    let whereabouts = Whereabouts { topology: job.topology.clone(), site, images };
    let lease = Lease::take(&whereabouts.site.run).map_err(nowhere)?;
    lease.describe(&whereabouts)?;
    let cluster = DockerCluster::new(engine.clone(), whereabouts, recorder.clone())?;
    let probe_students = probe::accounts(job.topology.serving().len());
    let order = Order { library: job.library, plan: job.plan, probe_students, folder: &files };
    let whole = async {
        // Before anything else of the run is there: what comes after it is removed, whoever is killed.
        employ(engine, &cluster.site().run, lease::BASE).await?;
        up(&cluster, &order, say).await
    };
    let result = tokio::select! {
        () = job.stop.cancelled() => Err(anyhow!("interrupted")),
        result = whole => result,
    };
    // The cluster has them now, or never will.
    drop(claim);
    if let Err(error) = result {
        say("removing what was started");
        log::collect(&cluster, job.folder).await;
        let removed = down_unsettled(engine, &cluster.site().run, &cluster.helper()).await;
        let left_behind = removed.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if left_behind.is_empty() {
            lease.end();
        }
        return Err(
            NotUp { why: clipped(&secrets.hide(&format!("{error:#}")), WHY_MAX).into_owned(), left_behind }.into()
        );
    }
    if let Some(life) = job.keep {
        lease.keep(life)?;
    }
    Ok((cluster, lease))
}

/// Runs `job` on a cluster of its own; observations go to `recorder`.
pub async fn run(job: &Job<'_>, engine: &Engine, recorder: Recorder, say: impl Fn(&str) + Copy) -> Result<End> {
    let (cluster, lease) = start(job, engine, &recorder, say).await?;
    let mut end = End::default();
    let (rates, journal) = (OnceCell::new(), lease.journal());
    let measured = measure(job, (&cluster, &rates), (&recorder, &journal), say);
    let measured = AssertUnwindSafe(measured).catch_unwind().await;
    let result = measured.unwrap_or_else(|_| Err(anyhow!("a bug in wwchaos: see the message above")));
    let result = result.map_err(|error| without(&cluster.site().secrets(), error));
    match &result {
        Ok(unhealed) => end.unhealed.clone_from(unhealed),
        Err(error) => say(&format!("the run failed: {error:#}")),
    }
    log::collect(&cluster, job.folder).await;
    if let Some(life) = job.keep.filter(|_| result.is_ok() && !job.hurry.is_cancelled()) {
        lease.keep(life)?;
        end.kept = Some((cluster.site().run.clone(), life));
    } else {
        lease.keep_no_longer();
        say("removing the cluster");
        let left = down(engine, &cluster.site().run, &cluster.helper()).await;
        end.left_behind.extend(left.unwrap_or_else(|error| vec![format!("{error:#}")]));
        if end.left_behind.is_empty() {
            lease.end();
        }
    }
    match result {
        Ok(_) => Ok(end),
        Err(error) if end.left_behind.is_empty() => Err(error),
        Err(error) => Err(LeftBehind { why: format!("{error:#}"), names: end.left_behind }.into()),
    }
}

/// The error without `secrets`; nothing else of it changes where it has none.
fn without(secrets: &Secrets, error: anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    match secrets.hide(&text) {
        Cow::Borrowed(_) => error,
        Cow::Owned(hidden) => anyhow!(hidden),
    }
}

/// Steps 2 to 7 of the module's list; the titles of windows that could not be healed.
async fn measure(
    job: &Job<'_>,
    (cluster, rates): (&Arc<DockerCluster>, &OnceCell<Rates>),
    (recorder, journal): (&Recorder, &Journal),
    say: impl Fn(&str) + Copy,
) -> Result<Vec<String>> {
    let prober = Arc::new(prober(job, cluster)?);
    let mut daemons = Daemons::default();
    let rates = tokio::select! {
        () = job.stop.cancelled() => anyhow::bail!("interrupted"),
        rates = prepared((cluster, rates), &prober, &mut daemons, recorder, say) => rates?,
    };

    tokio::select! {
        () = job.stop.cancelled() => anyhow::bail!("interrupted"),
        () = timings::take(job.plan, cluster, recorder, say) => {}
    }
    let stop = CancellationToken::new();
    // Whatever fails from here on, the probes end: while they last, the history stays open.
    let _end = stop.clone().drop_guard();
    let mut watchers = watch::start(cluster, recorder, &stop);
    configuration::read(cluster, recorder).await;
    let zero = Stamp::now() + LEAD;
    recorder.record(Fact::LoadStarted { zero });
    let probing = tokio::spawn(Arc::clone(&prober).run(rates, recorder.clone(), stop.clone()));
    let class = Load::start(&order(job, cluster, zero), recorder.clone()).await?;
    if let Some(pid) = class.pid() {
        watchers.spawn(watch::spending(pid, daemons, recorder.clone()));
    }
    say("the class is at work");

    let no_more = job.stop.child_token();
    let windows = windows::drive(job.plan, cluster.as_ref(), (recorder, journal), zero, &no_more);
    let windows = async {
        let driven = windows.await;
        tokio::select! {
            () = job.stop.cancelled() => {}
            () = sleep_until(zero + job.plan.deadline) => {}
        }
        driven
    };
    let at_work = async { tokio::join!(windows, finish(job, class, (recorder, zero, &no_more), say)) };
    let (driven, ()) = tokio::select! {
        done = at_work => done,
        never = ended_early(job, cluster, zero, recorder, say) => match never {},
    };
    if let Some(enough) = &job.linger {
        say("watching whether the service is steady");
        tokio::select! {
            () = enough.cancelled() => {}
            () = job.pulse.steady() => {}
        }
    }
    if job.stop.is_cancelled() {
        recorder.record(Fact::Interrupted);
    }
    let unhealed = healing::heal_again(cluster.as_ref(), (recorder, journal), driven).await;
    stop.cancel();
    let mut failed = !matches!(probing.await, Ok(Ok(())));
    while let Some(ended) = watchers.join_next().await {
        failed |= ended.is_err();
    }
    if !job.hurry.is_cancelled() {
        say("auditing the answers");
        let audit = async {
            tokio::time::sleep(QUIESCE).await;
            audit::read(cluster, recorder).await;
            audit::page_times(cluster, recorder).await;
        };
        tokio::select! {
            () = job.hurry.cancelled() => {}
            () = audit => {}
        }
    }
    anyhow::ensure!(!failed, "a bug in wwchaos: a probe or a watcher failed, see the message above");
    Ok(unhealed)
}

/// Signs the probes in and says at which rates they ask; what they cost on this cluster is measured once.
async fn prepared(
    (cluster, rates): (&Arc<DockerCluster>, &OnceCell<Rates>),
    prober: &Prober,
    daemons: &mut Daemons,
    recorder: &Recorder,
    say: impl Fn(&str),
) -> Result<Rates> {
    say("signing the probes in");
    prober.sign_in().await?;
    let measured = async {
        say("measuring what a probe costs");
        cost::rates(cluster, prober, daemons, recorder).await
    };
    Ok(*rates.get_or_init(|| measured).await)
}

/// Ends the run when it is to be ended [early](early), and then never returns: what is under way goes on to its end.
async fn ended_early(
    job: &Job<'_>,
    cluster: &DockerCluster,
    zero: Stamp,
    recorder: &Recorder,
    say: impl Fn(&str),
) -> std::convert::Infallible {
    let why = early::why(job, cluster, zero).await;
    end(job, recorder, say, why);
    std::future::pending().await
}

/// Ends the run early.
fn end(job: &Job<'_>, recorder: &Recorder, say: impl Fn(&str), why: String) {
    say(&format!("ending the run: {why}"));
    recorder.record(Fact::Stopped { why });
    job.stop.cancel();
}

/// Waits for the class, but not longer than its plan and some overtime; then nothing stays lost that is lost for the class.
async fn finish(
    job: &Job<'_>,
    mut class: Load,
    (recorder, zero, no_more): (&Recorder, Stamp, &CancellationToken),
    say: impl Fn(&str),
) {
    let (complete, why) = tokio::select! {
        () = job.stop.cancelled() => (false, Some("interrupted".to_owned())),
        () = sleep_until(zero + job.plan.end() + OVERTIME) => (false, Some("still at work a minute after its plan".to_owned())),
        result = class.wait() => match result {
            Ok(()) => (true, None),
            Err(error) => {
                // A fault that nobody meets hurts for nothing.
                end(job, recorder, say, format!("the class did not get to its end: {error:#}"));
                (false, Some(format!("{error:#}")))
            }
        },
    };
    // While a fault is healed because the run was ended, nobody needs to ask any more.
    class.end().await;
    recorder.record(Fact::LoadEnded { complete, why });
    if job.plan.windows.iter().any(|window| job.plan.outlasts_its_class(window)) {
        no_more.cancel();
    }
}

fn order(job: &Job<'_>, cluster: &DockerCluster, zero: Stamp) -> load::Order {
    load::Order {
        entry: cluster.site().entry_url(),
        certificate: cluster.site().trusted().map(str::to_owned),
        zero,
        course: (COURSE.to_owned(), job.plan.set().to_owned()),
        homework: job.plan.is_homework(),
        password: cluster.site().student_password.clone(),
        retries: job.plan.class.retries,
        students: job.plan.students.clone(),
    }
}

fn prober(job: &Job<'_>, cluster: &DockerCluster) -> Result<Prober> {
    let (site, topology) = (cluster.site(), cluster.topology());
    let path = |kind, node: Option<&str>, base: String| probe::Path { kind, node: node.map(str::to_owned), base };
    let mut paths =
        vec![path(ProbeKind::Entry, None, site.entry_url()), path(ProbeKind::Write, None, site.entry_url())];
    for (service, port) in topology.serving() {
        let address = site.address(topology, service)?;
        paths.push(path(ProbeKind::Node, Some(service), format!("http://{address}:{port}")));
    }
    let first = job.plan.accounts() + 1;
    let course = Course { course: COURSE.to_owned(), set: SET.to_owned() };
    Prober::new(course, &site.student_password, paths, site.trusted(), (first..).map(login))
}
