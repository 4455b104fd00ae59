//! `io-throttle`: a disk is slow.

use super::{Aim, Kind, limited};
use crate::cluster::Limit;
use crate::settings::{Kind as Value, Spec};

/// Reads and writes of every disk by the target are slowed down. With control groups of version 1 only what goes to the disk at once is
/// (direct or synchronous, as a database's log), of version 2 what is written back later too.
pub const KIND: Kind = Kind {
    name: "io-throttle",
    happened: "had a slow disk",
    does: "the target reads and writes each disk at no more than a rate",
    stands_for: "a storage network that is saturated, a disk before its death, a cloud volume out of credits",
    cannot_show: "a disk whose single operations are slow at any rate, errors, and with control groups of version 1 what is written back later",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Service,
    settings: || {
        let rate = Spec::new(
            "rate",
            Value::Size,
            "64KiB",
            "what the target may read, and what it may write, per second and disk",
        );
        vec![rate.within("1KiB", "1GiB")]
    },
    injection: |values, target| limited(target, Limit::Disk { bytes: values.size("rate") }),
};
