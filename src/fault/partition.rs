//! `partition`: the target cannot be reached, or cannot reach, though it lives.

use super::{Aim, Kind, disturbed};
use crate::cluster::{Trouble, Way};
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
        disturbed(
            target,
            Trouble::Cut {
                from: values.text("from").to_owned(),
                way: match values.text("way") {
                    "in" => Way::In,
                    "out" => Way::Out,
                    _ => Way::Both,
                },
            },
        )
    },
};
