//! The TOML file of a profile → [`Profile`], with every problem of it at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Arrivals, Counts, LENGTH_MAX, LastGrade, Pause, Profile, Quantiles, STUDENTS_MAX};
use crate::settings::{Document, Problems, Refusal, Section};

/// Most levels of a table of quantiles.
const LEVELS_MAX: usize = 101;
const MS: Duration = Duration::from_millis(1);

impl Profile {
    /// Reads `text`, the content of `file`.
    pub fn read(file: &str, text: &str) -> Result<Self, Problems> {
        let document = Document::parse(file, text)?;
        let root = document.root();
        let students = root.whole("students", 1..=u64::from(STUDENTS_MAX)).and_then(|count| u32::try_from(count).ok());
        let spans = Duration::from_secs(1)..=LENGTH_MAX;
        let length = root.required("length", "a duration such as \"50m\"", root.duration("length", spans));
        let profile = Self {
            title: root.required_text("title"),
            source: root.required_text("source"),
            students: root.required("students", "a whole number", students),
            length,
            opens: root.duration("opens", MS..=LENGTH_MAX),
            refreshes: counts(&root, "refreshes").unwrap_or_else(|| Counts::always(1)),
            grades: required_counts(&root, "grades").unwrap_or_else(|| Counts::always(1)),
            previews: root.required("previews", "a percentage", root.share("previews").map(hundredths)),
            reloads: root.share("reloads").map(hundredths).unwrap_or_default(),
            arrivals: section(&root, "arrivals", arrivals).unwrap_or_else(Arrivals::at_once),
            pauses: section(&root, "pauses", pauses).unwrap_or_default(),
            last_grade: section(&root, "last_grade", last_grade)
                .unwrap_or_else(|| LastGrade::BeforeDeadline(Quantiles::uniform(Duration::ZERO, Duration::ZERO))),
            replay: root.text("replay").and_then(|name| replay(&root, name)),
        };
        let late = |span: Duration| span > profile.length;
        if profile.opens.is_some_and(late) && root.sound("opens") && root.sound("length") {
            root.refuse("opens", Refusal::new("after the deadline; expected at most the length"));
        }
        if late(profile.arrivals.end().saturating_sub(profile.arrivals.every())) && root.sound("length") {
            root.refuse(
                "arrivals",
                Refusal::new("somebody arrives after the deadline; expected none after the length"),
            );
        }
        root.finish();
        document.verdict(profile)
    }
}

/// A table that must be there.
fn section<T>(root: &Section<'_>, key: &str, read: impl Fn(&Section<'_>) -> Option<T>) -> Option<T> {
    let section = root.section(key);
    if section.is_none() && !root.has(key) {
        root.refuse(key, Refusal::new(format!("missing; expected a table [{key}]")));
    }
    let section = section?;
    let value = read(&section);
    section.finish();
    value
}

/// A name of a file beside the profile: it leads nowhere else.
fn replay(root: &Section<'_>, name: String) -> Option<String> {
    let plain = !name.contains('/') && name != ".." && name != ".";
    if !plain {
        root.refuse("replay", Refusal::new("expected the name of a file in the folder of this one"));
    }
    plain.then_some(name)
}

/// A share in hundredths of a percent, as it is written again.
fn hundredths(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

fn required_counts(root: &Section<'_>, key: &str) -> Option<Counts> {
    if !root.has(key) {
        root.refuse(
            key,
            Refusal::new("missing; expected percentages of those who did it not at all, once, twice, ..."),
        );
    }
    counts(root, key)
}

fn counts(root: &Section<'_>, key: &str) -> Option<Counts> {
    let shares = root.shares(key)?;
    let counts = Counts::new(shares.into_iter().map(hundredths).collect());
    if counts.is_none() {
        let message = format!("expected 1 to {} percentages that make up 100%", Counts::MAX);
        root.refuse(key, Refusal::new(message).hinted("those who did it not at all, once, twice, ..."));
    }
    counts
}

fn arrivals(section: &Section<'_>) -> Option<Arrivals> {
    let every = section.duration("every", MS..=LENGTH_MAX);
    let every = section.required("every", "a duration such as \"10s\"", every);
    let counts = section.wholes("counts", 0..=STUDENTS_MAX);
    if counts.is_none() && !section.has("counts") {
        section.refuse("counts", Refusal::new("missing; expected how many arrive in each interval"));
    }
    let counts = counts?;
    if !section.sound("every") {
        return None;
    }
    let arrivals = Arrivals::new(every, counts);
    if arrivals.is_none() {
        let message = format!("expected 1 to {} whole numbers, and not all of them 0", Arrivals::MAX);
        section.refuse("counts", Refusal::new(message));
    }
    arrivals
}

fn pauses(section: &Section<'_>) -> Option<BTreeMap<Pause, Quantiles>> {
    let levels = levels(section);
    let spans = Duration::ZERO..=LENGTH_MAX;
    let row = |pause: Pause| {
        let values = section.durations(pause.key(), spans.clone());
        Some((pause, quantiles(section, pause.key(), levels.as_ref()?, values?)?))
    };
    // Every row is asked for, whatever the one before was.
    let rows: Vec<_> = Pause::all().map(row).collect();
    for needed in [Pause::Login, Pause::Start, Pause::Grade] {
        if !section.has(needed.key()) {
            let message = "missing; expected the pauses before it: without it there is no quiz";
            section.refuse(needed.key(), Refusal::new(message));
        }
    }
    Some(rows.into_iter().flatten().collect())
}

fn last_grade(section: &Section<'_>) -> Option<LastGrade> {
    let levels = levels(section);
    let spans = Duration::ZERO..=LENGTH_MAX;
    let law = |key: &str, spans: &RangeInclusive<Duration>| {
        let values = section.durations(key, spans.clone());
        quantiles(section, key, levels.as_ref()?, values?)
    };
    let (before, after) = (law("before_deadline", &spans), law("after_start", &spans));
    if section.has("before_deadline") == section.has("after_start") {
        let message = "expected either before_deadline or after_start";
        section.refuse("before_deadline", Refusal::new(message));
        return None;
    }
    before.map(LastGrade::BeforeDeadline).or_else(|| after.map(LastGrade::AfterStart))
}

/// The levels of the quantiles of a table.
fn levels(section: &Section<'_>) -> Option<Vec<f64>> {
    if !section.has("at") {
        section.refuse("at", Refusal::new("missing; expected the levels of the quantiles below it, from 0% to 100%"));
    }
    let levels: Vec<f64> = section.shares("at")?.into_iter().map(hundredths).collect();
    let rising = levels.windows(2).all(|pair| pair[0] < pair[1]);
    let whole = levels.first() == Some(&0.0) && levels.last() == Some(&1.0);
    if rising && whole && levels.len() <= LEVELS_MAX {
        return Some(levels);
    }
    let message = format!("expected 2 to {LEVELS_MAX} percentages that rise from 0% to 100%");
    section.refuse("at", Refusal::new(message));
    None
}

fn quantiles(section: &Section<'_>, key: &str, levels: &[f64], values: Vec<Duration>) -> Option<Quantiles> {
    let count = values.len();
    let quantiles = Quantiles::new(levels.to_vec(), values);
    if quantiles.is_none() {
        let message =
            format!("expected {} durations, one for each level of `at`, none below the one before", levels.len());
        let got = if count == levels.len() { String::new() } else { format!(", got {count}") };
        section.refuse(key, Refusal::new(message + &got));
    }
    quantiles
}
