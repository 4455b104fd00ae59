//! What is kept of a line.

use super::record::What;

/// Most events that are kept: 0.8 GB.
pub const EVENTS_MAX: usize = 50_000_000;

/// What is kept of a line: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Number of the person.
    pub who: u32,
    /// Number of course and set.
    pub place: u16,
    /// What was done.
    pub what: What,
    /// Number of the problem; 0 for none.
    pub problem: u8,
}
