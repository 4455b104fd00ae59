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
