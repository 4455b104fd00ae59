//! [`Report`] → bytes, one file per format, listed in [`FORMATS`]. This room does not know where bytes go.

use serde::{Deserialize, Serialize};

use crate::check::Verdict;
use crate::measure::Figures;
use crate::plan::Plan;

/// Everything that a format may show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this structure in JSON.
    pub schema: u32,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// What the run was made on and of.
    pub setup: Setup,
    /// What was planned.
    pub plan: Plan,
    /// What was measured.
    pub figures: Figures,
    /// What it came to.
    pub verdict: Verdict,
}

/// What a run was made on and of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The app's title, for example `stand-in (not WeBWorK)`.
    pub app: String,
    /// Whether the app only stands in for WeBWorK.
    pub stand_in: bool,
    /// The topology's title.
    pub topology: String,
    /// Docker Engine version and API version.
    pub engine: String,
    /// `v1` or `v2`.
    pub cgroup: String,
    /// Kernel release.
    pub kernel: String,
    /// Processors of the machine.
    pub cores: u32,
    /// Memory of the machine in bytes.
    pub memory_bytes: u64,
    /// Limits of each service: name, cores in thousandths, memory bytes.
    pub limits: Vec<(String, u32, u64)>,
}

/// Version of [`Report`] in JSON.
pub const SCHEMA: u32 = 1;

/// A way to render a report.
pub struct Format {
    /// Name on the command line.
    pub name: &'static str,
    /// File name in a run's folder.
    pub file: &'static str,
    /// Report to bytes.
    pub render: fn(&Report) -> anyhow::Result<Vec<u8>>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "json", file: "report.json", render: |report| Ok(serde_json::to_vec_pretty(report)?) },
    Format { name: "terminal", file: "report.txt", render: |report| Ok(format!("{:#?}\n{}\n", report.figures.windows, report.verdict.sentence).into_bytes()) },
];

/// Names of all formats.
pub fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name).collect()
}

/// Renders in the format called `name`.
pub fn render(name: &str, report: &Report) -> anyhow::Result<Vec<u8>> {
    let format = FORMATS.iter().find(|format| format.name == name);
    (format.ok_or_else(|| anyhow::anyhow!("unknown format `{name}`"))?.render)(report)
}
