//! The measurement held against outages of known length, by the program itself. Nothing here asserts that this machine
//! meets the goal in any short time: that is `wwchaos calibrate`. What is said of each outage must agree with itself, and
//! with the exit code.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use wwchaos::exit;

use crate::program::{Desk, NO_ENGINE};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn outages_of_known_length_are_measured_and_judged() {
    let words = ["calibrate", "--outages", "6", "--longest", "600ms", "--students", "4", "--seed", "7", "--json"];
    let desk = Desk::new();
    let said = desk.call(&words);
    let found: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err));
    let outages = found["outages"].as_array().unwrap();
    assert_eq!(outages.len(), 6);
    let mut kinds: Vec<_> = outages.iter().map(|outage| outage["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["hung", "refused", "reset", "server_error", "slow", "soft_failure"]);
    let goal = number(&found["goal_ms"]);
    assert_eq!(goal, number(&found["resolution_ms"]) + 20.0);
    for outage in outages {
        let truth = number(&outage["length_ms_true"]);
        assert!(truth >= 200.0, "{outage}");
        // Whatever the machine does meanwhile: each was seen, as an outage that ended, and began and ended near its time.
        let (measured, error) = (number(&outage["length_ms_measured"]), number(&outage["error_ms"]));
        assert!((measured - truth - error).abs() < 1e-6, "{outage}");
        assert_eq!(outage["within"].as_bool().unwrap(), error.abs() <= goal, "{outage}");
    }
    let stalls = found["stalls"].as_array().unwrap();
    assert_eq!(stalls.len(), 4);
    for stall in stalls {
        let [truth, corrected, raw] =
            ["latency_ms_p99_true", "latency_ms_p99", "latency_raw_ms_p99"].map(|name| number(&stall[name]));
        assert!(raw < truth / 2.0, "the closed loop hides the stall: {stall}");
        assert!((corrected - truth).abs() < truth / 2.0, "the intended time shows it: {stall}");
    }
    assert_eq!(found["class"]["failed"], 0, "{}", found["class"]);
    assert!(found["class"]["requests"].as_u64().unwrap() > 4, "{}", found["class"]);
    let all = |list: &[Value]| list.iter().all(|one| one["within"].as_bool().unwrap());
    let met = all(outages) && all(stalls);
    assert_eq!((found["met"].as_bool().unwrap(), said.code), (met, if met { exit::PASS } else { exit::FAIL }));
    assert!(std::fs::read_dir(desk.path()).unwrap().next().is_none(), "it leaves no file");
}

#[test]
fn words_that_are_wrong() {
    for (words, expected) in [
        (["--outages", "0"], "error: invalid value '0' for '--outages <OUTAGES>': 0 is not in 1..=1000"),
        (["--students", "501"], "error: invalid value '501' for '--students <STUDENTS>': 501 is not in 0..=500"),
        (
            ["--longest", "20"],
            "error: invalid value '20' for '--longest <DURATION>': expected a duration from 200ms to 1m",
        ),
        (
            ["--longest", "2m"],
            "error: invalid value '2m' for '--longest <DURATION>': expected a duration from 200ms to 1m",
        ),
    ] {
        let said = Desk::new().call(&[["calibrate"].as_slice(), &words].concat());
        assert_eq!((said.code, said.out.as_str()), (exit::USAGE, ""), "{words:?}");
        assert!(said.err.starts_with(expected), "{}", said.err);
    }
}

#[test]
fn one_signal_ends_it_with_its_class() {
    let desk = Desk::new();
    let mut program = Command::new(env!("CARGO_BIN_EXE_wwchaos"))
        .current_dir(desk.path())
        .args(["calibrate", "--students", "2", "--seed", "7"])
        .env("DOCKER_HOST", NO_ENGINE)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = program.stderr.take().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(errors));
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("outage 1 of 100"), "{first}");
    let id = program.id();
    let class = children(id);
    assert_eq!(class.len(), 1, "the class is at work");
    let told = Instant::now();
    assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    let last: Vec<_> = lines.map(Result::unwrap).collect();
    assert_eq!(last, ["wwchaos: interrupted; nothing was left behind"]);
    assert_eq!(program.wait().unwrap().code(), Some(i32::from(exit::INTERRUPTED)));
    // The command line of a process that has ended is empty, also while nobody has taken note of its end.
    let works = |child: &u32| std::fs::read(format!("/proc/{child}/cmdline")).is_ok_and(|line| !line.is_empty());
    while class.iter().any(works) {
        assert!(told.elapsed() < Duration::from_secs(20), "the class outlives the program");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Processes that this one has started.
fn children(id: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let mut found: Vec<u32> = text.split_whitespace().map(|child| child.parse().unwrap()).collect();
    // A thread of the runtime may have started it.
    for task in std::fs::read_dir(format!("/proc/{id}/task")).unwrap().map(|task| task.unwrap().path()) {
        let text = std::fs::read_to_string(task.join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().map(|child| child.parse::<u32>().unwrap()));
    }
    found.sort_unstable();
    found.dedup();
    found
}
