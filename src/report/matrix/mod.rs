//! [`Matrix`] → bytes, one file per format, listed in [`FILES`]. Wording comes from [`words`], as in a report of one run.

mod html;
mod markdown;
mod terminal;

use anyhow::Result;

use super::{Rendering, json, shown, words};
use crate::matrix::{Matrix, Row};

/// The file from which a matrix is read again.
pub const STORED: &str = "report.json";

/// Columns of what is printed: it has one for each fault.
pub const WIDTH: u16 = 160;

/// Every file that is written of a matrix.
pub const FILES: &[Rendering<Matrix>] = &[
    Rendering { name: "report.txt", render: text },
    Rendering { name: "report.md", render: page },
    Rendering { name: "report.html", render: web },
    Rendering { name: STORED, render: json::lines },
];

/// Every format that `wwchaos report` prints of one.
pub const FORMATS: &[Rendering<Matrix>] = &[
    Rendering { name: "terminal", render: text },
    Rendering { name: "markdown", render: page },
    Rendering { name: "html", render: web },
    Rendering { name: "json", render: json::lines },
];

fn text(matrix: &Matrix) -> Result<Vec<u8>> {
    Ok(shown(&terminal::render(matrix, WIDTH)))
}

fn page(matrix: &Matrix) -> Result<Vec<u8>> {
    Ok(shown(&markdown::render(matrix)))
}

fn web(matrix: &Matrix) -> Result<Vec<u8>> {
    Ok(shown(&html::render(matrix)))
}

/// The matrix in bytes of [`STORED`].
pub fn read(bytes: &[u8]) -> Result<Matrix> {
    let matrix: Matrix = serde_json::from_slice(bytes)?;
    anyhow::ensure!(
        matrix.schema == crate::matrix::SCHEMA,
        "expected schema {}, got {}",
        crate::matrix::SCHEMA,
        matrix.schema
    );
    Ok(matrix)
}

/// Headers of the table.
fn titles(matrix: &Matrix) -> Vec<String> {
    std::iter::once("topology".to_owned()).chain(matrix.asked.columns.iter().map(ToString::to_string)).collect()
}

/// The cells of a row, each in lines.
fn cells(row: &Row) -> Vec<Vec<String>> {
    std::iter::once(words::row_lines(row)).chain(row.cells.iter().map(words::score_lines)).collect()
}

/// Where each row comes from.
fn runs(matrix: &Matrix) -> impl Iterator<Item = (&str, &str)> {
    matrix.rows.iter().map(|row| (row.topology.as_str(), row.run.as_deref().unwrap_or("not run")))
}

#[cfg(test)]
mod tests;
