//! `pids`: no process can be started.

use super::{Aim, Kind, limited};
use crate::cluster::Limit;

/// The control group of the target may have no process more than it has: nothing can fork. A web server with its workers goes on until one
/// of them ends; WeBWorK renders problems in processes of their own and cannot.
pub const KIND: Kind = Kind {
    name: "pids",
    happened: "could start no process",
    does: "no process more can be started in the target",
    stands_for: "a process limit of the service manager, a leak of processes, a fork bomb that was contained",
    cannot_show: "threads that a program counts itself",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Service,
    settings: Vec::new,
    injection: |_, target| limited(target, Limit::Processes),
};
