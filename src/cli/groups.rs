//! Arguments that belong together, and that a command takes as one.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::settings::check_image;

/// What a JSON Schema describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// `report.json` of a run.
    #[default]
    Report,
    /// `report.json` of a search for capacity.
    Capacity,
}

/// Which runs a new one is held against.
#[derive(Clone, Debug, Default, Args)]
pub struct Against {
    /// Hold the run against this one, named as for `compare`, or against the newest of its scenario in a folder such as reports:
    /// a figure that is worse makes a run that passed end with 100
    #[arg(long, value_name = "RUN")]
    pub baseline: Option<String>,
    /// Smallest difference from the baseline that is told, as a share of it [default: 10%]
    #[arg(long, value_name = "SHARE", value_parser = threshold, requires = "baseline")]
    pub threshold: Option<f64>,
}

/// Whose capacity is looked for, and within which bounds.
#[derive(Clone, Debug, Args)]
pub struct Bounded {
    /// Name of a scenario, or a file ending in .toml: its class is what sits, its faults are left out
    pub scenario: String,
    /// State of the cluster: healthy, node-lost, node-lost-at-peak or database-failover; may be repeated [default: healthy, and
    /// node-lost where there is another web node]
    #[arg(long = "state", value_name = "STATE")]
    pub states: Vec<String>,
    /// Smallest class that is tried [default: the scenario's, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub least: Option<u32>,
    /// Largest class that is tried; the course is seeded for as many [default: the scenario's, else 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub most: Option<u32>,
    /// Runs of the largest class that holds and of the smallest that does not [default: the scenario's, else 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9))]
    pub runs: Option<u32>,
    /// From the first arrival to the deadline of each trial, 30s to 1h [default: the scenario's, else 2m]
    #[arg(long, value_name = "DURATION", value_parser = trial)]
    pub length: Option<Duration>,
    /// Run two predictions after the search: how fast a class twice as large may enter, and what twice the workers give
    #[arg(long)]
    pub verify: bool,
    /// Web nodes of a cluster that you have, for a prediction [default: as many as here]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub nodes: Option<u32>,
    /// Processors of each of its web nodes, for a prediction; they are taken to be as fast as these [default: as many as here]
    #[arg(long, value_name = "CORES", value_parser = processors)]
    pub cores: Option<f64>,
    /// Where every drawn number comes from [default: random]
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Override a setting of topology or app, for example workers=8; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Override the topology: one that `wwchaos list` names
    #[arg(long)]
    pub topology: Option<String>,
    /// Override the app under test: an app that `wwchaos list` names
    #[arg(long)]
    pub app: Option<String>,
    /// Image of WeBWorK, which you build as its project documents [default: WWCHAOS_WEBWORK_IMAGE, else the scenario's, else webwork]
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub webwork_image: Option<String>,
}

impl Bounded {
    /// What a run of the scenario would be told.
    pub fn choice(&self) -> Choice {
        Choice {
            settings: self.settings.clone(),
            topology: self.topology.clone(),
            app: self.app.clone(),
            webwork_image: self.webwork_image.clone(),
            ..Choice::of(&self.scenario)
        }
    }
}

fn processors(text: &str) -> Result<f64, String> {
    let cores = text.parse().ok().filter(|cores| (0.01..=1024.0).contains(cores));
    cores.ok_or_else(|| "expected a number of processors from 0.01 to 1024".to_owned())
}

fn trial(text: &str) -> Result<Duration, String> {
    within(text, Duration::from_secs(30)..=Duration::from_secs(3600), "from 30s to 1h")
}

/// A duration within a range, which `range` says in words.
pub fn within(text: &str, allowed: RangeInclusive<Duration>, range: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text).ok().filter(|span| allowed.contains(span));
    span.ok_or_else(|| format!("expected a duration {range}"))
}

/// Which runs to remove.
#[derive(Clone, Debug, Args)]
pub struct Chosen {
    /// Run ids, for example ww1a2b3c; without any, all but those that are being made now
    pub runs: Vec<String>,
    /// Leave clusters alone that are kept and whose time is not over
    #[arg(long, conflicts_with = "runs")]
    pub stale: bool,
}

/// Which scenario, and how it differs from its file.
#[derive(Clone, Debug, Args)]
pub struct Choice {
    /// Name of a scenario or a set, or a file ending in .toml or .set; lines of a set that differ in settings are compared
    pub scenario: String,
    /// Where every drawn number comes from, the same for all lines of a set [default: random, printed]
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Override a setting of topology or app, for example check=tcp, that of a set's line too; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Override the topology, for example one-web: one that `wwchaos list` names, with what the scenario's windows aim at
    #[arg(long)]
    pub topology: Option<String>,
    /// Override the app under test: an app that `wwchaos list` names
    #[arg(long)]
    pub app: Option<String>,
    /// Image of WeBWorK, which you build as its project documents [default: WWCHAOS_WEBWORK_IMAGE, else the scenario's, else webwork]
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub webwork_image: Option<String>,
    /// Override the number of students
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub students: Option<u32>,
    /// Make every span of the scenario so many times as long: for a small class, or an app that is slow on this machine
    #[arg(long, value_name = "TIMES", value_parser = stretch)]
    pub stretch: Option<f64>,
    /// Repeat every window so often on one cluster, each time with a new class; prints median and range
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeat: Option<u32>,
}

impl Choice {
    /// `scenario` as its file says it.
    pub fn of(scenario: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            seed: None,
            settings: Vec::new(),
            topology: None,
            app: None,
            webwork_image: None,
            students: None,
            stretch: None,
            repeat: None,
        }
    }
}

/// Which faults are tried on which topologies.
#[derive(Clone, Debug, Args)]
pub struct Crossed {
    /// A fault, with whom it is aimed at where that is not the usual one, for example freeze or kill:db.primary; may be repeated
    /// [default: kill, crash, freeze, oom, disk-fill and partition]
    #[arg(long = "fault", value_name = "FAULT[:TARGET]")]
    pub faults: Vec<String>,
    /// A topology; may be repeated [default: all that `wwchaos list` names]
    #[arg(long = "topology", value_name = "TOPOLOGY")]
    pub topologies: Vec<String>,
    /// How long each fault lasts; before each the cluster has twice that, 25s to 1m or what its topology needs, without one
    /// [default: 30s]
    #[arg(long = "for", value_name = "DURATION", value_parser = hold)]
    pub hold: Option<Duration>,
    /// Students of the class [default: 30]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub students: Option<u32>,
    /// Where every drawn number comes from [default: random, or that of the matrix that is resumed]
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Override a setting of app or topologies, where they have it, for example check=tcp; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Go on with the newest matrix, which says what is asked for; --topology adds to its topologies. Those of which it has every
    /// figure, made of the same, are not measured again
    #[arg(long)]
    pub resume: bool,
    /// Say how long it takes, and start no cluster
    #[arg(long)]
    pub dry_run: bool,
    /// The app under test: an app that `wwchaos list` names [default: standin]
    #[arg(long)]
    pub app: Option<String>,
    /// Image of WeBWorK, which you build as its project documents [default: WWCHAOS_WEBWORK_IMAGE, else webwork]
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub webwork_image: Option<String>,
}

fn hold(text: &str) -> Result<Duration, String> {
    within(text, Duration::from_secs(5)..=Duration::from_secs(3600), "from 5s to 1h")
}

/// Which logs are imported, and where to.
#[derive(Clone, Debug, Args)]
pub struct Imported {
    /// Logs; - for standard input
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<String>,
    /// The profile; a page with charts of recorded against replayed is written beside it
    #[arg(long, value_name = "FILE", default_value = "profile.toml")]
    pub out: PathBuf,
    /// Write each recorded action too, beside the profile, for scenarios with replay = true
    #[arg(long)]
    pub replay: bool,
    /// Hold the logs against those of which this profile was made, by its recorded actions or else by a class drawn from it, not against
    /// a class drawn from the new one: did a run that played it do the same?
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// The course [default: the one with most requests]
    #[arg(long, value_name = "COURSE")]
    pub course: Option<String>,
    /// The set [default: the one with most requests]
    #[arg(long, value_name = "SET")]
    pub set: Option<String>,
    /// One line on what it stands for
    #[arg(long, value_name = "TITLE", value_parser = title)]
    pub title: Option<String>,
    /// How far the server's clock is ahead of UTC, for example +01:00 [default: what the logs tell]
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_hyphen_values = true)]
    pub utc_offset: Option<i32>,
    /// Write over what is there
    #[arg(long)]
    pub force: bool,
}

/// Who reads what is printed while a command goes on.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Voice {
    /// Print what it came to, and nothing while it goes on; what goes wrong is still told on standard error
    #[arg(short, long, conflicts_with = "json")]
    pub quiet: bool,
    /// For programs: print one JSON object a line to standard output while it goes on, and nothing else there
    #[arg(long)]
    pub json: bool,
}

/// The outages of a calibration.
#[derive(Clone, Copy, Debug, Args)]
pub struct Known {
    /// How many outages to make: refused, hung, reset, status 500, soft failure and slow in turn
    #[arg(long, default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub outages: u32,
    /// Length of the longest outage; the shortest is 200ms
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = longest)]
    pub longest: Duration,
    /// Students at work beside the outages; 0 for none
    #[arg(long, default_value = "40", value_parser = clap::value_parser!(u32).range(0..=500))]
    pub students: u32,
    /// Where every drawn number comes from [default: random, printed]
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
}

/// Which app is held against WeBWorK.
#[derive(Clone, Debug, Args)]
pub struct Likeness {
    /// The app that stands in for WeBWorK
    #[arg(long, default_value = "standin")]
    pub app: String,
    /// Setting of that app, or of the topology, for example workers=2; WeBWorK gets those that it has; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Image of WeBWorK, which you build as its project documents [default: WWCHAOS_WEBWORK_IMAGE, else webwork]
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub webwork_image: Option<String>,
}

pub(super) fn image(text: &str) -> Result<String, String> {
    check_image(text).map(|()| text.to_owned()).map_err(|refusal| refusal.to_string())
}

fn title(text: &str) -> Result<String, String> {
    let plain = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if plain { Ok(text.to_owned()) } else { Err("expected a text on one line".to_owned()) }
}

/// A distance from UTC in seconds.
fn offset(text: &str) -> Result<i32, String> {
    let parse = || {
        let (sign, rest) = text.split_at_checked(1)?;
        let sign = [("+", 1), ("-", -1)].into_iter().find(|(known, _)| *known == sign)?.1;
        let (hours, minutes) = rest.split_once(':')?;
        let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok())?.map(i32::from);
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    };
    parse().ok_or_else(|| "expected an offset from UTC, such as +01:00 or -07:00".to_owned())
}

fn longest(text: &str) -> Result<Duration, String> {
    within(text, Duration::from_millis(200)..=Duration::from_secs(60), "from 200ms to 1m")
}

/// A smallest difference.
pub(super) fn threshold(text: &str) -> Result<f64, String> {
    let share = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let share = share.filter(|share| (0.0..=1000.0).contains(share)).map(|share| share / 100.0);
    share.ok_or_else(|| "expected a percentage from 0% to 1000%, such as 10%".to_owned())
}

fn stretch(text: &str) -> Result<f64, String> {
    let times = text.parse::<f64>().ok().filter(|times| (1.0..=20.0).contains(times));
    times.ok_or_else(|| "expected a number from 1 to 20, such as 2 or 1.5".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, for example check=tcp")?;
    Ok((name.to_owned(), value.to_owned()))
}
