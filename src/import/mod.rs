//! Logs of a WeBWorK site → [`Recording`]: what each student did and when, without anything of who they are. Reads from
//! streams, line by line; knows no files, no scenarios.
//!
//! Nothing of a person is kept. A name or an address becomes a number in the order of first appearance (`people`), answers,
//! addresses and names of browsers are not read into anything that outlives their line, and messages repeat no line of a log.
//! What is kept of a line is 16 bytes: when, who (the number), which set, what; and 24 more of one that shows a user at a client.
//!
//! | file | what |
//! |---|---|
//! | `lines` | a stream, packed or not → lines of bounded length |
//! | `format/` | a line of each format → a record |
//! | `stamp`, `path` | stamps → milliseconds; paths → what was done |
//! | `people`, `places` | names → numbers; courses and sets → numbers |
//! | `join` | which client is which user, by address and browser, and which forms were graded submissions |
//! | `whose` | which client is which user, by when each did the same |
//! | `recording` | all of it → journeys |

mod event;
mod format;
mod join;
mod lines;
mod path;
mod people;
mod places;
mod record;
mod recording;
mod stamp;
mod whose;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::BufRead;
use std::time::Duration;

pub use event::EVENTS_MAX;
pub use format::{FORMATS, Format, test_page};
pub use lines::{BYTES_MAX, LINE_MAX};
pub use people::PEOPLE_MAX;
pub use recording::{Chosen, Failed, Found, Note, Recording};

use crate::settings::Refusal;
use event::Event;
use people::{NOBODY, People};
use places::Places;
use record::{At, Parsed, Record, What, Who};

/// A quarter of an hour, and the largest difference to UTC that a zone has, in seconds.
const QUARTER: i32 = 900;
const ZONE_MAX: i32 = 14 * 3600;
/// Who was seen at a client is told once in so many milliseconds, while nobody else was: each request may tell it.
const SEEN_MS: u64 = 60_000;
/// What stands for the format of a log without a line.
pub const EMPTY: &str = "empty";
/// Most lines of all logs together.
pub const LINES_MAX: u64 = 200_000_000;

/// What was read of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The format that it is of.
    pub format: &'static str,
    /// Its lines.
    pub lines: u64,
    /// Lines that say something of a course.
    pub records: u64,
    /// Lines that are not of its format.
    pub skipped: u64,
    /// The first of those, and why, in words that repeat nothing of it.
    pub first_skipped: Option<(u64, &'static str)>,
}

/// A user at a client.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Since when; by the server's clock where `local`.
    at: i64,
    local: bool,
    client: u32,
    user: u32,
    /// Number of the browser.
    agent: u32,
    /// By `login.log`, and not by a request that names its user.
    signs_in: bool,
}

/// Logs that are being read.
#[derive(Default)]
pub struct Import {
    people: People,
    places: Places,
    events: Vec<Event>,
    /// Those whose stamps are by a clock whose zone the lines did not tell.
    local: Vec<Event>,
    /// Which user was at which client, since when.
    seen: Vec<Seen>,
    /// The browser of each client that tells one.
    agents: HashMap<u32, u32>,
    /// The last user at each client of the log that is being read, and when that was told.
    at_client: HashMap<u32, (u32, i64)>,
    /// Signings in of which `login.log` told.
    sign_ins: usize,
    /// Requests that are of more sets than are counted.
    unplaced: u64,
    /// The zone that WeBWorK's own logs tell, and that of others.
    zones: [Option<i32>; 2],
    /// The coarsest stamps of a log that tells who asks.
    resolution: Duration,
    lines: u64,
    /// How each log begins, for who names one twice.
    begun: HashSet<u64>,
}

impl Import {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one log to its end.
    pub fn read(&mut self, input: impl BufRead) -> Result<Read, Refusal> {
        self.at_client.clear();
        let mut lines = lines::Lines::new(input)?;
        let mut first = Vec::new();
        while first.len() < format::LINES
            && let Some(line) = lines.next()?
        {
            first.push(line.to_vec());
        }
        let mut read = Read { format: EMPTY, lines: 0, records: 0, skipped: 0, first_skipped: None };
        if first.is_empty() {
            return Ok(read);
        }
        let Some(format) = format::recognised(&first) else {
            return Err(unknown("of no known format"));
        };
        let mut hasher = DefaultHasher::new();
        first.hash(&mut hasher);
        if !self.begun.insert(hasher.finish()) {
            return Err(Refusal::new("begins as another log does").hinted("name each log once"));
        }
        read.format = format.name;
        for line in &first {
            self.line(format, line, &mut read)?;
        }
        while let Some(line) = lines.next()? {
            self.line(format, line, &mut read)?;
        }
        Ok(read)
    }

    fn line(&mut self, format: &Format, line: &[u8], read: &mut Read) -> Result<(), Refusal> {
        read.lines += 1;
        self.lines += 1;
        if self.lines > LINES_MAX {
            return Err(Refusal::new(format!("expected at most {LINES_MAX} lines over all logs")));
        }
        let mut spare = Vec::new();
        match (format.parse)(line, &mut spare) {
            Parsed::Record(record) => {
                read.records += 1;
                self.record(format, &record)
            }
            Parsed::Unknown(why) if !line.is_empty() => {
                read.skipped += 1;
                read.first_skipped.get_or_insert((read.lines, why));
                Ok(())
            }
            Parsed::Unknown(_) | Parsed::Nothing => Ok(()),
        }
    }

    fn record(&mut self, format: &Format, record: &Record<'_>) -> Result<(), Refusal> {
        if let Some(zone) = record.zone.and_then(real_zone) {
            self.zones[usize::from(!format.is_own)] = Some(zone);
        }
        if record.what == What::Other {
            return Ok(());
        }
        let many = || {
            let message = format!("expected at most {PEOPLE_MAX} users and clients over all logs");
            Refusal::new(message).hinted("the logs of fewer days")
        };
        let who = match record.who {
            Who::Nobody => NOBODY,
            Who::User(user) | Who::UserAt { user, .. } => self.people.user(user).ok_or_else(many)?,
            Who::Client { address, agent } => {
                let client = self.people.client(address, agent).ok_or_else(many)?;
                if !agent.is_empty() {
                    self.agents.insert(client, self.people.agent(agent));
                }
                client
            }
        };
        if who != NOBODY {
            self.resolution = self.resolution.max(format.resolution);
        }
        let Some(place) = self.places.number(record.course, record.set) else {
            self.unplaced += 1;
            return Ok(());
        };
        let (at, local) = match record.at {
            At::Unix(at) => (at, false),
            At::Local(at) => (at, true),
        };
        let what = if format.stamps_arrival { record.what.came() } else { record.what };
        let event = Event { at, who, place, what, problem: record.problem };
        if let Who::UserAt { address, agent, .. } = record.who {
            // The access log may tell no browsers.
            let without = format.is_own.then_some(&b""[..]);
            let browser = self.people.agent(agent);
            for agent in std::iter::once(agent).chain(without) {
                let client = self.people.client(address, agent).ok_or_else(many)?;
                let told = self
                    .at_client
                    .get(&client)
                    .is_some_and(|(user, last)| *user == who && at.abs_diff(*last) < SEEN_MS);
                if !told {
                    self.at_client.insert(client, (who, at));
                    let signs_in = format.is_own && record.what == What::Login;
                    self.seen.push(Seen { at, local, client, user: who, agent: browser, signs_in });
                }
            }
            self.sign_ins += usize::from(format.is_own && record.what == What::Login);
        }
        if self.events.len() + self.local.len() >= EVENTS_MAX {
            let message = format!("expected at most {EVENTS_MAX} requests over all logs");
            return Err(Refusal::new(message).hinted("the logs of fewer days"));
        }
        let events = if local { &mut self.local } else { &mut self.events };
        events.push(event);
        Ok(())
    }

    /// What was recorded of one set, as `chosen` says. Key and names are gone then.
    pub fn finish(self, chosen: &Chosen) -> Result<Recording, Failed> {
        recording::recording(self, chosen)
    }
}

/// Refuses logs of which `what` says what they are, and names every format.
pub fn unknown(what: &str) -> Refusal {
    let known: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
    Refusal::new(format!("{what}; expected one of: {}", known.join(", ")))
}

/// The zone that a difference of clocks in seconds is: zones differ by quarters of an hour, and stamp and number of one line may be a
/// second apart; none where no place on earth has it.
fn real_zone(seconds: i32) -> Option<i32> {
    let zones = -ZONE_MAX - QUARTER / 2..ZONE_MAX + QUARTER / 2;
    zones.contains(&seconds).then(|| (seconds + QUARTER / 2).div_euclid(QUARTER) * QUARTER)
}

#[cfg(test)]
mod tests;
