//! What the theory of queues lets one expect of a cluster: measured costs and quotas → waits, the largest class, predictions.
//!
//! - [`Cluster`]: processor arithmetic, quota ÷ processor time of a page.
//! - [`play`]: a class, page by page, on nodes whose workers share the processors; [`steady`]: a load that stays as it is.
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
mod sharing;
#[cfg(test)]
mod simulated;
mod steady;

pub use cluster::{Cluster, Database, Limit, largest};
pub use crowd::{Crowd, Drawn, Entering, EntryRate, Modelled, Sat, arithmetic, capacity, entry_rate, per_second};
pub use held_out::HeldOut;
pub use outlook::{Change, Models, Prediction, median, predict, usual_changes};
pub use scalability::{Point, Scalability};
pub use sharing::{Class, Page, Played, play};
pub use steady::{Steady, erlang_c, mean_wait, steady};
