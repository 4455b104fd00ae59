//! `tests/conformance/journey.toml` as data.

use std::path::Path;

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item, TableLike};

/// The whole table.
pub struct Journey {
    /// Arguments of each seeding, as `--name value`.
    pub seeds: Vec<Vec<String>>,
    /// Name of the session's cookie, and what its header must hold.
    pub cookie: (String, Vec<String>),
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One request and the answer that it must get.
pub struct Step {
    pub name: String,
    pub method: String,
    pub path: String,
    pub fields: Vec<(String, String)>,
    /// Sent with the student's cookies.
    pub cookie: bool,
    /// Signed in, and what was wanted happened.
    pub success: bool,
    pub status: u16,
    pub markers: Vec<String>,
    pub forbidden: Vec<String>,
    pub form_fields: Vec<String>,
    pub selects: Option<usize>,
    pub writes: Vec<String>,
    /// Lines appended, by file.
    pub appends: Vec<(String, usize)>,
    pub source: String,
}

impl Journey {
    /// Reads the table.
    pub fn read() -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/journey.toml");
        let content = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let document: DocumentMut = content.parse().with_context(|| path.display().to_string())?;
        let failures = texts(document.get("failures"));
        let seeds = document.get("seed").and_then(Item::as_array_of_tables).context("no [[seed]]")?;
        let seed = |table: &toml_edit::Table| {
            table.iter().flat_map(|(name, value)| [format!("--{name}"), scalar(value)]).collect()
        };
        let seeds = seeds.iter().map(seed).collect();
        let cookie = document.get("cookie").and_then(Item::as_table_like).context("no [cookie]")?;
        let cookie = (text(cookie, "name"), texts(cookie.get("attributes")));
        let steps = document.get("step").and_then(Item::as_array_of_tables).context("no [[step]]")?;
        let steps = steps.iter().map(|table| Step::read(table, &failures)).collect();
        Ok(Self { seeds, cookie, steps })
    }
}

impl Step {
    fn read(table: &dyn TableLike, failures: &[String]) -> Self {
        let whole = |item: &Item| item.as_integer().and_then(|number| usize::try_from(number).ok());
        let pairs = |name: &str| table.get(name).and_then(Item::as_table_like);
        let flag = |name: &str, usual: bool| table.get(name).and_then(Item::as_bool).unwrap_or(usual);
        let success = flag("success", false);
        let mut forbidden = texts(table.get("forbidden"));
        if success {
            forbidden.extend_from_slice(failures);
        }
        let fields = pairs("fields").into_iter().flat_map(TableLike::iter);
        let appends = pairs("appends").into_iter().flat_map(TableLike::iter);
        Self {
            name: text(table, "name"),
            method: text(table, "method"),
            path: text(table, "path"),
            fields: fields.map(|(name, value)| (name.to_owned(), scalar(value))).collect(),
            cookie: flag("cookie", true),
            success,
            status: table.get("status").and_then(whole).and_then(|status| u16::try_from(status).ok()).unwrap_or(0),
            markers: texts(table.get("markers")),
            forbidden,
            form_fields: texts(table.get("form_fields")),
            selects: table.get("selects").and_then(whole),
            writes: texts(table.get("writes")),
            appends: appends.filter_map(|(file, lines)| Some((file.to_owned(), whole(lines)?))).collect(),
            source: text(table, "source"),
        }
    }
}

fn scalar(item: &Item) -> String {
    item.as_str().map_or_else(|| item.to_string().trim().to_owned(), str::to_owned)
}

fn text(table: &dyn TableLike, name: &str) -> String {
    table.get(name).map(scalar).unwrap_or_default()
}

fn texts(item: Option<&Item>) -> Vec<String> {
    let items = item.and_then(Item::as_array).into_iter().flatten();
    items.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
