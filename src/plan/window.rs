//! The windows as written → the windows of a plan: whom each hits, when, and what is wrong with that.

use std::fmt;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SUBMISSIONS_MIN, Target, Wrong, sitting, timeline};
use crate::fault::{self, Strike};
use crate::scenario::{self, Expectations, Scenario, Work};
use crate::settings::{EVERYONE, Kind, Refusal, Values, millis};
use crate::topology::Topology;

/// What happens at the same time as the fault that a window is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PlannedHit")]
pub struct Hit {
    /// Name of the fault.
    pub fault: String,
    /// Its settings, all of them.
    pub values: Values,
    /// The service or volume that it hits.
    pub target: String,
}

/// A fault on the timeline. Times count from the first arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Name of the fault.
    pub fault: String,
    /// Its settings, all of them.
    pub values: Values,
    /// The target as written in the scenario.
    pub written: String,
    /// Whom it hits.
    pub target: Target,
    /// What else happens, from start to end. Whatever is measured of one target is measured of `target`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Hit>,
    /// When it is injected.
    #[serde(rename = "start_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub start: Duration,
    /// When it is healed.
    #[serde(rename = "end_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub end: Duration,
    /// Graded submissions planned between start and end.
    pub submissions: usize,
    /// What must hold in it.
    pub expect: Expectations,
}

impl Window {
    /// What is done to each, the window's own target first, once that is known by name.
    pub fn strikes(&self, target: &str) -> Option<Vec<Strike>> {
        let strike = |(name, values, target): (&str, &Values, &str)| {
            Some(Strike { target: target.to_owned(), injection: (fault::kind(name)?.injection)(values, target) })
        };
        self.hits(target).map(strike).collect()
    }

    /// Everything that happens as fault, settings and target, the window's own first, whose target is `target`.
    pub fn hits<'a>(&'a self, target: &'a str) -> impl Iterator<Item = (&'a str, &'a Values, &'a str)> {
        let own = (self.fault.as_str(), &self.values, target);
        std::iter::once(own).chain(self.also.iter().map(|hit| (hit.fault.as_str(), &hit.values, hit.target.as_str())))
    }

    /// The faults that it is made of.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.hits("").map(|(fault, ..)| fault)
    }

    /// The settings of each.
    pub fn values(&self) -> impl Iterator<Item = &Values> {
        self.hits("").map(|(_, values, _)| values)
    }

    /// The same as [`Window::title`] with the target as written, whoever that came to be.
    pub fn as_written(&self) -> String {
        self.titled(&self.written)
    }

    /// The window in a few words, for example `kill web1`, or `partition web1, partition web2`.
    pub fn title(&self) -> String {
        self.titled(&self.target)
    }

    /// The same, once the target is known by name.
    pub fn titled(&self, target: impl fmt::Display) -> String {
        format!("{} {target}{}", self.fault, self.also())
    }

    fn also(&self) -> String {
        self.also.iter().map(|hit| format!(", {} {}", hit.fault, hit.target)).collect()
    }
}

/// The windows of all sittings of `scenario` on `topology`, in order of time; what is wrong with them goes to `wrong`.
pub(super) fn windows(scenario: &Scenario, topology: &Topology, seed: u64, wrong: &mut Wrong) -> Vec<Window> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let spans = timeline::spans(scenario);
    let later = sitting::length(timeline::deadline(scenario, &spans));
    let mut windows = Vec::new();
    for number in 0..scenario.repeat {
        for (written, (start, end)) in scenario.windows.iter().zip(&spans) {
            let mut found = Wrong::new();
            let target = whom(&written.hit, topology, &mut random, &mut found);
            let also = written.also.iter().map(|hit| (hit, whom(hit, topology, &mut random, &mut found)));
            let also: Vec<_> = also.collect();
            if found.is_empty() {
                found = at_once(written, &target, &also);
            }
            // What is wrong in one sitting is said once; what is drawn may be wrong in a later one only.
            found.retain(|(field, _)| !wrong.iter().any(|(known, _)| known == field));
            wrong.extend(found);
            let known = also.iter().filter_map(|(hit, target)| Some((hit, target.named()?)));
            let also = known.map(|(hit, target)| Hit {
                fault: hit.fault.clone(),
                values: hit.values.clone(),
                target: target.to_owned(),
            });
            windows.push(Window {
                fault: written.hit.fault.clone(),
                values: written.hit.values.clone(),
                written: written.hit.target.clone(),
                also: also.collect(),
                target,
                start: *start + later * number,
                end: *end + later * number,
                submissions: 0,
                expect: scenario.expect.anywhere.overridden_by(&written.expect),
            });
        }
    }
    windows
}

/// Whom `hit` hits, as long as nothing is wrong with it.
fn whom(hit: &scenario::Hit, topology: &Topology, random: &mut ChaCha8Rng, wrong: &mut Wrong) -> Target {
    let target = fault::kind(&hit.fault)
        .ok_or_else(|| Refusal::unknown("fault", &hit.fault, &fault::names()))
        .and_then(|kind| Target::resolve(&hit.target, kind, topology, random));
    let target = target.unwrap_or_else(|refusal| {
        wrong.push((format!("{}.target", hit.field), refusal));
        Target::Service { service: hit.target.clone() }
    });
    strangers(hit, &target, topology, wrong);
    target
}

/// Several faults at one time need to hit one each, and to be known by name: nobody could tell a fault from the other on one target.
fn at_once(written: &scenario::Window, target: &Target, also: &[(&scenario::Hit, Target)]) -> Wrong {
    let mut wrong = Wrong::new();
    if also.is_empty() {
        return wrong;
    }
    let mut hit = Vec::new();
    for (one, target) in std::iter::once((&written.hit, target)).chain(also.iter().map(|(hit, target)| (*hit, target)))
    {
        let refusal = match target.named().filter(|_| !one.target.ends_with(".any")) {
            None => Refusal::new(format!("expected a service or a volume by name, got `{}`", one.target))
                .hinted("so it is where several faults happen at one time"),
            Some(name) if hit.contains(&name) => {
                Refusal::new(format!("expected another target than `{name}`, which is hit already"))
            }
            Some(name) => {
                hit.push(name);
                continue;
            }
        };
        wrong.push((format!("{}.target", one.field), refusal));
    }
    wrong
}

/// Settings that name a service or a role which is not there, or nobody but the target.
fn strangers(written: &scenario::Hit, target: &Target, topology: &Topology, wrong: &mut Wrong) {
    let specs = fault::kind(&written.fault).map(|kind| (kind.settings)()).unwrap_or_default();
    for spec in specs.iter().filter(|spec| spec.kind == Kind::Peer) {
        let whom = written.values.text(&spec.name);
        let known = topology.roles.keys().map(String::as_str).chain(topology.services()).chain([EVERYONE]);
        let mut known: Vec<_> = known.collect();
        known.sort_unstable();
        known.dedup();
        let refusal = if !known.contains(&whom) {
            Refusal::unknown("service or role", whom, &known)
        } else if whom != EVERYONE
            && target.candidates(topology).iter().any(|service| topology.peers(service, whom).is_empty())
        {
            Refusal::new(format!("expected somebody who cannot be the target, got `{whom}`"))
        } else {
            continue;
        };
        wrong.push((format!("{}.{}", written.field, spec.name), refusal));
    }
}

/// Windows in which too few submissions are planned.
pub(super) fn check_submissions(scenario: &Scenario, windows: &[Window], _deadline: Duration) -> Wrong {
    let mut wrong = Wrong::new();
    for (index, written) in scenario.windows.iter().enumerate() {
        let sittings = windows.iter().skip(index).step_by(scenario.windows.len());
        let fewest = sittings.map(|window| window.submissions).min().unwrap_or_default();
        if fewest < SUBMISSIONS_MIN {
            let message = format!(
                "expected at least {SUBMISSIONS_MIN} graded submissions planned in it, got {fewest} from a class of {}",
                scenario.class.students
            );
            let hint = match scenario.load {
                Some(_) => "more students, a longer window, one at another time, or another --seed",
                None if scenario.class.work == Work::Homework => "more students, a longer window, or another --seed",
                None => "more students, a smaller grade_every with more attempts, a longer window, or another --seed",
            };
            wrong.push((written.hit.field.clone(), Refusal::new(message).hinted(hint)));
        }
    }
    wrong
}
