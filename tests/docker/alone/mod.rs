//! Tests whose outcome depends on speed, or that look at everything on the engine: at most one other beside them, `half()`, or none,
//! `alone()`.

mod app;
mod bad;
mod capacity;
mod detection;
mod end_to_end;
mod forum;
mod health;
mod matrix;
mod recorded;
mod soak;
mod world;
