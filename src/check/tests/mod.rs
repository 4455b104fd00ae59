//! Figures and what they are judged to be.

mod expectations;
mod golden;
mod limits;
