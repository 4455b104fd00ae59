//! A matrix for tests of what is shown of one.

use std::time::Duration;

use super::{Asked, Cell, Column, Kind, Matrix, Row, SCHEMA, Score};
use crate::measure::{Blind, Failover};

/// Two topologies, three faults, and a cell of each kind.
pub fn matrix() -> Matrix {
    let column =
        |fault: &str, target: Option<&str>| Column { fault: fault.to_owned(), target: target.map(str::to_owned) };
    let measured = |hurt, lost, blind, failover: Failover| {
        Cell::Measured(Box::new(Score {
            target: "web2".to_owned(),
            ended_early: hurt == 9,
            already_out: Vec::from_iter((hurt == 9).then(|| "db2 (database manager)".to_owned())),
            failover_write: failover.clone(),
            failover,
            blind: Some(Blind { time: Duration::from_millis(blind), never_detected: blind > 20_000 }),
            hurt,
            students: 30,
            lost,
            acknowledged: 41,
            held: Duration::from_secs(30),
        }))
    };
    let row = |topology: &str, cells| Row {
        topology: topology.to_owned(),
        title: format!("what {topology} is made of"),
        run: Some(format!("reports/matrix-{topology}/1")),
        origin: "7f".to_owned(),
        code: 0,
        lost: Some(3),
        configured: if topology == "two-node" { vec![("db".to_owned(), 40)] } else { Vec::new() },
        cells,
    };
    let gone = Cell::Impossible { why: "`storage.courses` is not there".to_owned() };
    let void = Cell::NotMeasured { why: "void: evidence never seen".to_owned(), lost: Some(1) };
    Matrix {
        kind: Kind::Matrix,
        schema: SCHEMA,
        tool: "wwchaos 0.1.0".to_owned(),
        app: "stand-in of WeBWorK".to_owned(),
        seed: 7,
        asked: Asked {
            app: "standin".to_owned(),
            webwork_image: None,
            columns: vec![column("kill", None), column("freeze", Some("db.primary")), column("disk-fill", None)],
            students: 30,
            hold: Duration::from_secs(30),
            settings: Vec::new(),
        },
        rows: vec![
            row(
                "two-node",
                vec![
                    measured(9, Some(0), 7100, Failover::NoOutage),
                    measured(30, Some(2), 25_000, Failover::DidNot { at_least: Duration::from_secs(30) }),
                    void,
                ],
            ),
            row(
                "one-web",
                vec![measured(30, None, 0, Failover::DidNot { at_least: Duration::from_secs(29) }), gone.clone(), gone],
            ),
        ],
    }
}
