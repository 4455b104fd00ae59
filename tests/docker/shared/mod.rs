//! Tests that can run beside each other, `share()`. They come after the others, for tests run in the order of their names: one
//! that is alone would otherwise keep those behind it waiting, and half of the machine idle.

mod confinement;
mod conformance;
mod fault;
mod gate;
mod interrupt;
mod secret;
mod topologies;
mod two_node;
