//! Figures + expectations → [`Verdict`]: one file per check, each a pure judgement.

mod verdict;

pub use verdict::{Finding, Judgement, Verdict};
