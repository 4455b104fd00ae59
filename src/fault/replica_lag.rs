//! `replica-lag`: a replica falls behind.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};

/// What topologies call it.
const CONDITION: &str = "lag";

/// The replica receives what its primary writes and applies it later, so that it falls behind for as long as the window lasts. A failover
/// to it loses what it has not applied, or waits for it; readers of it see the past. The topology says how.
pub const KIND: Kind = Kind {
    name: "replica-lag",
    happened: "fell behind",
    does: "the replica applies what it receives later and later",
    stands_for: "one large transaction, a table without an index on the replica, a backup that locks it",
    cannot_show: "a replica that does not receive: that is `partition`",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Condition(CONDITION, "a service that is no primary, of the role of `[condition.lag]`"),
    settings: Vec::new,
    injection: |_, target| {
        let (service, condition) = (target.to_owned(), CONDITION.to_owned());
        Injection {
            inject: vec![Step::Begin { service: service.clone(), condition: condition.clone() }],
            evidence: Evidence::Begun { service: service.clone(), condition: condition.clone() },
            heal: vec![Step::End { service: service.clone(), condition }, Step::Start { service }],
        }
    },
};
