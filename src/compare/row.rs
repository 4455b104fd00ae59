//! Plan + figures of one run → a row of the comparison.

use serde::{Deserialize, Serialize};

use crate::fault;
use crate::measure::{Alarms, Blind, Count, Detection, Failover, Figures, Spread, WindowFigures, every_spread};
use crate::plan::Plan;
use crate::settings::Values;

/// One line of a set, and what its run measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Topology settings, all of them.
    pub settings: Values,
    /// The folder of the run; none when none was made.
    pub run: Option<String>,
    /// Why nothing was measured; none when the run has figures.
    pub not_measured: Option<String>,
    /// For each window of the scenario, in its order; empty when nothing was measured.
    pub cells: Vec<Cell>,
    /// What detectors said of nodes that had no fault; none when nothing was measured or there is no detector.
    pub alarms: Option<Alarms>,
    /// First tries of the class while there was a rush, over all sittings; none when there was none.
    pub in_rush: Option<Count>,
}

/// What one run measured of one window of the scenario: of several sittings the slowest that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Time to detect.
    pub detection: Detection,
    /// Blind time; none when it is not known.
    pub blind: Option<Blind>,
    /// Failover time of pages.
    pub failover: Failover,
    /// Changes of mind of the detector after its first verdict, over all sittings.
    pub flaps: u64,
    /// Why one of them is not known, where that is known.
    pub why: Option<String>,
    /// Whether whoever asks gets one and the same answer while the fault lasts, so that to miss it is no matter of luck.
    pub steady: bool,
}

impl Row {
    /// The row of a run that was measured.
    pub fn measured(plan: &Plan, run: &str, figures: &Figures) -> Self {
        let spreads = every_spread(plan, &figures.windows);
        let in_rush = figures.rushes.iter().map(|rush| rush.of_class.first_tries);
        let in_rush =
            in_rush.reduce(|sum, one| Count { total: sum.total + one.total, failed: sum.failed + one.failed });
        Self {
            cells: spreads.into_iter().map(|spread| Cell::new(spread, &figures.windows)).collect(),
            alarms: figures.alarms.clone(),
            in_rush,
            not_measured: None,
            ..Self::without(plan, Some(run), "")
        }
    }

    /// The row of a line that brought no figures.
    pub fn without(plan: &Plan, run: Option<&str>, why: &str) -> Self {
        Self {
            settings: plan.settings.clone(),
            run: run.map(str::to_owned),
            not_measured: Some(why.to_owned()),
            cells: Vec::new(),
            alarms: None,
            in_rush: None,
        }
    }
}

impl Cell {
    /// Whether a responsible detector noticed the fault.
    pub fn noticed(&self) -> bool {
        matches!(self.detection, Detection::After { .. })
    }

    fn new(spread: Spread, windows: &[WindowFigures]) -> Self {
        let sittings = || spread.windows.iter().filter_map(|index| windows.get(*index));
        let first = sittings().next();
        let void = sittings().find_map(|window| window.void.as_ref()).map(|why| format!("void: {why}"));
        let short = sittings().any(|window| window.cut_short).then(|| "the window was cut short".to_owned());
        let unheard = sittings().find_map(|window| match &window.detection {
            Detection::NotMeasured { why } => Some(why.clone()),
            _ => None,
        });
        let flaps = |window: &WindowFigures| match window.detection {
            Detection::After { flaps, .. } => flaps,
            _ => 0,
        };
        let found = spread.detection.map(|range| range.most);
        Self {
            detection: found.or_else(|| first.map(|window| window.detection.clone())).unwrap_or_default(),
            blind: spread.blind.map(|range| range.most),
            failover: spread.failover.map(|range| range.most).unwrap_or_default(),
            flaps: sittings().map(flaps).sum(),
            why: void.or(short).or(unheard),
            steady: first.is_some_and(|window| window.faults().all(is_steady)),
        }
    }
}

/// Whether a target of this fault gives whoever asks one and the same answer.
fn is_steady(fault: &str) -> bool {
    fault::kind(fault).is_some_and(|kind| kind.seen_as.is_some())
}
