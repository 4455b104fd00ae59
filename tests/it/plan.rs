//! Every scenario plans, the same for the same seed.

use wwchaos::exit;
use wwchaos::library::Library;
use wwchaos::plan::{Plan, SUBMISSIONS_MIN};

use crate::program::{Desk, names};

#[test]
fn every_scenario_plans_with_any_seed() {
    let library = Library::default();
    for name in names("scenarios", ".toml") {
        let scenario = library.scenario(&name).unwrap();
        let topology = library.cluster(&scenario.topology, &scenario.app).unwrap();
        for seed in 0..10 {
            let plan = Plan::new(&scenario, &topology, seed).unwrap_or_else(|error| panic!("{name}, {seed}: {error}"));
            assert!(plan.windows.iter().all(|window| window.submissions >= SUBMISSIONS_MIN), "{name}, {seed}");
        }
    }
}

#[test]
fn every_set_names_scenarios_that_there_are() {
    let library = Library::default();
    for name in names("scenarios", ".set") {
        let set = library.set(&name).unwrap().unwrap();
        assert!(!set.lines.is_empty(), "{name}");
        for scenario in set.scenarios() {
            assert!(library.scenario(scenario).is_ok(), "{name}: {scenario}");
        }
    }
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let desk = Desk::new();
    for name in names("scenarios", ".toml") {
        let print = |seed| desk.must(&["plan", &name, "--json", "--seed", seed]);
        let plan = print("7");
        assert_eq!(plan, print("7"), "{name}");
        assert_ne!(plan, print("8"), "{name}");
        assert_eq!(serde_json::from_str::<Plan>(&plan).unwrap().seed, 7, "{name}");
    }
}

#[test]
fn a_plan_in_words_says_what_will_happen() {
    let out = Desk::new().must(&["plan", "freeze", "--seed", "7", "--set", "check=tcp", "--students", "30"]);
    insta::assert_snapshot!(out, @r"
    freeze: A web node freezes in the middle of a quiz
      topology two-node, app standin, seed 7
      settings check=tcp engine=myisam fall=3 inter=2s layout=courses observe=none on_marked_down=none profile=class rise=2 timeout_check=3s timeout_connect=3s timeout_server=65s tls=off workers=4
      30 students, 5 problems, up to 6 attempts each (24 allowed)
      attempts: 6 planned at most for a student; the test allows 24, as each may be sent again 3 times
      90 graded submissions planned, deadline at 2:00
      expected of the baseline: error rate at most 25%, at most 1% of the planned actions not sent in time
      expected of the whole run: no answer lost
      ended early when nobody gets a page for 1m in the baseline, or less than 256.0 MiB of memory or 256.0 MiB of disk is free
               0:00  baseline
          1:00–1:30  freeze web1 (36 graded submissions planned)
                     inject: pause web1
                     evidence: the engine says that web1 is paused
                     heal: unpause web1, start web1
                     expected: error rate at most 25%, failover time at most 20 s, no answer lost
    whether it can be run here is not known: Docker Engine does not answer at DOCKER_HOST=unix:///nonexistent.sock: Socket not found: /nonexistent.sock (hint: is this engine meant, and does it run? without DOCKER_HOST it is the one of this machine)
    ");
}

#[test]
fn the_plans_of_a_set_are_one_array() {
    let plans = Desk::new().must(&["plan", "nightly", "--json", "--seed", "7"]);
    let plans: Vec<Plan> = serde_json::from_str(&plans).unwrap();
    let names: Vec<_> = plans.into_iter().map(|plan| plan.scenario).collect();
    assert_eq!(names, Library::default().set("nightly").unwrap().unwrap().scenarios());
}

/// A library with a set whose lines have these settings.
fn set_of(lines: &str) -> Desk {
    let desk = Desk::new();
    desk.write("mine/scenarios/mine.set", lines);
    desk
}

#[test]
fn the_lines_of_a_set_differ_in_what_they_set_and_in_nothing_else() {
    let desk = set_of("freeze check=tcp\nfreeze check=static inter=500ms # fast\n");
    let plans = desk.must(&["--library", "mine", "plan", "mine", "--json"]);
    let mut plans: Vec<Plan> = serde_json::from_str(&plans).unwrap();
    let values = |name: &str| plans.iter().map(|plan| plan.settings.text(name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (values("check"), values("inter")),
        (vec!["tcp".into(), "static".into()], vec!["2s".into(), "500ms".into()])
    );
    plans[1].settings = plans[0].settings.clone();
    assert_eq!(plans[0], plans[1], "the same seed, though none was named");
}

#[test]
fn the_command_line_is_above_the_lines_of_a_set() {
    let desk = set_of("freeze check=tcp\nfreeze check=static fall=2\n");
    let out = desk.must(&["--library", "mine", "plan", "mine", "--set", "check=status", "--students", "30"]);
    assert_eq!(out.matches(" check=status ").count(), 2, "{out}");
    assert_eq!(out.matches(" fall=2 ").count(), 1, "{out}");
    assert_eq!(out.matches("  30 students").count(), 2, "{out}");
}

#[test]
fn a_window_says_what_is_expected_of_it() {
    let desk = Desk::new();
    let window =
        "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"30s\"\n[window.expect]\nlost_answers = 2\n";
    desk.write("mine.toml", &format!("title = \"mine\"\ntopology = \"two-node\"\n{window}"));
    let out = desk.must(&["plan", "./mine.toml"]);
    assert!(out.contains("whole run: nothing\n") && out.contains("expected: at most 2 answers lost\n"), "{out}");
}

#[test]
fn a_scenario_is_planned_from_its_file() {
    let desk = Desk::new();
    let text = "title = \"mine\"\ntopology = \"two-node\"\nlength = \"150s\"\n";
    desk.write("own/mine.toml", text);
    assert!(desk.must(&["plan", "own/mine.toml"]).starts_with("mine: mine\n"));
}

#[test]
fn a_drawn_seed_is_printed_and_draws_the_same_again() {
    let desk = Desk::new();
    let first = desk.must(&["plan", "freeze"]);
    let seed = first.split("seed ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(desk.must(&["plan", "freeze", "--seed", seed]), first);
}

#[test]
fn the_set_of_health_checks_plans_ten_checks_from_one_seed() {
    let plans = Desk::new().must(&["plan", "health-checks", "--json"]);
    let plans: Vec<Plan> = serde_json::from_str(&plans).unwrap();
    let asked: Vec<_> = plans.iter().map(|plan| (plan.settings.text("check"), plan.settings.text("inter"))).collect();
    let checks = ["tcp", "static", "courses", "status", "content"];
    let expected: Vec<_> = checks.into_iter().flat_map(|check| [(check, "2s"), (check, "500ms")]).collect();
    assert_eq!(asked, expected);
    assert!(plans.iter().all(|plan| plan.students == plans[0].students && plan.windows == plans[0].windows));
    let differ = wwchaos::compare::varied(&plans.iter().collect::<Vec<_>>());
    assert_eq!(differ, ["check", "fall", "inter", "timeout_check"]);
    assert!(plans[0].deadline <= std::time::Duration::from_secs(240), "{:?}", plans[0].deadline);
}

#[test]
fn a_plan_says_what_nobody_can_tell_on_its_topology_and_what_that_is_configured_not_to_meet() {
    let desk = Desk::new();
    let doubts = |text: &str| {
        desk.write("mine.toml", &format!("title = \"mine\"\n{text}"));
        let out = desk.must(&["plan", "./mine.toml"]);
        let lines = out.lines().filter_map(|line| line.trim_start().strip_prefix("in doubt: "));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        let json: serde_json::Value = serde_json::from_str(&desk.must(&["plan", "./mine.toml", "--json"])).unwrap();
        let told = json["in_doubt"].as_array().unwrap().iter().map(|doubt| doubt["what"].as_str().unwrap());
        assert_eq!(told.collect::<Vec<_>>(), lines);
        lines
    };
    let expect = "expect = { time_to_detect = \"9s\", flaps = 0, capacity_restored = \"9s\", failover_time = \"30s\", \
                  blind_time = \"9s\" }\n";
    let on = |topology: &str, fault: &str, target: &str, also: &str| {
        let window = format!("[[window]]\nfault = \"{fault}\"\ntarget = \"{target}\"\nfor = \"30s\"\n{expect}{also}");
        doubts(&format!("topology = \"{topology}\"\n{window}[expect]\nfalse_alarms = 0\n"))
    };
    let alone = [
        "false_alarms: nobody can tell, for no detector watches it",
        "time_to_detect, flaps, capacity_restored, blind_time: nobody can tell, for no detector watches it",
    ];
    assert_eq!(on("one-web", "freeze", "web", ""), alone);
    assert_eq!(on("one-web", "disk-fill", "storage.courses", ""), alone);
    let unwatched = |whom: &str| format!("time_to_detect, flaps: nobody can tell, for no detector watches {whom}");
    assert_eq!(on("two-node", "freeze", "lb", ""), [unwatched("`lb`")]);
    assert_eq!(on("two-node", "disk-fill", "storage.courses", ""), [unwatched("it")]);
    let slow = "failover_time: what `db` is configured to take alone is longer (failover_delay = 40 s)";
    assert_eq!(on("metts", "freeze", "db.primary", ""), [slow]);
    let also = "[[window.also]]\nfault = \"kill\"\ntarget = \"db1\"\n";
    let away = "capacity_restored: nothing takes the place of a lost node here, and the fault lasts for 30 s";
    assert_eq!(on("metts", "kill", "web1", also), [slow, away]);
    assert_eq!(on("two-node", "freeze", "web1", ""), [away]);
    let new = "capacity_restored: what `spare` is configured to take alone is longer (provision_delay = 45 s)";
    assert_eq!(on("box", "kill", "web1", ""), [new]);
    let none = [
        ("two-node", "freeze", "db.primary"),
        ("metts", "kill", "db.replica"),
        ("metts", "clock-skew", "web1"),
        ("box", "clock-skew", "web1"),
    ];
    for (topology, fault, target) in none {
        assert_eq!(on(topology, fault, target, ""), [""; 0], "{fault} {target} on {topology}");
    }
    let spare = on("box", "kill", "spare.any", "");
    assert_eq!(spare, [unwatched("`spare`")], "nobody has to take the place of an empty one");
}

#[test]
fn what_ends_a_server_is_not_aimed_at_one_that_may_run_none() {
    let desk = Desk::new();
    let plan = |target: &str, fault: &str| {
        let window = format!("[[window]]\nfault = \"{fault}\"\ntarget = \"{target}\"\nfor = \"30s\"\n");
        desk.write("mine.toml", &format!("title = \"mine\"\ntopology = \"glin\"\n{window}"));
        desk.call(&["plan", "./mine.toml"])
    };
    for fault in ["crash", "oom", "process-stop", "connection-exhaust"] {
        for target in ["db.any", "db.replica", "db1"] {
            let said = plan(target, fault);
            let why = "is a service that may run no server, as its role is passive; ";
            assert!(
                said.code == exit::INVALID && said.err.contains(why) && said.err.contains("db.primary"),
                "{}",
                said.err
            );
        }
        assert_eq!(plan("db.primary", fault).code, 0, "{fault}");
    }
    assert_eq!(plan("db.replica", "freeze").code, 0, "whoever runs no server can be frozen");
}

#[test]
fn connections_are_held_to_whoever_serves_on_a_port_whatever_its_neighbour_does() {
    let desk = Desk::new();
    let plan = |target: &str| {
        let window = format!("[[window]]\nfault = \"connection-exhaust\"\ntarget = \"{target}\"\nfor = \"30s\"\n");
        desk.write("mine.toml", &format!("title = \"mine\"\ntopology = \"lounds\"\n{window}"));
        desk.call(&["plan", "./mine.toml"])
    };
    for target in ["dblb", "db1", "db.any", "db.primary", "web.any"] {
        let said = plan(target);
        assert_eq!(said.code, 0, "{target}: {}", said.err);
    }
    let said = plan("db3");
    let why = "`db3` is a service without a port in topology.toml; `connection-exhaust` needs a service with a port";
    assert!(said.code == exit::INVALID && said.err.contains(why), "{}", said.err);
}

#[test]
fn whoever_names_a_topology_as_a_scenario_is_told_how_it_is_named() {
    let said = Desk::new().call(&["run", "glin"]);
    assert_eq!(said.code, exit::USAGE);
    assert!(
        said.err.contains("hint: `glin` is a topology; a scenario runs on it by `--topology glin`"),
        "{}",
        said.err
    );
}
