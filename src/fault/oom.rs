//! `oom`: the app's own processes are killed for want of memory, again and again.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Step, Victim};
use crate::settings::{Kind as Value, Spec};

/// Memory of the container is used up inside its own memory group until the window ends, and the kernel is
/// told to prefer the app's processes. Each kind of victim looks different to students: a worker takes its
/// request with it, a render fork leaves an error inside a page, the manager takes the whole server.
pub const KIND: Kind = Kind {
    name: "oom",
    happened: "ran out of memory",
    does: "the container runs out of memory; the kernel kills processes of the app",
    stands_for: "a node whose memory is used up by a leak or by too many requests",
    cannot_show: "a host that swaps before it kills: containers here have no swap",
    spares_page_cache: false,
    // It answers now and then, but its processes are killed again and again: it could not stand in for another node.
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Server,
    settings: || {
        let help = "whom the kernel kills: a process that answers requests, one that renders a problem, or the \
                    one that starts the workers";
        vec![Spec::new("victim", Value::choice(&["worker", "render", "manager"]), "worker", help)]
    },
    injection: |values, target| {
        let service = target.to_owned();
        let victim = match values.text("victim") {
            "render" => Victim::Render,
            "manager" => Victim::Manager,
            _ => Victim::Worker,
        };
        Injection {
            inject: vec![Step::Press { service: service.clone(), victim }],
            evidence: Evidence::OomKilled { service: service.clone() },
            heal: vec![Step::Release { service: service.clone() }, Step::Restart { service }],
        }
    },
};
