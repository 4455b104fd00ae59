//! `kill`: the whole container vanishes from the network.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::predict::Failure;

/// The machine's power is gone: its address no longer answers, so connects hang until they time out. The page
/// cache survives (same kernel), so unsynced writes are not lost as they would be by a real power failure.
pub const KIND: Kind = Kind {
    name: "kill",
    happened: "vanished",
    does: "the container vanishes from the network",
    stands_for: "a host that loses its power or its network: connects hang, then time out",
    cannot_show: "writes that a real power failure loses because they were not yet on disk",
    spares_page_cache: true,
    costs_redundancy: true,
    seen_as: Some(Failure::Unreachable),
    aim: Aim::Service,
    settings: Vec::new,
    injection: |_, target| {
        let service = target.to_owned();
        Injection {
            inject: vec![Step::Kill { service: service.clone() }],
            evidence: Evidence::Stopped { service: service.clone() },
            heal: vec![Step::Start { service }],
        }
    },
};
