//! What a run was made on and of: facts of the machine and of the cluster, as a report states them. Plain data:
//! whoever runs fills it in, the store keeps it, a report shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who measures, as reports name it: name and version.
pub const TOOL: &str = concat!("wwchaos ", env!("CARGO_PKG_VERSION"));

/// What a run was made on and of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setup {
    /// The app's title, for example `stand-in (not WeBWorK)`.
    pub app: String,
    /// Whether the app only stands in for WeBWorK.
    pub stand_in: bool,
    /// The topology's title.
    pub topology: String,
    /// What in the topology stands in for something else, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<String>,
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
