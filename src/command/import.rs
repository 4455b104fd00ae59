//! `import`: logs of a site → a load profile, a page that holds it against them, and each action where that is wanted.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::say;
use crate::cli::{Imported, Usage};
use crate::file;
use crate::import::{Chosen, EMPTY, Failed, Found, Import, Note, Read, Recording, unknown};
use crate::plan::Shape;
use crate::profile::{ACTIONS_MAX, Deed, Journey, Measured, Part, Profile, Recorded, Tally, pairs};
use crate::report::profile::{Other, Sketch, WIDTH};
use crate::scenario::Class;
use crate::settings::{Problems, Refusal};
use crate::setup::TOOL;
use crate::{exit, library, quantity};

/// Standard input in the place of a file.
const STANDARD_INPUT: &str = "-";
/// Most bytes of a log, packed or not.
const LOG_MAX: u64 = 1 << 40;
/// Bytes of a log that are held at a time.
const BUFFER: usize = 128 << 10;
/// Most students that are drawn to hold them against a recording.
const DRAWN_MAX: u32 = 1000;
/// Where the numbers of the class come from that is held against the recording.
const SEED: u64 = 1;

/// Reads the logs, and writes what they say.
pub fn import(wanted: &Imported) -> Result<u8> {
    let files = Files::of(wanted)?;
    let against = wanted.against.as_deref().map(library::recorded).transpose()?;
    let mut import = Import::new();
    let (mut lines, mut empty) = (0, Vec::new());
    for log in &wanted.logs {
        let read = read(&mut import, log)?;
        lines += read.lines;
        match read.format {
            EMPTY => empty.push(name_of(log)),
            _ => say::out(read_text(log, &read)),
        }
    }
    if lines == 0 {
        return Err(Problems::one(empty.join(", "), unknown("empty")).into());
    }
    empty.iter().for_each(|name| say::out(format_args!("{name}: empty\n")));
    let chosen = Chosen { course: wanted.course.clone(), set: wanted.set.clone(), zone: wanted.utc_offset };
    let recording = import.finish(&chosen).map_err(|failed| unfit(wanted, failed))?;
    say::out(found_text(&recording));
    // To the millisecond, where a log tells it; what is compared is cut to what the coarsest tells.
    let measured = Measured::of(&recording.journeys, Duration::ZERO);
    let title = wanted.title.clone().unwrap_or_else(|| title_of(&recording));
    let source = format!("{} of logs of a WeBWorK site, imported by {TOOL}", quantity::number(lines, "line"));
    let nobody = || unfit(wanted, Failed::Logs(Refusal::new("nobody arrives in these logs")));
    let (mut profile, untold) = measured.profile(&title, &source).ok_or_else(nobody)?;
    let replay = files.replay.as_ref().map(|_| recording.replay());
    if let Some(actions) = replay.as_ref().map(crate::profile::Replay::actions).filter(|count| *count > ACTIONS_MAX) {
        return Err(Usage(format!("--replay: {actions} actions; expected at most {ACTIONS_MAX}")).into());
    }
    profile.replay = files.replay.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let text = profile.write(&notes(&measured, &untold));
    // It is measured once more as the logs saw it: of a large site both at once are much.
    drop(measured);
    let sketch = held(profile, untold, &recording, against);
    say::out(format_args!("\n{}\n", sketch.text(WIDTH)));
    file::write(&files.profile, text.as_bytes())?;
    file::write(&files.page, &sketch.page())?;
    if let (Some(path), Some(replay)) = (&files.replay, replay) {
        file::write(path, replay.write().as_bytes())?;
    }
    let written: Vec<_> = files.all().map(|path| path.display().to_string()).collect();
    say::out(format_args!(
        "written: {}\nNo name, address or answer is in them; students are numbers in the order of their arrival, and the key by \
         which they were told apart is gone.\n",
        written.join(", ")
    ));
    Ok(exit::PASS)
}

/// What the user wants that is not there is a matter of the command line; logs that tell of no class are to be replaced.
fn unfit(wanted: &Imported, failed: Failed) -> anyhow::Error {
    match failed {
        Failed::Choice(refusal) => Usage(refusal.to_string()).into(),
        Failed::Logs(refusal) => Problems::one(wanted.logs.join(", "), refusal).into(),
    }
}

/// Where what was imported goes.
struct Files {
    profile: PathBuf,
    page: PathBuf,
    replay: Option<PathBuf>,
}

impl Files {
    fn of(wanted: &Imported) -> Result<Self, Usage> {
        let profile = wanted.out.clone();
        if profile.extension().is_none_or(|ending| ending != "toml") || profile.file_stem().is_none() {
            return Err(Usage(format!("--out {}: expected a file ending in .toml", profile.display())));
        }
        let replay = wanted.replay.then(|| profile.with_extension("replay.jsonl"));
        let files = Self { page: profile.with_extension("html"), replay, profile };
        let there = files.all().find(|path| path.symlink_metadata().is_ok());
        match there.filter(|_| !wanted.force) {
            Some(path) => Err(Usage(format!("{}: is there already (hint: --out FILE, or --force)", path.display()))),
            None => Ok(files),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Path> {
        [&self.profile, &self.page].into_iter().chain(&self.replay).map(PathBuf::as_path)
    }
}

fn read(import: &mut Import, log: &str) -> Result<Read> {
    let mut input: Box<dyn BufRead> = if log == STANDARD_INPUT {
        Box::new(BufReader::with_capacity(BUFFER, std::io::stdin().lock()))
    } else {
        let open = file::open(Path::new(log), LOG_MAX).map_err(|refusal| Usage(format!("{log}: {refusal}")))?;
        Box::new(BufReader::with_capacity(BUFFER, open))
    };
    Ok(import.read(&mut input).map_err(|refusal: Refusal| Problems::one(name_of(log), refusal))?)
}

/// The profile of `recording` with what it is held against: a class drawn from it, or the recording that is named.
fn held(profile: Profile, untold: Vec<Part>, recording: &Recording, against: Option<Recorded>) -> Sketch {
    let measured = |journeys: &[Journey]| Measured::of(journeys, recording.resolution);
    let logs = measured(&recording.journeys);
    let (other, [recorded, held]) = match against {
        None => (Other::Drawn, [logs, measured(&drawn(&profile))]),
        Some(Recorded { replay: Some(replay), .. }) => (Other::Logs, [measured(&replay.journeys), logs]),
        Some(Recorded { profile, replay: None }) => (Other::Profile, [measured(&drawn(&profile)), logs]),
    };
    let mut tallies = [&recorded, &held].map(Tally::of);
    if other == Other::Drawn {
        tallies.iter_mut().for_each(|tally| tally.forget(&untold));
    }
    let mut pairs = pairs(recorded, held);
    pairs.retain(|pair| other != Other::Drawn || pair.subject.is_told(&untold));
    Sketch { profile, untold, other, tallies, pairs }
}

/// A class of the profile, as journeys.
fn drawn(profile: &Profile) -> Vec<Journey> {
    let recorded = Recorded { profile: profile.clone(), replay: None };
    let class = Class { students: profile.students.min(DRAWN_MAX), ..Class::default() };
    let students = Shape { recorded: &recorded, time: 1.0 }.students(&class, SEED, 0);
    let deed = |action: &crate::plan::Action| Deed::new(action.at, action.step, 0);
    students.iter().map(|student| student.actions.iter().map(deed).collect()).collect()
}

fn title_of(recording: &Recording) -> String {
    match recording.set.0.as_str() {
        "" => "a recorded class".to_owned(),
        set => format!("a recorded class that took {set}"),
    }
}

/// What stands at the top of the file.
fn notes(measured: &Measured, untold: &[Part]) -> Vec<String> {
    let mut notes =
        vec![format!("A load profile: how a class behaves, and nobody in it. Written by {TOOL}; edit it as you like.")];
    let [views, previews, reloads] = measured.looks;
    notes.push(format!(
        "Looks in the recording: {views} views, {previews} previews, {reloads} reloads, over {} and {}.",
        quantity::number(measured.grades.len(), "student"),
        quantity::number(measured.grades.iter().map(|count| u64::from(*count)).sum::<u64>(), "graded submission")
    ));
    if !untold.is_empty() {
        let names: Vec<_> = untold.iter().map(|part| part.key()).collect();
        notes.push(format!("Not told by the logs, and usual values instead: {}.", names.join(", ")));
    }
    notes
}

/// What a log is called.
fn name_of(log: &str) -> &str {
    if log == STANDARD_INPUT { "standard input" } else { log }
}

fn read_text(log: &str, read: &Read) -> String {
    let name = name_of(log);
    let skipped = read.first_skipped.map_or_else(String::new, |(line, why)| {
        format!(", {} skipped (the first is line {line}: {why})", read.skipped)
    });
    let lines = quantity::number(read.lines, "line");
    format!("{name}: {}, {lines}, {} of a course{skipped}\n", read.format, read.records)
}

fn found_text(recording: &Recording) -> String {
    let mut text = String::new();
    for (what, (name, found)) in [("course", &recording.course), ("set", &recording.set)] {
        // Writing to a text cannot fail.
        let _ = match name.as_str() {
            "" => writeln!(text, "{what}: the logs name none"),
            name => writeln!(text, "{what}: {name}{}", others(name, what, found)),
        };
    }
    for note in &recording.notes {
        let _ = writeln!(text, "{}", note_text(note));
    }
    text
}

fn others(name: &str, what: &str, found: &Found) -> String {
    let others = found.iter().filter(|(other, _)| other != name);
    let others: Vec<_> = others.map(|(other, count)| format!("{other} ({count})")).collect();
    if others.is_empty() {
        String::new()
    } else {
        format!("; others, by requests: {} (hint: --{what})", others.join(", "))
    }
}

fn note_text(note: &Note) -> String {
    match note {
        Note::OneClient(share) => format!(
            "warning: one client makes {} of all requests; behind a balancer or in a room with one address students cannot be \
             told apart, and what is said of pauses is not true",
            quantity::percent(*share)
        ),
        Note::Joined(clients) => {
            format!(
                "{} could be told to be users: by login.log, by requests that name them, or by when they signed in and answers were graded",
                quantity::number(*clients, "client")
            )
        }
        Note::SignedInElsewhere(sign_ins) => format!(
            "warning: login.log tells of {}, none from an address and browser, nor at a time, that the other logs have: they may be of \
             other days, their clocks may differ, or pages may have waited for seconds",
            quantity::number(*sign_ins, "sign-in")
        ),
        Note::StaffLeftOut(left) => format!(
            "{} who had the set before them {} left out, for they opened pages of instructors too: whoever shares address and \
             browser with a teacher is among them",
            quantity::number(*left, "client"),
            if *left == 1 { "was" } else { "were" }
        ),
        Note::TooManySets(requests) => format!(
            "warning: {} of sets that are not counted, for the logs name more sets than that before, as after a scan (hint: the \
             logs of fewer days)",
            if *requests == 1 { "1 request is".to_owned() } else { format!("{requests} requests are") }
        ),
        Note::GradesGuessed => {
            "which forms were graded submissions is a guess, each student's last one: answer.log tells".to_owned()
        }
        Note::StartsOnly => {
            "timing.log names nobody: the starts of tests are taken for arrivals, and everything else is usual"
                .to_owned()
        }
        Note::NoRequests => {
            "warning: no access log is among these, so that each student seems to come with the first sign-in or \
                             submission and to go with the last: set `length` in the profile to the quiz's"
                .to_owned()
        }
        Note::ZoneUnknown => {
            "warning: the zone of the server's clock is not told, and counts as UTC (hint: --utc-offset +01:00)"
                .to_owned()
        }
    }
}
