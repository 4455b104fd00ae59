//! `crash`: the server process ends inside a living container.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::predict::Failure;

/// The server process is gone while its host lives: connects are refused at once, which balancers notice
/// sooner than silence.
pub const KIND: Kind = Kind {
    name: "crash",
    happened: "crashed",
    does: "SIGKILL to the server process inside a living container",
    stands_for: "a server process that crashes while its host lives on: connects are refused",
    cannot_show: "a supervisor that restarts the process at once: nothing restarts it before the window ends",
    spares_page_cache: true,
    costs_redundancy: true,
    seen_as: Some(Failure::Refused),
    aim: Aim::Server,
    settings: Vec::new,
    injection: |_, target| {
        let service = target.to_owned();
        Injection {
            inject: vec![Step::KillServer { service: service.clone() }],
            evidence: Evidence::ServerGone { service: service.clone() },
            heal: vec![Step::Restart { service }],
        }
    },
};
