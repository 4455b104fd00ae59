//! `cpu-starve`: too little processor time.

use super::{Aim, Kind, limited};
use crate::cluster::Limit;
use crate::settings::{Kind as Value, Spec};

/// The target gets a share of the processor time that it has otherwise. Slow nodes are worse than dead ones where the balancer only asks
/// whether they answer.
pub const KIND: Kind = Kind {
    name: "cpu-starve",
    happened: "was starved of processor time",
    does: "the target gets only a share of its processor time",
    stands_for: "a noisy neighbour on the same host, a runaway process, a cloud machine out of credits",
    cannot_show: "a neighbour that comes and goes within a second",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        let share = Spec::new("share", Value::Share, "10%", "share of its usual processor time that is left");
        vec![share.within("1%", "90%")]
    },
    injection: |values, target| limited(target, Limit::Processor { share: values.share("share") }),
};
