//! What was seen → a line that stays, for people.

use std::time::Duration;

use super::View;
use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::quantity;

/// Span over which the present error rate is taken, in seconds.
pub const RECENT: u64 = 10;

impl View {
    /// What of `seen` is worth a line that stays, if it is.
    pub fn note(&self, seen: &Observation) -> Option<String> {
        match &seen.fact {
            Fact::Window { window, mark } => told(&self.title(*window), mark),
            Fact::Detector { detector, service, up, .. } if self.zero.is_some() => {
                let said = match up {
                    Some(true) => "is up",
                    Some(false) => "is down",
                    None => "is no longer its to judge",
                };
                Some(format!("{detector}: {service} {said}"))
            }
            Fact::Primary { service, writable, .. } => {
                let does = if *writable { "accepts writes" } else { "accepts no writes, or does not answer" };
                Some(format!("{service} {does}"))
            }
            Fact::DetectorRead { detector, failed, .. } => Some(match failed {
                Some(why) => format!("{detector} cannot be read: {why}"),
                None => format!("{detector} can be read again"),
            }),
            _ => None,
        }
    }

    /// The present moment in a line.
    pub fn summary(&self, now: Stamp) -> String {
        let at = self.offset(now);
        let what = match &self.fault {
            Some(fault) => self.title(fault.window),
            None => self.phase(now).to_string(),
        };
        let recent = self.recent(at);
        let errors = quantity::part(recent.first_failed, recent.first);
        let (moment, end) = (quantity::moment(at), self.plan.end());
        // Who is at work by the plan says nothing of those who are late.
        if at > end {
            let beyond = quantity::length(Duration::from_secs((at - end).as_secs()));
            return format!("{moment}, {beyond} beyond the plan, {what}: error rate {errors}");
        }
        let students = quantity::number(self.at_work(at), "student");
        format!("{moment} of {}, {what}: {students} at work, error rate {errors}", quantity::moment(end))
    }

    /// What ended in the last seconds before `at`.
    pub(super) fn recent(&self, at: Duration) -> super::traffic::Count {
        self.traffic.over((at.as_secs() + 1).saturating_sub(RECENT), RECENT)
    }
}

fn told(title: &str, mark: &Mark) -> Option<String> {
    Some(match mark {
        Mark::EndedEarly { why } => format!("{title}: the cluster ended it: {why}"),
        Mark::InjectIssued => format!("{title}: injecting"),
        Mark::EffectSeen { detail, .. } => format!("{title}: there ({detail})"),
        Mark::AlsoSeen { target, detail } => format!("{title}: {target} too ({detail})"),
        Mark::Void { why } => format!("{title}: void, {why}"),
        Mark::HealIssued => format!("{title}: healing"),
        Mark::HealConfirmed => format!("{title}: healed"),
        Mark::HealFailed { why } => format!("{title}: NOT healed, {why}"),
        Mark::StartedAgain { target } => format!("{title}: {target} was put out again, and was started"),
        Mark::Gone => format!("{title}: its target is gone, nothing to heal"),
        Mark::Target { .. } | Mark::StillThere { .. } | Mark::Restored { .. } => return None,
    })
}
