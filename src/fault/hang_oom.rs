//! `hang-oom`: out of memory but alive.

use super::{Aim, Kind, limited};
use crate::cluster::Limit;

/// The target may use no memory more than it does, and the kernel kills nobody for want of it: who asks for more waits. The node accepts
/// connections, and what it answers becomes less and less. With control groups of version 1 the kernel's killer is switched off and
/// the limit lowered, with version 2 `memory.high` does it.
pub const KIND: Kind = Kind {
    name: "hang-oom",
    happened: "hung without memory",
    does: "the target gets no more memory, and what asks for some waits instead of being killed",
    stands_for: "a node that thrashes: out of memory, alive, and of no use to anybody",
    cannot_show: "the disk that swapping keeps busy: containers here have no swap",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Service,
    settings: Vec::new,
    injection: |_, target| limited(target, Limit::Memory),
};
