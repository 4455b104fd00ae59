//! Plan + the observations so far → what a user is shown while a run goes on, pure: a [`View`] of the present moment for
//! people, and [`Event`]s, one after the other, for machines.
//!
//! Nothing here judges, and nothing that is shown here is kept: the figures of a run are those of `measure`, which sees
//! its whole history. What has not been told is not shown, or shown as a dash.

mod draw;
mod event;
mod line;
mod note;
mod traffic;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub use event::{Event, Narrator, Planned, SCHEMA, Stamped, milliseconds};
pub use line::{Line, Tone};

use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::plan::{Plan, Student};
use crate::topology::Topology;
use traffic::Traffic;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The cluster is made and seeded, the probes sign in.
    Up,
    /// The class is at work, and nothing was injected yet.
    Baseline,
    /// A fault was injected, and is not known to be healed; while the class lasts, also one that could not be.
    Window,
    /// Nothing is injected now, and a window has begun before.
    Recovery,
    /// The class is over: the stores are read, the cluster is removed.
    Audit,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Baseline => "baseline",
            Self::Window => "window",
            Self::Recovery => "recovery",
            Self::Audit => "audit",
        })
    }
}

/// What is known of a run at one moment.
#[derive(Clone, Debug)]
pub struct View {
    plan: Plan,
    topology: Topology,
    /// When the run began, long before its class.
    began: Stamp,
    /// What the run says that it does.
    step: String,
    zero: Option<Stamp>,
    traffic: Traffic,
    /// The fault that was injected last and is not known to be gone.
    fault: Option<Injected>,
    /// How many windows were begun.
    begun: usize,
    /// Since when the cluster is whole again after the last fault.
    whole: Option<Stamp>,
    /// What each detector said last of each service, and when.
    beliefs: BTreeMap<(String, String), (bool, Stamp)>,
    /// Detectors that cannot be read now.
    unreadable: BTreeMap<String, bool>,
    /// Services of roles with a primary: whether they accept writes.
    writable: BTreeMap<String, bool>,
    /// What the engine last told of containers that do not run.
    stopped: BTreeMap<String, &'static str>,
    /// Whether the class has ended.
    class_over: bool,
    /// Why the run ends before its time.
    ending: Option<String>,
}

/// A fault of the plan that was injected.
#[derive(Clone, Debug)]
struct Injected {
    window: usize,
    target: Option<String>,
    stage: Stage,
}

/// How far an injection has come.
#[derive(Clone, Debug)]
enum Stage {
    Injecting,
    There(Stamp),
    Void(String),
    EndedEarly,
    Healing(Stamp),
    NotHealed(String),
}

impl View {
    /// A run of `plan` on `topology` that began at this moment.
    pub fn new(plan: Plan, topology: Topology, began: Stamp) -> Self {
        Self {
            plan,
            topology,
            began,
            step: String::new(),
            zero: None,
            traffic: Traffic::default(),
            fault: None,
            begun: 0,
            whole: None,
            beliefs: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            writable: BTreeMap::new(),
            stopped: BTreeMap::new(),
            class_over: false,
            ending: None,
        }
    }

    /// Takes note of what the run says that it does now.
    pub fn say(&mut self, step: &str) {
        step.clone_into(&mut self.step);
    }

    /// Takes note of what was seen.
    pub fn look(&mut self, seen: &Observation) {
        match &seen.fact {
            Fact::LoadStarted { zero } => self.zero = Some(*zero),
            Fact::Request(request) => {
                if let Some(zero) = self.zero {
                    self.traffic.add(request.end.since(zero), request);
                }
            }
            Fact::Window { window, mark } => self.mark(*window, mark, seen.at),
            Fact::Detector { detector, service, up, .. } => {
                let about = (detector.clone(), service.clone());
                match up {
                    None => drop(self.beliefs.remove(&about)),
                    Some(up) => {
                        let said = self.beliefs.entry(about).or_insert((*up, seen.at));
                        if said.0 != *up {
                            *said = (*up, seen.at);
                        }
                    }
                }
            }
            Fact::DetectorRead { detector, failed, .. } => {
                self.unreadable.insert(detector.clone(), failed.is_some());
            }
            Fact::Primary { service, writable, .. } => {
                self.writable.insert(service.clone(), *writable);
            }
            Fact::Container { service, action } => match action.as_str() {
                "pause" => drop(self.stopped.insert(service.clone(), "paused")),
                "die" => drop(self.stopped.insert(service.clone(), "stopped")),
                "start" | "unpause" => drop(self.stopped.remove(service)),
                _ => {}
            },
            Fact::LoadEnded { .. } => self.class_over = true,
            Fact::Interrupted => drop(self.ending.get_or_insert_with(|| "interrupted".to_owned())),
            Fact::Stopped { why } => self.ending = Some(why.clone()),
            _ => {}
        }
    }

    fn mark(&mut self, window: usize, mark: &Mark, at: Stamp) {
        let stage = match mark {
            Mark::Target { target } => {
                self.fault = Some(Injected { window, target: Some(target.clone()), stage: Stage::Injecting });
                return;
            }
            Mark::InjectIssued => {
                self.begun = self.begun.max(window + 1);
                self.whole = None;
                Stage::Injecting
            }
            Mark::EffectSeen { .. } => Stage::There(at),
            // A fault that was never begun leaves nothing to heal.
            Mark::Void { .. } if self.begun <= window => {
                self.begun = window + 1;
                self.fault = self.fault.take().filter(|fault| fault.window != window);
                return;
            }
            Mark::Void { why } => Stage::Void(why.clone()),
            Mark::EndedEarly { .. } => Stage::EndedEarly,
            Mark::HealIssued => Stage::Healing(at),
            Mark::HealFailed { why } => Stage::NotHealed(why.clone()),
            Mark::HealConfirmed | Mark::Gone => {
                self.fault = self.fault.take().filter(|fault| fault.window != window);
                return;
            }
            Mark::Restored { .. } => {
                self.whole = Some(at);
                return;
            }
            Mark::AlsoSeen { .. } | Mark::StillThere { .. } | Mark::StartedAgain { .. } => return,
        };
        match &mut self.fault {
            Some(fault) if fault.window == window => fault.stage = stage,
            // Healed once more at the end: its target was told before.
            _ => self.fault = Some(Injected { window, target: None, stage }),
        }
    }

    /// Where the run is at `now`.
    pub fn phase(&self, now: Stamp) -> Phase {
        let Some(zero) = self.zero else { return Phase::Up };
        let over = self.ending.is_some() || self.class_over && now.since(zero) >= self.plan.deadline;
        match &self.fault {
            Some(Injected { stage: Stage::NotHealed(_), .. }) if over => Phase::Audit,
            Some(_) => Phase::Window,
            None if over => Phase::Audit,
            None if self.begun > 0 => Phase::Recovery,
            None => Phase::Baseline,
        }
    }

    /// The title of the window with this index.
    fn title(&self, window: usize) -> String {
        self.plan.windows.get(window).map_or_else(String::new, crate::plan::Window::title)
    }

    /// The time since the first arrival; zero before it.
    fn offset(&self, now: Stamp) -> Duration {
        self.zero.map_or(Duration::ZERO, |zero| now.since(zero))
    }

    /// How many students are between their first and their last action.
    fn at_work(&self, offset: Duration) -> usize {
        let busy = |student: &&Student| {
            student.actions.first().is_some_and(|first| first.at <= offset)
                && student.actions.last().is_some_and(|last| last.at >= offset)
        };
        if self.class_over { 0 } else { self.plan.students.iter().filter(busy).count() }
    }
}

#[cfg(test)]
mod tests;
