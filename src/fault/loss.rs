//! `loss`: packets are lost.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step, Trouble};
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
    injection: |values, target| {
        let service = target.to_owned();
        let trouble = Trouble::Lose { share: values.share("share") };
        Injection {
            inject: vec![Step::Disturb { service: service.clone(), trouble: trouble.clone() }],
            evidence: Evidence::Disturbed { service: service.clone(), trouble },
            // A cluster manager may have fenced (killed) it meanwhile, so it is started too.
            heal: vec![Step::Calm { service: service.clone() }, Step::Start { service }],
        }
    },
};
