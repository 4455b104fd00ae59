//! A model of a cluster, for tests of the run on virtual time. Everything happens at once and works, unless its
//! [`Behaviour`] says otherwise. Its primaries are sticky: the role moves when its holder stops serving, and does
//! not come back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Cluster, Evidence, Step};
use crate::clock::Stamp;
use crate::topology::Topology;

/// How a model differs from one where everything happens at once and works.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Time that every answer takes.
    pub answer_after: Duration,
    /// Time from an inject step until its evidence shows.
    pub evidence_after: Duration,
    /// Evidence never shows.
    pub evidence_never: bool,
    /// Time from a start until the service serves.
    pub ready_after: Duration,
    /// Steps that fail, in their own words, for example `pause web1`.
    pub failing: Vec<String>,
    /// How many heal steps are accepted and change nothing.
    pub deaf_heals: usize,
    /// Services that somebody removes, as the run sees when it heals.
    pub removed: Vec<String>,
    /// Time after which a fault ends though nobody heals it.
    pub ends_after: Option<Duration>,
    /// Time from the first step until no look is answered any more.
    pub silent_after: Option<Duration>,
    /// Nobody can be said to be the primary.
    pub no_primary: bool,
}

/// A cluster in memory.
pub struct FakeCluster {
    behaviour: Behaviour,
    /// Services of each role that has a primary.
    candidates: BTreeMap<String, Vec<String>>,
    world: Mutex<World>,
}

#[derive(Default)]
struct World {
    services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Volume>,
    primaries: BTreeMap<String, String>,
    deaf: usize,
    log: Vec<(Stamp, Step)>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Running,
    Paused,
    Stopped,
    ServerGone,
    Pressed,
    /// It runs, and suffers from something that a step ends.
    Troubled,
}

struct Service {
    state: State,
    shows_at: Stamp,
    serves_at: Stamp,
    /// When it runs again although nobody made it.
    ends_at: Option<Stamp>,
}

struct Volume {
    level: f64,
    shows_at: Stamp,
    /// When it is empty again although nobody drained it.
    ends_at: Option<Stamp>,
}

impl Service {
    fn state(&self) -> State {
        if is_past(self.ends_at) { State::Running } else { self.state }
    }

    fn serves(&self) -> bool {
        self.state() == State::Running && Stamp::now() >= self.serves_at
    }
}

impl Volume {
    fn level(&self) -> f64 {
        if is_past(self.ends_at) { 0.0 } else { self.level }
    }
}

fn is_past(moment: Option<Stamp>) -> bool {
    moment.is_some_and(|moment| Stamp::now() >= moment)
}

impl FakeCluster {
    /// A cluster of `topology` that is up.
    pub fn new(topology: &Topology, behaviour: Behaviour) -> Self {
        let now = Stamp::now();
        let service = || Service { state: State::Running, shows_at: now, serves_at: now, ends_at: None };
        let running = |name: &str| (name.to_owned(), service());
        let empty = |name: &String| (name.clone(), Volume { level: 0.0, shows_at: now, ends_at: None });
        let roles = topology.roles.iter().filter(|(_, role)| role.primary.is_some());
        Self {
            candidates: roles.map(|(name, role)| (name.clone(), role.services.clone())).collect(),
            world: Mutex::new(World {
                services: topology.services().map(running).collect(),
                volumes: topology.volumes.keys().map(empty).collect(),
                deaf: behaviour.deaf_heals,
                ..World::default()
            }),
            behaviour,
        }
    }

    /// Every step that was asked for, with its moment, in order.
    pub fn log(&self) -> Vec<(Stamp, Step)> {
        self.world().log.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self) {
        tokio::time::sleep(self.behaviour.answer_after).await;
    }

    /// Puts `service` into `state`, if it is in one of `from` (any, when that is empty).
    fn become_if(&self, service: &str, from: &[State], state: State) -> Result<bool> {
        let mut world = self.world();
        let changed = world.services.get_mut(service).with_context(|| format!("no service {service}"))?;
        if !from.is_empty() && !from.contains(&changed.state()) {
            return Ok(false);
        }
        changed.state = state;
        changed.shows_at = Stamp::now() + self.behaviour.evidence_after;
        changed.serves_at = Stamp::now() + self.behaviour.ready_after;
        changed.ends_at = self.behaviour.ends_after.map(|after| Stamp::now() + after);
        self.candidates.keys().for_each(|role| drop(self.elect(&mut world, role)));
        Ok(true)
    }

    /// The primary of `role`: who it was while it serves, or else the first that does.
    fn elect(&self, world: &mut World, role: &str) -> Option<String> {
        let serves = |service: &&String| world.services.get(*service).is_some_and(Service::serves);
        let candidates = self.candidates.get(role)?;
        let service = world.primaries.get(role).filter(serves).or_else(|| candidates.iter().find(serves))?.clone();
        world.primaries.insert(role.to_owned(), service.clone());
        Some(service)
    }

    fn spoil(&self, service: &str, from: &[State], state: State) -> Result<()> {
        anyhow::ensure!(self.become_if(service, from, state)?, "{service} is not in a state for that");
        Ok(())
    }

    fn level(&self, volume: &str, level: f64) -> Result<()> {
        let mut world = self.world();
        let volume = world.volumes.get_mut(volume).with_context(|| format!("no volume {volume}"))?;
        let ends_at = self.behaviour.ends_after.map(|after| Stamp::now() + after);
        *volume = Volume { level, shows_at: Stamp::now() + self.behaviour.evidence_after, ends_at };
        Ok(())
    }
}

impl Cluster for FakeCluster {
    async fn apply(&self, step: &Step) -> Result<()> {
        use State::{Paused, Pressed, Running, ServerGone, Stopped, Troubled};
        self.world().log.push((Stamp::now(), step.clone()));
        self.answer().await;
        if self.behaviour.failing.contains(&step.to_string()) {
            bail!("the model refuses");
        }
        match step {
            Step::Kill { service } => self.spoil(service, &[Running, Paused, ServerGone, Pressed, Troubled], Stopped),
            Step::Pause { service } => self.spoil(service, &[Running, ServerGone, Pressed], Paused),
            Step::KillServer { service } => self.spoil(service, &[Running], ServerGone),
            Step::Press { service, .. } => self.spoil(service, &[Running], Pressed),
            Step::Fill { volume, level } => self.level(volume, *level),
            Step::Disturb { service, .. }
            | Step::StopServer { service, .. }
            | Step::Limit { service, .. }
            | Step::Occupy { service, .. }
            | Step::SetClock { service, .. }
            | Step::Begin { service, .. } => self.spoil(service, &[Running], Troubled),
            _ if self.world().deaf > 0 => {
                self.world().deaf -= 1;
                Ok(())
            }
            Step::Start { service } => self.become_if(service, &[Stopped], Running).map(drop),
            Step::Unpause { service } => self.become_if(service, &[Paused], Running).map(drop),
            Step::Release { service } => self.become_if(service, &[Pressed], Running).map(drop),
            Step::Restart { service } => self.become_if(service, &[], Running).map(drop),
            Step::Calm { service }
            | Step::ContinueServer { service }
            | Step::Unlimit { service, .. }
            | Step::Vacate { service }
            | Step::ResetClock { service }
            | Step::End { service, .. } => self.become_if(service, &[Troubled], Running).map(drop),
            Step::Drain { volume } => self.level(volume, 0.0),
        }
    }

    async fn sight(&self, evidence: &Evidence) -> Result<Option<String>> {
        self.answer().await;
        let first = self.world().log.first().map(|(at, _)| *at);
        let silent_from = first.zip(self.behaviour.silent_after).map(|(first, after)| first + after);
        if silent_from.is_some_and(|from| Stamp::now() >= from) {
            std::future::pending::<()>().await;
        }
        let world = self.world();
        let is = |service: &String, state| {
            world.services.get(service).is_some_and(|one| one.state() == state && Stamp::now() >= one.shows_at)
        };
        let there = match evidence {
            Evidence::Stopped { service } => is(service, State::Stopped),
            Evidence::Paused { service } => is(service, State::Paused),
            Evidence::ServerGone { service } => is(service, State::ServerGone),
            Evidence::OomKilled { service } => is(service, State::Pressed),
            Evidence::Disturbed { service, .. }
            | Evidence::ServerStopped { service, .. }
            | Evidence::Limited { service, .. }
            | Evidence::Occupied { service, .. }
            | Evidence::ClockOff { service, .. }
            | Evidence::Begun { service, .. } => is(service, State::Troubled),
            Evidence::Full { volume, level } => {
                world.volumes.get(volume).is_some_and(|one| one.level() >= *level && Stamp::now() >= one.shows_at)
            }
        };
        Ok((there && !self.behaviour.evidence_never).then(|| evidence.to_string()))
    }

    async fn there(&self, target: &str) -> Result<bool> {
        Ok(!self.behaviour.removed.iter().any(|removed| removed == target))
    }

    async fn ready(&self, target: &str) -> Result<bool> {
        self.answer().await;
        let world = self.world();
        Ok(world.services.get(target).map_or_else(|| world.volumes.contains_key(target), Service::serves))
    }

    async fn missing(&self) -> Result<Option<String>> {
        self.answer().await;
        let world = self.world();
        let service = world.services.iter().find(|(_, service)| !service.serves());
        let volume = world.volumes.iter().find(|(_, volume)| volume.level() > 0.0);
        let ready = service.map(|(name, _)| format!("{name} is not ready"));
        Ok(ready.or_else(|| volume.map(|(name, _)| format!("{name} is not empty"))))
    }

    async fn primary(&self, role: &str) -> Result<Option<String>> {
        self.answer().await;
        Ok(self.elect(&mut self.world(), role).filter(|_| !self.behaviour.no_primary))
    }
}
