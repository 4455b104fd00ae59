//! Stored runs held against others, by the program: the recorded histories in a reports folder.

use std::fs;
use std::path::Path;

use serde_json::Value;
use wwchaos::exit;
use wwchaos::regression::{Outcome, Regression, Trend};

use crate::markdown::Page;
use crate::program::{Desk, repository};
use crate::stored::lint_junit;

const FILES: [&str; 3] = ["plan.json", "preface.json", "history.jsonl"];

/// A desk with runs of `paper`, oldest first, made of these recorded histories.
fn with_runs(histories: &[&str]) -> Desk {
    let desk = Desk::new();
    for (day, history) in (1..).zip(histories) {
        copy(history, &desk.path().join(format!("reports/paper/202601{day:02}T100000Z")));
    }
    desk
}

fn copy(history: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for file in FILES {
        fs::copy(repository("tests/golden").join(history).join(file), folder.join(file)).unwrap();
    }
}

/// What is said on standard error, and the code.
fn refused(desk: &Desk, words: &[&str]) -> (u8, String) {
    let said = desk.call(words);
    assert_eq!(said.out, "", "{words:?}");
    (said.code, said.err.trim_end().trim_start_matches("wwchaos: ").to_owned())
}

fn outcome(json: &str, place: &str, figure: &str) -> String {
    let all: Value = serde_json::from_str(json).unwrap();
    let here = |section: &&Value| section["place"]["title"] == place || section["place"]["kind"] == place;
    let section = all["sections"].as_array().unwrap().iter().find(here).unwrap();
    let one = section["differences"].as_array().unwrap().iter().find(|one| one["figure"] == figure).unwrap();
    one["outcome"]["kind"].as_str().unwrap().to_owned()
}

#[test]
fn a_gate_ends_with_100_only_when_it_is_asked_to() {
    let desk = with_runs(&["clean", "degraded", "clean"]);
    let (clean, bad, again) = ("paper@2", "paper@1", "paper@0");
    let code = |words: &[&str]| desk.call(&[&["compare"], words].concat()).code;
    assert_eq!(code(&[clean, bad]), exit::PASS);
    assert_eq!(code(&[clean, bad, "--fail"]), exit::FAIL);
    assert_eq!(code(&[bad, clean, "--fail"]), exit::PASS, "it became better");
    assert_eq!(code(&[clean, again, "--fail"]), exit::PASS);
    // What never ends is worse by any threshold.
    assert_eq!(code(&[clean, bad, "--fail", "--threshold", "1000%"]), exit::FAIL);
    assert_eq!(code(&[clean, "paper", "--fail"]), exit::PASS, "a name alone is the newest");
    copy("interrupted", &desk.path().join("ended"));
    assert_eq!(code(&[clean, "ended", "--fail"]), exit::UNKNOWN, "what was measured no more is no success");
    assert_eq!(
        code(&["ended", clean, "--fail"]),
        exit::UNKNOWN,
        "what a run that was ended had not measured is no base"
    );
}

#[test]
fn a_detector_that_went_blind_is_told_in_every_format() {
    let desk = with_runs(&["clean", "degraded"]);
    let format = |name: &str| desk.must(&["compare", "paper@1", "paper", "--format", name]);
    let json = format("json");
    for figure in ["failover", "detection", "blind"] {
        assert_eq!(outcome(&json, "freeze web1", figure), "worse", "{figure}");
    }
    assert_eq!(outcome(&json, "run", "lost_answers"), "unchanged");
    let read: Regression = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::from_str::<Value>(&json).unwrap());
    let text = desk.must(&["compare", "paper@1", "paper"]);
    assert_eq!(text, format("terminal"));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    for part in ["✗ worse", "never", "Worse in freeze web1: ", "Benjamini"] {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
    let page = Page::read("compare", &format("markdown"));
    let detected = ["time to detect", "4.8 s", "never", "–", "✗ worse"];
    assert!(page.tables.iter().flatten().any(|row| *row == detected), "{:#?}", page.tables);
    let xml = format("junit");
    lint_junit("compare", &xml);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!((count("failure"), count("error")), (read.count(&Outcome::Worse), 0), "{xml}");
    assert_eq!(count("testcase"), read.differences().count());
    let html = format("html");
    assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("<script") && !html.contains("http"), "{html}");
}

#[test]
fn a_report_alone_is_a_run() {
    let desk = with_runs(&["clean", "degraded"]);
    fs::create_dir(desk.path().join("kept")).unwrap();
    desk.write("kept/report.json", &desk.must(&["report", "paper@1", "--format", "json"]));
    let json = |base: &str| desk.must(&["compare", base, "paper", "--format", "json"]);
    for base in ["kept/report.json", "kept"] {
        assert_eq!(outcome(&json(base), "freeze web1", "detection"), "worse", "{base}");
    }
    assert_eq!(desk.call(&["check", "kept/report.json"]).code, exit::PASS);
    assert_eq!(desk.must(&["report", "kept"]), desk.must(&["report", "paper@1"]));
    let several = "wwchaos: `paper@0..1` names several runs; expected one\n";
    assert_eq!(desk.call(&["check", "paper@0..1"]).err, several);
    // Judged again it is what it was, whatever somebody wrote into it.
    desk.write("bad.json", &desk.must(&["report", "paper", "--format", "json"]).replace("\"fail\"", "\"pass\""));
    assert_eq!(desk.call(&["check", "bad.json"]).code, exit::FAIL);
}

#[test]
fn several_runs_of_a_side_are_pooled() {
    let desk = with_runs(&["clean", "clean", "clean", "degraded"]);
    let json = desk.must(&["compare", "paper@1..3", "paper", "--format", "json"]);
    let all: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((all["base"].as_array().unwrap().len(), all["new"].as_array().unwrap().len()), (3, 1));
    assert_eq!(desk.must(&["compare", "paper@1,paper@2,paper@3", "paper", "--format", "json"]), json);
    assert!(desk.must(&["compare", "paper@1..3", "paper"]).contains("3 samples"));
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_else() {
    let desk = with_runs(&["clean", "degraded", "lost-answer"]);
    let refused = |words: &[&str]| refused(&desk, &[&["compare"], words].concat());
    let (code, said) = refused(&["paper@2", "paper"]);
    let windows = "no window of `paper` and `paper` is the same fault of the same length; nothing to compare";
    assert_eq!((code, said.as_str()), (exit::USAGE, windows));
    let (code, said) = refused(&["nothing", "paper"]);
    assert_eq!(code, exit::USAGE);
    assert!(
        said.starts_with("no run `nothing`: expected ") && said.ends_with("(hint: there are runs of paper)"),
        "{said}"
    );
    let (code, said) = refused(&["paper@2", "paper@3"]);
    let long_ago = "`paper@3`: expected a run so long ago; paper has 3 that recorded anything";
    assert_eq!((code, said.as_str()), (exit::USAGE, long_ago));
    let (code, said) = refused(&["paper@2..1", "paper"]);
    assert!(code == exit::USAGE && said.starts_with("`paper@2..1`: expected NAME@N or NAME@N..M"), "{said}");
    let (code, said) = refused(&["paper@2,paper@2", "paper"]);
    assert!(
        code == exit::USAGE && said.ends_with("is named twice in `paper@2,paper@2`; expected each run once"),
        "{said}"
    );
    let (code, said) = refused(&["paper@2,paper@0", "paper@1"]);
    assert!(code == exit::USAGE && said.contains(" is no repetition of "), "{said}");
    let (code, said) = refused(&["paper@2", "paper@2"]);
    assert!(
        code == exit::USAGE && said.ends_with("is on both sides; expected other runs to compare it with"),
        "{said}"
    );
    let (code, said) = refused(&["paper@2", "paper@1", "--format", "pdf"]);
    let formats = "unknown format `pdf`; known: terminal, html, markdown, json, junit";
    assert_eq!((code, said.as_str()), (exit::USAGE, formats));
    let (code, said) = refused(&["paper@2", "paper@1", "--threshold", "10"]);
    assert!(code == exit::USAGE && said.contains("expected a percentage from 0% to 1000%, such as 10%"), "{said}");
    let (code, _) = refused(&["paper@2"]);
    assert_eq!(code, exit::USAGE);
}

#[test]
fn a_report_that_is_none_is_invalid() {
    let desk = with_runs(&["clean"]);
    let report = desk.must(&["report", "paper", "--format", "json"]);
    desk.write("empty.json", "{}");
    desk.write("newer.json", &report.replacen("\"schema\": 1", "\"schema\": 9", 1));
    desk.write("cut.json", &report[..report.len() / 2]);
    desk.write("huge.json", &report.replacen("\"repeat\": 1", "\"repeat\": 4000000000", 1));
    let said = |file: &str| refused(&desk, &["compare", file, "paper"]);
    let expected = [
        ("empty.json", "empty.json:1: not what this version writes: missing field `schema`"),
        ("newer.json", "newer.json: expected a report of schema 1, got 9"),
        ("cut.json", "not what this version writes: EOF while parsing"),
        ("huge.json", "huge.json: no plan has this: repeat: expected at most 10000, got 4000000000"),
    ];
    for (file, expected) in expected {
        let (code, said) = said(file);
        assert!(code == exit::INVALID && said.contains(expected), "{file}: {code} {said}");
    }
}

#[test]
fn a_baseline_is_looked_at_before_anything_starts() {
    let desk = with_runs(&["clean"]);
    let refused = |words: &[&str]| refused(&desk, &[&["run"], words, &["--seed", "7"]].concat());
    let (code, said) = refused(&["freeze", "--baseline", "paper"]);
    assert_eq!(code, exit::USAGE);
    assert!(said.starts_with("--baseline paper: the class is another: "), "{said}");
    let (code, said) = refused(&["freeze", "--baseline", "nothing"]);
    assert!(code == exit::USAGE && said.starts_with("--baseline nothing: no run `nothing`: "), "{said}");
    let (code, said) = refused(&["nightly", "--baseline", "paper"]);
    let folder = "--baseline paper: expected a folder with runs of each scenario of the set, as `reports` is";
    assert_eq!((code, said.as_str()), (exit::USAGE, folder));
    let (code, said) = refused(&["nightly", "--baseline", "reports"]);
    assert!(code == exit::USAGE && said.starts_with("--baseline reports: no run `quiz-spike`: "), "{said}");
    let (code, said) = refused(&["health-checks", "--baseline", "reports"]);
    assert!(code == exit::USAGE && said.contains("the set has `health` more than once"), "{said}");
    let (code, said) = refused(&["freeze", "--threshold", "5%"]);
    assert!(code == exit::USAGE && said.contains("--baseline <RUN>"), "{said}");
    desk.write("empty.json", "{}");
    assert_eq!(refused(&["freeze", "--baseline", "empty.json"]).0, exit::INVALID);
    assert!(!desk.path().join("reports/freeze").exists(), "nothing was started");
}

#[test]
fn a_trend_shows_the_last_runs_and_says_what_it_leaves_out() {
    let desk = with_runs(&["clean", "degraded", "clean"]);
    let broken = desk.path().join("reports/paper/20260104T100000Z");
    copy("clean", &broken);
    let origin = fs::read_to_string(broken.join("history.jsonl")).unwrap().lines().next().unwrap().to_owned();
    fs::write(broken.join("history.jsonl"), origin + "\n").unwrap();
    let damaged = desk.path().join("reports/paper/20260105T100000Z");
    copy("clean", &damaged);
    fs::write(damaged.join("plan.json"), "{}").unwrap();
    let text = desk.must(&["trend", "paper"]);
    assert!(text.starts_with("paper: the last 3 runs, oldest first\n"), "{text}");
    assert!(text.contains("skipped reports/paper/20260104T100000Z: nothing of the run was recorded\n"), "{text}");
    assert!(text.contains("skipped reports/paper/20260105T100000Z: "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let detected = text.lines().find(|line| line.trim_start().starts_with("time to detect")).unwrap();
    assert!(detected.contains("█∞█") && detected.ends_with("4.8 s to never, newest 4.8 s"), "{detected}");
    let json = desk.must(&["trend", "paper", "--last", "2", "--format", "json"]);
    let trend: Trend = serde_json::from_str(&json).unwrap();
    assert_eq!(trend.runs.len(), 2);
    let judgements: Vec<_> = trend.runs.iter().map(|point| point.origin.judgement.to_string()).collect();
    assert_eq!(judgements, ["fail", "pass"], "oldest first");
    let html = desk.must(&["trend", "paper", "--format", "html"]);
    assert!(html.contains("<svg") && !html.contains("<script") && !html.contains("http"), "{html}");
    let page = Page::read("trend", &desk.must(&["trend", "paper", "--format", "markdown"]));
    assert!(page.tables.iter().flatten().any(|row| row[..2] == ["time to detect", "█∞█"]), "{:#?}", page.tables);
}

#[test]
fn a_trend_reads_what_this_version_stored_and_measures_what_another_did() {
    let desk = with_runs(&["clean", "clean"]);
    let report = desk.must(&["report", "paper", "--format", "json"]);
    // As it is stored, so it is believed: nothing is measured again.
    let stored = desk.path().join("reports/paper/20260102T100000Z/report.json");
    let mut altered: Value = serde_json::from_str(&report).unwrap();
    altered["figures"]["windows"][0]["detection"]["time_ms"] = 7000.into();
    altered["tool"] = wwchaos::setup::TOOL.into();
    fs::write(&stored, altered.to_string()).unwrap();
    let detected = || {
        let text = desk.must(&["trend", "paper"]);
        text.lines().find(|line| line.trim_start().starts_with("time to detect")).unwrap().to_owned()
    };
    assert!(detected().ends_with("4.8 s to 7 s, newest 7 s"), "{}", detected());
    altered["tool"] = "wwchaos 0.0.1".into();
    fs::write(&stored, altered.to_string()).unwrap();
    assert!(detected().ends_with("4.8 s, newest 4.8 s"), "{}", detected());
}

#[test]
fn a_trend_of_nothing_is_a_wrong_command_line() {
    let desk = with_runs(&["clean"]);
    let (code, said) = refused(&desk, &["trend", "papr"]);
    assert_eq!(code, exit::USAGE);
    assert!(said.starts_with("no run of `papr`: ") && said.ends_with("(hint: did you mean `paper`?)"), "{said}");
    for last in ["0", "-1", "many", "1001"] {
        assert_eq!(refused(&desk, &["trend", "paper", "--last", last]).0, exit::USAGE, "{last}");
    }
    assert_eq!(refused(&desk, &["trend", "paper", "--format", "pdf"]).0, exit::USAGE);
    fs::write(desk.path().join("reports/paper/20260101T100000Z/history.jsonl"), "").unwrap();
    let (code, said) = refused(&desk, &["trend", "paper"]);
    let none = "none of the 1 runs of `paper` can be shown; the oldest, reports/paper/20260101T100000Z: nothing of the run \
                was recorded";
    assert_eq!((code, said.as_str()), (exit::USAGE, none));
}

/// What the README of reports shows was printed by this version.
#[test]
fn the_example_is_what_is_printed() {
    let desk = with_runs(&["clean", "degraded"]);
    let text = crate::program::text("reports/README.md");
    let block = |from: &str| {
        let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("reports/README.md lacks {from}"));
        rest.split("\n```").next().unwrap().to_owned()
    };
    let printed = |out: &str, block: &str| {
        for line in block.lines().filter(|line| *line != "…" && *line != "100") {
            assert!(out.lines().any(|found| found == line), "`{line}` is not in\n{out}");
        }
    };
    printed(&desk.call(&["compare", "paper@1", "paper", "--fail"]).out, &block("paper --fail; echo $?\n"));
    copy("clean", &desk.path().join("reports/paper/20260103T100000Z"));
    printed(&desk.must(&["trend", "paper"]), &block("$ wwchaos trend paper\n"));
}
