//! [`Capacity`] → JSON, for programs, and its JSON Schema.

use anyhow::Result;
use schemars::generate::SchemaSettings;

use crate::capacity::{Capacity, SCHEMA};
use crate::report::json::lines;

/// The whole result, indented.
pub fn render(capacity: &Capacity) -> Result<Vec<u8>> {
    lines(capacity)
}

/// The JSON Schema (draft 2020-12) of [`render`], made of the very types that are written.
pub fn schema() -> Result<Vec<u8>> {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Capacity>();
    schema.insert("$id".to_owned(), format!("urn:wwchaos:capacity:{SCHEMA}").into());
    schema.insert("title".to_owned(), format!("capacity.json of wwchaos, version {SCHEMA}").into());
    lines(&schema)
}
