//! Arguments, signals, exit code. Knows the commands by name and not what they do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::OsStringValueParser;
use clap::{Args, Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::lease::{LIFE, LIFE_MAX};
use crate::library::Library;
use crate::{command, exit};

/// What a user types.
#[derive(Debug, Parser)]
#[command(version, about, after_help = after_help(), max_term_width = 100)]
pub struct Cli {
    /// Folder with scenarios/ and compose/ of your own; its files override those built in
    #[arg(long, global = true, env = "WWCHAOS_LIBRARY", value_name = "DIR", value_parser = OsStringValueParser::new())]
    library: Option<OsString>,
    /// Folder where runs are kept
    #[arg(long, global = true, env = "WWCHAOS_REPORTS", value_name = "DIR", default_value = "reports")]
    #[arg(value_parser = OsStringValueParser::new())]
    reports: OsString,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show everything that a run would do, and start nothing
    Plan {
        #[command(flatten)]
        choice: Choice,
        /// Print the plan as JSON; of a set, an array of plans
        #[arg(long)]
        json: bool,
    },
    /// Start a cluster, let a class take a quiz while faults happen, and report
    Run {
        #[command(flatten)]
        choice: Choice,
        /// Keep the cluster afterwards, for 4 hours or until `wwchaos down` removes it
        #[arg(long)]
        keep: bool,
        /// Keep the cluster afterwards for so long, for example 30m
        #[arg(long, value_name = "DURATION", value_parser = life)]
        keep_for: Option<Duration>,
        #[command(flatten)]
        against: Against,
    },
    /// Judge a stored run again
    Check {
        /// Folder of the run, a scenario's name for its newest run, or a report.json
        run: String,
    },
    /// Render a stored run again
    Report {
        /// Folder of the run, a scenario's name for its newest run, or a report.json
        run: String,
        /// Format: see `wwchaos list`
        #[arg(long, default_value = "terminal")]
        format: String,
    },
    /// Hold runs against other runs of the same: better, worse, unchanged or too noisy to tell
    #[command(after_help = COMPARE)]
    Compare {
        /// The runs to compare with: a folder, a scenario's name for its newest run, a report.json, NAME@N, NAME@N..M
        base: String,
        /// The runs to judge, likewise; several of a side with commas between them
        new: String,
        /// Smallest difference that is told, as a share of the base
        #[arg(long, value_name = "SHARE", default_value = "10%", value_parser = threshold)]
        threshold: f64,
        /// End with 100 when a figure is worse, else with 101 when the new runs lack one that the base has
        #[arg(long)]
        fail: bool,
        /// Format: terminal, html, markdown or json
        #[arg(long, default_value = "terminal")]
        format: String,
    },
    /// Show how the last runs of a scenario went
    Trend {
        /// The scenario's name
        scenario: String,
        /// How many runs
        #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=1000))]
        last: u32,
        /// Format: terminal, html, markdown or json
        #[arg(long, default_value = "terminal")]
        format: String,
    },
    /// List scenarios, topologies and apps with their settings, faults, checks and formats
    List,
    /// Start and seed a cluster, and keep it
    #[command(mut_arg("scenario", |scenario| scenario.help("Name of a scenario, or a file ending in .toml: its cluster is started")))]
    Up {
        #[command(flatten)]
        choice: Choice,
        /// Keep it for so long
        #[arg(long, value_name = "DURATION", default_value = "4h", value_parser = life)]
        keep_for: Duration,
    },
    /// End what faults are left in kept clusters
    Heal {
        /// Run ids, for example ww1a2b3c; without any, all that are kept
        runs: Vec<String>,
    },
    /// Say what this machine can do, which faults it can make, and what is missing (exit code 103 when something is)
    Doctor {
        /// Image of WeBWorK, which you build as its project documents [default: webwork]
        #[arg(long, env = "WWCHAOS_WEBWORK_IMAGE", value_name = "IMAGE")]
        webwork_image: Option<String>,
    },
    /// Remove what runs have left on the engine
    Down {
        #[command(flatten)]
        chosen: Chosen,
        /// Remove the seeded courses that are kept for the next cluster as well
        #[arg(long)]
        courses: bool,
    },
    /// Hold the measurement against outages of known length, on this machine, without Docker
    #[command(after_help = CALIBRATE)]
    Calibrate {
        #[command(flatten)]
        known: Known,
        /// Print what was found as JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask the stand-in and WeBWorK the same, with each failure that was measured, and show where they differ
    #[command(after_help = CONFORMANCE)]
    Conformance {
        #[command(flatten)]
        likeness: Likeness,
    },
    /// The class of a run, in a process of its own
    #[command(hide = true)]
    Load,
    /// Watches over a run, in a container of its own
    #[command(hide = true)]
    Reap {
        /// The run's id
        run: String,
    },
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
    #[arg(long)]
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
    /// Image of WeBWorK, which you build as its project documents [default: the scenario's, else webwork]
    #[arg(long, env = "WWCHAOS_WEBWORK_IMAGE", value_name = "IMAGE")]
    pub webwork_image: Option<String>,
    /// Override the number of students
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=500))]
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
    #[arg(long)]
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
    /// Image of WeBWorK, which you build as its project documents [default: webwork]
    #[arg(long, env = "WWCHAOS_WEBWORK_IMAGE", value_name = "IMAGE")]
    pub webwork_image: Option<String>,
}

/// What `compare -h` says beside its options.
const COMPARE: &str = "NAME@N is the run of scenario NAME that is N before its newest (NAME@0), NAME@1..5 are the five before it. \
                       Exit code 0 whatever is found, unless --fail is given; 2 when the runs cannot be compared, 102 when one \
                       cannot be read. The rule is printed with the figures.";

/// What `conformance -h` says beside its options.
const CONFORMANCE: &str = "Where no image of WeBWorK is on this machine, what was recorded of it stands in its place. The \
                           stand-in runs with profile=real. Exit code 0 when all that could be compared is the same, or is \
                           known to differ in a way that changes no verdict of a run; 100 when something else differs. It \
                           takes about five minutes for each of the two.";

/// What `calibrate -h` says beside its options.
const CALIBRATE: &str = "The goal: 99 of 100 failover times within one probe interval and 20 ms of the truth, and the 99th \
                         percentile of the time to a page within 0.1% and 20 ms of it while the server stalls for a known \
                         time. Exit code 0 when it is met, 100 when it is missed. The usual 100 outages take a quarter of an \
                         hour.";

fn life(text: &str) -> Result<Duration, String> {
    let life = humantime::parse_duration(text).ok().filter(|life| (Duration::from_secs(60)..=LIFE_MAX).contains(life));
    life.ok_or_else(|| "expected a duration from 1m to 7days, such as 30m".to_owned())
}

fn longest(text: &str) -> Result<Duration, String> {
    let longest = humantime::parse_duration(text).ok();
    let fits = |longest: &Duration| (Duration::from_millis(200)..=Duration::from_secs(60)).contains(longest);
    longest.filter(fits).ok_or_else(|| "expected a duration from 200ms to 1m".to_owned())
}

fn threshold(text: &str) -> Result<f64, String> {
    let share = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let share = share.filter(|share| (0.0..=1000.0).contains(share)).map(|share| share / 100.0);
    share.ok_or_else(|| "expected a percentage from 0% to 1000%, such as 10%".to_owned())
}

fn stretch(text: &str) -> Result<f64, String> {
    let times = text.parse::<f64>().ok().filter(|times| (1.0..=20.0).contains(times));
    times.ok_or_else(|| "expected a number from 1 to 20, such as 2 or 1.5".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, for example check=tcp")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn after_help() -> String {
    let rows = exit::TABLE.iter().map(|(code, meaning)| format!("  {code:>3}  {meaning}\n"));
    format!("Exit codes:\n{}", rows.collect::<String>())
}

/// Runs the program: parses, obeys signals, prints an error, and says how it ended.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    ExitCode::from(match obey(cli).await {
        Ok(code) => command::printed(code),
        Err(error) => {
            command::tell(&error);
            command::code_of(&error)
        }
    })
}

async fn obey(cli: Cli) -> anyhow::Result<u8> {
    match &cli.verb {
        Verb::Load => return command::load().await,
        Verb::Reap { run } => return command::reap(run).await,
        _ => {}
    }
    let library = folder("WWCHAOS_LIBRARY", cli.library);
    let library = Library::new(library).map_err(command::usage)?;
    let reports = folder("WWCHAOS_REPORTS", Some(cli.reports)).unwrap_or_else(|| PathBuf::from("reports"));
    match cli.verb {
        Verb::Plan { choice, json } => command::plan(&library, &choice, json).await,
        Verb::Run { choice, keep, keep_for, against } => {
            let life = keep_for.or(keep.then_some(LIFE));
            command::run(&library, &reports, &choice, (life, &against), signals()).await
        }
        Verb::Compare { base, new, threshold, fail, format } => {
            command::compare(&reports, (&base, &new), threshold, fail, &format)
        }
        Verb::Trend { scenario, last, format } => command::trend(&reports, &scenario, last, &format),
        Verb::Check { run } => command::check(&reports, &run),
        Verb::Report { run, format } => command::report(&reports, &run, &format),
        Verb::List => command::list(&library),
        Verb::Up { choice, keep_for } => command::up(&library, &reports, &choice, keep_for, signals()).await,
        Verb::Doctor { webwork_image } => command::doctor(&library, &reports, webwork_image).await,
        Verb::Heal { runs } => command::heal(&runs).await,
        Verb::Down { chosen, courses } => command::down(&library, &chosen, courses).await,
        Verb::Calibrate { known, json } => command::calibrate(known, json, signals()).await,
        Verb::Conformance { likeness } => command::conformance(&library, &reports, likeness, signals()).await,
        Verb::Load | Verb::Reap { .. } => Ok(exit::BUG),
    }
}

/// The folder that an option or its variable names. A variable that is there and empty counts as unset.
fn folder(variable: &str, named: Option<OsString>) -> Option<PathBuf> {
    let unset = std::env::var_os(variable).is_some_and(|value| value.is_empty());
    named.filter(|named| !(named.is_empty() && unset)).map(PathBuf::from)
}

/// The command line names something that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What signals ask for.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// The first: heal, and report what there is.
    pub first: CancellationToken,
    /// The second: heal and remove, no report.
    pub second: CancellationToken,
}

/// From now on signals end the program as [`Stop`] says. What makes nothing that must be removed is ended by the first.
fn signals() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = Stop::default();
    let told = stop.clone();
    tokio::spawn(async move {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let Ok(mut sources) = kinds.into_iter().map(signal).collect::<Result<Vec<_>, _>>() else { return };
        let [interrupt, terminate, hangup] = sources.as_mut_slice() else { return };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if told.second.is_cancelled() {
                // What is left of a run is removed by its reaper.
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            if told.first.is_cancelled() {
                told.second.cancel();
            }
            told.first.cancel();
        }
    });
    stop
}
