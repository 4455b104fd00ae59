//! Arguments, signals, exit code. Knows the commands by name and not what they do.

mod groups;
mod pages;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::OsStringValueParser;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use groups::{threshold, within};
use tokio_util::sync::CancellationToken;

use crate::lease::{LIFE, LIFE_MAX};
use crate::library::Library;
use crate::{command, exit};

pub use groups::{Against, Bounded, Choice, Chosen, Crossed, Imported, Known, Likeness, Schema, Voice};

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
    #[command(after_help = RUN)]
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
        voice: Voice,
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
        #[arg(required_unless_present = "schema")]
        run: Option<String>,
        /// Format: see `wwchaos list`
        #[arg(long, default_value = "terminal")]
        format: String,
        /// Print the JSON Schema of the format `json` instead, of a run or of a search for capacity
        #[arg(long, exclusive = true, value_name = "WHAT", num_args = 0..=1, default_missing_value = "report")]
        schema: Option<Schema>,
    },
    /// Find the largest class that a cluster holds, whole and with a part lost
    Capacity {
        #[command(flatten)]
        bounded: Bounded,
        #[command(flatten)]
        voice: Voice,
    },
    /// Try faults on topologies, one run each, and show what each fault cost where
    Matrix {
        #[command(flatten)]
        crossed: Crossed,
        #[command(flatten)]
        voice: Voice,
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
        /// Format: terminal, html, markdown, json or junit
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
    /// Turn logs of a WeBWorK site into the profile of a class, in which nothing of a person is kept
    #[command(after_help = IMPORT)]
    Import {
        #[command(flatten)]
        wanted: Imported,
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
        #[command(flatten)]
        voice: Voice,
    },
    /// End what faults are left in kept clusters
    Heal {
        /// Run ids, for example ww1a2b3c; without any, all that are kept
        runs: Vec<String>,
    },
    /// Say what this machine can do, which faults it can make, and what is missing (exit code 103 when something is)
    Doctor {
        /// Image of WeBWorK, which you build as its project documents [default: WWCHAOS_WEBWORK_IMAGE, else webwork]
        #[arg(long, value_name = "IMAGE", value_parser = groups::image)]
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
    /// Print what a shell completes the words of wwchaos with: source <(wwchaos completions bash)
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page: wwchaos man | man -l -
    Man {
        /// Write a page for each verb into this folder, which must be there, and print none
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
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

/// What `compare -h` says beside its options.
const COMPARE: &str = "NAME@N is the run of scenario NAME that is N before its newest (NAME@0), NAME@1..5 are the five before it. \
                       Exit code 0 whatever is found, unless --fail is given; 2 when the runs cannot be compared, 102 when one \
                       cannot be read. The rule is printed with the figures.";

/// What `import -h` says beside its options.
const IMPORT: &str = "Logs are answer.log, login.log and timing.log of WeBWorK, access logs of nginx, Apache and HAProxy, and lb.log of a \
                      run, plain or packed by gzip. Several are one recording: the more of them, the more is told \
                      (scenarios/README.md says what by which). Names, addresses and answers are not kept: students are numbers, \
                      told apart by a hash whose key is thrown away. A scenario names the profile by [load] profile = \"FILE\".";

/// What `conformance -h` says beside its options.
const CONFORMANCE: &str = "Where no image of WeBWorK is on this machine, what was recorded of it stands in its place. The \
                           stand-in runs with profile=real. Exit code 0 when all that could be compared is the same, or is \
                           known to differ in a way that changes no verdict of a run; 100 when something else differs. It \
                           takes about five minutes for each of the two.";

/// What `run -h` says beside its options.
const RUN: &str = "The report goes to standard output. What happens meanwhile goes to standard error: on a terminal as a view \
                   that changes, elsewhere (and with TERM=dumb) as lines. With --quiet only the report and what goes wrong \
                   are printed. With --json standard output gets one JSON object a line and no report: at_ms, event, and \
                   the event's fields (reports/README.md lists them); the last has the event `end`. NO_COLOR is respected.";

/// What `calibrate -h` says beside its options.
const CALIBRATE: &str = "The goal: 99 of 100 failover times within one probe interval and 20 ms of the truth, and the 99th \
                         percentile of the time to a page within 0.1% and 20 ms of it while the server stalls for a known \
                         time. Exit code 0 when it is met, 100 when it is missed. The usual 100 outages take a quarter of an \
                         hour.";

fn life(text: &str) -> Result<Duration, String> {
    within(text, Duration::from_secs(60)..=LIFE_MAX, "from 1m to 7days, such as 30m")
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
        Verb::Completions { shell } => {
            command::hand_over(&pages::completions(*shell, &Cli::command()));
            return Ok(exit::PASS);
        }
        Verb::Man { out: None } => {
            command::hand_over(&pages::manual(&Cli::command())?);
            return Ok(exit::PASS);
        }
        Verb::Man { out: Some(folder) } => {
            let wrong = |error| Usage(format!("--out {}: {error}; expected a folder", folder.display()));
            pages::manuals(&Cli::command(), folder).map_err(wrong)?;
            return Ok(exit::PASS);
        }
        _ => {}
    }
    let library = folder("WWCHAOS_LIBRARY", cli.library);
    let library = Library::new(library).map_err(command::usage)?;
    let reports = folder("WWCHAOS_REPORTS", Some(cli.reports)).unwrap_or_else(|| PathBuf::from("reports"));
    match cli.verb {
        Verb::Plan { choice, json } => command::plan(&library, &choice, json).await,
        Verb::Run { choice, keep, keep_for, voice, against } => {
            let life = keep_for.or(keep.then_some(LIFE));
            command::run(&library, &reports, &choice, (life, &against, voice), signals()).await
        }
        Verb::Capacity { bounded, voice } => command::capacity(&library, &reports, &bounded, voice, signals()).await,
        Verb::Matrix { crossed, voice } => command::matrix(&library, &reports, &crossed, voice, signals()).await,
        Verb::Compare { base, new, threshold, fail, format } => {
            command::compare(&reports, (&base, &new), threshold, fail, &format)
        }
        Verb::Trend { scenario, last, format } => command::trend(&reports, &scenario, last, &format),
        Verb::Check { run } => command::check(&reports, &run),
        Verb::Report { run: Some(run), format, .. } => command::report(&reports, &run, &format),
        Verb::Report { run: None, schema, .. } => command::schema(schema.unwrap_or_default()),
        Verb::Import { wanted } => command::import(&wanted),
        Verb::List => command::list(&library),
        Verb::Up { choice, keep_for, voice } => {
            command::up(&library, &reports, &choice, keep_for, voice, signals()).await
        }
        Verb::Doctor { webwork_image } => command::doctor(&library, &reports, webwork_image).await,
        Verb::Heal { runs } => command::heal(&runs).await,
        Verb::Down { chosen, courses } => command::down(&library, &chosen, courses).await,
        Verb::Calibrate { known, json } => command::calibrate(known, json, signals()).await,
        Verb::Conformance { likeness } => command::conformance(&library, &reports, likeness, signals()).await,
        Verb::Load | Verb::Reap { .. } | Verb::Completions { .. } | Verb::Man { .. } => Ok(exit::BUG),
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
