//! Tests on a real Docker Engine. Whether a fault is there, and gone, is asked of the kernel and of the engine by
//! other ways than those of the code under test: the `docker` command, control groups found by container id, the
//! kernel log, TCP.
//!
//! Without an engine a test says `skipped` and passes, unless `WWCHAOS_REQUIRE_DOCKER=1`: then it fails.

mod app;
mod ask;
mod bad;
mod confinement;
mod conformance;
mod detection;
mod engine;
mod fault;
mod gate;
mod health;
mod place;
mod program;
mod run;
mod secret;
mod soak;
mod student;
mod two_node;
mod world;
