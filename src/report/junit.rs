//! [`Report`] → JUnit XML: a case for each thing that was judged, in the form that Jenkins, GitLab and GitHub's actions read.
//!
//! Failed is `failure`; unknown is `error`, for a gate must not open where nothing could be judged. Notes are output of the
//! suite: nothing was expected. What was left behind is a case of its own that is an `error`. A case
//! keeps its name from run to run, so that a server can draw its history: the class is scenario and scope, with targets as they
//! are written, the name is the check.

use anyhow::{Context, Result};
use chrono::{DateTime, FixedOffset};
use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{Format, Report, shown, words};
use crate::check::{Finding, Judgement, Scope};

/// A suite of one run.
pub const FORMAT: Format = Format {
    name: "junit",
    file: "report.xml",
    does: "JUnit XML, a case for each thing that was judged, for CI servers",
    render: |report: &Report| {
        let text = text(&report.tool, [suite(report, &report.plan.scenario)?]).context("write JUnit XML")?;
        Ok(shown(&text))
    },
};

/// A file of these suites.
pub(super) fn text(tool: &str, suites: impl IntoIterator<Item = TestSuite>) -> Result<String, SerializeError> {
    let mut file = quick_junit::Report::new(tool);
    file.add_test_suites(suites);
    // Nothing is ever skipped, and the schema that Jenkins reads by has no such word at its root.
    Ok(file.to_string()?.replacen(" skipped=\"0\"", "", 1))
}

/// A run that has no report.
pub(super) fn without_report(name: &str, why: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(why).set_type("run");
    let mut case = TestCase::new("run", status);
    case.set_classname(class(name, &Scope::Run));
    let mut suite = TestSuite::new(name);
    suite.add_test_case(case);
    suite
}

/// The run as a suite of this name.
pub(super) fn suite(report: &Report, name: &str) -> Result<TestSuite> {
    let (plan, verdict) = (&report.plan, &report.verdict);
    let mut suite = TestSuite::new(name);
    let started: DateTime<FixedOffset> = DateTime::parse_from_rfc3339(&report.started).context("when the run began")?;
    suite.set_timestamp(started).set_time(plan.end());
    let seed = plan.seed.to_string();
    let properties = [("topology", plan.topology.as_str()), ("app", &report.setup.app), ("seed", &seed)];
    suite.add_properties(properties.into_iter().chain(plan.settings.iter()));
    let judged = verdict.findings.iter().filter(|finding| finding.judgement != Judgement::Note);
    suite.add_test_cases(judged.map(|finding| case(report, name, finding)));
    let notes = verdict.findings.iter().filter(|finding| finding.judgement == Judgement::Note);
    let notes = notes.map(|finding| format!("{} · {}: {}", finding.scope, finding.check, finding.found));
    suite.add_test_cases(left_behind(name, &verdict.left_behind));
    let said = std::iter::once(verdict.sentence.clone()).chain(notes).chain(words::notes(report));
    suite.set_system_out(said.collect::<Vec<_>>().join("\n"));
    Ok(suite)
}

/// What could not be removed or healed; none where all was.
fn left_behind(name: &str, names: &[String]) -> Option<TestCase> {
    if names.is_empty() {
        return None;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message("something was left behind").set_type("left behind").set_description(names.join("\n"));
    let mut case = TestCase::new("left behind", status);
    case.set_classname(class(name, &Scope::Run));
    Some(case)
}

fn case(report: &Report, name: &str, finding: &Finding) -> TestCase {
    let lines = [
        Some(format!("expected: {}", finding.expected)),
        Some(format!("found: {}", finding.found)),
        (!finding.cases.is_empty()).then(|| format!("cases:\n  {}", finding.cases.join("\n  "))),
        finding.advice.as_ref().map(|advice| format!("advice: {advice}")),
    ];
    let output = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    // What servers show of a case: the text of a failure, or else its output.
    let mut case = match finding.judgement {
        Judgement::Note | Judgement::Pass => {
            let mut case = TestCase::new(&finding.check, TestCaseStatus::success());
            case.set_system_out(output);
            case
        }
        Judgement::Unknown => TestCase::new(&finding.check, non_success(NonSuccessKind::Error, finding, &output)),
        Judgement::Fail => TestCase::new(&finding.check, non_success(NonSuccessKind::Failure, finding, &output)),
    };
    let scope = match &finding.scope {
        // Whoever was drawn as its target is another one the next time.
        Scope::Window { index, .. } => {
            report.plan.windows.get(*index).map(|window| Scope::Window { index: *index, title: window.as_written() })
        }
        Scope::Baseline | Scope::Run => None,
    };
    case.set_classname(class(name, scope.as_ref().unwrap_or(&finding.scope)));
    let length = match &finding.scope {
        Scope::Baseline => report.figures.baseline.length,
        Scope::Window { index, .. } => report.figures.windows.get(*index).map(|one| one.planned).unwrap_or_default(),
        Scope::Run => report.plan.end(),
    };
    case.set_time(length);
    case
}

fn non_success(kind: NonSuccessKind, finding: &Finding, output: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(format!("{}: {}", finding.expected, finding.found)).set_type(&finding.check);
    status.set_description(output);
    status
}

/// Name of the run and scope; a window with its number, for two can have one title.
fn class(name: &str, scope: &Scope) -> String {
    let scope = match scope {
        Scope::Window { index, title } => format!("{} {title}", index + 1),
        Scope::Baseline | Scope::Run => scope.to_string(),
    };
    class_of(name, &scope)
}

/// Two names as a class: a dot would make packages of what is said.
pub(super) fn class_of(name: &str, part: &str) -> String {
    format!("{}.{}", name.replace('.', "·"), part.replace('.', "·"))
}
