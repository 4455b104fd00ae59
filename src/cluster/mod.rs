//! Steps → what happens to containers; evidence → what the engine and the kernel say. Knows no fault by name and
//! no scenario.
//!
//! [`Cluster`] is the whole power that a run has over a cluster. Two implementations live here: [`docker`], on
//! a real engine, and [`fake`], a model on virtual time for tests of the run.

pub mod docker;
mod evidence;
pub mod fake;
mod need;
mod step;
mod trouble;

use std::future::Future;

use anyhow::Result;

pub use evidence::Evidence;
pub use need::Need;
pub use step::{Step, Victim};
pub use trouble::{Limit, Processes, Trouble, Way};

/// A cluster that is up.
pub trait Cluster: Send + Sync {
    /// Does `step`; returns when the engine has accepted it. Heal steps may be repeated.
    fn apply(&self, step: &Step) -> impl Future<Output = Result<()>> + Send;

    /// What shows that the fault is there now, in words; none when nothing does.
    fn sight(&self, evidence: &Evidence) -> impl Future<Output = Result<Option<String>>> + Send;

    /// Whether the service or volume `target` is there at all, whatever it does.
    fn there(&self, target: &str) -> impl Future<Output = Result<bool>> + Send;

    /// Whether the service or volume `target` does its work now.
    fn ready(&self, target: &str) -> impl Future<Output = Result<bool>> + Send;

    /// The first thing that is missing, in words; none when every service does its work, every role that has a primary
    /// has one, and no balancer keeps a node out.
    fn missing(&self) -> impl Future<Output = Result<Option<String>>> + Send;

    /// The primary of `role` now; none when nobody is, or two claim to be.
    fn primary(&self, role: &str) -> impl Future<Output = Result<Option<String>>> + Send;
}
