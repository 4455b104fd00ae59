//! `bandwidth`: a link is narrow.

use super::{Aim, Kind, disturbed};
use crate::cluster::Trouble;
use crate::settings::{Kind as Value, Spec};

/// What the target sends waits for its turn, up to a second, and is dropped then, as in a queue that is full.
pub const KIND: Kind = Kind {
    name: "bandwidth",
    happened: "had a narrow link",
    does: "the target sends at no more than a rate",
    stands_for: "a backup that fills the link, a port that fell back to 10 Mbit/s, a cloud machine out of network credits",
    cannot_show: "a narrow way in: what the target receives is not held back",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        let rate = Spec::new("rate", Value::Size, "128KiB", "what the target may send, per second");
        vec![rate.within("1KiB", "1GiB")]
    },
    injection: |values, target| disturbed(target, Trouble::Narrow { bits: 8 * values.size("rate") }),
};
