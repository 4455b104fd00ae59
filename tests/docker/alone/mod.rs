//! Tests of several classes at one time, or that look at everything on the engine: no other beside them, `alone()`.

mod app;
mod bad;
mod detection;
mod end_to_end;
mod forum;
mod recorded;
mod soak;
mod world;
