//! Events → [`Recording`]: the journeys of the students who had one set of one course before them.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::event::Event;
use super::people::NOBODY;
use super::record::What;
use super::{Import, Seen, join, whose};
use crate::history::Step;
use crate::profile::{AWAY, Deed, Journey, LENGTH_MAX, Replay};
use crate::settings::{Refusal, shown};

/// Longest name of a course or a set that is shown.
const NAME_MAX: usize = 60;
/// Most courses or sets that a message names.
const NAMED_MAX: usize = 10;
/// A client that makes a larger share of all requests is probably no single student.
const SHARE_MAX: f64 = 1.0 / 3.0;

/// What the user wants of several.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The course; the one with most requests where none is named.
    pub course: Option<String>,
    /// The set; likewise.
    pub set: Option<String>,
    /// How far the server's clock is ahead of Greenwich, in seconds, where logs do not tell.
    pub zone: Option<i32>,
}

/// Courses or sets that the logs name, with how many requests each has, most first.
pub type Found = Vec<(String, u64)>;

/// What a user should know of how a recording was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// One client makes so large a share of the requests.
    OneClient(f64),
    /// So many clients could be told to be users: by `login.log`, by requests that name them, or by when they signed in and submitted.
    Joined(usize),
    /// `login.log` tells of so many sign-ins, and none is from a client of the other logs.
    SignedInElsewhere(usize),
    /// So many who had the set before them were left out, for they were on an instructor's page too.
    StaffLeftOut(usize),
    /// So many requests are of sets that are not counted, for there were too many before.
    TooManySets(u64),
    /// Which forms were graded submissions is a guess: each student's last one.
    GradesGuessed,
    /// Only `timing.log` told when tests were started, and nobody's journey is known.
    StartsOnly,
    /// Only WeBWorK's own logs told, and so each student seems to come with the first sign-in or submission and to go with the last.
    NoRequests,
    /// The zone of the server's clock was not known, and counts as Greenwich's.
    ZoneUnknown,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The course that was taken, and all that were found.
    pub course: (String, Found),
    /// The set that was taken, and all that were found in it.
    pub set: (String, Found),
    /// What each student did, in the order of their first action.
    pub journeys: Vec<Journey>,
    /// How finely the logs tell time.
    pub resolution: Duration,
    /// What to know of it.
    pub notes: Vec<Note>,
}

impl Recording {
    /// Each action, to be replayed.
    pub fn replay(&self) -> Replay {
        Replay { journeys: self.journeys.clone() }
    }
}

/// Why nothing can be made of logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// What the user wants of them is not in them.
    #[error(transparent)]
    Choice(Refusal),
    /// They do not tell of a class.
    #[error(transparent)]
    Logs(Refusal),
}

pub(super) fn recording(import: Import, chosen: &Chosen) -> Result<Recording, Failed> {
    let Import {
        people, places, mut events, mut local, mut seen, agents, sign_ins, unplaced, zones, resolution, ..
    } = import;
    let mut notes = Vec::new();
    notes.extend((unplaced > 0).then_some(Note::TooManySets(unplaced)));
    let zone = chosen.zone.or(zones[0]).or(zones[1]);
    let zone_unknown = zone.is_none() && !events.is_empty() && !local.is_empty();
    notes.extend(zone_unknown.then_some(Note::ZoneUnknown));
    by_greenwich(&mut local, &mut seen, zone.unwrap_or_default());
    events.append(&mut local);
    drop(local);
    // Before they are counted: a test has as many lines as problems.
    join::submissions_once(&mut events);
    let count = |key: &dyn Fn(&Event) -> Option<Vec<u8>>| found(&events, key);
    let course_of = |event: &Event| Some(places.place(event.place).course.to_vec()).filter(|course| !course.is_empty());
    let course = choose("course", chosen.course.as_deref(), count(&course_of))?;
    let in_course = |event: &Event| {
        let place = places.place(event.place);
        place.course.is_empty() || *place.course == *course.0
    };
    let set_of =
        |event: &Event| Some(places.place(event.place).set.to_vec()).filter(|set| !set.is_empty() && in_course(event));
    let set = choose("set", chosen.set.as_deref(), count(&set_of))?;
    let is_of_set = |event: &Event| !set.0.is_empty() && *places.place(event.place).set == *set.0;
    events.retain(|event| {
        let place = places.place(event.place);
        let here = place.set.is_empty() || is_of_set(event);
        here && in_course(event)
    });
    let is_client = |event: &Event| event.who != NOBODY && !people.is_user(event.who);
    let clients = events.iter().any(is_client);
    let (joined, known) = join::users(&mut events, &seen);
    events.sort_by_key(|event| event.at);
    // WeBWorK's own logs of a user name no course.
    let is_request = |event: &Event| !places.place(event.place).course.is_empty();
    // By clocks that differ nothing is at one time.
    let by_time = if zone_unknown { 0 } else { whose::users(&mut events, &people, (&seen, &agents), is_request) };
    drop((seen, agents));
    let nowhere = sign_ins > 0 && clients && !known && by_time == 0;
    notes.extend(nowhere.then_some(Note::SignedInElsewhere(sign_ins)));
    notes.extend((joined + by_time > 0).then_some(Note::Joined(joined + by_time)));
    notes.extend(without_staff(&mut events, is_of_set));
    let graded = events.iter().any(|event| event.what == What::Grade);
    join::grades(&mut events, &people);
    let (mut events, nameless) = by_whom(events, is_request);
    if nameless {
        notes.push(Note::StartsOnly);
    } else if !events.iter().any(&is_request) {
        notes.push(Note::NoRequests);
    }
    drop(people);
    events.sort_by_key(|event| (event.who, event.at));
    join::once(&mut events, is_request);
    if !graded && guess(&mut events) {
        notes.push(Note::GradesGuessed);
    }
    let journeys = journeys(&events, |event| set.0.is_empty() || is_of_set(event));
    if journeys.is_empty() {
        let message = "nobody has the set before them in these logs; expected requests for it, or answers to it";
        return Err(Failed::Logs(Refusal::new(message)));
    }
    notes.extend(crowd(&journeys));
    let last = journeys.iter().flatten().map(Deed::at).max().unwrap_or_default();
    if last > LENGTH_MAX {
        let message =
            format!("the set was before students for {} days; expected at most {}", days(last), days(LENGTH_MAX));
        return Err(Failed::Logs(Refusal::new(message).hinted("the logs of fewer days")));
    }
    let named = |(name, found): (Vec<u8>, Found)| (readable(&name), found);
    Ok(Recording { course: named(course), set: named(set), journeys, resolution, notes })
}

/// Brings every stamp by the server's clock, so many seconds ahead, to Greenwich's.
fn by_greenwich(local: &mut [Event], seen: &mut [Seen], zone: i32) {
    let stamps = local.iter_mut().map(|event| &mut event.at);
    for at in stamps.chain(seen.iter_mut().filter(|seen| seen.local).map(|seen| &mut seen.at)) {
        *at -= i64::from(zone) * 1000;
    }
}

/// Takes away the events of whoever was seen on an instructor's page of the course, and says so where they had the set before them.
/// Only now: of a client that was found to be several users, one after the other, one teaches.
fn without_staff(events: &mut Vec<Event>, is_of_set: impl Fn(&Event) -> bool) -> Option<Note> {
    let of_staff = events.iter().filter(|event| event.what == What::Staff && event.who != NOBODY);
    let staff: HashSet<u32> = of_staff.map(|event| event.who).collect();
    let theirs = |event: &&Event| staff.contains(&event.who) && event.what != What::Staff && is_of_set(event);
    let had_it: HashSet<u32> = events.iter().filter(theirs).map(|event| event.who).collect();
    events.retain(|event| event.what != What::Staff && !staff.contains(&event.who));
    (!had_it.is_empty()).then_some(Note::StaffLeftOut(had_it.len()))
}

fn days(span: Duration) -> u64 {
    span.as_secs().div_ceil(24 * 3600)
}

/// A name as it may be shown.
fn readable(name: &[u8]) -> String {
    shown(&String::from_utf8_lossy(name), NAME_MAX)
}

/// How many events there are of each name.
fn found(events: &[Event], key: &dyn Fn(&Event) -> Option<Vec<u8>>) -> Vec<(Vec<u8>, u64)> {
    // Few places, many events.
    let mut by_place: BTreeMap<u16, (Event, u64)> = BTreeMap::new();
    for event in events {
        by_place.entry(event.place).or_insert((*event, 0)).1 += 1;
    }
    let mut names: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (event, count) in by_place.values() {
        if let Some(name) = key(event) {
            *names.entry(name).or_default() += count;
        }
    }
    let mut found: Vec<_> = names.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found
}

/// The one that is named, or the one with most requests; empty where none was found and none is named.
fn choose(what: &str, named: Option<&str>, found: Vec<(Vec<u8>, u64)>) -> Result<(Vec<u8>, Found), Failed> {
    let shown: Found = found.iter().take(NAMED_MAX).map(|(name, count)| (readable(name), *count)).collect();
    match named {
        Some(name) if found.iter().any(|(other, _)| other == name.as_bytes()) => Ok((name.into(), shown)),
        // `answer.log` and `login.log` name no course: they are those of the one that is meant.
        Some(name) if found.is_empty() && what == "course" => Ok((name.into(), shown)),
        Some(name) => {
            let known: Vec<_> = shown.iter().map(|(name, _)| name.as_str()).collect();
            Err(Failed::Choice(Refusal::unknown(what, name, &known)))
        }
        None => Ok((found.into_iter().next().map(|(name, _)| name).unwrap_or_default(), shown)),
    }
}

/// The events by which students are followed: all of those whose requests are known, for a user of whom only WeBWorK's own logs
/// tell is one of the clients; where no requests are known, all of the users; where nobody is known, the starts of tests, each
/// as somebody's. Whether it came to the last.
fn by_whom(mut events: Vec<Event>, is_request: impl Fn(&Event) -> bool) -> (Vec<Event>, bool) {
    let asking: HashSet<u32> =
        events.iter().filter(|event| event.who != NOBODY && is_request(event)).map(|event| event.who).collect();
    if asking.is_empty() && events.iter().all(|event| event.who == NOBODY) {
        events.retain(|event| event.what == What::Start);
        (0..).zip(&mut events).for_each(|(number, event)| event.who = number);
        return (events, true);
    }
    events.retain(|event| event.who != NOBODY && (asking.is_empty() || asking.contains(&event.who)));
    (events, false)
}

/// Where no log tells which forms were graded submissions: the last of each student. Whether there was one.
fn guess(events: &mut [Event]) -> bool {
    let mut any = false;
    for of_one in events.chunk_by_mut(|one, other| one.who == other.who) {
        if let Some(last) = of_one.iter_mut().rfind(|event| event.what.is_post()) {
            last.what = What::Grade;
            any = true;
        }
    }
    any
}

/// One who makes too large a share of the requests.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn crowd(journeys: &[Journey]) -> Option<Note> {
    let all: usize = journeys.iter().map(Vec::len).sum();
    let share = journeys.iter().map(Vec::len).max()? as f64 / all as f64;
    // Of three students one may well make a third.
    let few = (2..=5).contains(&journeys.len());
    (share > SHARE_MAX && !few).then_some(Note::OneClient(share))
}

/// The journeys of those who had the set before them, each visit that had; `events` are in order of student and time.
fn journeys(events: &[Event], is_of_set: impl Fn(&Event) -> bool) -> Vec<Journey> {
    let away = i64::try_from(AWAY.as_millis()).unwrap_or(i64::MAX);
    let visits = || {
        let all = events.chunk_by(|one, other| one.who == other.who && other.at - one.at < away);
        all.filter(|visit| visit.iter().any(&is_of_set) && visit.iter().any(|event| event.what < What::Staff))
    };
    let first = visits().filter_map(|visit| visit.first()).map(|event| event.at).min().unwrap_or_default();
    let mut journeys: Vec<Journey> = Vec::new();
    let mut last = NOBODY;
    for visit in visits() {
        if visit[0].who != last {
            journeys.push(Journey::new());
            last = visit[0].who;
        }
        if let Some(journey) = journeys.last_mut() {
            journey.reserve_exact(visit.len());
            add(journey, visit, first);
        }
    }
    journeys.sort_by_key(|journey| journey.first().map(Deed::at));
    journeys
}

/// Adds what was done in one visit, since `first`.
fn add(journey: &mut Journey, visit: &[Event], first: i64) {
    let login = visit.iter().position(|event| event.what == What::Login);
    let last = visit.iter().rposition(|event| event.what == What::Grade);
    let mut reviewed = false;
    for (place, event) in visit.iter().enumerate() {
        let before_login = login.is_some_and(|login| place < login);
        let step = match event.what {
            What::Front | What::Info if before_login => Step::Refresh,
            What::Front => Step::SetList,
            What::Login => Step::Login,
            What::Info => Step::QuizInfo,
            What::Start => Step::Start,
            What::Look if last.is_some_and(|last| place > last) && !reviewed => {
                reviewed = true;
                Step::Review
            }
            What::Look => Step::View,
            What::Post | What::PostCame => Step::Preview,
            What::Grade | What::GradedPart => Step::Grade,
            What::Logout => Step::Logout,
            What::Staff | What::Other => continue,
        };
        let at = Duration::from_millis(u64::try_from(event.at - first).unwrap_or_default());
        journey.push(Deed::new(at, step, event.problem));
    }
}
