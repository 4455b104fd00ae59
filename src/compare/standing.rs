//! Rows → how each setting stands, and which one to recommend: a stated rule, the same for the same figures.
//!
//! In this order, the smaller the better:
//!
//! 1. *missed*: faults that a responsible detector never noticed here and did in another row. Only faults under which
//!    whoever asks gets one and the same answer: whether a check falls between two failures of a node that limps (`oom`) is
//!    luck. A check that cannot see a fault is out, however quiet it is: it would leave the node in for as long as nobody
//!    looks;
//! 2. *false alarms*, then the time in which they left no node at all;
//! 3. *blind time*, summed over the windows whose fault some row noticed, in whole seconds: one draw is no truer;
//! 4. *flaps*, summed over the windows;
//! 5. the place in the set.
//!
//! A row of which one of these is not known is not judged, and never recommended. A time that is known to be at least so long
//! counts as that long. What nobody noticed in any row, such as a full disk that no detector watches, tells settings of a
//! health check not apart and is left out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::Detection;
use crate::settings::millis;

use super::row::{Cell, Row};

/// How a row stands by the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Standing {
    /// All that the rule asks for is known.
    Judged(Judged),
    /// Something is not known.
    NotJudged {
        /// What, and why.
        why: String,
    },
}

/// What the rule goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Windows whose fault was missed, by their place.
    pub missed: Vec<usize>,
    /// False alarms.
    pub false_alarms: u64,
    /// Time without a fault in which all nodes were out.
    #[serde(rename = "all_out_ms", with = "millis")]
    pub all_out: Duration,
    /// Blind time, summed.
    #[serde(rename = "blind_ms", with = "millis")]
    pub blind: Duration,
    /// Flaps, summed.
    pub flaps: u64,
}

impl Judged {
    /// What is compared first to last.
    pub fn order(&self) -> (usize, u64, Duration, u64, u64) {
        (self.missed.len(), self.false_alarms, self.all_out, self.blind.as_secs(), self.flaps)
    }
}

/// How each of `rows` stands; `windows` are the titles of their cells.
pub fn standings(rows: &[Row], windows: &[String]) -> Vec<Standing> {
    let noticed = |place: &usize| rows.iter().filter_map(|row| row.cells.get(*place)).any(Cell::noticed);
    let noticed: Vec<usize> = (0..windows.len()).filter(noticed).collect();
    let standing = |row| match judged(row, windows, &noticed) {
        Ok(judged) => Standing::Judged(judged),
        Err(why) => Standing::NotJudged { why },
    };
    rows.iter().map(standing).collect()
}

/// The place of the best row; none when no row could be judged.
pub fn best(standings: &[Standing]) -> Option<usize> {
    let judged = standings.iter().enumerate().filter_map(|(place, standing)| match standing {
        Standing::Judged(judged) => Some((judged.order(), place)),
        Standing::NotJudged { .. } => None,
    });
    judged.min().map(|(_, place)| place)
}

fn judged(row: &Row, windows: &[String], noticed: &[usize]) -> Result<Judged, String> {
    if let Some(why) = &row.not_measured {
        return Err(why.clone());
    }
    let alarms = row.alarms.as_ref().ok_or("no detector")?;
    if let (Some(why), true) = (&alarms.at_least, alarms.false_alarms.is_empty()) {
        return Err(format!("false alarms: {why}"));
    }
    let mut sum = Judged {
        false_alarms: alarms.false_alarms.len() as u64,
        all_out: alarms.all_out_without_fault,
        ..Judged::default()
    };
    for place in noticed {
        let (Some(cell), Some(title)) = (row.cells.get(*place), windows.get(*place)) else { continue };
        if is_missed(cell).map_err(|why| format!("{title}: {why}"))? {
            sum.missed.push(*place);
        }
        let not_known = || format!("{title}: blind time not measured{}", because(cell));
        sum.blind += cell.blind.ok_or_else(not_known)?.time;
        sum.flaps += cell.flaps;
    }
    Ok(sum)
}

/// Whether a fault was missed that another row noticed; or why that is not known.
fn is_missed(cell: &Cell) -> Result<bool, String> {
    match &cell.detection {
        Detection::After { .. } => Ok(false),
        Detection::Never { .. } => Ok(cell.steady),
        Detection::NoDetector => Err("no detector".to_owned()),
        Detection::NotMeasured { why } if cell.steady => Err(format!("detection not measured ({why})")),
        Detection::NotMeasured { .. } => Ok(false),
    }
}

fn because(cell: &Cell) -> String {
    cell.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"))
}
