//! `clock-skew`: the clock of a node is wrong.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::settings::{Kind as Value, Spec};

/// The app's processes on one node are told another time (by libfaketime), and go on telling durations rightly. When a test ends, when a
/// session is too old, what an answer is stamped with: all of it is then a matter of which node a student meets.
pub const KIND: Kind = Kind {
    name: "clock-skew",
    happened: "had a wrong clock",
    does: "the app on the target is told a time that is too late or too early",
    stands_for: "a virtual machine that was suspended, a time server that is not reached, a time zone that was set by hand",
    cannot_show: "a clock that runs too fast, and other programs of the machine: its kernel and its log of the system have the right time",
    spares_page_cache: false,
    costs_redundancy: false,
    seen_as: None,
    aim: Aim::App,
    settings: || {
        vec![
            Spec::new("by", Value::Duration, "5m", "how far off the clock is, in whole seconds").within("5s", "1d"),
            Spec::new(
                "to",
                Value::choice(&["ahead", "behind"]),
                "ahead",
                "whether it is ahead of the right time or behind it",
            ),
        ]
    },
    injection: |values, target| {
        let service = target.to_owned();
        let seconds = i64::try_from(values.duration("by").as_secs()).unwrap_or(i64::MAX);
        let ahead_seconds = if values.text("to") == "behind" { -seconds } else { seconds };
        Injection {
            inject: vec![Step::SetClock { service: service.clone(), ahead_seconds }],
            evidence: Evidence::ClockOff { service: service.clone(), ahead_seconds },
            heal: vec![Step::ResetClock { service: service.clone() }, Step::Start { service }],
        }
    },
};
