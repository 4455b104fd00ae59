//! The cluster on Docker Engine: compose starts and removes it, the engine's API does everything in between.

pub mod accounting;
mod app;
mod balancer;
mod certificate;
pub mod cgroup;
mod clock;
mod compose;
mod condition;
mod course;
mod disk;
mod engine;
mod errand;
mod hold;
mod image;
mod kernel;
mod leftover;
mod limit;
mod lock;
mod machine;
mod missing;
mod network;
mod occupy;
mod pause;
mod pressure;
mod process;
mod reaper;
mod site;
mod timing;
mod trace;
mod up;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bollard::models::ContainerUpdateBody;
use bollard::query_parameters::{KillContainerOptionsBuilder, RestartContainerOptionsBuilder, StartContainerOptions};
use reqwest::header::HOST;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{Cluster, Evidence, Step};
use crate::history::Recorder;
use crate::topology::{Question, Role, Topology};
use crate::webwork::{self, NODE_HOST, Page, browser};

pub use app::{identify, missing};
pub use balancer::{Opinion, Told, opinions};
pub use certificate::Certificate;
pub use course::{Seeding, forget, kept};
pub use engine::{Engine, Facts, NoEngine, State};
pub use image::{HELPER, build, build_all, id as image_id, name as image_name};
pub use leftover::{Leftover, clear_unsettled, down, down_unsettled, leftovers};
pub use machine::{Machine, disk_free, memory_free};
pub use reaper::{container as reaper, dismiss, employ};
pub use site::{Claim, LABEL, Site, fresh_id, is_run_id};
pub use timing::TIMED_WITHIN;
pub use trace::Trace;
pub use up::{Order, up, whole};

/// Longest time that one question to a service may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(5);

/// By what a cluster that is up is found again, also by another process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Whereabouts {
    /// What it is made of.
    pub topology: Topology,
    /// Where it is, with its secrets.
    pub site: Site,
    /// The images of ours that it and its errands use, by part.
    pub images: BTreeMap<String, String>,
}

/// A cluster on Docker.
pub struct DockerCluster {
    engine: Engine,
    topology: Topology,
    site: Site,
    images: BTreeMap<String, String>,
    recorder: Recorder,
    http: reqwest::Client,
    pressures: Mutex<BTreeMap<String, pressure::Pressure>>,
    fills: Mutex<BTreeMap<String, disk::Fill>>,
    /// Helpers that hold something up, by name.
    holds: Mutex<BTreeMap<String, hold::Hold>>,
    /// Whether nothing can be healed in it any more, whatever is still there.
    lost: AtomicBool,
}

impl Whereabouts {
    /// The image of errands; none where the topology has none.
    pub fn helper(self) -> Option<String> {
        let mut images = self.images;
        images.remove(HELPER)
    }
}

impl DockerCluster {
    /// The cluster at `whereabouts`.
    pub fn new(engine: Engine, whereabouts: Whereabouts, recorder: Recorder) -> Result<Arc<Self>> {
        let Whereabouts { topology, site, images } = whereabouts;
        recorder.keep_secret(site.secrets());
        let http = browser(site.trusted())?;
        let http = http.timeout(QUESTION_LIMIT).pool_max_idle_per_host(0).cookie_store(false);
        let http = http.build().context("make an HTTP client")?;
        let (pressures, fills, holds, lost) = Default::default();
        Ok(Arc::new(Self { engine, topology, site, images, recorder, http, pressures, fills, holds, lost }))
    }

    /// The same cluster for another run, whose observations go to `recorder`.
    pub fn again(&self, recorder: Recorder) -> Result<Arc<Self>> {
        let (topology, site, images) = (self.topology.clone(), self.site.clone(), self.images.clone());
        Self::new(self.engine.clone(), Whereabouts { topology, site, images }, recorder)
    }

    /// The engine it runs on.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where it is.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What it is made of.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Gives the cluster up: from now on nothing of it counts as there. What is left of it can only be removed.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether the engine was restarted without keeping its containers alive: every service has stopped, and the reaper,
    /// which the engine starts again by itself, was started after that. `states` are those of the services now.
    pub async fn engine_restarted(&self, states: &[(String, State)]) -> Result<bool> {
        if states.iter().any(|(_, state)| state.running) {
            return Ok(false);
        }
        let reaper = self.engine.state(&reaper(&self.site.run)).await?;
        let before = |state: &State| state.finished.zip(reaper.started).is_some_and(|(stopped, began)| stopped < began);
        Ok(reaper.running && states.iter().all(|(_, state)| before(state)))
    }

    /// The state of every service now.
    pub async fn states(&self) -> Result<Vec<(String, State)>> {
        let mut states = Vec::new();
        for service in self.topology.services() {
            states.push((service.to_owned(), self.engine.state(&self.site.container(service)).await?));
        }
        Ok(states)
    }

    /// Gives each service the processors that it may use from now on. A cluster starts without this limit, so
    /// that its start does not take minutes on a small machine.
    async fn limit(&self) -> Result<()> {
        let cores = self.engine.facts().await?.cores;
        for (service, thousandths, _) in limits(&self.topology, cores) {
            let update = ContainerUpdateBody {
                nano_cpus: Some(i64::from(thousandths) * 1_000_000),
                ..ContainerUpdateBody::default()
            };
            let container = self.site.container(&service);
            self.engine
                .docker()
                .update_container(&container, update)
                .await
                .with_context(|| format!("limit {service}"))?;
        }
        Ok(())
    }

    /// The services of `role` that say that they are its primary.
    pub async fn primaries(&self, role: &str) -> Result<Vec<String>> {
        let described = self.topology.roles.get(role).ok_or_else(|| anyhow!("unknown role `{role}`"))?;
        let question = described.primary.as_ref().ok_or_else(|| anyhow!("role `{role}` has no primary"))?;
        let mut found = Vec::new();
        for service in &described.services {
            let state = self.engine.state(&self.site.container(service)).await?;
            if state.running && !state.paused && self.ask(service, described.port, question).await? {
                found.push(service.clone());
            }
        }
        Ok(found)
    }

    /// The first thing that `role` lacks: a service that does its work, or its one primary. Who is asked the same for
    /// both is asked once, for a question may be a command that costs its service time.
    async fn missing_of(&self, name: &str, role: &Role) -> Result<Option<String>> {
        let mut primaries = Vec::new();
        for service in &role.services {
            let state = self.engine.state(&self.site.container(service)).await?;
            if !state.running || state.paused {
                return Ok(Some(format!("{service} does not run")));
            }
            let mut leads = None;
            let mut answer = String::new();
            if let Some(question) = &role.primary {
                answer = self.answer(service, role.port, question).await?;
                leads = Some(question.is_met_by(&answer)?);
                primaries.extend(leads.unwrap_or_default().then(|| service.clone()));
            }
            let Some(question) = &role.ready else { continue };
            if !role.primary.as_ref().is_some_and(|primary| primary.asks_the_same_as(question)) {
                answer = self.answer(service, role.port, question).await?;
            }
            if !question.is_met_by(&answer)? {
                let is_replica = leads == Some(false) && role.services.len() > 1 && !role.passive;
                let what = if is_replica { "no replica that has caught up" } else { "not ready" };
                return Ok(Some(format!("{service} is {what}")));
            }
        }
        Ok(role.primary.as_ref().and_then(|_| missing::primary(name, &role.services, &Ok(primaries))))
    }

    async fn ask(&self, service: &str, port: Option<u16>, question: &Question) -> Result<bool> {
        Ok(question.is_met_by(&self.answer(service, port, question).await?)?)
    }

    /// What `service` answers; nothing when it does not.
    async fn answer(&self, service: &str, port: Option<u16>, question: &Question) -> Result<String> {
        Ok(match question {
            Question::Page { path, .. } => {
                let address = self.site.address(&self.topology, service)?;
                let path = path.replace("{course}", crate::plan::COURSE);
                let secure = self.site.certificate.is_some() && self.topology.entry.service == service;
                let scheme = if secure { "https" } else { "http" };
                let base = format!("{scheme}://{address}:{}", port.unwrap_or(80));
                let page = async {
                    let request = self.http.get(webwork::address(&base, &path)?).header(HOST, NODE_HOST);
                    Page::read(request.send().await?).await
                };
                page.await.map(|page| page.body).unwrap_or_default()
            }
            Question::Command { command, .. } => {
                let container = self.site.container(service);
                let output = tokio::time::timeout(QUESTION_LIMIT, self.engine.exec(&container, command)).await;
                output.ok().and_then(Result::ok).map(|output| output.text).unwrap_or_default()
            }
        })
    }
}

impl Cluster for DockerCluster {
    async fn apply(&self, step: &Step) -> Result<()> {
        let docker = self.engine.docker();
        match step {
            Step::Kill { service } => {
                let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
                docker.kill_container(&self.site.container(service), Some(options)).await?;
            }
            Step::Start { service } => {
                docker.start_container(&self.site.container(service), None::<StartContainerOptions>).await?;
            }
            Step::Pause { service } => self.pause(service).await?,
            Step::Unpause { service } => self.unpause(service).await?,
            Step::Restart { service } => {
                let options = RestartContainerOptionsBuilder::default().t(2).build();
                docker.restart_container(&self.site.container(service), Some(options)).await?;
            }
            Step::KillServer { service } => self.kill_server(service).await?,
            Step::Press { service, victim } => self.press(service, *victim).await?,
            Step::Release { service } => self.release(service).await,
            Step::Fill { volume, level } => self.fill(volume, *level).await?,
            Step::Drain { volume } => self.drain(volume).await?,
            Step::Disturb { service, trouble } => self.disturb(service, trouble).await?,
            Step::Calm { service } => self.calm(service).await?,
            Step::StopServer { service, processes } => self.stop_server(service, *processes).await?,
            Step::ContinueServer { service } => self.continue_server(service).await?,
            Step::Limit { service, limit } => self.limit_to(service, limit).await?,
            Step::Unlimit { service, limit } => self.unlimit(service, limit).await?,
            Step::Occupy { service, connections } => self.occupy(service, *connections).await?,
            Step::Vacate { service } => self.vacate(service).await?,
            Step::SetClock { service, ahead_seconds } => self.set_clock(service, *ahead_seconds).await?,
            Step::ResetClock { service } => self.reset_clock(service).await?,
            Step::Begin { service, condition } => self.begin(service, condition).await?,
            Step::End { service, condition } => self.finish(service, condition).await?,
        }
        Ok(())
    }

    async fn sight(&self, evidence: &Evidence) -> Result<Option<String>> {
        match evidence {
            Evidence::Stopped { service } => {
                let state = self.engine.state(&self.site.container(service)).await?;
                Ok((!state.running).then(|| format!("engine: {service} is {}", state.status)))
            }
            Evidence::Paused { service } => {
                let state = self.engine.state(&self.site.container(service)).await?;
                Ok(state.paused.then(|| format!("engine: {service} is {}", state.status)))
            }
            Evidence::ServerGone { service } => self.server_gone(service).await,
            Evidence::OomKilled { service } => self.oom_killed(service).await,
            Evidence::Full { volume, level } => self.full(volume, *level).await,
            Evidence::Disturbed { service, trouble } => self.disturbed(service, trouble).await,
            Evidence::ServerStopped { service, processes } => self.server_stopped(service, *processes).await,
            Evidence::Limited { service, limit } => self.limited(service, limit).await,
            Evidence::Occupied { service, connections } => self.occupied(service, *connections).await,
            Evidence::ClockOff { service, ahead_seconds } => self.clock_off(service, *ahead_seconds).await,
            Evidence::Begun { service, condition } => self.begun(service, condition).await,
        }
    }

    async fn there(&self, target: &str) -> Result<bool> {
        if self.lost.load(Ordering::Relaxed) {
            return Ok(false);
        }
        if self.topology.volumes.contains_key(target) {
            return match self.engine.docker().inspect_volume(&self.site.volume(target)).await {
                Ok(_) => Ok(true),
                Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
                Err(error) => Err(error).with_context(|| format!("ask for volume {target}")),
            };
        }
        Ok(!self.engine.state(&self.site.container(target)).await?.is_missing())
    }

    async fn ready(&self, target: &str) -> Result<bool> {
        if self.topology.volumes.contains_key(target) {
            return Ok(true);
        }
        let service = target;
        let state = self.engine.state(&self.site.container(service)).await?;
        if !state.running || state.paused {
            return Ok(false);
        }
        match self.topology.role_of(service).and_then(|(_, role)| role.ready.as_ref().map(|ask| (role.port, ask))) {
            Some((port, question)) => self.ask(service, port, question).await,
            None => Ok(true),
        }
    }

    async fn missing(&self) -> Result<Option<String>> {
        for detector in &self.topology.detectors {
            let opinions = self.opinions_of(detector).await;
            if let Some(out) = opinions.and_then(|opinions| missing::kept_out(&detector.name, &opinions)) {
                return Ok(Some(out));
            }
        }
        for (name, role) in &self.topology.roles {
            if let Some(what) = self.missing_of(name, role).await? {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    async fn primary(&self, role: &str) -> Result<Option<String>> {
        let mut found = self.primaries(role).await?;
        Ok(found.pop().filter(|_| found.is_empty()))
    }
}

/// Limits of each service of a topology on a machine with `cores`: name, thousandths of a processor, bytes.
pub fn limits(topology: &Topology, cores: u32) -> Vec<(String, u32, u64)> {
    let limits = topology.roles.values().flat_map(|role| {
        let thousandths = compose::cpus_thousandths(role.cpu_share, cores);
        role.services.iter().map(move |service| (service.clone(), thousandths, role.memory_bytes))
    });
    limits.collect()
}
