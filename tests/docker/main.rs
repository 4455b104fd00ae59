//! Tests on a real Docker Engine. Whether a fault is there, and gone, is asked of the kernel and of the engine by
//! other ways than those of the code under test: the `docker` command, control groups found by container id, the
//! kernel log, TCP.
//!
//! Without an engine a test says `skipped` and passes, unless `WWCHAOS_REQUIRE_DOCKER=1`: then it fails.

mod alone;
mod ask;
mod convict;
mod engine;
mod place;
mod program;
mod run;
mod shared;
mod student;
