//! `disk-fill`: a volume is filled and kept full.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::settings::{Kind as Value, Spec};

/// The file system of a volume has no room left. On WeBWorK's course volume students see nothing: answers
/// still reach the database, and lines of `answer.log` vanish without a word.
pub const KIND: Kind = Kind {
    name: "disk-fill",
    happened: "filled up",
    does: "a volume is filled to a level and kept there",
    stands_for: "a shared disk that fills up: log files, uploads, a forgotten backup",
    cannot_show: "a quota that refuses one user only, or a disk that becomes slow before it is full",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::Volume,
    settings: || {
        let level = Spec::new(
            "level",
            Value::Share,
            "100%",
            "used share of the file system to reach and keep, in whole percent",
        );
        vec![level.within("1%", "100%")]
    },
    injection: |values, target| {
        // The filler knows whole percentages; step and evidence must mean the same.
        let (volume, level) = (target.to_owned(), (values.share("level") * 100.0).round() / 100.0);
        Injection {
            inject: vec![Step::Fill { volume: volume.clone(), level }],
            evidence: Evidence::Full { volume: volume.clone(), level },
            heal: vec![Step::Drain { volume }],
        }
    },
};
