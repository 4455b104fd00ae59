//! Scenarios whose verdict is known: run by the real binary, and convicted by the findings that are expected and by no other.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wwchaos::check::{Finding, Judgement};
use wwchaos::measure::WindowFigures;
use wwchaos::report::Report;

use crate::program::Program;
use crate::run::report;

pub const FAIL: Judgement = Judgement::Fail;
pub const UNKNOWN: Judgement = Judgement::Unknown;

/// A scenario, and how its run must end.
pub struct Case {
    /// Its name in the library.
    pub scenario: &'static str,
    /// The exit code.
    pub code: u8,
    /// The checks that convict, or cannot judge, on the baseline (`B`), in a window (`W`), over the whole run (`R`).
    pub convicts: &'static [(char, &'static str, Judgement)],
    /// Checks that what convicts may bring with it, wherever, and how badly at most.
    pub follow: &'static [(&'static str, Judgement)],
    /// What the report must say besides.
    pub said: fn(&Report) -> Result<()>,
}

/// Runs it with the scenarios of `library`, for at most `limit`, and holds what came of it against the case.
pub async fn hold(case: &Case, library: &Path, limit: Duration) -> Result<()> {
    let began = Instant::now();
    let ended = Program::of(library, &["run", case.scenario, "--seed", "7"])?.end(limit).await?;
    let context = || format!("{}; the program says:\n{}", case.scenario, ended.said);
    ended.expect(case.code).with_context(context)?;
    let report = report(&ended.folder(case.scenario)?)?;
    findings(case, &report).and_then(|()| (case.said)(&report)).with_context(context)?;
    println!("{}, {} s: {}", case.scenario, began.elapsed().as_secs(), report.verdict.sentence);
    Ok(())
}

/// Every finding that is to convict is there, and no other.
fn findings(case: &Case, report: &Report) -> Result<()> {
    let found: Vec<_> = report.verdict.findings.iter().filter(|finding| finding.judgement > Judgement::Pass).collect();
    for wanted in case.convicts {
        ensure!(found.iter().any(|finding| key(finding) == *wanted), "not found: {wanted:?}");
    }
    let follows = |finding: &Finding| {
        case.follow.iter().any(|(check, worst)| finding.check == *check && finding.judgement <= *worst)
    };
    let strange = found.iter().find(|finding| !case.convicts.contains(&key(finding)) && !follows(finding));
    ensure!(strange.is_none(), "convicted for another reason: {strange:?}");
    Ok(())
}

/// Where a check judged, which, and how.
pub fn key(finding: &Finding) -> (char, &str, Judgement) {
    let scope = match finding.scope.to_string().as_str() {
        "baseline" => 'B',
        "whole run" => 'R',
        _ => 'W',
    };
    (scope, &finding.check, finding.judgement)
}

/// The figures of a window, by its number from 0.
pub fn window(report: &Report, number: usize) -> Result<&WindowFigures> {
    report.figures.windows.get(number).with_context(|| format!("no window {number}"))
}
