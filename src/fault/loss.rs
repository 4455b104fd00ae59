//! `loss`: packets are lost.

use super::{Aim, Kind, disturbed};
use crate::cluster::Trouble;
use crate::settings::{Kind as Value, Spec};

/// Each packet that the target receives or sends is lost with the same chance. TCP sends again after 200 ms and more, so that pages become
/// slow long before they fail.
pub const KIND: Kind = Kind {
    name: "loss",
    happened: "lost packets",
    does: "a share of the packets that the target receives and sends is lost",
    stands_for: "a failing cable, a duplex mismatch, an overloaded switch",
    cannot_show: "losses in bursts, as a full queue makes them",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        let share = Spec::new("share", Value::Share, "20%", "share of the packets that is lost, in each direction");
        vec![share.within("1%", "99%")]
    },
    injection: |values, target| disturbed(target, Trouble::Lose { share: values.share("share") }),
};
