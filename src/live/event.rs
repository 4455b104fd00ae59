//! What was seen → events for machines: one JSON object each, as `wwchaos run --json` prints them. `reports/README.md` lists
//! them; a test compares.

use std::time::Duration;

use serde::Serialize;

use super::note::RECENT;
use super::{Phase, View};
use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::plan::Plan;
use crate::topology::Topology;

/// Version of the events; it grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;
/// Time between two events with figures.
const EACH: Duration = Duration::from_secs(5);

/// One event and its moment.
#[derive(Clone, Debug, Serialize)]
pub struct Stamped {
    /// Milliseconds since wwchaos began.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Times of the plan (`start_ms`, `end_ms`) count from the first arrival, at `zero_at_ms` of `class`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins; what follows up to the next one, `comparison` or `end` is of it.
    Run {
        /// [`SCHEMA`].
        schema: u32,
        /// Who makes it, with version.
        tool: String,
        /// The scenario.
        scenario: String,
        /// The topology.
        topology: String,
        /// The app under test.
        app: String,
        /// The seed.
        seed: u64,
        /// The folder of its report.
        folder: String,
        /// How many students there will be.
        students: usize,
        /// When nothing is planned any more.
        end_ms: u64,
        /// The windows of the plan.
        windows: Vec<Planned>,
    },
    /// What is done now, in words that may change.
    Progress {
        /// The words.
        text: String,
    },
    /// The run came to another phase.
    Phase {
        /// Which.
        phase: Phase,
    },
    /// The class starts.
    Class {
        /// The moment of its first arrival, in milliseconds since wwchaos began.
        zero_at_ms: u64,
    },
    /// Something was done to, or seen of, the injection of a window.
    Window {
        /// Its index in `windows`.
        window: usize,
        /// Its title.
        title: String,
        /// What; fields as in `history.jsonl`, without moments.
        #[serde(flatten)]
        mark: Mark,
    },
    /// A detector changed its mind about a node, or said its first word.
    Detector {
        /// The detector.
        detector: String,
        /// The node's service.
        service: String,
        /// Whether it says "up"; null when it no longer judges the node.
        up: Option<bool>,
        /// In its own words.
        detail: String,
    },
    /// A detector can no longer be read, or can be read again.
    DetectorRead {
        /// The detector.
        detector: String,
        /// Why it cannot be read; null when it can.
        failed: Option<String>,
    },
    /// A database accepts writes, or no longer does.
    Primary {
        /// Its service.
        service: String,
        /// Whether it accepts writes.
        writable: bool,
    },
    /// What students met in the last seconds.
    Figures {
        /// The length of these seconds, in milliseconds.
        over_ms: u64,
        /// Requests that ended in them.
        requests: u64,
        /// Those that failed.
        failed: u64,
        /// Share of their first tries that failed, 0 to 1; null when there was none.
        error_rate: Option<f64>,
        /// Students between their first and their last action.
        students_at_work: usize,
    },
    /// The run ends before its time.
    Ending {
        /// Why.
        why: String,
    },
    /// A cluster is up, and stays.
    Up {
        /// Its run id.
        run: String,
        /// Where students come in.
        url: String,
        /// The first and the last login.
        logins: [String; 2],
        /// The password of all of them.
        password: String,
        /// How long it stays.
        kept_for_ms: u64,
    },
    /// How a run ended that has a report.
    Verdict {
        /// The exit code of this run.
        code: u8,
        /// `pass`, `unknown` or `fail`.
        judgement: String,
        /// The verdict in a sentence.
        sentence: String,
        /// The folder of its report.
        folder: String,
        /// Run id of the cluster that was kept; null when it was removed.
        kept: Option<String>,
        /// What could not be removed or healed.
        left_behind: Vec<String>,
    },
    /// A run ended without a verdict.
    Failed {
        /// Its exit code.
        code: u8,
        /// Why.
        why: String,
    },
    /// The lines of a set were compared.
    Comparison {
        /// The folder of the comparison.
        folder: String,
    },
    /// The lines of a set are over.
    Set {
        /// The folder of the report of all of them.
        folder: String,
    },
    /// The last event: how wwchaos ended.
    End {
        /// Its exit code.
        code: u8,
        /// What went wrong, where it was not told of a run; null otherwise.
        error: Option<String>,
    },
}

/// A window as it is planned.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    /// Its title, for example `kill web1`.
    pub title: String,
    /// When it is injected.
    pub start_ms: u64,
    /// When it is healed.
    pub end_ms: u64,
}

impl Event {
    /// The run of `plan` begins, in `folder`.
    pub fn run(plan: &Plan, tool: &str, folder: &str) -> Self {
        let window = |window: &crate::plan::Window| Planned {
            title: window.title(),
            start_ms: milliseconds(window.start),
            end_ms: milliseconds(window.end),
        };
        Self::Run {
            schema: SCHEMA,
            tool: tool.to_owned(),
            scenario: plan.scenario.clone(),
            topology: plan.topology.clone(),
            app: plan.app.clone(),
            seed: plan.seed,
            folder: folder.to_owned(),
            students: plan.students.len(),
            end_ms: milliseconds(plan.end()),
            windows: plan.windows.iter().map(window).collect(),
        }
    }
}

/// Tells a run as events.
#[derive(Clone, Debug)]
pub struct Narrator {
    view: View,
    phase: Option<Phase>,
    told: Stamp,
}

impl Narrator {
    /// Tells a run of `plan` on `topology` that began at this moment.
    pub fn new(plan: Plan, topology: Topology, began: Stamp) -> Self {
        Self { view: View::new(plan, topology, began), phase: None, told: began }
    }

    /// What `seen` means, in order.
    pub fn look(&mut self, seen: &Observation) -> Vec<Stamped> {
        self.view.look(seen);
        let mut events: Vec<_> = self.event(&seen.fact).into_iter().collect();
        let phase = self.view.phase(seen.at);
        if self.phase.replace(phase) != Some(phase) {
            events.push(Event::Phase { phase });
        }
        if !matches!(phase, Phase::Up | Phase::Audit) && seen.at.since(self.told) >= EACH {
            self.told = seen.at;
            events.push(self.figures(seen.at));
        }
        let at_ms = milliseconds(seen.at.since(self.view.began));
        events.into_iter().map(|event| Stamped { at_ms, event }).collect()
    }

    fn event(&self, fact: &Fact) -> Option<Event> {
        Some(match fact.clone() {
            Fact::LoadStarted { zero } => Event::Class { zero_at_ms: milliseconds(zero.since(self.view.began)) },
            Fact::Window { window, mark } => {
                let mark = match mark {
                    // A moment of the machine's clock says nothing beside `at_ms`.
                    Mark::EffectSeen { detail, .. } => Mark::EffectSeen { detail, not_before: None },
                    mark => mark,
                };
                Event::Window { window, title: self.view.title(window), mark }
            }
            Fact::Detector { detector, service, up, detail, .. } => Event::Detector { detector, service, up, detail },
            Fact::DetectorRead { detector, failed, .. } => Event::DetectorRead { detector, failed },
            Fact::Primary { service, writable, .. } => Event::Primary { service, writable },
            Fact::Interrupted => Event::Ending { why: "interrupted".to_owned() },
            Fact::Stopped { why } => Event::Ending { why },
            _ => return None,
        })
    }

    fn figures(&self, now: Stamp) -> Event {
        let at = self.view.offset(now);
        let recent = self.view.recent(at);
        #[allow(clippy::cast_precision_loss, reason = "a few hundred requests")]
        let rate = recent.first_failed as f64 / recent.first as f64;
        Event::Figures {
            over_ms: RECENT * 1000,
            requests: recent.requests,
            failed: recent.failed,
            error_rate: (recent.first > 0).then_some(rate),
            students_at_work: self.view.at_work(at),
        }
    }
}

/// Whole milliseconds.
pub fn milliseconds(span: Duration) -> u64 {
    span.as_millis().try_into().unwrap_or(u64::MAX)
}
