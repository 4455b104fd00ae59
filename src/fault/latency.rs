//! `latency`: packets leave later.

use std::time::Duration;

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step, Trouble};
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
        let service = target.to_owned();
        let by = values.duration("by");
        let millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
        let trouble = Trouble::Delay { by_ms: millis(by), jitter_ms: millis(by.mul_f64(values.share("jitter"))) };
        Injection {
            inject: vec![Step::Disturb { service: service.clone(), trouble: trouble.clone() }],
            evidence: Evidence::Disturbed { service: service.clone(), trouble },
            // A cluster manager may have fenced (killed) it meanwhile, so it is started too.
            heal: vec![Step::Calm { service: service.clone() }, Step::Start { service }],
        }
    },
};
