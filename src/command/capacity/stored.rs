//! The result of a search that is stored, or was just made → what is shown of it.

use std::path::Path;

use anyhow::Result;

use crate::capacity::{Capacity, Kind, Unreadable};
use crate::cli::Usage;
use crate::command::{say, terminal};
use crate::exit;
use crate::report;
use crate::store::{self, Damaged};

/// Columns of what is printed where there is no terminal.
const COLUMNS: u16 = 100;

/// The result of a search that is stored at `path`; none where something else is.
pub fn stored(path: &Path) -> Result<Option<Capacity>> {
    let bytes = store::bytes(path)?;
    #[derive(serde::Deserialize)]
    struct Head {
        kind: serde_json::Value,
    }
    let kind = serde_json::from_slice(&bytes).map(|head: Head| head.kind);
    if !kind.is_ok_and(|kind| kind == serde_json::json!(Kind::Capacity)) {
        return Ok(None);
    }
    let read = Capacity::read(&bytes).map_err(|why| match why {
        Unreadable::Json(error) => Damaged::json(path, &error),
        why => Damaged(format!("{}: {why}", path.display())),
    });
    Ok(Some(read?))
}

/// Renders the result of a search in one format, to standard output.
pub fn render(capacity: &Capacity, format: &str) -> Result<u8> {
    let formats = report::capacity::FORMATS;
    let found = formats.iter().find(|one| one.name == format).ok_or_else(|| {
        let known: Vec<_> = formats.iter().map(|one| one.name).collect();
        Usage(format!("a search for capacity has no format `{format}`; known: {}", known.join(", ")))
    })?;
    if found.name == report::capacity::terminal::NAME {
        print(capacity);
    } else {
        say::coloured(&(found.render)(capacity)?);
    }
    Ok(exit::PASS)
}

/// Prints it for the terminal that standard output is, if it is one.
pub fn print(capacity: &Capacity) {
    let width = usize::from(terminal::columns_out(COLUMNS));
    say::coloured(report::capacity::terminal::render(capacity, width).as_bytes());
}
