//! Faults × topologies → what each fault costs on each cluster: the scenario of a topology, with one window for each fault, and
//! the figures of its run as a row of a score card. Pure: who runs what is the command's.

mod course;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use course::{Asked, Column, FAULTS, Refused, scenario};

use crate::measure::{Blind, Failover, Figures, WindowFigures};
use crate::plan::Plan;

/// Version of [`Matrix`] as JSON. It grows when a reader of the version before could misread a field.
pub const SCHEMA: u32 = 2;

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
    /// What the run was made of: a row of another is none of this.
    pub origin: String,
    /// The exit code of the run.
    pub code: u8,
    /// Acknowledged answers of the whole run that are lost; none where the audit does not tell, or nothing was run.
    pub lost: Option<u64>,
    /// What failovers take by configuration, as `db 40 s`.
    pub configured: Vec<(String, u64)>,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// What one fault cost on one topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cell", rename_all = "snake_case")]
pub enum Cell {
    /// It was measured.
    Measured(Box<Score>),
    /// It could have been and was not, for this reason.
    NotMeasured {
        /// Why.
        why: String,
        /// Acknowledged answers of its window that are lost all the same; none where the audit does not tell, or there was no window.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<u64>,
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
    /// Whether the cluster itself had ended the fault before it was healed.
    pub ended_early: bool,
    /// Services that a detector counted out when the fault was injected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already_out: Vec<String>,
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

impl Score {
    /// Whether students were at work and no answer of theirs was acknowledged, so that none could be lost.
    pub fn nothing_to_lose(&self) -> bool {
        self.students > 0 && self.acknowledged == 0
    }

    /// Whether no figure is missing.
    fn is_whole(&self) -> bool {
        let measured = |failover: &Failover| *failover != Failover::NotMeasured;
        let answers = self.lost.is_some() || self.nothing_to_lose();
        answers && measured(&self.failover) && measured(&self.failover_write) && self.blind.is_some()
    }
}

/// A topology that is to be measured, before it is.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Its name.
    pub topology: &'a str,
    /// What it is made of.
    pub title: &'a str,
    /// What its run would be made of.
    pub origin: &'a str,
    /// For each column the number of its window, or why it has none.
    pub windows: &'a [Result<usize, Refused>],
}

impl Draft<'_> {
    /// The row of its run, which ended with `code` and has `figures`.
    pub fn measured(&self, plan: &Plan, (run, code): (&str, u8), figures: &Figures) -> Row {
        let window = |number: &usize| figures.windows.get(*number).map(Cell::of);
        let cell = |number: &usize| window(number).unwrap_or_else(|| not_measured("the run has no such window"));
        let configured = plan.configured.iter().map(|one| (one.role.clone(), one.time.as_secs()));
        Row {
            code,
            lost: figures.answers.unknown.is_none().then_some(figures.answers.lost),
            configured: configured.collect(),
            ..self.row(Some(run), cell)
        }
    }

    /// The row of a topology without figures.
    pub fn without(&self, run: Option<&str>, code: u8, why: &str) -> Row {
        Row { code, ..self.row(run, |_| not_measured(why)) }
    }

    fn row(&self, run: Option<&str>, cell: impl Fn(&usize) -> Cell) -> Row {
        let cell = |place: &Result<usize, Refused>| match place {
            Err(refused) => Cell::Impossible { why: refused.to_string() },
            Ok(number) => cell(number),
        };
        Row {
            topology: self.topology.to_owned(),
            title: self.title.to_owned(),
            run: run.map(str::to_owned),
            origin: self.origin.to_owned(),
            code: 0,
            lost: None,
            configured: Vec::new(),
            cells: self.windows.iter().map(cell).collect(),
        }
    }

    /// Whether `row` is of a run of this.
    fn is_of(&self, row: &Row) -> bool {
        let same = row.topology == self.topology && row.origin == self.origin;
        same && row.run.is_some() && row.cells.len() == self.windows.len()
    }

    /// Whether `row` is of this and has every figure, so that it need not be measured again.
    pub fn is(&self, row: &Row) -> bool {
        let same = |(cell, place): (&Cell, &Result<usize, Refused>)| match (cell, place) {
            (Cell::Impossible { why }, Err(refused)) => *why == refused.to_string(),
            (Cell::Measured(score), Ok(_)) => score.is_whole(),
            _ => false,
        };
        self.is_of(row) && row.cells.iter().zip(self.windows).all(same)
    }
}

fn not_measured(why: &str) -> Cell {
    Cell::NotMeasured { why: why.to_owned(), lost: None }
}

impl Cell {
    fn of(window: &WindowFigures) -> Self {
        let answers = &window.answers;
        let lost = answers.unknown.is_none().then_some(answers.lost);
        if let Some(why) = &window.void {
            return Self::NotMeasured { why: format!("void: {why}"), lost };
        }
        if window.cut_short {
            return Self::NotMeasured { why: "the window was cut short".to_owned(), lost };
        }
        Self::Measured(Box::new(Score {
            target: window.target.clone().unwrap_or_default(),
            ended_early: window.ended_early.is_some(),
            already_out: window.already_out.clone(),
            failover: window.failover.clone(),
            failover_write: window.failover_write.clone(),
            blind: window.blind,
            hurt: window.students_hurt(),
            students: window.students_at_work(),
            lost,
            acknowledged: answers.acknowledged,
            held: window.planned,
        }))
    }
}

impl Cell {
    /// Acknowledged answers that were lost in it, as far as is known.
    pub fn lost(&self) -> u64 {
        match self {
            Self::Measured(score) => score.lost.unwrap_or_default(),
            Self::NotMeasured { lost, .. } => lost.unwrap_or_default(),
            Self::Impossible { .. } => 0,
        }
    }
}

impl Row {
    /// How many cells were measured.
    pub fn measured(&self) -> usize {
        self.cells.iter().filter(|cell| matches!(cell, Cell::Measured(_))).count()
    }

    /// Acknowledged answers of its run that were lost in no cell.
    pub fn lost_beside(&self) -> u64 {
        self.lost.unwrap_or_default().saturating_sub(self.cells.iter().map(Cell::lost).sum())
    }
}

impl Matrix {
    /// The row of a run of what `draft` would be made of, where `columns` are asked for; see [`Draft::is`].
    pub fn row_of(&self, columns: &[Column], draft: &Draft<'_>) -> Option<&Row> {
        self.rows.iter().find(|row| self.asked.columns == columns && draft.is_of(row))
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
