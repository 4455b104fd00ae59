//! A plan's students → requests → observations. The only room that knows goose.
//!
//! goose installs a process-wide Ctrl-C handler, has one kill switch per process, and may wait for outstanding
//! requests at its end, so the class runs in a child process (`wwchaos load`, hidden) that streams
//! observations to its parent; the parent can always end it. goose's own figures are not used: its times end
//! at the first byte and its errors lose their kind. The truth is recorded inside the transaction.

mod browser;
mod child;
mod parent;
mod sheet;
mod student;

use serde::{Deserialize, Serialize};

pub use child::attack;
pub use parent::Load;

use crate::clock::Stamp;
use crate::plan::Student;

/// What the child is told on its standard input, as one line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Where the class comes in, for example `http://127.0.0.1:8080`.
    pub entry: String,
    /// The certificate that it shows, PEM; none where it speaks plain HTTP.
    #[serde(default)]
    pub certificate: Option<String>,
    /// The moment of offset zero, on the machine's monotonic clock.
    pub zero: Stamp,
    /// Course and set.
    pub course: (String, String),
    /// Whether the set is homework, not a test.
    #[serde(default)]
    pub homework: bool,
    /// Password of every student.
    pub password: String,
    /// How often a student reloads a page that failed.
    pub retries: u32,
    /// The class.
    pub students: Vec<Student>,
}
