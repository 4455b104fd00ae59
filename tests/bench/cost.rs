//! The cost of looking: `cargo bench --bench cost` prints goal and measured, and fails when a goal is missed.
//!
//! No test asserts a speed; this program does. Times are wall-clock times on whatever else the machine does meanwhile,
//! so the processor time stands beside them. Memory is the kernel's: `VmRSS` and `VmHWM` of `/proc/PID/status`.
#![allow(missing_docs, reason = "a program, not a library")]

mod access;
mod page;
mod synthetic;
mod watched;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wwchaos::clock::Stamp;
use wwchaos::history::{Fact, Outcome, Probe, ProbeKind, Recorder, Writer};
use wwchaos::webwork::judge;

use synthetic::Length;
use watched::{Usage, memory_kib, watch};

/// Observations of the long history.
const MANY: u64 = 5_000_000;
/// Lines of the long access log.
const LINES: u64 = 5_000_000;
/// Samples of a median.
const SAMPLES: usize = 51;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["import"] => long_log(),
        ["record", minutes, folder] => record(minutes, Path::new(folder)).map(|()| true),
        _ => table(),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints every line of the table; whether all goals were met.
fn table() -> Result<bool> {
    println!("{:<52} {:>10} {:>12}  range or beside it", "what", "goal", "measured");
    let mut met = true;
    met &= in_micros("recording an observation", 10.0, &recording()?);
    for (name, expected, body) in page::pages()? {
        let samples = sample(100, || {
            black_box(judge(expected, 200, black_box(&body)));
        });
        met &= in_micros(&format!("judging {name} ({:.1} kB)", body.len() as f64 / 1000.0), 100.0, &samples);
    }
    met &= recorder_memory()?;
    met &= long_history()?;
    met &= long_log()?;
    Ok(met)
}

/// One line; whether the goal was met.
fn line(what: &str, (goal, measured): (f64, f64), unit: &str, beside: &str) -> bool {
    let met = measured <= goal;
    let sign = if met { "" } else { "  MISSED" };
    println!("{what:<52} {:>10} {:>12}  {beside}{sign}", format!("{goal:.0} {unit}"), format!("{measured:.1} {unit}"));
    met
}

fn in_micros(what: &str, goal: f64, samples: &[Duration]) -> bool {
    let micros = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e6);
    let range = format!("{:.1} to {:.1} µs", micros(samples.first()), micros(samples.last()));
    line(what, (goal, micros(samples.get(samples.len() / 2))), "µs", &range)
}

/// The time of one call, sorted: each sample is the mean of `calls` in a row.
fn sample(calls: u32, call: impl Fn()) -> Vec<Duration> {
    let one = || {
        let began = Instant::now();
        (0..calls).for_each(|_| call());
        began.elapsed() / calls
    };
    let mut samples: Vec<_> = (0..SAMPLES).map(|_| one()).collect();
    samples.sort_unstable();
    samples
}

/// From the recorder through the writer to the file.
fn recording() -> Result<Vec<Duration>> {
    const OBSERVATIONS: u32 = 10_000;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("history.jsonl");
    let runtime = runtime()?;
    let one = || -> Result<Duration> {
        let began = Instant::now();
        let (recorder, receiver) = Recorder::channel();
        for _ in 0..OBSERVATIONS {
            let (intended, node) = (Stamp::now(), Some("web1".to_owned()));
            let (kind, outcome) = (ProbeKind::Entry, Outcome::Success);
            let probe =
                Probe { kind, path: None, intended, sent: intended, first_byte: None, end: intended, outcome, node };
            recorder.record(Fact::Probe(probe));
        }
        drop(recorder);
        runtime.block_on(Writer::run(&path, receiver, std::future::pending(), |_| ()))?;
        Ok(began.elapsed() / OBSERVATIONS)
    };
    let mut samples = (0..SAMPLES).map(|_| one()).collect::<Result<Vec<_>>>()?;
    samples.sort_unstable();
    Ok(samples)
}

/// Writes a run of some minutes, and prints its own memory after the first and the last of them.
fn record(minutes: &str, folder: &Path) -> Result<()> {
    let last: u64 = minutes.parse().context("minutes")?;
    let look = |minute: u64| {
        if minute == 1 || minute == last {
            println!("{}", memory_kib("self", "VmRSS").unwrap_or_default());
        }
    };
    runtime()?.block_on(synthetic::write(folder, Length::Minutes(last), look)).map(drop)
}

/// Memory of a process that records 30 minutes, after the first and after the last.
fn recorder_memory() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let program = std::env::current_exe()?;
    let output = std::process::Command::new(program).args(["record", "30"]).arg(folder.path()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let kib: Vec<f64> = text.lines().map(str::parse).collect::<Result<_, _>>()?;
    let [first, last] = kib[..] else { anyhow::bail!("the recorder said {text}") };
    let goal = first / 1024.0 + 2.0;
    let beside = format!("{:.1} MiB after the first minute", first / 1024.0);
    let met = line("memory of the recorder after 30 minutes", (goal, last / 1024.0), "MiB", &beside);
    let run = watch(Path::new(env!("CARGO_BIN_EXE_wwchaos")), &["--reports", path(folder.path())?, "check", "freeze"])?;
    println!("{:<52} {:>10} {:>12}  {}", "memory of check on 30 minutes", "", mib(&run), seconds(&run));
    Ok(met)
}

/// `check` on a history of millions, by the real program.
fn long_history() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    runtime()?.block_on(synthetic::write(folder.path(), Length::Observations(MANY), |_| ()))?;
    let run = watch(Path::new(env!("CARGO_BIN_EXE_wwchaos")), &["--reports", path(folder.path())?, "check", "freeze"])?;
    let met = line("check on 5 million observations: time", (10.0, run.wall.as_secs_f64()), "s", &seconds(&run));
    let most = run.peak_kib as f64 * 1024.0 / 1e6;
    Ok(line("check on 5 million observations: memory", (200.0, most), "MB", "peak, resident") && met)
}

/// `import` of a log of millions of lines, by the real program.
fn long_log() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let (log, out) = (folder.path().join("access.log"), folder.path().join("profile.toml"));
    access::write(&log, LINES)?;
    let words = ["import", path(&log)?, "--out", path(&out)?];
    let run = watch(Path::new(env!("CARGO_BIN_EXE_wwchaos")), &words)?;
    let met = line("import of 5 million lines: time", (20.0, run.wall.as_secs_f64()), "s", &seconds(&run));
    let most = run.peak_kib as f64 * 1024.0 / 1e6;
    Ok(line("import of 5 million lines: memory", (200.0, most), "MB", "peak, resident") && met)
}

fn seconds(run: &Usage) -> String {
    format!("{:.1} s of processor time", run.cpu.as_secs_f64())
}

fn mib(run: &Usage) -> String {
    format!("{:.1} MiB", run.peak_kib as f64 / 1024.0)
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a folder whose name is no text")
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
