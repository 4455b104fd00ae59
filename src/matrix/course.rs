//! What is asked of a matrix → the scenario of one topology.

use std::fmt::{self, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::{self, Aim, Kind};
use crate::plan::Target;
use crate::settings::{Refusal, duration_text, millis};
use crate::topology::{Topology, Volume, WEB};

/// The faults of a matrix that names none.
pub const FAULTS: &[&str] = &["kill", "crash", "freeze", "oom", "disk-fill", "partition"];
/// Before the first fault, and between a fault and the next, the cluster has twice the time of a fault, but at least and at most this: the
/// most is enough for a database that is seeded anew. A topology that takes longer says so.
const REST: [Duration; 2] = [Duration::from_secs(25), Duration::from_secs(60)];

/// The class has come so long before the first fault.
const SETTLED: Duration = Duration::from_secs(10);

/// Problems on a page of the test, so that a page costs what it costs elsewhere.
const PER_PAGE: u32 = 5;
/// Graded submissions that a fault is to meet, on average: fewer than five say nothing, and chance is to leave them.
const SUBMISSIONS: f64 = 16.0;
/// And a student answers no sooner than this, on average.
const ANSWERED: Duration = Duration::from_secs(15);
/// Most problems of a test.
const PROBLEMS_MAX: u32 = 50;

/// A column: a fault, and whom it is aimed at where the user says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The fault.
    pub fault: String,
    /// The target as written; none for the usual one of each topology.
    pub target: Option<String>,
}

/// What is asked of every topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The app, by its name.
    pub app: String,
    /// The image of an app that users build, where the option named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webwork_image: Option<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Students of the class.
    pub students: u32,
    /// How long each fault lasts.
    #[serde(rename = "hold_ms", with = "millis")]
    pub hold: Duration,
    /// Settings of topologies and app, over their own.
    pub settings: Vec<(String, String)>,
}

/// Why a topology, or the machine, cannot have a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Column {
    /// `FAULT`, or `FAULT:TARGET`.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let (fault, target) = text.split_once(':').map_or((text, None), |(fault, target)| (fault, Some(target)));
        if fault::kind(fault).is_none() {
            return Err(Refusal::unknown("fault", fault, &fault::names()));
        }
        if target.is_some_and(|target| target.is_empty() || !target.bytes().all(is_plain)) {
            return Err(Refusal::new("expected FAULT or FAULT:TARGET, such as kill:db.primary"));
        }
        Ok(Self { fault: fault.to_owned(), target: target.map(str::to_owned) })
    }

    /// As [`Self::read`] reads it.
    pub fn as_option(&self) -> String {
        self.to_string().replace(' ', ":")
    }

    /// Whom it is aimed at on `topology`.
    pub fn aimed(&self, topology: &Topology) -> Result<String, Refused> {
        let kind = fault::kind(&self.fault).ok_or_else(|| Refused(format!("there is no fault `{}`", self.fault)))?;
        let target = self.target.clone().or_else(|| usual(kind, topology));
        let target =
            target.ok_or_else(|| Refused(format!("it has not what `{}` needs: {}", kind.name, kind.aim.needs())))?;
        Target::check(&target, kind, topology).map_err(|refusal| Refused(refusal.message))?;
        Ok(target)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)?;
        self.target.as_ref().map_or(Ok(()), |target| write!(f, " {target}"))
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

/// The volume that web nodes share, or where servers have their files the first one by its name.
fn volume(topology: &Topology) -> Option<(&String, &Volume)> {
    let shared = topology.shared_volume().and_then(|name| topology.volumes.get_key_value(name));
    shared.or_else(|| topology.volumes.iter().next())
}

/// A web node, a volume, or a service that can be brought into the condition.
fn usual(kind: &Kind, topology: &Topology) -> Option<String> {
    match kind.aim {
        Aim::Service | Aim::Server | Aim::Port | Aim::App => Some(format!("{WEB}.any")),
        Aim::Volume => volume(topology).map(|(name, volume)| format!("{}.{name}", volume.role)),
        Aim::Condition(name, _) => topology.conditions.get(name).map(|condition| format!("{}.replica", condition.role)),
    }
}

/// How many problems each student submits, one by one, so that each fault meets enough.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few hundred")]
fn problems(asked: &Asked, rest: Duration) -> u32 {
    let windows = u32::try_from(asked.columns.len()).unwrap_or(u32::MAX);
    let length = (asked.hold + rest).saturating_mul(windows) + rest;
    let all = SUBMISSIONS * length.as_secs_f64() / asked.hold.as_secs_f64();
    let most = (length.as_secs_f64() / ANSWERED.as_secs_f64()) as u32;
    ((all / f64::from(asked.students)).ceil() as u32).min(most).clamp(PER_PAGE, PROBLEMS_MAX)
}

/// The scenario of `topology`: its text, and for each column the number of its window or why it has none. `lacks` says why the
/// machine cannot make a fault.
pub fn scenario(
    topology: &Topology,
    asked: &Asked,
    lacks: impl Fn(&Kind) -> Option<String>,
) -> (String, Vec<Result<usize, Refused>>) {
    let app = &asked.app;
    let rest = (asked.hold * 2).clamp(REST[0], REST[1]).max(topology.whole_within.unwrap_or_default());
    let hold = duration_text(asked.hold);
    let (mut hits, mut places, mut windows) = (String::new(), Vec::new(), 0);
    for column in &asked.columns {
        let lacking = fault::kind(&column.fault).and_then(&lacks).map_or(Ok(()), |why| Err(Refused(why)));
        let aimed = lacking.and_then(|()| column.aimed(topology));
        if let Ok(target) = &aimed {
            // Writing to a text cannot fail.
            let fault = &column.fault;
            let _ = write!(hits, "\n[[window]]\nfault = \"{fault}\"\ntarget = \"{target}\"\nfor = \"{hold}\"\n");
        }
        places.push(aimed.map(|_| windows));
        windows += usize::from(places.last().is_some_and(Result::is_ok));
    }
    // Without a fault nothing is run, and yet it must be a scenario.
    let length = if windows == 0 { format!("length = \"{}\"\n", duration_text(rest * 4)) } else { String::new() };
    let text = format!(
        "title = \"What faults cost on {name}\"\ntopology = \"{name}\"\napp = \"{app}\"\n{length}baseline = \"{between}\"\nrecovery = \"{between}\"\n\n\
         [class]\nstudents = {students}\nproblems = {problems}\nper_page = {PER_PAGE}\nattempts = 100\ngrade_every = 1\narrival = \"{arrival}\"\ndeadline_spike = \"{spike}\"\n{hits}",
        name = topology.name,
        between = duration_text(rest),
        students = asked.students,
        problems = problems(asked, rest),
        arrival = duration_text(rest - SETTLED),
        spike = duration_text(rest / 2),
    );
    (text, places)
}
