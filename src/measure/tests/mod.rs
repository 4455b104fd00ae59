//! Synthetic histories and what they measure.

mod answers;
mod service;
mod students;
