//! `dns`: names are not found.

use super::{Aim, Kind, disturbed};
use crate::cluster::Trouble;
use crate::settings::{Kind as Value, Spec};

/// Only the engine's name server is cut off: addresses still work. Who looks a name up at each connection waits, for 20 s by the usual
/// settings of the C library, or fails at once.
pub const KIND: Kind = Kind {
    name: "dns",
    happened: "could not look up names",
    does: "the target's questions to its name server get no answer, or cannot be sent",
    stands_for: "a name server that is down or overloaded, a wrong entry in resolv.conf",
    cannot_show: "a name server that answers with the wrong address",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        vec![Spec::new(
            "answer",
            Value::choice(&["silence", "refused"]),
            "silence",
            "what a question meets: no answer, or an error at once",
        )]
    },
    injection: |values, target| disturbed(target, Trouble::Nameless { refused: values.text("answer") == "refused" }),
};
