//! `freeze`: every process of a container stops running; its kernel still answers.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step};
use crate::predict::Failure;

/// The grey failure itself: TCP connects succeed (the kernel accepts them), and nothing answers. A balancer
/// that only connects never notices.
pub const KIND: Kind = Kind {
    name: "freeze",
    happened: "froze",
    does: "every process of the container is paused",
    stands_for: "a host that hangs: its kernel accepts connections, its programs do not answer",
    cannot_show: "a host whose kernel hangs too; that looks like `kill` from outside",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: Some(Failure::Silent),
    aim: Aim::Service,
    settings: Vec::new,
    injection: |_, target| {
        let service = target.to_owned();
        Injection {
            inject: vec![Step::Pause { service: service.clone() }],
            evidence: Evidence::Paused { service: service.clone() },
            // A cluster manager may have fenced (killed) the paused container meanwhile, so it is started too.
            heal: vec![Step::Unpause { service: service.clone() }, Step::Start { service }],
        }
    },
};
