//! `connection-exhaust`: no connection is left.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::settings::{Kind as Value, Spec};

/// Connections are opened to the target's port and nothing is said on them, until it takes no more. Those that it closes are opened anew.
/// MariaDB counts a connection before its password is known, and closes a silent one after `connect_timeout` (10 s).
pub const KIND: Kind = Kind {
    name: "connection-exhaust",
    happened: "had its connections taken",
    does: "silent connections to the target's port are held until it takes no more",
    stands_for: "a pool that leaks connections, a scanner, a slow-loris attack",
    cannot_show: "connections that work: those here say nothing",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Port,
    settings: || {
        let connections = Spec::new("connections", Value::Whole, "500", "most connections that are held");
        vec![connections.within("1", "1000")]
    },
    injection: |values, target| {
        let (service, connections) = (target.to_owned(), values.whole("connections"));
        Injection {
            inject: vec![Step::Occupy { service: service.clone(), connections }],
            evidence: Evidence::Occupied { service: service.clone(), connections },
            heal: vec![Step::Vacate { service: service.clone() }, Step::Start { service }],
        }
    },
};
