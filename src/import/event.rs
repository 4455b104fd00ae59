//! What is kept of a line.

use super::record::What;

/// Most events that are kept: 1.2 GB.
pub const EVENTS_MAX: usize = 50_000_000;

/// What is kept of a line: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in milliseconds since 1970; by the server's clock where `local`.
    pub at: i64,
    /// Number of the person.
    pub who: u32,
    /// Number of course and set.
    pub place: u16,
    /// What was done.
    pub what: What,
    /// Whether the stamp is by a clock whose zone the line did not tell.
    pub local: bool,
    /// Number of the problem; 0 for none.
    pub problem: u8,
}
