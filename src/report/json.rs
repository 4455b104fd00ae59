//! [`Report`] → JSON, for programs. Field names end in unit, then qualifier (`latency_ms_p99`).

use super::{Format, Report};
use crate::foreign::pretty;

/// The whole report, indented.
pub const FORMAT: Format = Format {
    name: "json",
    file: "report.json",
    does: "every figure, finding and series, for programs",
    render: |report: &Report| {
        let mut bytes = pretty(report)?;
        bytes.push(b'\n');
        Ok(bytes)
    },
};
