//! What is judged: the baseline, one window, or the whole run, each with its expectations.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::{Answers, Figures, Requests, WindowFigures};
use crate::plan::Plan;
use crate::scenario::{Expectations, Place};

/// A part of the run. In JSON the index of a window, or null, as `window`, and its title as `scope`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Named", into = "Named")]
pub enum Scope {
    /// The time before the first window.
    Baseline,
    /// A window.
    Window {
        /// Its place in the plan.
        index: usize,
        /// In a few words: `freeze web1`.
        title: String,
    },
    /// Everything.
    Run,
}

/// A scope as JSON has it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Named {
    window: Option<usize>,
    scope: String,
}

impl From<Scope> for Named {
    fn from(scope: Scope) -> Self {
        Self { window: scope.window(), scope: scope.to_string() }
    }
}

impl From<Named> for Scope {
    fn from(named: Named) -> Self {
        match named.window {
            Some(index) => Self::Window { index, title: named.scope },
            None if named.scope == Self::Baseline.to_string() => Self::Baseline,
            None => Self::Run,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Window { title, .. } => title,
            Self::Run => "whole run",
        })
    }
}

impl Scope {
    /// Every scope of a run, in order of time.
    pub fn all(figures: &Figures) -> impl Iterator<Item = Self> {
        let windows = figures.windows.iter().enumerate();
        let windows = windows.map(|(index, window)| Self::Window { index, title: window.title.clone() });
        std::iter::once(Self::Baseline).chain(windows).chain(std::iter::once(Self::Run))
    }

    /// The window's index.
    pub fn window(&self) -> Option<usize> {
        match self {
            Self::Window { index, .. } => Some(*index),
            Self::Baseline | Self::Run => None,
        }
    }
}

/// A scope with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What was planned.
    pub plan: &'a Plan,
    /// What was measured.
    pub figures: &'a Figures,
    /// The part that is judged.
    pub scope: &'a Scope,
}

impl<'a> Subject<'a> {
    /// The window's figures; none for another scope.
    pub fn window(&self) -> Option<&'a WindowFigures> {
        self.scope.window().and_then(|index| self.figures.windows.get(index))
    }

    /// What must hold here: what the part has of its own, else what holds anywhere.
    pub fn expect(&self) -> &'a Expectations {
        match self.scope {
            Scope::Baseline => self.plan.expected_of(Place::Baseline),
            Scope::Window { index, .. } => {
                self.plan.windows.get(*index).map_or(&self.plan.expect, |window| &window.expect)
            }
            Scope::Run => self.plan.expected_of(Place::Run),
        }
    }

    /// Student requests, where requests are judged: on the baseline and in a window. The whole run is not judged by
    /// them, for it mixes healthy and sick time in shares that only the plan decides.
    pub fn requests(&self) -> Option<&'a Requests> {
        match self.scope {
            Scope::Baseline => Some(&self.figures.baseline.requests),
            Scope::Window { .. } => self.window().and_then(|window| window.requests.as_ref()),
            Scope::Run => None,
        }
    }

    /// The audit, where answers are judged: in a window and over the whole run.
    pub fn answers(&self) -> Option<&'a Answers> {
        match self.scope {
            Scope::Baseline => None,
            Scope::Window { .. } => self.window().map(|window| &window.answers),
            Scope::Run => Some(&self.figures.answers),
        }
    }
}
