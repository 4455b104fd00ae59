//! The recorded histories of tests/golden, replayed up to several moments.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::{Event, Narrator, Phase, View};
use crate::clock::Stamp;
use crate::history::{Fact, Mark, Observation};
use crate::library::Library;
use crate::plan::Plan;
use crate::store::Folder;

/// The first moment of every recorded history.
const ZERO: Stamp = Stamp(1_000_000_000_000);

fn stored(name: &str) -> (View, Vec<Observation>) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"));
    let (plan, preface, history) = Folder::find(folder, name).unwrap().read().unwrap();
    (View::new(plan, preface.topology, ZERO), history.collect::<Result<_, _>>().unwrap())
}

/// The view of a recorded history as it is at this second.
fn view(name: &str, second: u64) -> View {
    let (mut view, history) = stored(name);
    let now = ZERO + Duration::from_secs(second);
    history.iter().filter(|seen| seen.at <= now).for_each(|seen| view.look(seen));
    view
}

fn shown(view: &View, second: u64, width: usize) -> String {
    let lines = view.lines(ZERO + Duration::from_secs(second), width);
    lines.iter().fold(String::new(), |mut text, line| {
        let line = line.text(false, str::to_owned);
        writeln!(text, "{}", line.trim_end()).unwrap();
        text
    })
}

fn at(name: &str, second: u64) -> String {
    shown(&view(name, second), second, 80)
}

#[test]
fn while_the_cluster_comes_up_there_is_one_line() {
    let (mut view, _) = stored("clean");
    view.say("building the image helper");
    insta::assert_snapshot!(shown(&view, 83, 80), @"paper  1:23  up  building the image helper");
}

#[test]
fn the_baseline() {
    insta::assert_snapshot!(at("clean", 20), @r"
    paper  0:20 of 1:14  baseline
    time line ━━━━━━━━━━━━━━━━━●────────░░░░░░░░░░░░░░░░░░───────────────────── 1:14
                                        freeze web1
    fault     none, next freeze web1 in 10 s
    requests                                     ▇▅█▆▆▄▃▄▃▂ 1.7 a second
    errors                                       ·········· 0% of 17 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 0 a second failed
    web1      running  balancer: –
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn inside_a_window_that_was_noticed() {
    insta::assert_snapshot!(at("clean", 42), @r"
    paper  0:42 of 1:14  window
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━██████████●░░░░░░░───────────────────── 1:14
                                        freeze web1
    fault     freeze web1: there for 12 s, healed in 8 s
    requests                          ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▄▄▃ 1.7 a second
    errors                            ····················· 0% of 17 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 0 a second failed
    web1      running  balancer: DOWN since 0:35  ◄ freeze
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn while_it_is_healed() {
    insta::assert_snapshot!(at("clean", 51), @r"
    paper  0:51 of 1:14  window
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━██████████████████●──────────────────── 1:14
                                        freeze web1
    fault     freeze web1: being healed for 1 s
    requests                      ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▄▄▃▃·▅▃ 1.4 a second
    errors                        ·····················█··· 7.7% of 13 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 0.5 a second failed
    web1      running  balancer: DOWN since 0:35  ◄ freeze
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn after_it_was_healed() {
    insta::assert_snapshot!(at("clean", 60), @r"
    paper  1:00 of 1:14  recovery
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━██████████████████━━━━━━━━●──────────── 1:14
                                        freeze web1
    fault     none, cluster whole since 0:54, no more to come
    requests                 ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▄▄▃▃·▅▃▂▃▃▂▃ 1.2 a second
    errors                   ·····················█········ 0% of 12 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 0.5 a second failed
    web1      running  balancer: up
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn when_the_class_is_over() {
    let mut view = view("clean", 77);
    view.say("auditing the answers");
    insta::assert_snapshot!(shown(&view, 77, 80), @r"
    paper  1:17  audit  auditing the answers
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━██████████████████━━━━━━━━━━━━━━━━━━━━● 1:14
                                        freeze web1
    fault     none, cluster whole since 0:54, no more to come
    requests         ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▄▄▃▃·▅▃▂▃▃▂▃▁▃▃▆▅▂▅▂ 1.6 a second
    errors           ·····················█················ 0% of 16 in 10 s
    students  0 of 10 at work; full bars: 5.5 a second, 0.5 a second failed
    web1      running  balancer: up
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn a_window_that_nobody_noticed() {
    insta::assert_snapshot!(at("degraded", 48), @r"
    paper  0:48 of 1:14  window
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━███████████████●░░───────────────────── 1:14
                                        freeze web1
    fault     freeze web1: there for 18 s, healed in 2 s
    requests                       ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▂·▁·▁▃ 0.6 a second
    errors                         ······················▃█ 80% of 5 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 1.5 a second failed
    web1      running  balancer: –  ◄ freeze
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn what_could_not_be_healed() {
    insta::assert_snapshot!(at("heal-failed", 81), @r"
    paper  1:21  audit
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━██████████████████━━━━━━━━━━━━━━━━━━━━● 1:14
                                        freeze web1
    fault     freeze web1: NOT healed: still paused after 30 s
    requests       ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▄▄▃▃·▅▃▂▃▃▂▃▁▃▃▆▅▂▅▂·· 0.8 a second
    errors         ·····················█·················· 0% of 8 in 10 s
    students  0 of 10 at work; full bars: 5.5 a second, 0.5 a second failed
    web1      running  balancer: DOWN since 0:35  ◄ freeze
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn an_interrupted_run() {
    insta::assert_snapshot!(at("interrupted", 41), @r"
    paper  0:41 of 1:14  window  ending: interrupted
    time line ━━━━━━━━━━━━━━━━━━━━━━━━━━█████████●░░░░░░░░───────────────────── 1:14
                                        freeze web1
    fault     freeze web1: there for 11 s, to be healed now
    requests                           ▇▅█▆▆▄▃▄▃▂·▂·▂▃··▃▂· 0.5 a second
    errors                             ···················· 0% of 5 in 10 s
    students  10 of 10 at work; full bars: 5.5 a second, 0 a second failed
    web1      running  balancer: –  ◄ freeze
    web2      running  balancer: –
    db1       running  database manager: –
    db2       running  database manager: –
    ");
}

#[test]
fn a_terminal_of_forty_columns() {
    insta::assert_snapshot!(shown(&view("clean", 42), 42, 40), @r"
    paper  0:42 of 1:14  window
    time line ━━━━━━━━━━████●░░──────── 1:14
                        freeze web1
    fault     freeze web1: there for 12 s, healed in 8 s
    requests  ·▇██▅ 1.7 a second
    errors    ····· 0% of 17 in 10 s
    students  10 of 10 at work; full bars: 2.5 a second, 0 a second failed
    web1      balancer: DOWN since 0:35  ◄ freeze
    web2      balancer: –
    db1       database manager: –
    db2       database manager: –
    ");
}

#[test]
fn it_fits_in_eighty_columns_and_fourteen_rows_at_every_moment() {
    for name in ["clean", "degraded", "heal-failed", "interrupted", "lost-answer"] {
        for (second, width) in (0..90).flat_map(|second| [(second, 80), (second, 200)]) {
            let shown = shown(&view(name, second), second, width);
            assert!(shown.lines().all(|line| line.chars().count() <= 80), "{name} at {second} s:\n{shown}");
            assert!(shown.lines().count() <= 14, "{name} at {second} s:\n{shown}");
        }
    }
}

#[test]
fn every_scenario_that_is_built_in_fits_too() {
    let library = Library::default();
    for name in library.scenarios() {
        let scenario = library.scenario(&name).unwrap();
        let app = library.app(&scenario.app).unwrap();
        let topology = library.topology(&scenario.topology).unwrap().running(app).unwrap();
        let plan = (1..50).find_map(|seed| Plan::new(&scenario, &topology, seed).ok()).unwrap();
        let (windows, mut view) = (plan.windows.clone(), View::new(plan, topology, ZERO));
        view.look(&Observation { at: ZERO, fact: Fact::LoadStarted { zero: ZERO } });
        for window in 0..windows.len() {
            let now = ZERO + windows[window].start;
            let target = "db1".to_owned();
            for mark in [Mark::Target { target }, Mark::InjectIssued, Mark::HealIssued, Mark::HealConfirmed] {
                view.look(&Observation { at: now, fact: Fact::Window { window, mark } });
                let shown = shown(&view, windows[window].start.as_secs(), 80);
                assert!(shown.lines().all(|line| line.chars().count() <= 80), "{name}:\n{shown}");
                assert!(shown.lines().count() <= 16, "{name}:\n{shown}");
                assert!(shown.lines().nth(2).unwrap().contains(&windows[0].fault), "{name}:\n{shown}");
            }
        }
    }
}

#[test]
fn no_width_is_too_small() {
    let view = view("clean", 42);
    (0..80).for_each(|width| assert_eq!(shown(&view, 42, width).lines().count(), 11, "{width}"));
}

#[test]
fn colour_only_adds() {
    let view = view("clean", 42);
    for line in view.lines(ZERO + Duration::from_secs(42), 80) {
        let mut coloured = line.text(true, str::to_owned);
        for sequence in ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[1;31m"] {
            coloured = coloured.replace(sequence, "");
        }
        assert_eq!(coloured, line.text(false, str::to_owned));
    }
}

#[test]
fn what_engine_and_databases_say_of_a_node() {
    let (mut view, history) = stored("lost-answer");
    let mut look = |second, fact| view.look(&Observation { at: ZERO + Duration::from_secs(second), fact });
    look(0, history[1].fact.clone());
    let primary =
        |service: &str, writable| Fact::Primary { role: "db".to_owned(), service: service.to_owned(), writable };
    let container =
        |service: &str, action: &str| Fact::Container { service: service.to_owned(), action: action.to_owned() };
    look(1, primary("db1", true));
    look(1, primary("db2", false));
    look(2, container("web2", "pause"));
    look(3, container("db1", "die"));
    let failed = Some("no answer".to_owned());
    look(4, Fact::DetectorRead { detector: "balancer".to_owned(), failed, since: None });
    let (detector, service) = ("database manager".to_owned(), "db1".to_owned());
    look(5, Fact::Detector { detector, service, up: Some(false), detail: "lost".to_owned(), not_before: None });
    insta::assert_snapshot!(shown(&view, 6, 80).lines().skip(7).collect::<Vec<_>>().join("\n"), @r"
    web1      running  balancer: cannot be read
    web2      paused   balancer: cannot be read
    db1       stopped  writable   database manager: DOWN since 0:05
    db2       running  no writes  database manager: –
    ");
}

#[test]
fn a_window_that_was_void_before_it_began_is_over() {
    let mut view = view("clean", 20);
    let void = Mark::Void { why: "nobody was the primary".to_owned() };
    let fact = Fact::Window { window: 0, mark: void };
    view.look(&Observation { at: ZERO + Duration::from_secs(30), fact });
    assert_eq!(view.phase(ZERO + Duration::from_secs(31)), Phase::Recovery);
    assert!(shown(&view, 31, 80).contains("fault     none, no more to come\n"));
}

#[test]
fn lines_for_a_pipe() {
    let seconds = [20, 42, 60, 77];
    let lines = seconds.map(|second| view("clean", second).summary(ZERO + Duration::from_secs(second)));
    insta::assert_snapshot!(lines.join("\n"), @r"
    0:20 of 1:14, baseline: 10 students at work, error rate 0%
    0:42 of 1:14, freeze web1: 10 students at work, error rate 0%
    1:00 of 1:14, recovery: 10 students at work, error rate 0%
    1:17, 2 s beyond the plan, audit: error rate 0%
    ");
    let (view, history) = stored("heal-failed");
    let notes: Vec<_> = history.iter().filter_map(|seen| view.note(seen)).collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    freeze web1: injecting
    freeze web1: there (web1 is as the fault wants it)
    freeze web1: healing
    freeze web1: NOT healed, still paused after 30 s
    ");
}

#[test]
fn events_for_machines() {
    for name in ["clean", "interrupted"] {
        let (view, history) = stored(name);
        let mut narrator = Narrator::new(view.plan, view.topology, ZERO);
        let events = history.iter().flat_map(|seen| narrator.look(seen));
        let lines: Vec<_> = events.map(|event| serde_json::to_string(&event).unwrap()).collect();
        insta::assert_snapshot!(format!("events_{name}"), lines.join("\n"));
    }
}

/// One of each kind.
fn events() -> Vec<Event> {
    let (view, history) = stored("clean");
    let mut narrator = Narrator::new(view.plan.clone(), view.topology, ZERO);
    let seen = history.iter().flat_map(|seen| narrator.look(seen)).map(|stamped| stamped.event);
    let text = String::new;
    let others = [
        Event::run(&view.plan, "wwchaos", "reports/paper/x"),
        Event::Progress { text: text() },
        Event::DetectorRead { detector: text(), failed: None },
        Event::Primary { service: text(), writable: true },
        Event::Ending { why: text() },
        Event::Up { run: text(), url: text(), logins: [text(), text()], password: text(), kept_for_ms: 1 },
        Event::Verdict {
            code: 0,
            judgement: text(),
            sentence: text(),
            folder: text(),
            kept: None,
            left_behind: Vec::new(),
        },
        Event::Failed { code: 1, why: text() },
        Event::Comparison { folder: text() },
        Event::Set { folder: text() },
        Event::End { code: 0, error: None },
    ];
    others.into_iter().chain(seen).collect()
}

#[test]
fn no_event_has_a_moment_of_the_machines_clock() {
    let (view, _) = stored("clean");
    let mut narrator = Narrator::new(view.plan, view.topology, ZERO);
    let mark = Mark::EffectSeen { detail: "paused".to_owned(), not_before: Some(ZERO) };
    let told = narrator.look(&Observation { at: ZERO, fact: Fact::Window { window: 0, mark } });
    insta::assert_snapshot!(serde_json::to_string(&told[0]).unwrap(), @r#"{"at_ms":0,"event":"window","window":0,"title":"freeze web1","mark":"effect_seen","detail":"paused"}"#);
}

#[test]
fn every_event_and_its_fields_are_told() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/reports/README.md")).unwrap();
    let (_, table) = page.split_once("\n## While it runs\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let mut told = 0;
    for event in events() {
        let value = serde_json::to_value(&event).unwrap();
        let name = value["event"].as_str().unwrap();
        let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` | "))).expect(name);
        let fields = value.as_object().unwrap().keys().filter(|field| *field != "event");
        for field in fields {
            assert!(row.contains(&format!("`{field}`")), "{name}: {field}");
        }
        told += 1;
    }
    assert!(told > 10);
    let rows = table.lines().filter(|line| line.starts_with("| `")).count();
    let names =
        events().iter().map(|event| serde_json::to_value(event).unwrap()["event"].to_string()).collect::<Vec<_>>();
    assert_eq!(rows, names.iter().collect::<std::collections::BTreeSet<_>>().len(), "{names:?}");
}
