//! How long a window's outage lasted, through the balancer and for writes.

use std::time::Duration;

use crate::history::ProbeKind;
use crate::measure::Failover;
use crate::quantity::{beyond, length};

use super::{About, Check, Found, Judgement, Subject, expected, words};

/// Judges the failover time. The longer of the two paths decides: a quiz that can be read and not submitted is out.
/// No outage meets every maximum, and a service that did not fail over violates every one.
pub const CHECK: Check = Check {
    name: "failover_time",
    judges: "how long the outage of a window lasted, for signed-in pages and for writes",
    about: About::Service,
    expects: Some("failover_time"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().failover_time?.0;
    let expected = expected::failover_time(most);
    let paths = [("pages", ProbeKind::Entry, &window.failover), ("writes", ProbeKind::Write, &window.failover_write)];
    let measured: Vec<_> = paths.iter().filter(|(_, _, failover)| **failover != Failover::NotMeasured).collect();
    let found: Vec<String> = measured
        .iter()
        .map(|(path, kind, failover)| format!("{path}: {}", told(subject, *kind, failover, most)))
        .collect();
    let met = measured.iter().all(|(_, _, failover)| within(failover, most));
    let unseen = paths.iter().filter(|(_, _, failover)| **failover == Failover::NotMeasured);
    let unseen: Vec<String> = unseen.map(|(path, _, _)| format!("{path}: not measured")).collect();
    let all = [found, unseen.clone()].concat().join("; ");
    // What is beyond the maximum violates it, whatever else was not seen.
    Some(if met && !unseen.is_empty() {
        Found::new(Judgement::Unknown, expected, all)
    } else {
        Found::met(met, expected, all)
    })
}

fn within(failover: &Failover, most: Duration) -> bool {
    match failover {
        Failover::NoOutage => true,
        Failover::After { time, .. } => *time <= most,
        Failover::DidNot { .. } | Failover::NotMeasured => false,
    }
}

fn told(subject: &Subject<'_>, kind: ProbeKind, failover: &Failover, most: Duration) -> String {
    let text = words::failover(failover, subject.figures.probes.iter().find(|setting| setting.kind == kind));
    if within(failover, most) { text } else { beyond(text, &length(most)) }
}
