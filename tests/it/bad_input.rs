//! Bad input: each one message with file and line or field, what was expected and a hint, and its exit code.

use wwchaos::exit;
use wwchaos::fault;
use wwchaos::library::Library;
use wwchaos::report;

use crate::program::{Desk, repository, text, unlisted};

const HEAD: &str = "title = \"t\"\ntopology = \"two-node\"\nbaseline = \"60s\"\n";
const KILL: &str = "[[window]]\nfault = \"kill\"\ntarget = \"web1\"\nfor = \"30s\"\n";

/// Words of the command line; all that is then said on standard error.
fn command_line(words: &[&str], code: u8, expected: &str) {
    let said = Desk::new().call(words);
    assert_eq!((said.code, said.err.trim_end(), said.out.as_str()), (code, expected, ""), "{words:?}");
}

/// The text of a scenario; what `plan` and `run` say of it, without the program's name.
fn scenario(text: &str, expected: &str) {
    let desk = Desk::new();
    desk.write("x.toml", text);
    for verb in ["plan", "run", "up"] {
        let said = desk.call(&[verb, "x.toml", "--seed", "7"]);
        let expected = format!("wwchaos: {expected}\n");
        assert_eq!((said.code, said.err.as_str(), said.out.as_str()), (exit::INVALID, &*expected, ""), "{text}");
    }
    assert!(!desk.path().join("reports").exists(), "{text}");
}

#[test]
fn names_that_are_not_known() {
    let library = Library::default();
    let known = [library.scenarios(), library.sets()].concat().join(", ");
    let unknown = format!("wwchaos: unknown scenario or set `freez`; known: {known} (hint: did you mean `freeze`?)");
    command_line(&["plan", "freez"], exit::USAGE, &unknown);
    command_line(&["run", "freez"], exit::USAGE, &unknown);
    command_line(&["up", "freez"], exit::USAGE, &unknown);
    command_line(
        &["plan", "mine.set"],
        exit::USAGE,
        "wwchaos: file of a set mine.set: No such file or directory (os error 2)",
    );
    let twice = "wwchaos: --set fall=3: fall is set twice; expected each setting once";
    command_line(&["plan", "freeze", "--set", "fall=2", "--set", "fall=3"], exit::USAGE, twice);
    let idle =
        "wwchaos: --webwork-image mine: the app is `standin`, whose image is built here; expected with --app webwork";
    command_line(&["plan", "freeze", "--webwork-image", "mine"], exit::USAGE, idle);
    command_line(&["run", "nightly", "--webwork-image", "mine"], exit::USAGE, idle);
    let missing = "wwchaos: scenario file mine.toml: No such file or directory (os error 2)";
    command_line(&["plan", "mine.toml"], exit::USAGE, missing);
    let hint = "(hint: --library DIR or WWCHAOS_LIBRARY names it)";
    let folder = format!("wwchaos: library folder /nonexistent: no such folder {hint}");
    command_line(&["--library", "/nonexistent", "list"], exit::USAGE, &folder);
    let folder = format!("wwchaos: library folder .: expected scenarios/ or compose/ in it {hint}");
    command_line(&["--library", ".", "list"], exit::USAGE, &folder);
    let set = "wwchaos: `nightly` is a set; expected one scenario: quiz-spike, quiz-db, crash";
    command_line(&["up", "nightly"], exit::USAGE, set);
    let golden = repository("tests/golden/clean");
    let formats = format!("wwchaos: unknown format `pdf`; known: {}", report::names().join(", "));
    command_line(&["report", golden.to_str().unwrap(), "--format", "pdf"], exit::USAGE, &formats);
    let run = "wwchaos: no run `nothing`: expected a folder with plan.json, or a scenario with runs below reports (hint: \
               `wwchaos run SCENARIO` makes one)";
    command_line(&["check", "nothing"], exit::USAGE, run);
    command_line(&["report", "nothing"], exit::USAGE, run);
}

/// Which image is meant, and for which app.
#[test]
fn images_of_webwork() {
    let named = "expected the name of an image such as `webwork` or `registry.example.org/webwork:2.20`, got `A B`";
    let told = format!(
        "error: invalid value 'A B' for '--webwork-image <IMAGE>': {named}\n\nFor more information, try '--help'."
    );
    command_line(&["plan", "freeze", "--app", "webwork", "--webwork-image", "A B"], exit::USAGE, &told);
    scenario(&format!("{HEAD}webwork_image = \"A B\"\n"), &format!("x.toml:4: webwork_image: {named}"));
    let idle =
        "the app is `standin`, whose image is built here; expected beside app = \"webwork\" (hint: or --app webwork)";
    scenario(&format!("{HEAD}webwork_image = \"mine\"\n"), &format!("x.toml:4: webwork_image: {idle}"));
    let desk = Desk::new();
    desk.write("x.toml", &format!("{HEAD}webwork_image = \"mine\"\nlength = \"3m\"\n"));
    let image = |desk: &Desk, words: &[&str]| {
        let said = desk.must(&[&["plan", "x.toml", "--seed", "7"], words].concat());
        said.lines().nth(1).unwrap().split(", seed").next().unwrap().trim().to_owned()
    };
    assert_eq!(image(&desk, &["--app", "webwork"]), "topology two-node, app webwork (image mine)");
    assert_eq!(image(&desk, &["--app", "standin"]), "topology two-node, app standin");
    let other = ["--app", "webwork", "--webwork-image", "other:2"];
    assert_eq!(image(&desk, &other), "topology two-node, app webwork (image other:2)");
    let strange = Desk::new().with("WWCHAOS_WEBWORK_IMAGE", "A B");
    let said = strange.call(&["plan", "freeze", "--app", "webwork"]);
    assert_eq!((said.code, said.err), (exit::USAGE, format!("wwchaos: WWCHAOS_WEBWORK_IMAGE: {named}\n")));
    strange.must(&["plan", "freeze"]);
    let desk = desk.with("WWCHAOS_WEBWORK_IMAGE", "third");
    assert_eq!(image(&desk, &["--app", "webwork"]), "topology two-node, app webwork (image third)");
    assert_eq!(image(&desk, &other), "topology two-node, app webwork (image other:2)");
    // The variable is for when it is wanted; the option is for now, whatever the variable says.
    desk.must(&["plan", "freeze"]);
    let said = desk.call(&["plan", "freeze", "--webwork-image", "third"]);
    assert!(said.code == exit::USAGE && said.err.contains("the app is `standin`"), "{}", said.err);
}

/// A file that can be planned as it is written is not to blame for what the command line makes of it.
#[test]
fn whose_fault_it_is() {
    let known = "known: engine, workers, profile, layout (hint: topology `glin` has a setting of this name)";
    let said = Desk::new().call(&["plan", "health-checks", "--topology", "one-web", "--seed", "7"]);
    assert_eq!(said.code, exit::USAGE);
    let first =
        format!("wwchaos: --topology one-web: scenarios/health-checks.set:3: check: unknown setting `check`; {known}");
    assert_eq!(said.err.lines().next(), Some(&*first));
    let desk = Desk::new();
    desk.write("x.toml", &format!("{HEAD}{}", KILL.replace("web1", "web2")));
    let no_targets = desk.call(&["plan", "x.toml", "--topology", "one-web", "--seed", "7"]);
    assert!(
        no_targets.code == exit::USAGE && no_targets.err.starts_with("wwchaos: --topology one-web: "),
        "{}",
        no_targets.err
    );
    let desk = Desk::new();
    desk.write("x.toml", &format!("{HEAD}[settings]\nchek = \"tcp\"\n"));
    let said = desk.call(&["plan", "x.toml", "--app", "standin", "--students", "10"]);
    assert!(said.code == exit::INVALID && said.err.starts_with("wwchaos: x.toml:5: settings.chek: "), "{}", said.err);
    desk.write("x.toml", &format!("{HEAD}[settings]\ntwo_factor = \"on\"\n"));
    let said = desk.call(&["plan", "x.toml"]);
    let hint = "(hint: app `webwork` has a setting of this name)\n";
    assert!(said.code == exit::INVALID && said.err.ends_with(hint), "{}", said.err);
    let said = desk.call(&["plan", "freeze", "--set", "webwork_image=mine"]);
    let hint = "(hint: it is an option: --webwork-image)\n";
    assert!(said.code == exit::USAGE && said.err.ends_with(hint), "{}", said.err);
    // A draw that leaves a window too few submissions is the seed's, which the message says.
    desk.write("x.toml", &format!("{HEAD}[class]\nstudents = 4\n{KILL}"));
    let mut drawn = (1..100).map(|seed: u32| desk.call(&["plan", "x.toml", "--seed", &seed.to_string()]));
    let unlucky = drawn.find(|said| said.code != exit::PASS).expect("a draw with too few");
    assert!(unlucky.code == exit::USAGE && unlucky.err.starts_with("wwchaos: --seed "), "{}", unlucky.err);
}

#[test]
fn what_a_search_for_capacity_is_asked_wrongly() {
    let wrong = |words: &[&str], expected: &str| {
        command_line(&[&["capacity"], words].concat(), exit::USAGE, &format!("wwchaos: {expected}"));
    };
    wrong(&["nightly"], "`nightly` is a set; expected one scenario: quiz-spike, quiz-db, crash");
    let known = "healthy, node-lost, node-lost-at-peak, database-failover";
    let homework = "`homework` does homework; expected a scenario with a test: what a capacity is judged by is how students start \
                    and end one";
    wrong(&["homework"], homework);
    wrong(&["quiz-spike", "--state", "broken"], &format!("--state broken: unknown state; known: {known}"));
    wrong(&["quiz-spike", "--least", "9", "--most", "3"], "expected at least as many --most as --least, got 3 and 9");
    let desk = Desk::new();
    // What could be searched as it is written is not the file's fault.
    for (words, expected) in [
        (
            &["--topology", "one-web", "--state", "node-lost"][..],
            "topology: expected at least two web nodes to lose one of, got 1",
        ),
        (&["--length", "30s"], "class.arrival: the run ends at 30s; a class that arrives within 25s needs at least"),
    ] {
        let said = desk.call(&[&["capacity", "steady"], words].concat());
        let begins = format!("wwchaos: {}: scenarios/steady.toml:", words.join(" "));
        assert!(
            said.code == exit::USAGE && said.err.starts_with(&begins) && said.err.contains(expected),
            "{}",
            said.err
        );
    }
    desk.write("paged.toml", "title = \"t\"\ntopology = \"two-node\"\n[class]\nper_page = 2\n");
    let said = desk.call(&["capacity", "paged.toml"]);
    let paged = "wwchaos: `paged` has `class.per_page`; expected all problems on one page: how often students turn pages is in no plan, \
                 by which a trial is judged while it goes on\n";
    assert_eq!((said.code, said.err.as_str()), (exit::USAGE, paged));
    desk.write("load.toml", "title = \"t\"\ntopology = \"two-node\"\n[load]\nprofile = \"staggered-25\"\n");
    let said = desk.call(&["capacity", "load.toml", "--length", "5m"]);
    let length = "wwchaos: --length: the profile `staggered-25` says how long its class takes\n";
    assert_eq!((said.code, said.err.as_str()), (exit::USAGE, length));
}

#[test]
fn settings_on_the_command_line() {
    let known: Vec<_> = Library::default().cluster("two-node", "standin").unwrap().settings;
    let known: Vec<_> = known.iter().map(|spec| spec.name.as_str()).collect();
    let expected = format!(
        "wwchaos: --set chek=tcp: unknown setting `chek`; known: {} (hint: did you mean `check`?)",
        known.join(", ")
    );
    command_line(&["plan", "freeze", "--set", "chek=tcp"], exit::USAGE, &expected);
    let expected = "wwchaos: --set check=statu: expected one of tcp, static, courses, status, content, got `statu` (hint: did you mean \
                    `status`?)\n--set workers=abc: expected a whole number from 1 to 12, got `abc`\n--set inter=1ns: \
                    expected a duration from 100ms to 1m, got `1ns`";
    let sets = ["--set", "check=statu", "--set", "workers=abc", "--set", "inter=1ns", "--set", "fall=20"];
    command_line(&[["run", "freeze"].as_slice(), &sets].concat(), exit::USAGE, expected);
    let expected = "wwchaos: --set workers=100000: expected a whole number from 1 to 12, got `100000`";
    command_line(&["plan", "freeze", "--set", "workers=100000"], exit::USAGE, expected);
    let expected = "error: invalid value 'check' for '--set <NAME=VALUE>': expected NAME=VALUE, for example \
                    check=tcp\n\nFor more information, try '--help'.";
    command_line(&["plan", "freeze", "--set", "check"], exit::USAGE, expected);
    let expected = "error: invalid value 'seven' for '--seed <SEED>': expected a whole number from 0 to 18446744073709551615\n\nFor more \
                    information, try '--help'.";
    command_line(&["plan", "freeze", "--seed", "seven"], exit::USAGE, expected);
    let expected = "error: invalid value '0' for '--students <STUDENTS>': 0 is not in 1..=500\n\nFor more information, \
                    try '--help'.";
    command_line(&["plan", "freeze", "--students", "0"], exit::USAGE, expected);
}

#[test]
fn scenarios_that_cannot_be_read() {
    let topologies = Library::default().topologies().join(", ");
    scenario("title = ", "x.toml:1: title: not valid TOML: string values must be quoted, expected literal string");
    scenario(
        &format!("title = \"t\"\ntopology = \"tow-node\"\n{KILL}"),
        &format!(
            "x.toml:2: topology: unknown topology `tow-node`; known: {topologies} (hint: did you mean `two-node`?)"
        ),
    );
    let faults = fault::names().join(", ");
    scenario(
        &format!("{HEAD}{}", KILL.replace("kill", "kil")),
        &format!("x.toml:5: window[1].fault: unknown fault `kil`; known: {faults} (hint: did you mean `kill`?)"),
    );
    scenario(
        &format!("{HEAD}{KILL}fore = \"3s\"\n"),
        "x.toml:8: window[1].fore: unknown field; known here: fault, target, also, at, for, expect (hint: did you mean \
         `for`?)",
    );
    let unit = "(hint: write it with a unit: \"30s\", \"500ms\", \"2m\")";
    scenario(
        &format!("{HEAD}{}", KILL.replace("\"30s\"", "30")),
        &format!("x.toml:7: window[1].for: expected a duration from 5s to 1h, got 30 {unit}"),
    );
    scenario(
        &format!("{HEAD}{}", KILL.replace("30s", "30 parsecs")),
        &format!("x.toml:7: window[1].for: expected a duration from 5s to 1h, got \"30 parsecs\" {unit}"),
    );
    scenario(
        &format!("{HEAD}{KILL}level = \"50%\"\n"),
        "x.toml:8: window[1].level: unknown field; known here: fault, target, also, at, for, expect",
    );
    scenario(
        &format!("{HEAD}{KILL}[expect]\nerror_rate = \"lots\"\n"),
        "x.toml:9: expect.error_rate: expected a percentage from 0% to 100%, got \"lots\" (hint: write it as \"5%\")",
    );
}

#[test]
fn scenarios_that_cannot_be_planned() {
    scenario(
        &format!("length = \"105s\"\n{}{KILL}", HEAD.replace("60s", "80s")),
        "x.toml:1: length: window[1] ends at 1m 50s, past the end of the run at 1m 45s (hint: make it at least 2m 20s, or \
         leave it out)",
    );
    scenario(
        &format!("{HEAD}[class]\nstudents = 1\n{KILL}"),
        "x.toml:6: window[1]: expected at least 5 graded submissions planned in it, got 1 from a class of 1 (hint: more \
         students, a smaller grade_every with more attempts, a longer window, or another --seed)",
    );
    scenario(
        &format!("{HEAD}{}", KILL.replace("web1", "web.primary")),
        "x.toml:6: window[1].target: unknown target `web.primary`; known: db.any, db.primary, db.replica, lb.any, manager.any, web.any, \
         db1, db2, lb, quorum, fencer, web1, web2 (hint: did you mean `db.primary`?)",
    );
    scenario(
        &format!("{HEAD}{}", KILL.replace("kill", "disk-fill")),
        "x.toml:6: window[1].target: `web1` is a service; `disk-fill` needs a volume (hint: targets that fit: \
         storage.courses)",
    );
    for fault in ["crash", "oom"] {
        let expected = format!(
            "x.toml:6: window[1].target: `lb` is a service without `server` in topology.toml; `{fault}` needs a service \
             whose role names its `server`, of a passive role the primary (hint: targets that fit: db.any, db.primary, db.replica, web.any, db1, db2, web1, web2)"
        );
        scenario(&format!("{HEAD}{}", KILL.replace("kill", fault).replace("web1", "lb")), &expected);
    }
    scenario(
        &format!("{HEAD}[settings]\nfall = \"x\"\n{KILL}"),
        "x.toml:5: settings.fall: expected a whole number from 1 to 20, got `x`",
    );
    scenario(
        &format!("app = \"moodle\"\n{HEAD}{KILL}"),
        &format!("x.toml:1: app: unknown app `moodle`; known: {}", Library::default().apps().join(", ")),
    );
    scenario(
        &format!("{HEAD}{KILL}{}", KILL.replace("for =", "at = \"70s\"\nfor =")),
        "x.toml:11: window[2].at: starts at 1m 10s, before window[1] has ended at 1m 30s (hint: faults come one after the \
         other)",
    );
}

#[test]
fn every_problem_of_a_file_is_said_at_once() {
    let desk = Desk::new();
    desk.write(
        "x.toml",
        &format!("titel = \"t\"\ntopology = \"two-node\"\n[class]\nstudents = 0\n{}", KILL.replace("30s", "3")),
    );
    insta::assert_snapshot!(desk.call(&["plan", "x.toml"]).err, @r#"
    wwchaos: x.toml:1: titel: unknown field; known here: class, load, title, topology, app, webwork_image, settings, timings, rush, repeat, baseline, recovery, length, window, expect, stop, capacity (hint: did you mean `title`?)
    x.toml:4: class.students: out of range; expected a whole number from 1 to 500, got 0
    x.toml:8: window[1].for: expected a duration from 5s to 1h, got "3" (hint: write it with a unit: "30s", "500ms", "2m")
    "#);
}

#[test]
fn a_topology_of_ones_own_that_cannot_be_read() {
    let desk = Desk::new();
    desk.write(
        "compose/mine/topology.toml",
        "title = \"mine\"\nimages = [\"standin\", \"helper\"]\n[entry]\nport = \"eighty\"\n",
    );
    desk.write("x.toml", &format!("{HEAD}{KILL}").replace("two-node", "mine"));
    let said = desk.call(&["--library", ".", "plan", "x.toml"]);
    assert_eq!(said.code, exit::INVALID);
    insta::assert_snapshot!(said.err, @r#"
    wwchaos: ./compose/mine/topology.toml:1: address: missing; expected a table with the last octet of every service's address
    ./compose/mine/topology.toml:1: database: missing; expected a table with address, port, name and user
    ./compose/mine/topology.toml:1: role.web: missing; expected a role of this name with a port: students reach the services of role `web`
    ./compose/mine/topology.toml:3: entry.service: missing; expected a text
    ./compose/mine/topology.toml:4: entry.port: expected a whole number from 1 to 65535, got "eighty"
    "#);
}

/// The files of `two-node` with changes, as a topology of one's own; what `plan` says of it, without its folder.
fn topology(changes: &[(&str, &str)]) -> String {
    let desk = Desk::new();
    let mut texts = ["topology.toml", "docker-compose.yml"].map(|file| text(&format!("compose/two-node/{file}")));
    for (from, to) in changes {
        assert!(texts.iter().any(|text| text.contains(from)), "{from}");
        texts.iter_mut().for_each(|text| *text = text.replace(from, to));
    }
    desk.write("compose/mine/topology.toml", &texts[0]);
    desk.write("compose/mine/docker-compose.yml", &texts[1]);
    desk.write("x.toml", &format!("{HEAD}{KILL}").replace("two-node", "mine"));
    let said = desk.call(&["--library", ".", "plan", "x.toml"]);
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    unlisted(&said.err.replace("./compose/mine/", "").replace("wwchaos: ", ""))
}

#[test]
fn names_within_a_topology_must_fit() {
    insta::assert_snapshot!(topology(&[("web2 = 12", "web2 = 11")]), @r#"topology.toml:15: address.web2: expected an address of its own, got 11, which is that of `web1` (hint: 12 is free)"#);
    insta::assert_snapshot!(topology(&[("web2 = 12", "web2 = 1200")]), @r#"topology.toml:15: address.web2: out of range; expected a whole number from 2 to 254, got 1200"#);
    insta::assert_snapshot!(topology(&[("tls = \"tls=on\"", "tls = \"tls=yes\"")]), @r"topology.toml:9: entry.tls: expected one of off, on, got `yes`");
    insta::assert_snapshot!(topology(&[("courses/{course}/logs", "courses/{cuorse}/logs")]), @r#"topology.toml:76: audit.answer_log: unknown placeholder `{cuorse}`; known: {course} (hint: did you mean `{course}`?)"#);
    insta::assert_snapshot!(topology(&[("config = { haproxy", "config = { haproxi")]), @"topology.toml:63: detector.balancer.config.haproxi: unknown field; known here: haproxy, corosync, cib (hint: did you mean `haproxy`?)");
    insta::assert_snapshot!(topology(&[("watches = \"web\"", "watches = \"wbe\"")]), @r#"topology.toml:59: detector.balancer.watches: unknown role `wbe`; known: db, lb, manager, web (hint: did you mean `web`?)"#);
    insta::assert_snapshot!(topology(&[("services = [\"web1\", \"web2\"]\nport = 8080\n", "services = [\"web1\", \"web2\"]\n")]), @r#"topology.toml:31: role.web.port: missing; expected the port that they serve on: students reach the services of role `web`"#);
    insta::assert_snapshot!(topology(&[("\"lb\", \"helper\"]", "\"bl\", \"helper\"]")]), @r#"topology.toml: images: unknown image `bl`; known: <all images> (hint: did you mean `lb`?)"#);
}

#[test]
fn a_setting_of_a_topology_has_a_range_of_its_kind() {
    let range = |text: &str| {
        let table = format!("\n[setting.fall]\nkind = \"whole\"\n{text}\nhelp = \"failed checks\"\n\n[entry]");
        topology(&[("\n[entry]", &table)])
    };
    insta::assert_snapshot!(range("default = \"40\"\nmin = \"1\"\nmax = \"20\""), @r#"topology.toml:8: setting.fall.default: expected a whole number from 1 to 20, got `40`"#);
    insta::assert_snapshot!(range("default = \"3\"\nmin = \"2s\""), @r#"topology.toml:9: setting.fall.min: expected a whole number from 1, got `2s`"#);
    insta::assert_snapshot!(range("default = \"3\"\nmin = \"3\"\nmax = \"2\""), @r#"topology.toml:10: setting.fall.max: expected a whole number from 3, got `2`"#);
}

/// The stand-in's description with changes, as an app of one's own; what `plan` says of it, without its folder.
fn app(changes: &[(&str, &str)]) -> String {
    let desk = Desk::new();
    let mut text = text("compose/apps/standin/app.toml");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    desk.write("compose/apps/mine/app.toml", &text);
    desk.write("compose/apps/mine/bin/entrypoint", "#!/bin/sh\n");
    desk.write("x.toml", &format!("app = \"mine\"\n{HEAD}{KILL}"));
    let said = desk.call(&["--library", ".", "plan", "x.toml"]);
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    unlisted(&said.err.replace("./compose/apps/mine/", "").replace("wwchaos: ", ""))
}

#[test]
fn an_app_of_ones_own_is_held_to_what_it_must_say() {
    insta::assert_snapshot!(app(&[("\"{students}\"", "\"{student}\"")]), @r"app.toml:3: seed: unknown placeholder `{student}`; known: {course}, {set}, {homework}, {students}, {problems}, {per_page}, {attempts}, {versions}, {minutes} (hint: did you mean `{students}`?)");
    insta::assert_snapshot!(app(&[("build = \"standin\"", "build = \"standing\"")]), @r"app.toml: image.build: unknown image `standing`; known: <all images> (hint: did you mean `standin`?)");
    insta::assert_snapshot!(app(&[("build = \"standin\"", "name = \"mine\"")]), @r"
    app.toml:18: image.version: missing; expected a command
    app.toml:18: image.expect: missing; expected a text
    app.toml:18: image.least: missing; expected a text
    app.toml:18: image.missing: missing; expected a text
    ");
    insta::assert_snapshot!(app(&[("server = \"^standin-\"\n", "server = \"(\"\n"), ("[setting.workers]", "[setting.fall]")]), @r"app.toml:8: server: expected a regular expression, got `(`: unclosed group");
    insta::assert_snapshot!(app(&[("[setting.workers]", "[setting.fall]")]), @r"compose/apps/mine/app.toml: setting.fall: topology `two-node` has a setting of this name (hint: a setting has one owner)");
    insta::assert_snapshot!(app(&[("[setting.workers]", "[setting.layout]")]), @r"app.toml:43: setting.layout: the tables [layout.<name>] make this setting");
    insta::assert_snapshot!(app(&[("cpu = \"19%\"", "cpu = \"0%\"")]), @r"app.toml:9: cpu: expected a share above 0%");
    let named = |least: &str, expect: &str| {
        let image = format!(
            "name = \"mine\"\nversion = [\"x\"]\nexpect = '{expect}'\nleast = \"{least}\"\nmissing = \"build it\""
        );
        app(&[("build = \"standin\"", &image)])
    };
    insta::assert_snapshot!(named("two", "(?<version>.)"), @r#"app.toml:22: image.least: expected a version such as "2.19", got `two`"#);
    insta::assert_snapshot!(named("2.19", "WW_VERSION"), @r"app.toml:21: image.expect: expected an expression with a group named `version`, got `WW_VERSION` (hint: write (?<version>[0-9.]+))");
}

#[test]
fn an_app_needs_a_first_process() {
    let desk = Desk::new();
    desk.write("compose/apps/mine/app.toml", &text("compose/apps/standin/app.toml"));
    let said = desk.call(&["--library", ".", "plan", "quiz-spike", "--app", "mine"]);
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    insta::assert_snapshot!(said.err, @r"wwchaos: --app mine: ./compose/apps/mine/app.toml: no file bin/entrypoint beside it: expected the first process of the app's services");
}

#[test]
fn a_topology_on_the_command_line() {
    let said = Desk::new().call(&["plan", "freeze", "--topology", "two-nod"]);
    assert_eq!(said.code, exit::USAGE);
    insta::assert_snapshot!(unlisted(&said.err), @"wwchaos: --topology two-nod: unknown topology `two-nod`; known: <all topologies> (hint: did you mean `two-node`?)");
    let said = Desk::new().call(&["plan", "quiz-db", "--topology", "one-web"]);
    assert_eq!((said.code, said.err.as_str()), (exit::PASS, ""));
    assert!(said.out.contains("topology one-web"), "{}", said.out);
}

#[test]
fn an_app_on_the_command_line_that_is_not_known() {
    let said = Desk::new().call(&["plan", "freeze", "--app", "webwrok"]);
    assert_eq!(said.code, exit::USAGE);
    insta::assert_snapshot!(unlisted(&said.err), @r"wwchaos: --app webwrok: unknown app `webwrok`; known: <all apps> (hint: did you mean `webwork`?)");
    let said = Desk::new().call(&["plan", "quiz-spike", "--repeat", "100"]);
    assert_eq!(said.code, exit::USAGE);
    assert!(
        said.err.starts_with("wwchaos: --repeat 100: scenarios/quiz-spike.toml: repeat: expected at most"),
        "{}",
        said.err
    );
    let said = Desk::new().call(&["plan", "freeze", "--stretch", "0.5"]);
    assert_eq!(said.code, exit::USAGE);
    insta::assert_snapshot!(said.err, @r"
    error: invalid value '0.5' for '--stretch <TIMES>': expected a number from 1 to 20, such as 2 or 1.5

    For more information, try '--help'.
    ");
}

#[test]
fn a_compose_file_must_fit_its_topology() {
    let desk = Desk::new();
    desk.write("compose/mine/topology.toml", &text("compose/two-node/topology.toml"));
    desk.write("x.toml", &format!("{HEAD}{KILL}").replace("two-node", "mine"));
    let said = desk.call(&["--library", ".", "plan", "x.toml"]);
    let expected =
        "wwchaos: ./compose/mine/docker-compose.yml: missing; expected how the services of topology.toml run\n";
    assert_eq!((said.code, said.err.as_str()), (exit::INVALID, expected));
    insta::assert_snapshot!(topology(&[("\n  web2:\n", "\n  wbe2:\n"), ("-web2\n", "-wbe2\n")]), @r#"docker-compose.yml:65: services: topology.toml, role `web`: unknown service `web2`; known: lb, web1, wbe2, db1, db2, quorum, fencer, gate (hint: did you mean `wbe2`?)"#);
    insta::assert_snapshot!(topology(&[("  courses: {external", "  course: {external")]), @r#"docker-compose.yml:187: volumes: topology.toml: unknown volume `courses`; known: course, gate, lb-config, db1-data, db2-data, quorum-data (hint: did you mean `course`?)"#);
    insta::assert_snapshot!(topology(&[("    hostname: fencer\n", "    hostname: fencer\n    privileged: true\n"), ("[\"127.0.0.1:${WWCHAOS_ENTRY_PORT}:8080\"]", "[\"8080:8080\"]")]), @r#"
    docker-compose.yml:94: services.lb.ports: expected ports of 127.0.0.1 only, got `8080:8080` (hint: write "127.0.0.1:<port>:<port>")
    docker-compose.yml:139: services.fencer.privileged: expected no privileged container, got true (hint: name capabilities one by one: cap_add)
    "#);
    insta::assert_snapshot!(topology(&[("x-labels: &labels\n  wwchaos.run: ${WWCHAOS_RUN}", "x-labels: &labels\n  other: label")]), @r#"
    docker-compose.yml:66: services.lb.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:97: services.web1.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:103: services.web2.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:109: services.db1.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:117: services.db2.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:125: services.quorum.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:135: services.fencer.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:158: services.gate.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:182: networks.net.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:189: volumes.gate.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:190: volumes.lb-config.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:191: volumes.db1-data.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:192: volumes.db2-data.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.yml:193: volumes.quorum-data.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    "#);
    insta::assert_snapshot!(topology(&[("  image: ${WWCHAOS_IMAGE_APP}", "  image: ${WWCHAOS_IMAGE_STANDIN}")]), @r"
    docker-compose.yml:22: services.web1.image: expected `${WWCHAOS_IMAGE_APP}`, got `${WWCHAOS_IMAGE_STANDIN}` (hint: the services of role `web`, and who replaces one, run the run's app)
    docker-compose.yml:22: services.web2.image: expected `${WWCHAOS_IMAGE_APP}`, got `${WWCHAOS_IMAGE_STANDIN}` (hint: the services of role `web`, and who replaces one, run the run's app)
    ");
    insta::assert_snapshot!(topology(&[("container_name: ${WWCHAOS_RUN}-web2", "container_name: web2")]), @r#"docker-compose.yml:105: services.web2.container_name: expected `${WWCHAOS_RUN}-web2`, got `web2` (hint: wwchaos finds a service by this name)"#);
    insta::assert_snapshot!(topology(&[("ipv4_address: \"${WWCHAOS_NET}.12\"", "ipv4_address: \"${WWCHAOS_NET}.13\"")]), @r#"docker-compose.yml:107: services.web2.networks: expected ipv4_address `${WWCHAOS_NET}.12`, got `${WWCHAOS_NET}.13` (hint: as under [address] of topology.toml)"#);
    insta::assert_snapshot!(topology(&[("services:\n  lb:", "services: [\n  lb:")]), @r#"docker-compose.yml:67: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'"#);
}

/// A variant of `two-node` in one's own library; what `plan` says of it, without its folder.
fn variant(description: &str, changes: Option<(&str, &str)>) -> String {
    let desk = Desk::new();
    desk.write("compose/other/topology.toml", "extends = \"two-node\"\ntitle = \"other\"\n");
    desk.write("compose/mine/topology.toml", description);
    changes.iter().for_each(|(file, text)| drop(desk.write(&format!("compose/mine/{file}"), text)));
    desk.write("x.toml", &format!("{HEAD}{KILL}").replace("two-node", "mine"));
    let said = desk.call(&["--library", ".", "plan", "x.toml"]);
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    unlisted(&said.err.replace("./compose/mine/", "").replace("wwchaos: ", ""))
}

#[test]
fn a_variant_must_fit_its_base() {
    let base = "extends = \"two-node\"\ntitle = \"mine\"\n";
    insta::assert_snapshot!(variant(&base.replace("two-", "tow-"), None), @r#"topology.toml:1: extends: unknown topology `tow-node`; known: <all topologies>, mine, other (hint: did you mean `two-node`?)"#);
    insta::assert_snapshot!(variant(&base.replace("two-node", "other"), None), @r#"topology.toml:1: extends: `other` extends `two-node`; expected a topology that extends none"#);
    insta::assert_snapshot!(variant(&base.replace("\"two-node\"", "2"), None), @r#"topology.toml:1: extends: expected a text, got 2"#);
    let role = "[role.web]\nservices = [\"web1\", \"web3\"]\nport = 8080\ncpu = \"19%\"\nmemory = \"256MiB\"\n";
    insta::assert_snapshot!(variant(&format!("{base}{role}"), None), @r#"
    topology.toml:1: address: no address for service `web3` of role `web` (hint: add `web3 = 13` under [address])
    topology.toml:1: audit.log_services: unknown service `web2`; known: db1, db2, lb, quorum, fencer, web1, web3 (hint: did you mean `web1`?)
    "#);
    let whole = ("docker-compose.yml", "services: {}\n");
    insta::assert_snapshot!(variant(base, Some(whole)), @r#"docker-compose.yml: would replace that of `two-node`; expected what differs from it in docker-compose.override.yml"#);
    let over = |text| Some(("docker-compose.override.yml", text));
    let wrong = "services:\n  lb:\n    privileged: true\n    ports: [\"80:8080\"]\n  web1:\n    container_name: web1\n    \
                 networks: {net: {ipv4_address: \"${WWCHAOS_NET}.19\"}}\n  extra:\n    image: debian\n";
    insta::assert_snapshot!(variant(base, over(wrong)), @r#"
    docker-compose.override.yml:3: services.lb.privileged: expected no privileged container, got true (hint: name capabilities one by one: cap_add)
    docker-compose.override.yml:4: services.lb.ports: expected ports of 127.0.0.1 only, got `80:8080` (hint: write "127.0.0.1:<port>:<port>")
    docker-compose.override.yml:6: services.web1.container_name: expected `${WWCHAOS_RUN}-web1`, got `web1` (hint: wwchaos finds a service by this name)
    docker-compose.override.yml:7: services.web1.networks: expected ipv4_address `${WWCHAOS_NET}.11`, got `${WWCHAOS_NET}.19` (hint: as under [address] of topology.toml)
    docker-compose.override.yml:8: services.extra.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    docker-compose.override.yml:8: services.extra.container_name: expected `${WWCHAOS_RUN}-extra`, got `none` (hint: wwchaos finds a service by this name)
    docker-compose.override.yml:8: services.extra.mem_limit: expected a limit, got none (hint: ${WWCHAOS_MEMORY_<ROLE>}, or as in 64m)
    docker-compose.override.yml:8: services.extra.pids_limit: expected a limit, got none (hint: a few hundred processes)
    docker-compose.override.yml:8: services.extra.cap_drop: expected [ALL] (hint: cap_add names those that it needs)
    docker-compose.override.yml:8: services.extra.networks: missing; expected a network under `networks` that carries the label
    "#);
}

/// What is wrong is wrong in the file that said it last; a file can add and replace, and not take away.
#[test]
fn a_variant_is_held_against_what_its_files_say_together() {
    let moved = "extends = \"two-node\"\ntitle = \"mine\"\n[address]\nweb1 = 31\n";
    insta::assert_snapshot!(variant(moved, None), @r#"compose/two-node/docker-compose.yml:101: services.web1.networks: expected ipv4_address `${WWCHAOS_NET}.31`, got `${WWCHAOS_NET}.11` (hint: as under [address] of topology.toml)"#);
    let over = |text| Some(("docker-compose.override.yml", text));
    let twice = "services:\n  web1:\n    networks: {net: {ipv4_address: \"${WWCHAOS_NET}.31\"}}\n    labels:\n      wwchaos.run: mine\n";
    insta::assert_snapshot!(variant(moved, over(twice)), @r#"docker-compose.override.yml:2: services.web1.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `mine` (hint: `wwchaos down` finds what carries it)"#);
    let elsewhere = "services:\n  web1:\n    networks: {net: {aliases: [w]}, other: {}}\nnetworks: {other: {}}\n";
    insta::assert_snapshot!(variant(moved, over(elsewhere)), @r#"
    docker-compose.override.yml:3: services.web1.networks: expected ipv4_address `${WWCHAOS_NET}.31`, got `none` (hint: as under [address] of topology.toml)
    docker-compose.override.yml:4: networks.other.labels: expected the label `wwchaos.run: ${WWCHAOS_RUN}`, got `none` (hint: `wwchaos down` finds what carries it)
    "#);
    let entry = "extends = \"two-node\"\ntitle = \"mine\"\n[entry]\nservice = \"lb\"\nport = 9090\n";
    insta::assert_snapshot!(variant(entry, None), @r#"compose/two-node/docker-compose.yml:94: services.lb.ports: expected "127.0.0.1:${WWCHAOS_ENTRY_PORT}:9090", the entry of topology.toml"#);
    let ports = "services:\n  lb:\n    ports:\n      - \"127.0.0.1:${WWCHAOS_ENTRY_PORT}:9090\"\n";
    insta::assert_snapshot!(variant(entry, over(ports)), @r#"docker-compose.override.yml:4: services.lb.ports: expected ${WWCHAOS_ENTRY_PORT} to be published once, got it in compose/two-node/docker-compose.yml:94 already (hint: ports are added to those of the file before)"#);
    let volume = "extends = \"two-node\"\ntitle = \"mine\"\nshared = \"courses\"\n[volume.db1-data]\nsize = \"1GiB\"\n";
    insta::assert_snapshot!(variant(volume, over("volumes: {db1-data: {external: true}}\n")), @r#"docker-compose.override.yml:1: volumes.db1-data.name: expected `${WWCHAOS_RUN}-db1-data`, got `none`"#);
}

/// Compose would read what nobody has checked.
#[test]
fn a_compose_file_takes_nothing_from_other_files() {
    let last = "  quorum-data: {name: \"${WWCHAOS_RUN}-quorum-data\", labels: *labels}\n";
    let more = format!("{last}---\nservices: {{lb: {{privileged: true}}}}\n");
    insta::assert_snapshot!(topology(&[(last, &more)]), @r#"docker-compose.yml:195: expected one document, got a second one (hint: what follows `---` is not checked)"#);
    let include = [
        ("services:\n  lb:\n", "include: [other.yml]\nservices:\n  lb:\n"),
        ("    hostname: fencer\n", "    hostname: fencer\n    extends: {file: other.yml, service: fencer}\n"),
    ];
    insta::assert_snapshot!(topology(&include), @r#"
    docker-compose.yml:65: include: expected nothing from other files: they are not checked (hint: write it here, or extend a topology)
    docker-compose.yml:140: services.fencer.extends: expected nothing from other files: they are not checked (hint: write it here, or extend a topology)
    "#);
}

/// Compose files that nobody checks would be run.
#[test]
fn a_topology_that_extends_nothing_has_no_override() {
    let desk = Desk::new();
    desk.write("compose/two-node/docker-compose.override.yml", "services: {lb: {ports: [\"0.0.0.0:80:80\"]}}\n");
    desk.write("compose/mine/topology.toml", "extends = \"two-node\"\ntitle = \"mine\"\n");
    desk.write("x.toml", &format!("{HEAD}{KILL}").replace("two-node", "mine"));
    let expected = "wwchaos: ./compose/two-node/docker-compose.override.yml: `two-node` extends nothing; expected its \
                    services in docker-compose.yml alone (hint: a topology of another name with `extends = \
                    \"two-node\"` may change them)\n";
    for words in [["plan", "kill"], ["run", "kill"], ["up", "kill"], ["plan", "x.toml"]] {
        let said = desk.call(&[["--library", "."], words].concat());
        assert_eq!((said.code, said.err.as_str(), said.out.as_str()), (exit::INVALID, expected, ""), "{words:?}");
    }
}

#[test]
fn a_set_names_scenarios_and_nothing_else() {
    let desk = Desk::new();
    desk.write("scenarios/mine.set", "# what I run\n\nkill\nnightly # a set\nfreez\ncrash oom\n");
    desk.write("scenarios/none.set", "# nothing yet\n\n");
    let known = Library::default().scenarios().join(", ");
    for verb in ["plan", "run", "up"] {
        let said = desk.call(&["--library", ".", verb, "mine"]);
        let expected = format!(
            "wwchaos: ./scenarios/mine.set:4: `nightly` is a set; expected a scenario (hint: name its scenarios here)\n\
             ./scenarios/mine.set:5: unknown scenario `freez`; known: {known} (hint: did you mean `freeze`?)\n\
             ./scenarios/mine.set:6: expected NAME=VALUE behind the scenario, got `oom` (hint: one scenario a line; its \
             settings as in check=tcp)\n"
        );
        assert_eq!((said.code, said.err.as_str(), said.out.as_str()), (exit::INVALID, &*expected, ""));
        let said = desk.call(&["--library", ".", verb, "none"]);
        let expected = "wwchaos: ./scenarios/none.set: names no scenario; expected one a line\n";
        assert_eq!((said.code, said.err.as_str()), (exit::INVALID, expected));
    }
}

#[test]
fn a_file_of_ones_own_that_cannot_be_read_is_not_passed_over() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path().join("scenarios/freeze.toml")).unwrap();
    let said = desk.call(&["--library", ".", "plan", "freeze"]);
    let expected = "wwchaos: ./scenarios/freeze.toml: expected a file, got a folder\n";
    assert_eq!((said.code, said.err.as_str()), (exit::INVALID, expected));
}

#[test]
fn a_line_of_a_set_sets_what_its_topology_has() {
    let desk = Desk::new();
    desk.write("scenarios/mine.set", "freeze check=tcp\nfreeze chek=tcp fall=99\n\nkill inter=1ns # too short\n");
    let called = desk.call(&["--library", ".", "run", "mine"]);
    let known: Vec<_> = Library::default().cluster("two-node", "standin").unwrap().settings;
    let known: Vec<_> = known.iter().map(|spec| spec.name.as_str()).collect();
    let expected = format!(
        "wwchaos: ./scenarios/mine.set:2: chek: unknown setting `chek`; known: {} (hint: did you mean `check`?)\n\
         ./scenarios/mine.set:2: fall: expected a whole number from 1 to 20, got `99`\n\
         ./scenarios/mine.set:4: inter: expected a duration from 100ms to 1m, got `1ns`\n",
        known.join(", ")
    );
    assert_eq!((called.code, called.err), (exit::INVALID, expected));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let desk = Desk::new();
    let call = |words: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.current_dir(desk.path()).args(words).env("WWCHAOS_LIBRARY", "").env("WWCHAOS_REPORTS", "");
        command.output().unwrap()
    };
    assert!(call(&["plan", "freeze"]).status.success());
    let said = String::from_utf8(call(&["check", "freeze"]).stderr).unwrap();
    assert!(said.contains("runs below reports (hint"), "{said}");
    let folder = "wwchaos: library folder : no such folder (hint: --library DIR or WWCHAOS_LIBRARY names it)";
    command_line(&["--library", "", "list"], exit::USAGE, folder);
}

/// A recorded run with changes to one of its files; what `check` and `report` say of it, without its folder.
fn stored(file: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let desk = Desk::new();
    for name in ["plan.json", "preface.json", "history.jsonl"] {
        let original = text(&format!("tests/golden/clean/{name}"));
        let changed = if name == file { change(&original) } else { Some(original) };
        changed.iter().for_each(|changed| drop(desk.write(&format!("run/{name}"), changed)));
    }
    let [said, again] = [["check", "run"], ["report", "run"]].map(|words| desk.call(&words));
    assert_eq!((said.code, said.out.as_str()), (exit::INVALID, ""), "{}", said.err);
    assert_eq!((again.code, &again.err), (said.code, &said.err));
    said.err.replace(desk.path().canonicalize().unwrap().to_str().unwrap(), "")
}

#[test]
fn a_stored_run_that_cannot_be_read() {
    insta::assert_snapshot!(stored("plan.json", |_| Some("{}".to_owned())), @r#"wwchaos: /run/plan.json:1: not what this version writes: missing field `scenario` (hint: the file was damaged, or another version wrote it)"#);
    insta::assert_snapshot!(stored("preface.json", |text| Some(text[..text.len() / 2].to_owned())), @r#"wwchaos: /run/preface.json:89: not what this version writes: EOF while parsing a value (hint: the file was damaged, or another version wrote it)"#);
    insta::assert_snapshot!(stored("preface.json", |_| None), @r#"wwchaos: /run/preface.json: cannot be read: No such file or directory (os error 2)"#);
    insta::assert_snapshot!(stored("history.jsonl", |_| None), @r#"wwchaos: /run/history.jsonl: cannot be read: No such file or directory (os error 2)"#);
    insta::assert_snapshot!(stored("history.jsonl", |_| Some(String::new())), @r#"wwchaos: /run/history.jsonl: empty: nothing of the run was recorded"#);
    insta::assert_snapshot!(stored("history.jsonl", |_| Some("{\"at\":1,\"fact\":\"origin\",\"hash\":\"0\"}\n".to_owned())), @r#"wwchaos: /run/history.jsonl: empty: nothing of the run was recorded"#);
    insta::assert_snapshot!(stored("history.jsonl", |text| Some(text.replacen("\"fact\"", "fact", 1))), @r#"wwchaos: /run/history.jsonl:1: not an observation: key must be a string, column 21"#);
    let last = text("tests/golden/clean/history.jsonl").lines().count() + 1;
    let whole = stored("history.jsonl", |text| Some(format!("{text}{{\"at\":7,\"fa\n")));
    assert!(whole.starts_with(&format!("wwchaos: /run/history.jsonl:{last}: not an observation: ")), "{whole}");
    let other = "{\"at\":1,\"fact\":\"origin\",\"hash\":\"0011223344556677\"}\n";
    insta::assert_snapshot!(stored("history.jsonl", |text| Some(format!("{other}{text}"))), @r#"wwchaos: /run/history.jsonl: of another run than the plan.json and preface.json beside it (hint: a run is kept, copied and replaced as a whole folder)"#);
}

#[test]
fn a_history_that_was_cut_off_is_judged_and_said() {
    let desk = Desk::new();
    for name in ["plan.json", "preface.json"] {
        desk.write(&format!("run/{name}"), &text(&format!("tests/golden/clean/{name}")));
    }
    let history = text("tests/golden/clean/history.jsonl");
    let kept = &history[..history.len() / 2];
    desk.write("run/history.jsonl", kept);
    let said = desk.call(&["check", "run"]);
    let line = kept.lines().count();
    let path = desk.path().canonicalize().unwrap().join("run/history.jsonl");
    let expected = format!("wwchaos: {}:{line}: the last line is cut off and left out\n", path.display());
    assert_eq!((said.code, said.err), (exit::UNKNOWN, expected), "{}", said.out);
    // Cut between a line and its end, nothing is lost.
    desk.write("run/history.jsonl", history.trim_end());
    let said = desk.call(&["check", "run"]);
    assert_eq!((said.code, said.err.as_str()), (exit::PASS, ""));
}

#[test]
fn a_run_that_is_not_there_is_told_with_those_that_are() {
    let desk = Desk::new();
    desk.write("reports/quiz/20260101T100000Z/plan.json", "{}");
    let expected = "no run `quit`: expected a folder with plan.json, or a scenario with runs below reports (hint: did you \
                    mean `quiz`?)\n";
    let said = desk.call(&["check", "quit"]);
    assert_eq!((said.code, said.err), (exit::USAGE, format!("wwchaos: {expected}")));
    let said = desk.call(&["report", "storage"]);
    assert!(said.err.ends_with("(hint: there are runs of quiz)\n"), "{}", said.err);
}

/// A matrix is made of the command line, which is what is to be mended.
#[test]
fn matrices_that_cannot_be_made() {
    let desk = Desk::new();
    let check = |words: &[&str], expected: &str| {
        let said = desk.call(&[&["matrix"], words].concat());
        assert_eq!((said.code, said.out.as_str()), (exit::USAGE, ""), "{words:?}: {}", said.err);
        assert!(said.err.contains(expected), "{words:?}: {}", said.err);
    };
    check(&["--fault", "kil"], "--fault: unknown fault `kil`; known: kill, ");
    check(&["--fault", "kill:"], "--fault: expected FAULT or FAULT:TARGET, such as kill:db.primary");
    check(&["--fault", "kill", "--fault", "kill"], "--fault kill: named twice; expected each once");
    check(&["--for", "1s"], "expected a duration from 5s to 1h");
    check(&["--topology", "tow-node"], "--topology tow-node: unknown topology `tow-node`; known: ");
    check(&["--topology", "gage", "--topology", "gage"], "--topology gage: named twice; expected each once");
    check(
        &["--topology", "gage", "--set", "rise=2"],
        "--set rise=2: no topology that is asked for has a setting `rise`",
    );
    check(
        &["--topology", "gage", "--fault", "kill:nope", "--fault", "kill"],
        "--fault kill:nope: no topology that is asked for can have it; gage: unknown target `nope`; known: ",
    );
    check(
        &["--topology", "gage", "--fault", "replica-lag"],
        "--fault replica-lag: no topology that is asked for can have it; gage: it has not what `replica-lag` needs: a service",
    );
    check(&["--app", "moodle"], "unknown app `moodle`; known: ");
    assert!(!desk.path().join("reports").exists(), "nothing is made for what is not there");
}
