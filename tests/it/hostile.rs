//! What an app, a log line or a stranger's file says, on its way through the program: to the terminal and into every format.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wwchaos::clock::Stamp;
use wwchaos::exit;
use wwchaos::history::Observation;
use wwchaos::report::FORMATS;
use wwchaos::store::Folder;

use crate::markdown::Page;
use crate::program::{Desk, repository};

/// A title for the terminal's window, a cleared screen in both ways to write it, an overridden direction, a script.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}2J\u{202e}\u{2066}\u{7f}\r<script>alert('mark')</script>";
/// Names of values that somebody else may have written.
const TEXTS: [&str; 9] = ["title", "why", "detail", "sample", "app", "engine", "kernel", "what", "action"];

/// The value with hostile texts.
fn hostile(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if TEXTS.contains(&name.as_str()) => text.push_str(HOSTILE),
                    field => hostile(field),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(hostile),
        _ => {}
    }
}

/// A run whose every text is hostile; its name.
fn run(desk: &Desk) -> String {
    let from = repository("tests/golden/heal-failed");
    for name in ["plan.json", "preface.json"] {
        let mut value: Value = serde_json::from_slice(&fs::read(from.join(name)).unwrap()).unwrap();
        hostile(&mut value);
        let setup = value.pointer("/setup/app").map(ToString::to_string);
        // The name of the app decides nothing here, and the plan's is looked for in the library by nobody.
        assert!(setup.is_none_or(|app| app.contains("owned")));
        desk.write(&format!("run/{name}"), &value.to_string());
    }
    let history = fs::read_to_string(from.join("history.jsonl")).unwrap();
    // What it is of is a hash, which nobody else writes.
    let mut lines: Vec<_> = history.lines().skip(1).map(str::to_owned).collect();
    let why = format!("refused {HOSTILE}");
    let more = json!({ "at": 1_080_000_000_001_u64, "fact": "unmeasured", "what": "the store", "why": why });
    // In the order in which facts are read, which an object of this kind does not keep.
    let more = more.to_string();
    assert!(more.starts_with("{\"at\":"), "{more}");
    lines.push(more);
    let lines = lines.iter().map(|line| {
        let (at, rest) = line.split_once(",\"fact\":").unwrap();
        let (fact, _) = rest.split_once([',', '}']).unwrap();
        let mut value: Value = serde_json::from_str(line).unwrap();
        hostile(&mut value);
        let fields = value.as_object_mut().unwrap();
        fields.retain(|name, _| name != "at" && name != "fact");
        let fields: String = fields.iter().map(|(name, value)| format!(",{}:{value}", json!(name))).collect();
        format!("{at},\"fact\":{fact}{fields}}}\n")
    });
    let fact = Folder::find(desk.path(), "run").unwrap().origin().unwrap();
    let origin = serde_json::to_string(&Observation { at: Stamp(1_000_000_000_000), fact }).unwrap();
    desk.write("run/history.jsonl", &format!("{origin}\n{}", lines.collect::<String>()));
    "run".to_owned()
}

/// Whether a terminal shows the text and does nothing else.
fn assert_shows(text: &str, what: &str) {
    let acts = |c: &char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<_> = text.chars().filter(acts).collect();
    assert!(found.is_empty(), "{what}: {found:?}");
}

#[test]
fn a_hostile_run_is_shown_and_does_nothing() {
    let desk = Desk::new();
    let run = run(&desk);
    let said = desk.call(&["check", &run]);
    assert_eq!(said.code, exit::LEFT_BEHIND, "{}", said.err);
    assert!(said.out.contains("owned") && said.out.contains("refused"), "{}", said.out);
    assert_shows(&said.out, "check");
    assert_shows(&said.err, "check");
    for format in FORMATS {
        let out = desk.must(&["report", &run, "--format", format.name]);
        assert_shows(&out, format.name);
        assert!(out.contains("mark"), "{}", format.name);
        match format.name {
            "html" => {
                assert!(!out.contains("<script") && out.contains("&lt;script&gt;alert('mark')"), "{}", format.name);
            }
            "json" => {
                let report: Value = serde_json::from_str(&out).unwrap();
                assert!(report["plan"]["title"].as_str().unwrap().ends_with(HOSTILE), "as it was, in escapes");
            }
            "junit" => assert!(roxmltree::Document::parse(&out).is_ok(), "{out}"),
            "markdown" => assert!(Page::read("hostile", &out).text.contains("<script>alert('mark')"), "{out}"),
            _ => {}
        }
    }
}

#[test]
fn a_hostile_scenario_is_shown_and_does_nothing() {
    let desk = Desk::new();
    let text = crate::program::text("scenarios/healthy.toml");
    let escaped = "\\u001B]0;owned\\u0007\\u202E\\u009B2J";
    let title = text.lines().find(|line| line.starts_with("title = \"")).unwrap();
    // A title is one line; what changes the direction of writing is none of its end.
    desk.write("x.toml", &text.replace(title, "title = \"owned\\u202E\""));
    desk.write("y.toml", &text.replace(title, &format!("title = 1\n\"{escaped}\" = 1")));
    for words in [&["plan", "./x.toml"][..], &["plan", "./x.toml", "--json"], &["plan", "./y.toml"]] {
        let said = desk.call(words);
        assert_shows(&said.out, &words.join(" "));
        assert_shows(&said.err, &words.join(" "));
        assert!(format!("{}{}", said.out, said.err).contains("owned"), "{words:?}: {}{}", said.out, said.err);
    }
}

/// The hidden verb that is the class of a run, called by hand.
#[test]
fn the_class_cannot_be_aimed_at_others() {
    for entry in ["http://webwork.example.org", "http://192.0.2.1:8080", "http://127.0.0.1@192.0.2.1"] {
        let order = json!({
            "entry": entry, "certificate": null, "zero": 0, "course": ["quiz", "Quiz1"], "password": "x", "retries": 0,
            "students": [],
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.arg("load").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut class = command.spawn().unwrap();
        // It may have ended before all is written.
        let _ = writeln!(class.stdin.take().unwrap(), "{order}");
        let output = class.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(i32::from(exit::BUG)), "{said}");
        assert!(said.contains("is no address of a cluster of wwchaos"), "{said}");
    }
}
