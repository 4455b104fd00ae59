//! Steps → Docker. (in progress)
mod step;
pub use step::{Evidence, Step, Victim};
