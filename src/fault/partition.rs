//! `partition`: the target cannot be reached, or cannot reach, though it lives.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step, Trouble, Way};
use crate::settings::{EVERYONE, Kind as Value, Spec};

/// The target lives and serves whoever still reaches it. Cut off from one role only it is the failure that health checks do not see: the
/// balancer reaches the node, and the node does not reach its database. The name server of the engine still answers.
pub const KIND: Kind = Kind {
    name: "partition",
    happened: "was cut off",
    does: "no packet passes between the target and a role, a service or everyone, in both directions or in one",
    stands_for: "a failed switch port, a firewall rule too many, a routing mistake between two racks",
    cannot_show: "a link that goes up and down, and packets that were under way: they are dropped at the target alone",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        vec![
            Spec::new("from", Value::Peer, EVERYONE, "a role, a service, or everyone: whom it is cut off from"),
            Spec::new(
                "way",
                Value::choice(&["both", "in", "out"]),
                "both",
                "the direction in which no packet passes: to the target, from it, or both",
            ),
        ]
    },
    injection: |values, target| {
        let service = target.to_owned();
        let trouble = Trouble::Cut {
            from: values.text("from").to_owned(),
            way: match values.text("way") {
                "in" => Way::In,
                "out" => Way::Out,
                _ => Way::Both,
            },
        };
        Injection {
            inject: vec![Step::Disturb { service: service.clone(), trouble: trouble.clone() }],
            evidence: Evidence::Disturbed { service: service.clone(), trouble },
            // A cluster manager may have fenced (killed) it meanwhile, so it is started too.
            heal: vec![Step::Calm { service: service.clone() }, Step::Start { service }],
        }
    },
};
