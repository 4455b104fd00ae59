//! Faults × topologies → what each fault costs on each cluster: the scenario of a topology, with one window for each fault, and
//! the figures of its run as a row of a score card. Pure: who runs what is the command's.

mod course;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use course::{Asked, Column, FAULTS, Refused, scenario};

use crate::measure::{Blind, Failover, Figures, WindowFigures};

/// Version of [`Matrix`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 1;

/// What tells a stored matrix from other reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// This.
    Matrix,
}

/// The score card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// What it is.
    pub kind: Kind,
    /// Version of this structure in JSON.
    pub schema: u32,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// What the app is called.
    pub app: String,
    /// Where every drawn number came from.
    pub seed: u64,
    /// What was asked.
    pub asked: Asked,
    /// One for each topology, in the order in which they were asked for.
    pub rows: Vec<Row>,
}

/// A topology, and what each fault cost there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The topology.
    pub topology: String,
    /// What it is made of.
    pub title: String,
    /// The folder of the run; none when none was made.
    pub run: Option<String>,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// What one fault cost on one topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cell", rename_all = "snake_case")]
pub enum Cell {
    /// It was measured.
    Measured(Score),
    /// It could have been and was not, for this reason.
    NotMeasured {
        /// Why.
        why: String,
    },
    /// This topology or this machine cannot have it.
    Impossible {
        /// Why.
        why: String,
    },
}

/// The figures of a cell, each by its definition in the report of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Whom the fault hit.
    pub target: String,
    /// Failover time of pages.
    pub failover: Failover,
    /// Failover time of writes.
    pub failover_write: Failover,
    /// Blind time; none when it is not known.
    pub blind: Option<Blind>,
    /// Students of whom a first try failed in the window.
    pub hurt: usize,
    /// Students who sent anything in it.
    pub students: usize,
    /// Acknowledged answers of the window that are lost; none where the audit does not tell.
    pub lost: Option<u64>,
    /// Acknowledged answers of the window.
    pub acknowledged: u64,
    /// How long the window was planned to last: that a fault was not failed over within it says no more than that.
    #[serde(rename = "held_ms", with = "crate::settings::millis")]
    pub held: Duration,
}

impl Row {
    /// The row of a run with `figures`, whose windows are those of `windows`, one place for each column: the window's number, or why it
    /// had none.
    pub fn measured(
        topology: &str,
        title: &str,
        run: &str,
        figures: &Figures,
        windows: &[Result<usize, Refused>],
    ) -> Self {
        let cell = |place: &Result<usize, Refused>| match place {
            Err(refused) => Cell::Impossible { why: refused.to_string() },
            Ok(number) => {
                figures.windows.get(*number).map_or_else(|| not_measured("the run has no such window"), Cell::of)
            }
        };
        let cells = windows.iter().map(cell).collect();
        Self { topology: topology.to_owned(), title: title.to_owned(), run: Some(run.to_owned()), cells }
    }

    /// The row of a topology without figures.
    pub fn without(
        topology: &str,
        title: &str,
        run: Option<&str>,
        why: &str,
        windows: &[Result<usize, Refused>],
    ) -> Self {
        let cell = |place: &Result<usize, Refused>| match place {
            Err(refused) => Cell::Impossible { why: refused.to_string() },
            Ok(_) => not_measured(why),
        };
        let cells = windows.iter().map(cell).collect();
        Self { topology: topology.to_owned(), title: title.to_owned(), run: run.map(str::to_owned), cells }
    }

    /// Whether nothing of it is left to measure.
    pub fn is_whole(&self) -> bool {
        self.cells.iter().all(|cell| !matches!(cell, Cell::NotMeasured { .. }))
    }
}

fn not_measured(why: &str) -> Cell {
    Cell::NotMeasured { why: why.to_owned() }
}

impl Cell {
    fn of(window: &WindowFigures) -> Self {
        if let Some(why) = &window.void {
            return not_measured(&format!("void: {why}"));
        }
        if window.cut_short {
            return not_measured("the window was cut short");
        }
        let answers = &window.answers;
        Self::Measured(Score {
            target: window.target.clone().unwrap_or_default(),
            failover: window.failover.clone(),
            failover_write: window.failover_write.clone(),
            blind: window.blind,
            hurt: window.students.iter().filter(|student| student.first_tries.failed > 0).count(),
            students: window.students.iter().filter(|student| student.first_tries.total > 0).count(),
            lost: answers.unknown.is_none().then_some(answers.lost),
            acknowledged: answers.acknowledged,
            held: window.planned,
        })
    }
}

impl Matrix {
    /// The row of `topology` in this matrix that another one, of `app` and `seed` and so asked, need not measure again.
    pub fn known(&self, (app, seed): (&str, u64), asked: &Asked, topology: &str) -> Option<&Row> {
        let same = self.app == app && self.seed == seed && self.asked == *asked;
        self.rows.iter().find(|row| same && row.topology == topology && row.run.is_some() && row.is_whole())
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
