//! What is judged: the baseline, one window, or the whole run, each with its expectations.

use crate::measure::{Answers, Figures, Requests, WindowFigures};
use crate::plan::Plan;
use crate::scenario::Expectations;

/// What findings of the baseline name as their scope.
pub const BASELINE: &str = "baseline";
/// What findings of the whole run name as their scope.
pub const WHOLE: &str = "whole run";

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The time before the first window.
    Baseline,
    /// This window.
    Window(usize),
    /// Everything.
    Run,
}

impl Scope {
    /// Every scope of a run, in order of time.
    pub fn all(figures: &Figures) -> impl Iterator<Item = Self> {
        let windows = (0..figures.windows.len()).map(Self::Window);
        std::iter::once(Self::Baseline).chain(windows).chain(std::iter::once(Self::Run))
    }

    /// The window's index.
    pub fn window(self) -> Option<usize> {
        match self {
            Self::Window(index) => Some(index),
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
    pub scope: Scope,
}

impl<'a> Subject<'a> {
    /// The window's figures; none for another scope.
    pub fn window(&self) -> Option<&'a WindowFigures> {
        self.scope.window().and_then(|index| self.figures.windows.get(index))
    }

    /// What must hold here: a window's own expectations, else those of the run.
    pub fn expect(&self) -> &'a Expectations {
        let planned = self.scope.window().and_then(|index| self.plan.windows.get(index));
        planned.map_or(&self.plan.expect, |window| &window.expect)
    }

    /// The scope's name in findings.
    pub fn title(&self) -> String {
        match self.scope {
            Scope::Baseline => BASELINE.to_owned(),
            Scope::Run => WHOLE.to_owned(),
            Scope::Window(_) => self.window().map(|window| window.title.clone()).unwrap_or_default(),
        }
    }

    /// Student requests, where requests are judged: on the baseline and in a window. The whole run is not judged by
    /// them, for it mixes healthy and sick time in shares that only the plan decides.
    pub fn requests(&self) -> Option<&'a Requests> {
        match self.scope {
            Scope::Baseline => Some(&self.figures.baseline.requests),
            Scope::Window(_) => self.window().and_then(|window| window.requests.as_ref()),
            Scope::Run => None,
        }
    }

    /// The audit, where answers are judged: in a window and over the whole run.
    pub fn answers(&self) -> Option<&'a Answers> {
        match self.scope {
            Scope::Baseline => None,
            Scope::Window(_) => self.window().map(|window| &window.answers),
            Scope::Run => Some(&self.figures.answers),
        }
    }
}
