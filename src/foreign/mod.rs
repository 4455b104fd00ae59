//! Text that others wrote (pages, lines of logs, what engine and databases say, stored files) → text that may be kept, shown
//! and mailed.
//!
//! Four things are wrong with it. It may hold what a terminal acts on: [`plain`] takes that out of all that is printed or
//! written as text, [`json`] and [`pretty`] out of what is written as JSON. It may be of any length: [`line`], [`clipped`] and [`Lines`] bound it. And it
//! may hold secrets: [`Secrets`] are those that a run knows, [`without_named`] and [`without_secrets`] find others by how they
//! look. Numbers in stored files may be none that anything measures: [`largest`] finds them.

mod lines;
mod number;
mod plain;
mod secret;

pub use lines::Lines;
#[cfg(test)]
pub(crate) use number::places;
pub use number::{NUMBER_MAX, largest};
pub use plain::{clipped, json, line, plain, pretty, turns_round};
pub use secret::{Secrets, without_named, without_secrets};
