//! [`Report`] → JSON, for programs, and back. Field names end in unit, then qualifier (`latency_ms_p99`). [`schema`] describes it.

use anyhow::Result;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::{Format, Report, SCHEMA};
use crate::foreign::{NUMBER_MAX, largest, line, pretty};

/// Most characters of a kind that are repeated.
const KIND_MAX: usize = 40;

/// The whole report, indented.
pub const FORMAT: Format =
    Format { name: "json", file: "report.json", does: "every figure, finding and series, for programs", render: lines };

/// The JSON Schema (draft 2020-12) of [`FORMAT`], made of the very types that are written. Fields may be added without a new
/// version, so unknown ones are allowed.
pub fn schema() -> Result<Vec<u8>> {
    described::<Report>("report", SCHEMA)
}

/// The JSON Schema (draft 2020-12) of what is stored as `<what>.json`, made of the very type that is written.
pub(super) fn described<T: JsonSchema>(what: &str, version: u32) -> Result<Vec<u8>> {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:wwchaos:{what}:{version}").into());
    schema.insert("title".to_owned(), format!("{what}.json of wwchaos, version {version}").into());
    lines(&schema)
}

/// Bytes are no report that can be shown.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No JSON, or none that is written here.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Of something else than a run.
    #[error("expected the report of a run, got one of kind `{0}` (hint: `wwchaos report` shows it)")]
    Kind(String),
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
        kind: String,
        #[serde(default)]
        figures: Value,
    }
    let head: Head = serde_json::from_slice(bytes)?;
    if !head.kind.is_empty() {
        return Err(Unreadable::Kind(line(&head.kind, KIND_MAX).into_owned()));
    }
    if head.schema != SCHEMA {
        return Err(Unreadable::Schema(head.schema));
    }
    if let Some(number) = largest(&head.figures).filter(|number| *number > NUMBER_MAX) {
        return Err(Unreadable::Figure(number));
    }
    let report: Report = serde_json::from_slice(bytes)?;
    report.plan.impossible().map_or(Ok(report), |why| Err(Unreadable::Plan(why)))
}

/// The value as a file of JSON, indented.
pub fn lines(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
