//! Synthetic histories and what they measure.

mod alarms;
mod answers;
mod detectors;
mod expected;
mod samples;
mod service;
mod sittings;
mod students;
