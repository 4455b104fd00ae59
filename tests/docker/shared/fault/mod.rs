//! Each fault on a small cluster: applied, seen by the kernel or the engine, healed, seen to be gone.

mod crash;
mod disk_fill;
mod freeze;
mod kill;
mod oom;
