//! What is built in, wherever the program runs, and a folder of the user's own above it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use wwchaos::library::Library;

use crate::program::{Desk, repository};

const MINE: &str = "title = \"a quiz of my own\"\ntopology = \"two-node\"\nlength = \"150s\"\n";

/// Every part of compose/ that a run unpacks.
fn parts() -> Vec<String> {
    let images = fs::read_dir(repository("compose/images")).unwrap().map(|entry| entry.unwrap().path());
    let images = images.filter(|path| path.is_dir()).map(|path| name(&path));
    images.map(|name| format!("images/{name}")).chain(Library::default().topologies()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

#[test]
fn what_is_unpacked_is_what_is_in_the_repository_and_scripts_can_be_run() {
    let target = tempfile::tempdir().unwrap();
    for part in parts() {
        let written = Library::default().unpack(&part, target.path()).unwrap();
        let original = repository("compose").join(&part);
        let paths = |folder: &Path| -> Vec<PathBuf> {
            files(folder).into_iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect()
        };
        assert_eq!(paths(&written), paths(&original), "{part}");
        for path in files(&written) {
            let bytes = fs::read(&path).unwrap();
            assert_eq!(bytes, fs::read(original.join(path.strip_prefix(&written).unwrap())).unwrap());
            let can_be_run = fs::metadata(&path).unwrap().permissions().mode() & 0o111 != 0;
            assert_eq!(can_be_run, bytes.starts_with(b"#!"), "{}", path.display());
        }
    }
}

#[test]
fn the_hash_of_an_image_is_that_of_its_files_wherever_they_come_from() {
    let from_repository = Library::new(Some(repository(""))).unwrap();
    for part in parts() {
        assert_eq!(Library::default().hash(&part), from_repository.hash(&part), "{part}");
    }
    let desk = Desk::new();
    desk.write("compose/images/lb/Dockerfile", "FROM scratch\n");
    let changed = Library::new(Some(desk.path().to_owned())).unwrap();
    assert_ne!(changed.hash("images/lb"), Library::default().hash("images/lb"));
    assert_eq!(changed.hash("images/db"), Library::default().hash("images/db"));
}

#[test]
fn a_scenario_of_ones_own_overrides_the_one_built_in() {
    let desk = Desk::new();
    desk.write("mine/scenarios/freeze.toml", MINE);
    desk.write("mine/scenarios/other.toml", MINE);
    desk.write("mine/scenarios/nightly.set", "other # only this\n");
    assert!(!desk.must(&["plan", "freeze"]).contains("a quiz of my own"));
    let out = desk.must(&["--library", "mine", "plan", "freeze"]);
    assert!(out.starts_with("freeze: a quiz of my own\n"), "{out}");
    let out = desk.must(&["list", "--library", "mine"]);
    for line in ["  freeze                 a quiz of my own", "  other                  a quiz of my own"] {
        assert!(out.lines().any(|other| other == line), "{out}");
    }
    assert!(out.lines().any(|line| line.starts_with("  kill ")), "{out}");
    let out = desk.must(&["--library", "mine", "plan", "nightly"]);
    assert!(out.starts_with("nightly, run 1 of 1: other\nother: "), "{out}");
    desk.write("elsewhere/two.set", "kill\nfreeze check=tcp\n");
    let out = desk.must(&["plan", "elsewhere/two.set", "--seed", "7"]);
    let told = ["two, run 1 of 2: kill\nkill: ", "\ntwo, run 2 of 2: freeze check=tcp\nfreeze: "];
    assert!(told.iter().all(|line| out.contains(line)), "{out}");
}

#[test]
fn a_file_of_ones_own_is_named_as_one_knows_it() {
    let desk = Desk::new();
    desk.write("mine/scenarios/freeze.toml", "topology = \"two-node\"\n");
    desk.write("mine/scenarios/other.toml", &MINE.replace("two-node", "broken"));
    desk.write("mine/compose/broken/topology.toml", "titel = \"t\"\n");
    let said = desk.call(&["--library", "mine", "plan", "freeze"]).err;
    assert_eq!(said, "wwchaos: mine/scenarios/freeze.toml:1: title: missing; expected a text\n");
    let said = desk.call(&["--library", "mine", "plan", "other"]).err;
    assert!(said.starts_with("wwchaos: mine/compose/broken/topology.toml:1: images: missing"), "{said}");
}

#[test]
fn a_topology_of_ones_own_needs_no_rust() {
    let desk = Desk::new();
    for file in ["topology.toml", "docker-compose.yml"] {
        let text = fs::read_to_string(repository("compose/two-node").join(file)).unwrap();
        desk.write(&format!("mine/compose/another/{file}"), &text);
    }
    desk.write("mine/scenarios/x.toml", &MINE.replace("two-node", "another"));
    assert!(desk.must(&["--library", "mine", "plan", "x"]).contains("topology another"));
}
