//! A comparison for tests: three checks, a freeze, a limping node, a full disk, a rush.

use std::time::Duration;

use crate::measure::{Alarms, Blind, Count, Detection, Failover, FalseAlarm};
use crate::plan::Rush;
use crate::settings::{Kind, Spec, Values};

use super::standing::{best, standings};
use super::{Cell, Comparison, Row, SCHEMA};

/// A whole number of milliseconds.
pub const MS: fn(u64) -> Duration = Duration::from_millis;

/// The balancer said down after so long, and users had failed unnoticed for that long.
pub fn noticed(ms: u64) -> Cell {
    Cell {
        detection: Detection::After { detector: "balancer".into(), time: MS(ms), flaps: 0, within: Some(MS(100)) },
        blind: Some(Blind { time: MS(ms), never_detected: false }),
        failover: Failover::After { time: MS(ms + 200), late: Duration::ZERO, effect_doubt: Duration::ZERO },
        steady: true,
        ..Cell::default()
    }
}

/// Nobody said down, and users had failed for so long.
pub fn never(ms: u64) -> Cell {
    Cell {
        detection: Detection::Never { detector: "balancer".into(), health_check: true },
        blind: Some(Blind { time: MS(ms), never_detected: true }),
        failover: Failover::DidNot { at_least: MS(20_000) },
        steady: true,
        ..Cell::default()
    }
}

/// The same for a node that answers now and then.
pub fn limping(ms: u64) -> Cell {
    Cell { steady: false, failover: Failover::NoOutage, ..never(ms) }
}

/// Nobody looks, and nobody fails.
pub fn unwatched() -> Cell {
    Cell {
        detection: Detection::NoDetector,
        blind: Some(Blind::default()),
        failover: Failover::NoOutage,
        ..Cell::default()
    }
}

/// So many false alarms, the nodes all out for so long.
pub fn alarms(count: u64, all_out: u64) -> Alarms {
    let alarm = |number| FalseAlarm {
        at: MS(195_000 + number * 1000),
        detector: "balancer".into(),
        service: "web1".into(),
        detail: "L7TOUT".into(),
        out: MS(2000),
        in_rush: true,
    };
    Alarms { false_alarms: (0..count).map(alarm).collect(), all_out_without_fault: MS(all_out), ..Alarms::default() }
}

/// A row with these settings.
pub fn row(check: &str, inter: &str, cells: Vec<Cell>, alarms: Alarms) -> Row {
    let words = ["tcp", "static", "content"];
    let specs = [
        Spec::new("check", Kind::choice(&words), check, "what is asked"),
        Spec::new("fall", Kind::Whole, "3", "failed checks until down"),
        Spec::new("inter", Kind::Duration, inter, "time between checks"),
    ];
    Row {
        settings: Values::defaults(&specs),
        run: Some(format!("reports/health/{check}-{inter}")),
        not_measured: None,
        cells,
        alarms: Some(alarms),
        in_rush: Some(Count { total: 40, failed: 10 }),
    }
}

/// A comparison of `rows`, whose cells are a freeze, a limping node and a full disk.
pub fn of(rows: Vec<Row>) -> Comparison {
    let windows = ["freeze web.any", "oom web.any", "disk-fill storage.courses"].map(str::to_owned).to_vec();
    let standings = standings(&rows, &windows);
    Comparison {
        schema: SCHEMA,
        set: "health-checks".into(),
        scenario: "health".into(),
        title: "What a health check makes of it".into(),
        topology: "two-node".into(),
        app: Some("stand-in (not WeBWorK)".into()),
        seed: 7,
        repeat: 1,
        rush: Some(Rush { start: MS(195_000), end: MS(220_000), students: 60 }),
        varied: vec!["check".into(), "inter".into()],
        windows,
        recommended: best(&standings),
        standings,
        rows,
    }
}

/// One of each kind: blind, slow, fast and nervous, void, and one that did not come up.
pub fn five() -> Comparison {
    let mut void = noticed(0);
    (void.detection, void.failover) =
        (Detection::NotMeasured { why: "the window is void".into() }, Failover::NotMeasured);
    (void.blind, void.why) = (None, Some("void: web1 was never seen to be paused".into()));
    let mut down = row("static", "500ms", Vec::new(), Alarms::default());
    (down.alarms, down.in_rush, down.not_measured) =
        (None, None, Some("the cluster did not come up: no answer".into()));
    of(vec![
        row("tcp", "2s", vec![never(19_800), limping(900), unwatched()], alarms(0, 0)),
        row("content", "2s", vec![noticed(13_900), limping(1400), unwatched()], alarms(0, 0)),
        row("content", "500ms", vec![noticed(3100), noticed(1200), unwatched()], alarms(3, 4200)),
        row("static", "2s", vec![void, limping(1300), unwatched()], alarms(0, 0)),
        down,
    ])
}
