//! Malformed files, as they lie in tests/malformed: what the program says of each, word for word, and its exit code. One
//! folder for each kind of file, and a snapshot beside it that names every file of the folder, so that none is without.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use wwchaos::cluster::docker::opinions;
use wwchaos::exit;
use wwchaos::lease;
use wwchaos::predict::{Failure, Prediction, predict};
use wwchaos::topology::Language;
use wwchaos::webwork::{Expected, TestPage, judge, sample};

use crate::program::{Desk, Said, repository, unlisted};

/// Every folder of tests/malformed; `sound` holds what the files of the others are variants of.
const KINDS: &[&str] = &[
    "apps",
    "balancers",
    "configurations",
    "journals",
    "logs",
    "pages",
    "profiles",
    "runs",
    "scenarios",
    "sets",
    "sound",
    "topologies",
];
/// Folders of whose files not all are refused: what is left of them is used, and the snapshot says what.
const READ_ON: &[&str] = &["balancers", "configurations", "journals", "pages"];

/// What is in a folder of tests/malformed, in order.
fn cases(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("tests/malformed").join(kind)).unwrap();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{kind}");
    cases
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap()
}

/// What `tell` says of each file or folder of a kind, held against the snapshot beside it.
fn snapshot(kind: &str, tell: impl Fn(&Path) -> String) {
    let mut all = String::new();
    for case in cases(kind) {
        let told = tell(&case);
        assert!(!told.is_empty(), "{}: nothing is said", case.display());
        writeln!(all, "{}", name(&case)).unwrap();
        told.lines().for_each(|line| writeln!(all, "    {line}").unwrap());
    }
    let all = unlisted(&all);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../malformed");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(kind, all));
}

/// What the program said of a file that is to be mended.
fn refused(desk: &Desk, said: &Said) -> String {
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    assert!(!said.err.replace('\n', "").contains(char::is_control), "{:?}", said.err);
    let folder = desk.path().canonicalize().unwrap();
    said.err.replace(&format!("{}/", folder.to_str().unwrap()), "").replacen("wwchaos: ", "", 1)
}

/// A library with the sound topology and the sound app, both called `mine`.
fn sound() -> Desk {
    let desk = Desk::new();
    let text = |file: &str| fs::read_to_string(repository("tests/malformed/sound").join(file)).unwrap();
    desk.write("compose/mine/topology.toml", &text("topology.toml"));
    desk.write("compose/mine/docker-compose.yml", &text("docker-compose.yml"));
    desk.write("compose/apps/mine/app.toml", &text("app.toml"));
    desk.write("compose/apps/mine/bin/entrypoint", "#!/bin/sh\n");
    desk.write("mine.toml", &text("scenario.toml"));
    desk
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}

fn plan(desk: &Desk) -> Said {
    desk.call(&["--library", ".", "plan", "mine.toml", "--seed", "7"])
}

#[test]
fn every_folder_is_looked_at_and_there_are_many() {
    let entries = fs::read_dir(repository("tests/malformed")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).map(|path| name(&path).to_owned()).collect();
    folders.sort();
    assert_eq!(folders, KINDS);
    let refused = KINDS.iter().filter(|kind| !READ_ON.contains(kind) && **kind != "sound");
    let count: usize = refused.map(|kind| cases(kind).len()).sum();
    assert!(count >= 60, "{count}");
}

#[test]
fn what_the_files_are_variants_of_is_sound() {
    let said = plan(&sound());
    assert_eq!((said.code, said.err.as_str()), (exit::PASS, ""));
}

#[test]
fn scenarios() {
    snapshot("scenarios", |case| {
        let desk = Desk::new();
        copy(case, &desk.path().join("x.toml"));
        refused(&desk, &desk.call(&["plan", "x.toml", "--seed", "7"]))
    });
}

#[test]
fn logs() {
    snapshot("logs", |case| {
        let desk = Desk::new();
        copy(case, &desk.path().join(name(case)));
        let mut said = desk.call(&["import", name(case)]);
        // What could be read is told before what is wrong with it.
        said.out = said.out.lines().filter(|line| !line.contains(": access log of ")).collect();
        refused(&desk, &said)
    });
}

#[test]
fn profiles() {
    snapshot("profiles", |case| {
        let desk = Desk::new();
        copy(case, &desk.path().join("p.toml"));
        desk.write("x.toml", "title = \"t\"\ntopology = \"two-node\"\n[load]\nprofile = \"p.toml\"\n");
        refused(&desk, &desk.call(&["plan", "x.toml", "--seed", "7"]))
    });
}

#[test]
fn sets() {
    snapshot("sets", |case| {
        let desk = Desk::new();
        copy(case, &desk.path().join("scenarios/x.set"));
        refused(&desk, &desk.call(&["--library", ".", "plan", "x", "--seed", "7"]))
    });
}

/// A folder has the files that are not as those of the sound topology, and folders of further topologies.
#[test]
fn topologies() {
    snapshot("topologies", |case| {
        let desk = sound();
        let mine = desk.path().join("compose/mine");
        let own = case.join("topology.toml");
        if own.exists() && fs::read(&own).unwrap().starts_with(b"extends") {
            fs::remove_file(mine.join("docker-compose.yml")).unwrap();
        }
        for entry in fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                let other = desk.path().join("compose").join(name(&entry)).join("topology.toml");
                copy(&entry.join("topology.toml"), &other);
            } else {
                copy(&entry, &mine.join(name(&entry)));
            }
        }
        refused(&desk, &plan(&desk))
    });
}

#[test]
fn apps() {
    snapshot("apps", |case| {
        let desk = sound();
        copy(&case.join("app.toml"), &desk.path().join("compose/apps/mine/app.toml"));
        refused(&desk, &plan(&desk))
    });
}

/// A folder has the files that are not as those of the recorded run. One that was cut off by a crash is read up to there.
#[test]
fn runs() {
    snapshot("runs", |case| {
        let desk = Desk::new();
        for file in ["plan.json", "preface.json", "history.jsonl"] {
            let own = Some(case.join(file)).filter(|own| own.exists());
            let from = own.unwrap_or_else(|| repository("tests/golden/clean").join(file));
            copy(&from, &desk.path().join("run").join(file));
        }
        let said = desk.call(&["check", "run"]);
        if said.code != exit::INVALID {
            let folder = desk.path().canonicalize().unwrap();
            let told = said.err.replace(&format!("wwchaos: {}/", folder.to_str().unwrap()), "");
            return format!("judged, exit code {}: {told}", said.code);
        }
        assert_eq!(desk.call(&["report", "run", "--format", "html"]).err, said.err);
        refused(&desk, &said)
    });
}

#[test]
fn balancers() {
    snapshot("balancers", |case| {
        let said = opinions(&fs::read_to_string(case).unwrap());
        let line = |one: &wwchaos::cluster::docker::Opinion| {
            format!("{}: {}: {}\n", one.service, if one.up { "up" } else { "down" }, one.detail)
        };
        if said.is_empty() { "no opinion".to_owned() } else { said.iter().map(line).collect() }
    });
}

#[test]
fn configurations() {
    snapshot("configurations", |case| {
        let text = fs::read_to_string(case).unwrap();
        let ending = case.extension().and_then(OsStr::to_str).unwrap();
        let (_, language) = Language::ALL.iter().find(|(name, _)| *name == ending).unwrap();
        let nodes = "nodelist {\n node {\n }\n}\n";
        let mut files = BTreeMap::from([(*language, &*text)]);
        if *language == Language::Cib {
            files.insert(Language::Corosync, nodes);
        }
        let failure = if *language == Language::Corosync { Failure::Silent } else { Failure::Refused };
        match predict(&files, "web1", failure) {
            Prediction::Within { settings, .. } => format!("predicted from {settings}"),
            Prediction::Never { why, .. } => format!("never: {why}"),
            Prediction::NotModelled { why } => format!("not modelled: {why}"),
        }
    });
}

#[test]
fn pages() {
    snapshot("pages", |case| {
        let page = String::from_utf8_lossy(&fs::read(case).unwrap()).into_owned();
        let told = judge(Expected::Test, 200, &page);
        let form = TestPage::read(&page, "Quiz1").map_or_else(
            || "no form of the test".to_owned(),
            |page| format!("{} with {:?}", page.version(), page.answers()),
        );
        let said: String = sample(&page).chars().take(60).collect();
        format!("{:?}, {form}, {said:?}", told.outcome)
    });
}

#[test]
fn journals() {
    snapshot("journals", |case| {
        let owed = lease::unsettled(&fs::read(case).unwrap());
        let titles: Vec<_> = owed.debts.iter().map(|debt| debt.title.clone()).chain(owed.unreadable).collect();
        if titles.is_empty() { "nothing is owed".to_owned() } else { format!("owed: {}", titles.join(", ")) }
    });
}

/// A sparse file of so many bytes.
fn large(path: &Path, bytes: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().set_len(bytes).unwrap();
}

#[test]
fn files_that_no_repository_holds() {
    let link = |to: &str, path: PathBuf| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, path).unwrap();
    };
    let pipe = |path: PathBuf| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let golden = |desk: &Desk| {
        for file in ["plan.json", "preface.json", "history.jsonl"] {
            copy(&repository("tests/golden/clean").join(file), &desk.path().join("run").join(file));
        }
    };
    let told = |make: &dyn Fn(&Desk), words: &[&str]| {
        let desk = sound();
        golden(&desk);
        make(&desk);
        refused(&desk, &desk.call(words))
    };
    let (scenario, library) = (["plan", "x.toml"].as_slice(), ["--library", ".", "plan", "mine.toml"].as_slice());
    let run = ["check", "run"].as_slice();
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("x.toml"), 1 << 30), scenario), @"x.toml: expected at most 256.0 KiB, got 1.0 GiB");
    insta::assert_snapshot!(told(&|desk| fs::create_dir(desk.path().join("x.toml")).unwrap(), scenario), @"x.toml: expected a file, got a folder");
    insta::assert_snapshot!(told(&|desk| link("x.toml", desk.path().join("x.toml")), scenario), @"x.toml: cannot be read: Too many levels of symbolic links (os error 40)");
    insta::assert_snapshot!(told(&|desk| link("/dev/zero", desk.path().join("x.toml")), scenario), @"x.toml: expected a file, got a device");
    insta::assert_snapshot!(told(&|desk| pipe(desk.path().join("x.toml")), scenario), @"x.toml: expected a file, got a pipe");
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("compose/mine/docker-compose.yml"), 1 << 30), library), @"./compose/mine/docker-compose.yml: expected at most 64.0 MiB, got 1.0 GiB");
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("compose/mine/topology.toml"), 300 << 10), library), @"./compose/mine/topology.toml: expected at most 256.0 KiB, got 300.0 KiB");
    insta::assert_snapshot!(told(&|desk| link(".", desk.path().join("compose/mine/again")), library), @"./compose/mine/again: a link to a folder that it is in; expected no circle");
    insta::assert_snapshot!(told(&|desk| link("../..", desk.path().join("compose/mine/up")), library), @"./compose/mine/up/compose: a link to a folder that it is in; expected no circle");
    insta::assert_snapshot!(told(&|desk| pipe(desk.path().join("compose/mine/pipe")), library), @"./compose/mine/pipe: expected a file, got a pipe");
    insta::assert_snapshot!(told(&|desk| link("nowhere", desk.path().join("scenarios/freeze.toml")), &["--library", ".", "plan", "freeze"]), @"./scenarios/freeze.toml: cannot be read: No such file or directory (os error 2)");
    let deep = (0..20).fold("compose/mine".to_owned(), |path, _| path + "/a");
    insta::assert_snapshot!(told(&|desk| drop(desk.write(&format!("{deep}/x"), "")), library), @"./compose/mine/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a: expected at most 16 folders in each other");
    let nested = |open: &str, close: &str| format!("{}{}\n", open.repeat(60_000), close.repeat(60_000));
    let compose = |text: String| move |desk: &Desk| drop(desk.write("compose/mine/docker-compose.yml", &text));
    insta::assert_snapshot!(told(&compose(nested("[", "]")), library), @"./compose/mine/docker-compose.yml:1: not valid YAML: recursion limit exceeded");
    insta::assert_snapshot!(told(&compose(nested("{a", "")), library), @"./compose/mine/docker-compose.yml:1: not valid YAML: recursion limit exceeded");
    insta::assert_snapshot!(told(&compose(nested("- ", "")), library), @"./compose/mine/docker-compose.yml:1: expected at most 64 mappings and sequences in each other");
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("run/plan.json"), 1 << 30), run), @"run/plan.json: expected at most 64.0 MiB, got 1.0 GiB");
    insta::assert_snapshot!(told(&|desk| fs::remove_file(desk.path().join("run/preface.json")).unwrap(), run), @"run/preface.json: cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(told(&|desk| fs::remove_file(desk.path().join("run/history.jsonl")).unwrap(), run), @"run/history.jsonl: cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("run/history.jsonl"), 200 << 20), run), @"run/history.jsonl:1: longer than 4194304 bytes; expected an observation");
    insta::assert_snapshot!(told(&|desk| large(&desk.path().join("run/history.jsonl"), 1 << 40), run), @"run/history.jsonl: expected at most 2.0 GiB, got 1.0 TiB");
    let line = |desk: &Desk| drop(desk.write("run/history.jsonl", &format!("{{\"at\":{}", "[".repeat(3 << 20))));
    insta::assert_snapshot!(told(&line, run), @"run/history.jsonl: empty: nothing of the run was recorded");
}
