//! Each fault on a small cluster: applied, seen by the kernel or the engine, healed, seen to be gone.

use std::fs;
use std::path::Path;

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

/// A fault that is named in no test here was seen by nobody on an engine. One that asks for a condition is tried on the topology that
/// has it.
#[test]
fn every_fault_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/shared");
    let own = fs::read_dir(folder.join("fault")).unwrap().map(|entry| entry.unwrap().path());
    let own = own.filter(|file| file.file_name().is_some_and(|name| name != "mod.rs"));
    let texts: Vec<_> = own.chain([folder.join("two_node.rs")]).map(|file| fs::read_to_string(file).unwrap()).collect();
    let named = |name: &str| texts.iter().any(|text| text.contains(&format!("\"{name}\"")));
    let untried: Vec<_> = wwchaos::fault::KINDS.iter().map(|kind| kind.name).filter(|name| !named(name)).collect();
    assert_eq!(untried, Vec::<&str>::new());
}
