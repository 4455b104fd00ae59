//! Each fault on a small cluster: applied, seen by the kernel or the engine, healed, seen to be gone.

mod also;
mod clock_skew;
mod connection_exhaust;
mod crash;
mod disk_fill;
mod freeze;
mod kill;
mod limit;
mod network;
mod oom;
mod process_stop;
