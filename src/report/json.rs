//! [`Report`] → JSON, for programs, and back. Field names end in unit, then qualifier (`latency_ms_p99`). [`schema`] describes it.

use anyhow::Result;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::{Format, Report, SCHEMA};
use crate::foreign::pretty;

/// The whole report, indented.
pub const FORMAT: Format =
    Format { name: "json", file: "report.json", does: "every figure, finding and series, for programs", render: lines };

/// The JSON Schema (draft 2020-12) of [`FORMAT`], made of the very types that are written. Fields may be added without a new
/// version, so unknown ones are allowed.
pub fn schema() -> Result<Vec<u8>> {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Report>();
    schema.insert("$id".to_owned(), format!("urn:wwchaos:report:{SCHEMA}").into());
    schema.insert("title".to_owned(), format!("report.json of wwchaos, version {SCHEMA}").into());
    lines(&schema)
}

/// No figure of a report is larger, whatever its unit: a day in microseconds, or what is in the memory of a large machine.
const FIGURE_MAX: f64 = 1e13;

/// Bytes are no report that can be shown.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No JSON, or none that is written here.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("expected a report of schema {SCHEMA}, got {0}")]
    Schema(u32),
    /// With a figure that nothing here measures.
    #[error("no figure is as large as {0:e} (hint: the file was damaged)")]
    Figure(f64),
    /// Of a run that cannot have been planned.
    #[error("no plan has this: {0} (hint: the file was damaged)")]
    Plan(String),
}

/// The report in bytes of [`FORMAT`], whoever wrote them: what is read can be judged, compared and rendered.
pub fn read(bytes: &[u8]) -> Result<Report, Unreadable> {
    /// What tells of which version the rest is.
    #[derive(Deserialize)]
    struct Head {
        schema: u32,
        #[serde(default)]
        figures: Value,
    }
    let head: Head = serde_json::from_slice(bytes)?;
    if head.schema != SCHEMA {
        return Err(Unreadable::Schema(head.schema));
    }
    if let Some(number) = largest(&head.figures).filter(|number| *number > FIGURE_MAX) {
        return Err(Unreadable::Figure(number));
    }
    let report: Report = serde_json::from_slice(bytes)?;
    report.plan.impossible().map_or(Ok(report), |why| Err(Unreadable::Plan(why)))
}

/// The largest number in a value, by its size without its sign.
fn largest(value: &Value) -> Option<f64> {
    let most = |all: &mut dyn Iterator<Item = &Value>| all.filter_map(largest).max_by(f64::total_cmp);
    match value {
        Value::Number(number) => number.as_f64().map(f64::abs),
        Value::Array(all) => most(&mut all.iter()),
        Value::Object(all) => most(&mut all.values()),
        _ => None,
    }
}

/// The value as a file of JSON, indented.
pub fn lines(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
