//! Stored runs, judged and rendered again: the recorded histories in tests/golden.

use std::fs;
use std::path::Path;

use serde_json::Value;
use wwchaos::capacity::{Capacity, Ending, Next, Search, State};
use wwchaos::check::Judgement;
use wwchaos::exit;
use wwchaos::report::{FORMATS, Report};

use crate::markdown::Page;
use crate::program::{Desk, repository};

/// Each recorded history with the code that it is judged with.
const GOLDEN: &[(&str, u8)] = &[
    ("clean", exit::PASS),
    ("degraded", exit::FAIL),
    ("lost-answer", exit::FAIL),
    ("heal-failed", exit::LEFT_BEHIND),
    ("interrupted", exit::UNKNOWN),
];

fn golden(name: &str) -> String {
    repository("tests/golden").join(name).to_str().unwrap().to_owned()
}

#[test]
fn every_golden_history_is_here() {
    let entries = fs::read_dir(repository("tests/golden")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    let mut named: Vec<_> = GOLDEN.iter().map(|(name, _)| repository("tests/golden").join(name)).collect();
    found.sort();
    named.sort();
    assert_eq!(found, named);
}

#[test]
fn check_ends_with_the_code_of_the_verdict() {
    let desk = Desk::new();
    for (name, code) in GOLDEN {
        let said = desk.call(&["check", &golden(name)]);
        assert_eq!((said.code, said.err.as_str()), (*code, ""), "{name}");
        let json: Value = serde_json::from_str(&desk.must(&["report", &golden(name), "--format", "json"])).unwrap();
        let sentence = json["verdict"]["sentence"].as_str().unwrap();
        let printed = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = sentence.split_once(": ").unwrap().1;
        assert!(printed.contains(told), "{name}: `{told}` is not in\n{}", said.out);
    }
}

#[test]
fn a_report_is_rendered_in_every_format_and_is_no_judgement() {
    let desk = Desk::new();
    for (name, _) in GOLDEN {
        for format in FORMATS {
            let out = desk.must(&["report", &golden(name), "--format", format.name]);
            assert!(out.len() > 1000, "{name}, {}", format.name);
            assert_eq!(desk.must(&["report", &golden(name), "--format", format.name]), out, "{name}, {}", format.name);
            match format.name {
                "html" => assert!(out.starts_with("<!DOCTYPE html>") && !out.contains("<script"), "{name}"),
                "json" => assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["schema"], 1, "{name}"),
                "junit" => valid_junit(name, &out),
                "markdown" => valid_markdown(name, &out),
                _ => assert!(!out.contains('\u{1b}'), "{name}: colours where there is no terminal"),
            }
        }
    }
}

/// The file of the repository is what the program prints, and every report is as it says. To write it anew:
/// `cargo run -- report --schema > reports/report.schema.json`.
#[test]
fn the_published_schema_describes_every_report() {
    let desk = Desk::new();
    let printed = desk.must(&["report", "--schema"]);
    let published = fs::read_to_string(repository("reports/report.schema.json")).unwrap();
    assert!(printed == published, "reports/report.schema.json is not what `wwchaos report --schema` prints");
    let mut schema: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(schema["$id"], "urn:wwchaos:report:1");
    // Readers must allow fields that they do not know; here nothing may be written that the schema does not tell of.
    close(&mut schema, true);
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, _) in GOLDEN {
        let report: Value = serde_json::from_str(&desk.must(&["report", &golden(name), "--format", "json"])).unwrap();
        let wrong: Vec<_> = schema.iter_errors(&report).map(|one| format!("{}: {one}", one.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        for missing in ["schema", "plan", "figures", "verdict"] {
            let mut damaged = report.clone();
            damaged.as_object_mut().unwrap().remove(missing);
            assert!(!schema.is_valid(&damaged), "{name} without {missing}");
        }
        let mut strange = report.clone();
        strange["figures"]["windows"] = Value::from(1);
        assert!(!schema.is_valid(&strange), "{name}");
    }
}

/// The sample of a search is what this version prints of its own JSON, and no other command takes it for a run. To write it anew:
/// `cargo run -- report reports/sample/capacity-webwork.json --format FORMAT > reports/sample/capacity-webwork.ENDING`.
#[test]
fn the_sample_of_a_search_is_what_is_printed() {
    let desk = Desk::new();
    let path = |ending: &str| repository(&format!("reports/sample/capacity-webwork.{ending}"));
    let json = path("json");
    let json = json.to_str().unwrap();
    for (format, ending) in [("terminal", "txt"), ("html", "html"), ("markdown", "md"), ("json", "json")] {
        let printed = desk.must(&["report", json, "--format", format]);
        assert!(printed == fs::read_to_string(path(ending)).unwrap(), "{ending} is not what is printed now");
    }
    // What it states is what a search states of these trials now.
    let capacity = Capacity::read(&fs::read(json).unwrap()).unwrap();
    let healthy = capacity.states.iter().find(|one| one.state == State::Healthy).unwrap();
    let Ending::Found(found) = &healthy.ending else { panic!("{:?}", healthy.ending) };
    let mut search = Search::new(capacity.bounds);
    healthy.trials.iter().for_each(|trial| search.take(trial.students, &trial.outcome));
    search.expect(found.holds.unwrap());
    assert_eq!(search.next(), Next::Found(*found));
    let schema: Value = serde_json::from_str(&desk.must(&["report", "--schema", "capacity"])).unwrap();
    let sample: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = schema.iter_errors(&sample).map(|one| format!("{}: {one}", one.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let said = desk.call(&["report", json, "--format", "junit"]);
    let known = "a search for capacity has no format `junit`; known: terminal, html, markdown, json";
    assert!(said.code == exit::USAGE && said.err.contains(known), "{}", said.err);
    let said = desk.call(&["check", json]);
    let other = "expected the report of a run, got one of kind `capacity` (hint: `wwchaos report` shows it)";
    assert!(said.code == exit::INVALID && said.err.contains(other), "{}", said.err);
}

/// The same of a search for capacity: `cargo run -- report --schema capacity > reports/capacity.schema.json`.
#[test]
fn the_published_schema_of_a_search_is_what_is_printed() {
    let printed = Desk::new().must(&["report", "--schema", "capacity"]);
    let published = fs::read_to_string(repository("reports/capacity.schema.json")).unwrap();
    assert!(printed == published, "reports/capacity.schema.json is not what `wwchaos report --schema capacity` prints");
    let schema: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(schema["$id"], "urn:wwchaos:capacity:1");
    jsonschema::validator_for(&schema).unwrap();
}

/// The sample is what this version prints of its own report.json. To write it anew, for each format:
/// `cargo run -- report reports/sample/quiz-db-webwork.json --format FORMAT > reports/sample/quiz-db-webwork.ENDING`.
#[test]
fn the_sample_is_what_is_printed() {
    let desk = Desk::new();
    let path = |ending: &str| repository(&format!("reports/sample/quiz-db-webwork.{ending}"));
    for format in FORMATS {
        let ending = Path::new(format.file).extension().unwrap().to_str().unwrap();
        let printed = desk.must(&["report", path("json").to_str().unwrap(), "--format", format.name]);
        let stored = fs::read_to_string(path(ending)).unwrap();
        assert!(printed == stored, "{} is not what is printed now", path(ending).display());
    }
}

/// Forbids in every object what is not described; `whole` says that the schema is of an object, and not of a part of one.
fn close(schema: &mut Value, whole: bool) {
    match schema {
        Value::Object(fields) => {
            let described = fields.contains_key("properties");
            if described && whole {
                fields.insert("unevaluatedProperties".to_owned(), false.into());
            }
            for (name, value) in fields {
                close(value, !(described && name == "oneOf"));
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| close(part, whole)),
        _ => {}
    }
}

/// Holds JUnit XML against what Jenkins reads.
pub fn lint_junit(name: &str, xml: &str) {
    let schema = repository("tests/junit.xsd");
    let words = ["--noout", "--nonet", "--schema", schema.to_str().unwrap(), "-"];
    let lint = assert_cmd::Command::new("xmllint").args(words).write_stdin(xml).output();
    match lint {
        Ok(said) => assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr)),
        Err(error) => assert!(std::env::var_os("CI").is_none(), "xmllint: {error}; `.ci/setup test` installs it"),
    }
}

/// Holds JUnit XML against what Jenkins reads, and against the report that it is of.
fn valid_junit(name: &str, xml: &str) {
    lint_junit(name, xml);
    let report = report(name);
    let document = roxmltree::Document::parse(xml).unwrap();
    let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    let judged = |judgement| report.verdict.findings.iter().filter(|one| one.judgement == judgement).count();
    assert_eq!(count("failure"), judged(Judgement::Fail), "{name}");
    let left = usize::from(!report.verdict.left_behind.is_empty());
    assert_eq!(count("error"), judged(Judgement::Unknown) + left, "{name}");
    assert_eq!(count("testcase"), report.verdict.findings.len() - judged(Judgement::Note) + left, "{name}");
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let mut names: Vec<_> = cases.map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|two| two[0] != two[1]), "{name}: two cases of one name: {names:?}");
}

/// Holds Markdown against what a reader of the page sees, and that against the report that it is of.
fn valid_markdown(name: &str, text: &str) {
    let (page, report) = (Page::read(name, text), report(name));
    assert_eq!(page.strong[0], report.verdict.sentence, "{name}");
    let [windows] = &page.tables[..] else { panic!("{name}: {:#?}", page.tables) };
    let titles: Vec<_> = windows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        titles.len(),
        report.figures.windows.len() + 3,
        "{name}: head, baseline, windows, whole run: {titles:?}"
    );
    for (title, window) in titles[2..].iter().zip(&report.figures.windows) {
        assert!(title.contains(&window.fault), "{name}: {title}");
    }
    assert!(titles[1].contains("baseline") && titles.last().unwrap().contains("whole run"), "{name}: {titles:?}");
    let open: Vec<_> = report.verdict.findings.iter().filter(|one| one.judgement != Judgement::Pass).collect();
    let said = page.entries();
    let last = open.len();
    let headings = if open.is_empty() { 1 } else { 2 };
    assert_eq!(page.headings.len(), headings, "{name}: {:?}", page.headings);
    for one in &open {
        let found =
            said[..last].iter().any(|said| said.contains(&one.check) && said.contains(&one.found.replace('`', "")));
        assert!(found, "{name}: {}: {} is not in {said:#?}", one.check, one.found);
    }
    assert!(said[last..].iter().any(|said| said.contains(&report.started)), "{name}: {said:#?}");
}

/// The report of a recorded history.
fn report(name: &str) -> Report {
    serde_json::from_str(&Desk::new().must(&["report", &golden(name), "--format", "json"])).unwrap()
}

#[test]
fn a_report_in_json_reads_back_to_the_same_bytes() {
    let desk = Desk::new();
    let json = FORMATS.iter().find(|format| format.name == "json").unwrap();
    for (name, _) in GOLDEN {
        let out = desk.must(&["report", &golden(name), "--format", "json"]);
        let report: Report = serde_json::from_str(&out).unwrap();
        assert_eq!(String::from_utf8((json.render)(&report).unwrap()).unwrap(), out, "{name}");
    }
}

#[test]
fn the_terminal_says_what_students_saw() {
    let out = Desk::new().must(&["report", &golden("lost-answer")]);
    for part in ["✓ baseline", "✗ kill db1", "1 lost", "20 acknowledged", "the page cache survives here"] {
        assert!(out.contains(part), "`{part}` is not in\n{out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
}

#[test]
fn a_run_is_found_by_scenario_by_time_and_by_folder() {
    let desk = Desk::new();
    for (run, from) in [("20260101T100000Z", "degraded"), ("20260102T100000Z", "clean")] {
        let folder = desk.path().join("kept/quiz").join(run);
        fs::create_dir_all(&folder).unwrap();
        for file in ["plan.json", "preface.json", "history.jsonl"] {
            fs::copy(Path::new(&golden(from)).join(file), folder.join(file)).unwrap();
        }
    }
    std::os::unix::fs::symlink("20260102T100000Z", desk.path().join("kept/quiz/latest")).unwrap();
    let code = |run: &str| desk.call(&["--reports", "kept", "check", run]).code;
    assert_eq!(code("quiz"), exit::PASS);
    assert_eq!(code("quiz/20260101T100000Z"), exit::FAIL);
    assert_eq!(code("kept/quiz/20260101T100000Z"), exit::FAIL);
    assert_eq!(code("other"), exit::USAGE);
    let left = fs::read_dir(desk.path().join("kept/quiz/20260101T100000Z")).unwrap().count();
    assert_eq!(left, 3, "judging again writes nothing");
}
