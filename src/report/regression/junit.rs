//! [`Regression`] → JUnit XML: a case for each figure of each place, beside the cases of the run itself.
//!
//! Worse is `failure`; what the base has measured and the new runs have not is `error`, as for the gate. What differs by too
//! little or too much to tell, or was not measured by the base either, is passed.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, FixedOffset};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{cells, words};
use crate::quantity::percent;
use crate::regression::{Difference, Outcome, Regression};
use crate::report::junit;

/// The comparison as a suite.
pub fn render(regression: &Regression) -> Result<String> {
    let mut suite = TestSuite::new(format!("{} beside its base", regression.scenario));
    let newest = regression.new.last().context("no new run")?;
    let started: DateTime<FixedOffset> = DateTime::parse_from_rfc3339(&newest.started).context("when the run began")?;
    suite.set_timestamp(started).set_time(Duration::ZERO);
    let bases = regression.base.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    suite.add_properties([("base", bases.as_str()), ("threshold", &percent(regression.threshold))]);
    for section in &regression.sections {
        let place = words::place_text(&section.place);
        suite.add_test_cases(section.differences.iter().map(|one| case(&regression.scenario, &place, one)));
    }
    suite.set_system_out(words::gist(regression));
    junit::text(crate::setup::TOOL, [suite]).context("write JUnit XML")
}

fn case(scenario: &str, place: &str, difference: &Difference) -> TestCase {
    let said = cells(difference).map(|lines| lines.join(" "));
    let [figure, base, new, change, outcome] = said;
    let told = format!("base {base}, new {new}, difference {change}: {outcome}");
    let kind = match &difference.outcome {
        Outcome::Worse => Some(NonSuccessKind::Failure),
        _ if difference.is_lost_sight_of() => Some(NonSuccessKind::Error),
        _ => None,
    };
    let status = kind.map_or_else(TestCaseStatus::success, |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(told.clone()).set_type("baseline");
        status
    });
    let mut case = TestCase::new(figure, status);
    if kind.is_none() {
        case.set_system_out(told);
    }
    case.set_classname(junit::class_of(scenario, place));
    case
}
