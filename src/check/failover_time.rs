//! How long a window's outage lasted, through the balancer and for writes.

use std::time::Duration;

use crate::history::ProbeKind;
use crate::measure::Failover;

use super::words::seconds;
use super::{About, Check, Found, Judgement, Subject};

/// Judges the failover time. The longer of the two paths decides: a quiz that can be read and not submitted is out.
/// No outage meets every maximum, and a service that did not fail over violates every one.
pub const CHECK: Check = Check {
    name: "failover_time",
    judges: "how long the outage of a window lasted, for signed-in pages and for writes",
    about: About::Service,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().failover_time?;
    let expected = format!("failover time at most {}", seconds(most));
    let paths = [("pages", ProbeKind::Entry, &window.failover), ("writes", ProbeKind::Write, &window.failover_write)];
    let measured: Vec<_> = paths.iter().filter(|(_, _, failover)| **failover != Failover::NotMeasured).collect();
    let found: Vec<String> =
        measured.iter().map(|(path, kind, failover)| format!("{path}: {}", words(subject, *kind, failover))).collect();
    if measured.is_empty() || window.failover == Failover::NotMeasured {
        let why = "it was not seen how long pages were out".to_owned();
        let found: Vec<String> = std::iter::once(why).chain(found).collect();
        return Some(Found::new(Judgement::Unknown, expected, found.join("; ")));
    }
    let met = measured.iter().all(|(_, _, failover)| within(failover, most));
    Some(Found::met(met, expected, found.join("; ")))
}

fn within(failover: &Failover, most: Duration) -> bool {
    match failover {
        Failover::NoOutage => true,
        Failover::After { time } => *time <= most,
        Failover::DidNot { .. } | Failover::NotMeasured => false,
    }
}

fn words(subject: &Subject<'_>, kind: ProbeKind, failover: &Failover) -> String {
    match failover {
        Failover::After { time } => seconds(*time),
        Failover::DidNot { at_least } => format!("did not fail over (at least {}; ended by heal)", seconds(*at_least)),
        Failover::NotMeasured => "not measured".to_owned(),
        Failover::NoOutage => {
            let setting = subject.figures.probes.iter().find(|setting| setting.kind == kind);
            let detail = setting.map(|setting| {
                format!(" (one probe each {} ms, limit {})", setting.resolution.as_millis(), seconds(setting.limit))
            });
            format!("no outage{}", detail.unwrap_or_default())
        }
    }
}
