//! How soon the responsible detector said that the target is down.

use crate::fault;
use crate::measure::{Detection, ExpectedDetection, Failover, WindowFigures};
use crate::plan::HealthCheck;
use crate::predict::{Failure, Prediction};
use crate::quantity::length;
use crate::scenario::Time;

use super::{About, Check, Found, Judgement, Subject, expected, words};

/// Judges the time to detect. A responsible detector that stayed silent violates every maximum; a target that nobody
/// watches leaves nothing to judge.
pub const CHECK: Check = Check {
    name: "time_to_detect",
    judges: "how soon the responsible detector said that the target is down",
    about: About::Service,
    expects: Some("time_to_detect"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let Some(Time(most)) = subject.expect().time_to_detect else { return silent(subject) };
    let expected = expected::time_to_detect(most);
    Some(match &window.detection {
        Detection::After { detector, time, flaps, .. } => {
            let flaps = if *flaps > 0 { format!(", then {flaps} changes of mind") } else { String::new() };
            let (met, took) = words::held(*time, most);
            Found::met(met, expected, format!("{took} by the {detector}{flaps}"))
        }
        Detection::Never { detector, .. } => {
            let found = format!("never by the {detector}{}", blind(window));
            Found::met(false, expected, found).advise(advice(subject).as_deref())
        }
        Detection::NoDetector => Found::new(Judgement::Unknown, expected, "no detector watches the target")
            .advise(Some("state time_to_detect only for windows whose target a detector watches")),
        Detection::NotMeasured { why } => Found::new(Judgement::Unknown, expected, format!("not measured: {why}")),
    })
}

/// Nothing is expected, but an outage that nobody noticed is worth saying, with what to change: a detector that never
/// did, or a target that none watches, while no other said a word either.
fn silent(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let unnoticed = window.blind.is_some_and(|blind| blind.never_detected);
    let who = match &window.detection {
        Detection::Never { detector, .. } => format!("never by the {detector}"),
        Detection::NoDetector if unnoticed => "no detector watches the target, and none said down".to_owned(),
        _ => return None,
    };
    if matches!(window.failover, Failover::NoOutage | Failover::NotMeasured) {
        return None;
    }
    let found = format!("{who}{}", blind(window));
    Some(Found::new(Judgement::Note, "nothing expected", found).advise(advice(subject).as_deref()))
}

/// How long nobody who should know knew, where users failed meanwhile.
fn blind(window: &WindowFigures) -> String {
    let blind = window.blind.filter(|blind| blind.never_detected && !blind.time.is_zero());
    blind.map_or_else(String::new, |blind| format!("; blind for at least {}", length(blind.time)))
}

/// What to change so that whoever was silent can speak: what its configuration says, or else what the balancer asks where
/// that may be why.
fn advice(subject: &Subject<'_>) -> Option<String> {
    let window = subject.window()?;
    let silent = |one: &&ExpectedDetection| matches!(one.measured, Detection::Never { .. });
    let mut silent = window.expected_detections.iter().filter(silent).map(|one| &one.prediction);
    let change = silent.clone().find_map(|prediction| match prediction {
        Prediction::Never { change, gives, .. } => {
            Some(format!("{change}{}", gives.map(words::gain).unwrap_or_default()))
        }
        Prediction::Within { .. } | Prediction::NotModelled { .. } => None,
    });
    // One that sees such a failure, by its configuration, was not silent for what it asks.
    let sees = silent.any(|prediction| matches!(prediction, Prediction::Within { .. }));
    let asks = match window.detection {
        Detection::Never { health_check, .. } => health_check && !sees,
        // Nobody watches the target, but the pages that failed for it came through the balancer.
        Detection::NoDetector => true,
        Detection::After { .. } | Detection::NotMeasured { .. } => false,
    };
    change.or_else(|| too_slow(subject).or_else(|| setting(subject)).filter(|_| asks))
}

/// A check that sees what the fault makes of its target, and was silent all the same, had not failed often enough by then.
fn too_slow(subject: &Subject<'_>) -> Option<String> {
    let (window, check) = (subject.window()?, subject.plan.health_check()?);
    let sees = |failure| failure != Failure::Silent || check != HealthCheck::Connection;
    let seen = window.faults().filter_map(fault::kind).all(|kind| kind.seen_as.is_some_and(sees));
    let watched = matches!(window.detection, Detection::Never { .. });
    let text = "such a check sees it, and had not failed often enough before it was over: fewer failures until a node is down, less time \
                between two checks, or a longer fault";
    (seen && watched).then(|| text.to_owned())
}

/// The topology's setting to change; none when it offers nothing that sees more.
fn setting(subject: &Subject<'_>) -> Option<String> {
    let stronger = subject.plan.stronger_check()?;
    let why = match subject.plan.health_check()? {
        HealthCheck::Connection => "a TCP check cannot see a server that accepts and does not answer",
        HealthCheck::StaticPage => "a static page is answered without the database, the course and a student's session",
        HealthCheck::CourseList => "the list of courses is answered though the course is gone",
        HealthCheck::Status => "a status check cannot see a page that says 200 and shows an error",
        HealthCheck::Content => return None,
    };
    Some(format!("set check = \"{stronger}\": {why}"))
}
