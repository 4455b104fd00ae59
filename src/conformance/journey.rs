//! `journey.toml` as data: the course, and what one student asks of it in order.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::cluster::docker::Seeding;

const TABLE: &str = include_str!("journey.toml");

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Texts that no step with `success` may get.
    failures: Vec<String>,
    /// Tests of the course.
    #[serde(rename = "seed")]
    pub seeds: Vec<Seeding>,
    /// The cookie that every step with `success` issues again.
    pub cookie: Cookie,
    /// The steps, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// The session's cookie.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// What its header must hold.
    pub attributes: Vec<String>,
    /// Where that was measured.
    pub source: String,
}

/// One request and the answer that it must get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// GET or POST.
    pub method: String,
    /// Path, with the query.
    pub path: String,
    /// Fields of the form.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Sent with the student's cookies.
    #[serde(default = "yes")]
    pub cookie: bool,
    /// Signed in, and what was wanted happened.
    #[serde(default)]
    pub success: bool,
    /// HTTP status.
    pub status: u16,
    /// Texts that the page has.
    #[serde(default)]
    pub markers: Vec<String>,
    /// Texts that it has not.
    #[serde(default)]
    pub forbidden: Vec<String>,
    /// Names of its inputs.
    #[serde(default)]
    pub form_fields: Vec<String>,
    /// SELECT statements, where they were measured.
    pub selects: Option<usize>,
    /// The other statements, in order, where they were measured.
    pub writes: Option<Vec<String>>,
    /// Lines appended, by file.
    #[serde(default)]
    pub appends: BTreeMap<String, usize>,
    /// Where that was measured.
    pub source: String,
}

fn yes() -> bool {
    true
}

impl Journey {
    /// Reads the table that is built in.
    pub fn read() -> Result<Self> {
        let mut journey: Self = toml_edit::de::from_str(TABLE).context("journey.toml")?;
        for step in journey.steps.iter_mut().filter(|step| step.success) {
            step.forbidden.extend_from_slice(&journey.failures);
        }
        Ok(journey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let journey = Journey::read().unwrap();
        let names: std::collections::BTreeSet<_> = journey.steps.iter().map(|step| &step.name).collect();
        assert_eq!(names.len(), journey.steps.len(), "each step has a name of its own");
        let login = journey.steps.iter().find(|step| step.name == "login").unwrap();
        assert!(login.forbidden.contains(&"Not logged in.".to_owned()) && login.cookie);
        assert_eq!(journey.seeds[1].per_page, 2);
    }
}
