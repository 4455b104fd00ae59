//! What queueing theory lets one expect of a cluster: measured costs and quotas → waits, the largest class, predictions.
//!
//! - [`Cluster`]: processor arithmetic, quota ÷ processor time of a page.
//! - [`waits`]: a load that changes from second to second, as a start rush does; [`steady`]: one that stays as it is.
//! - [`Scalability`]: the universal scalability law over measured points.
//! - [`Crowd`]: what a class asks for, and the largest class or fastest entry whose times are within the goals.
//! - [`Models`]: all of these held against the trials of a state; [`predict`]: another cluster, which nobody has measured.

mod cluster;
mod crowd;
mod held_out;
#[cfg(test)]
pub mod on_paper;
mod outlook;
mod scalability;
#[cfg(test)]
mod simulated;
mod steady;
mod transient;

pub use cluster::{Cluster, Database, Limit, busiest, largest};
pub use crowd::{Crowd, Demand, Drawn, Entering, EntryRate, Modelled, arithmetic, capacity, entry_rate};
pub use held_out::HeldOut;
pub use outlook::{Change, Models, Prediction, predict, usual_changes};
pub use scalability::{Point, Scalability};
pub use steady::{Steady, erlang_c, mean_wait, steady};
pub use transient::{Waits, waits};
