//! `latency`: packets leave later.

use std::time::Duration;

use super::{Aim, Kind, disturbed};
use crate::cluster::Trouble;
use crate::settings::{Kind as Value, Spec};

/// Each packet that the target sends leaves later. A page that asks its database forty times becomes slower by forty delays.
pub const KIND: Kind = Kind {
    name: "latency",
    happened: "became slow to be heard",
    does: "each packet that the target sends leaves later, more or less by a jitter",
    stands_for: "a database in another building, a saturated link, a virtual machine that is moved",
    cannot_show: "delay of what the target receives, beside that of its answers",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        let jitter =
            "how much more or less that may be, drawn evenly for each packet: more than none changes their order";
        vec![
            Spec::new("by", Value::Duration, "100ms", "how much later").within("1ms", "10s"),
            Spec::new("jitter", Value::Share, "0%", jitter).within("0%", "100%"),
        ]
    },
    injection: |values, target| {
        let by = values.duration("by");
        let millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
        disturbed(target, Trouble::Delay { by_ms: millis(by), jitter_ms: millis(by.mul_f64(values.share("jitter"))) })
    },
};
