//! [`Report`] → JSON, for programs. Field names end in unit, then qualifier (`latency_ms_p99`). [`schema`] describes it.

use anyhow::Result;
use schemars::generate::SchemaSettings;

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

/// The value as a file of JSON, indented.
pub fn lines(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
