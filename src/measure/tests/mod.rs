//! Synthetic histories and what they measure.
