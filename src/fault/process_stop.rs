//! `process-stop`: processes of the server are stopped, in a container that runs.

use super::{Aim, Injection, Kind};
use crate::cluster::{Evidence, Processes, Step};
use crate::settings::{Kind as Value, Spec};

/// SIGSTOP to processes of the server: of all, which looks like `freeze` with a living container around it; of the manager, whose workers go
/// on until one of them ends; or of one worker, which keeps the connection that it had taken.
pub const KIND: Kind = Kind {
    name: "process-stop",
    happened: "had processes stopped",
    does: "processes of the server are stopped (SIGSTOP)",
    stands_for: "a process that hangs in a lock, in a system call or in a debugger",
    cannot_show: "a process that spins: a stopped one uses no processor time",
    spares_page_cache: false,
    costs_redundancy: true,
    seen_as: None,
    aim: Aim::Server,
    settings: || {
        let help = "which processes: all, the one that starts the workers, or one worker";
        vec![Spec::new("processes", Value::choice(&["all", "manager", "worker"]), "all", help)]
    },
    injection: |values, target| {
        let service = target.to_owned();
        let processes = match values.text("processes") {
            "manager" => Processes::Manager,
            "worker" => Processes::Worker,
            _ => Processes::All,
        };
        Injection {
            inject: vec![Step::StopServer { service: service.clone(), processes }],
            evidence: Evidence::ServerStopped { service: service.clone(), processes },
            heal: vec![Step::ContinueServer { service: service.clone() }, Step::Start { service }],
        }
    },
};
