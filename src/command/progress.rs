//! What a user sees while a run goes on: one line that changes on a terminal, plain lines elsewhere.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::say;
use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::plan::Plan;
use crate::quantity;

/// Span over which the present error rate is taken.
const RECENT: Duration = Duration::from_secs(10);
/// Pause between two plain lines of figures.
const PLAIN: Duration = Duration::from_secs(15);

/// The display of one run.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    began: Stamp,
}

/// Follows the observations of a run.
pub struct Follow {
    progress: Progress,
    plan: Plan,
    zero: Option<Stamp>,
    recent: VecDeque<(Stamp, bool)>,
    fault: String,
    said: Stamp,
}

impl Progress {
    /// A display on standard error.
    pub fn new() -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = if plain { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, plain, began: Stamp::now() }
    }

    /// Says what is going on now.
    pub fn say(&self, text: &str) {
        if self.plain {
            say::err(format_args!("[{:>4}s] {text}\n", Stamp::now().since(self.began).as_secs()));
        } else {
            self.bar.set_message(say::message(text));
        }
    }

    /// Leaves a line that stays.
    pub fn note(&self, text: &str) {
        if self.plain {
            self.say(text);
        } else {
            let after = Stamp::now().since(self.began).as_secs();
            self.bar.println(format!("[{after:>4}s] {}", say::message(text)));
        }
    }

    /// Takes the display away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// A second handle on the same display.
    pub fn handle(&self) -> Self {
        Self { bar: self.bar.clone(), plain: self.plain, began: self.began }
    }
}

impl Follow {
    /// Follows a run of `plan`.
    pub fn new(progress: Progress, plan: Plan) -> Self {
        let said = Stamp::now();
        Self { progress, plan, zero: None, recent: VecDeque::new(), fault: "baseline".to_owned(), said }
    }

    /// Shows what `observation` changes.
    pub fn look(&mut self, observation: &Observation) {
        match &observation.fact {
            Fact::LoadStarted { zero } => self.zero = Some(*zero),
            Fact::Request(request) => {
                self.recent.push_back((request.end, request.outcome.is_success()));
                self.figures(observation.at);
            }
            Fact::Window { window, mark } => self.mark(*window, mark),
            Fact::Detector { detector, service, up, .. } if self.zero.is_some() => {
                self.progress.note(&format!("{detector}: {service} is {}", if *up { "up" } else { "down" }));
            }
            Fact::Primary { service, writable, .. } => {
                self.progress.note(&format!(
                    "{service} {}",
                    if *writable { "accepts writes" } else { "accepts no writes, or does not answer" }
                ));
            }
            Fact::DetectorRead { detector, failed: Some(why), .. } => {
                self.progress.note(&format!("{detector} cannot be read: {why}"));
            }
            _ => {}
        }
    }

    fn mark(&mut self, index: usize, mark: &Mark) {
        let title = self.plan.windows.get(index).map_or_else(String::new, crate::plan::Window::title);
        let text = match mark {
            Mark::EndedEarly { why } => format!("{title}: the cluster ended it: {why}"),
            Mark::InjectIssued => {
                self.fault = title.clone();
                format!("{title}: injecting")
            }
            Mark::EffectSeen { detail, .. } => format!("{title}: there ({detail})"),
            Mark::Void { why } => format!("{title}: void, {why}"),
            Mark::HealIssued => {
                self.fault = format!("healing {title}");
                format!("{title}: healing")
            }
            Mark::HealConfirmed => {
                self.fault = "recovery".to_owned();
                format!("{title}: healed")
            }
            Mark::HealFailed { why } => format!("{title}: NOT healed, {why}"),
            Mark::Gone => format!("{title}: its target is gone, nothing to heal"),
            Mark::Target { .. } | Mark::StillThere { .. } | Mark::Restored { .. } => return,
        };
        self.progress.note(&text);
    }

    fn figures(&mut self, now: Stamp) {
        let Some(zero) = self.zero else { return };
        while self.recent.front().is_some_and(|(end, _)| now.since(*end) > RECENT) {
            self.recent.pop_front();
        }
        if self.progress.plain && now.since(self.said) < PLAIN {
            return;
        }
        self.said = now;
        let failed = self.recent.iter().filter(|(_, ok)| !ok).count();
        #[allow(clippy::cast_precision_loss, reason = "a few hundred requests")]
        let rate = failed as f64 / self.recent.len().max(1) as f64;
        let at = now.since(zero);
        let busy = |student: &&crate::plan::Student| {
            student.actions.first().is_some_and(|first| first.at <= at)
                && student.actions.last().is_some_and(|last| last.at >= at)
        };
        let active = self.plan.students.iter().filter(busy).count();
        self.progress.say(&format!(
            "{} of {}, {}: {} at work, error rate {}",
            quantity::moment(at),
            quantity::moment(self.plan.end()),
            self.fault,
            quantity::number(active, "student"),
            quantity::percent(rate)
        ));
    }
}
