//! Bad input: each one message with file and line or field, what was expected and a hint, and its exit code.

use wwchaos::exit;
use wwchaos::fault;
use wwchaos::library::Library;
use wwchaos::report;

use crate::program::{Desk, repository};

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
    let known = library.scenarios().join(", ");
    let unknown = format!("wwchaos: unknown scenario `freez`; known: {known} (hint: did you mean `freeze`?)");
    command_line(&["plan", "freez"], exit::USAGE, &unknown);
    command_line(&["run", "freez"], exit::USAGE, &unknown);
    command_line(&["up", "freez"], exit::USAGE, &unknown);
    let missing = "wwchaos: scenario file mine.toml: No such file or directory (os error 2)";
    command_line(&["plan", "mine.toml"], exit::USAGE, missing);
    let folder = "wwchaos: --library /nonexistent: expected a folder with scenarios/ and compose/ in it";
    command_line(&["--library", "/nonexistent", "list"], exit::USAGE, folder);
    let golden = repository("tests/golden/clean");
    let formats = format!("wwchaos: unknown format `pdf`; known: {}", report::names().join(", "));
    command_line(&["report", golden.to_str().unwrap(), "--format", "pdf"], exit::USAGE, &formats);
    let run = "wwchaos: no run `nothing`: expected a folder with plan.json, or the name of a scenario below reports";
    command_line(&["check", "nothing"], exit::USAGE, run);
    command_line(&["report", "nothing"], exit::USAGE, run);
}

#[test]
fn settings_on_the_command_line() {
    let known: Vec<_> = Library::default().topology("two-node").unwrap().settings;
    let known: Vec<_> = known.iter().map(|spec| spec.name.as_str()).collect();
    let expected = format!("wwchaos: --set chek=tcp: unknown setting `chek`; known: {}", known.join(", "));
    command_line(&["plan", "freeze", "--set", "chek=tcp"], exit::USAGE, &expected);
    let expected = "wwchaos: --set check=udp: setting `check`: expected one of tcp, status, content, got `udp`";
    command_line(&["run", "freeze", "--set", "check=udp"], exit::USAGE, expected);
    let expected = "error: invalid value 'check' for '--set <NAME=VALUE>': expected NAME=VALUE, for example \
                    check=tcp\n\nFor more information, try '--help'.";
    command_line(&["plan", "freeze", "--set", "check"], exit::USAGE, expected);
    let expected = "error: invalid value 'seven' for '--seed <SEED>': invalid digit found in string\n\nFor more \
                    information, try '--help'.";
    command_line(&["plan", "freeze", "--seed", "seven"], exit::USAGE, expected);
    let expected = "error: invalid value '0' for '--students <STUDENTS>': 0 is not in 1..=500\n\nFor more information, \
                    try '--help'.";
    command_line(&["plan", "freeze", "--students", "0"], exit::USAGE, expected);
}

#[test]
fn scenarios_that_cannot_be_read() {
    scenario("title = ", "x.toml:1: not valid TOML: string values must be quoted, expected literal string");
    scenario(
        &format!("title = \"t\"\ntopology = \"tow-node\"\n{KILL}"),
        "x.toml: topology: unknown topology `tow-node`; known: two-node (hint: did you mean `two-node`?)",
    );
    let faults = fault::names().join(", ");
    scenario(
        &format!("{HEAD}{}", KILL.replace("kill", "kil")),
        &format!("x.toml:5: window[1].fault: unknown fault `kil`; known: {faults} (hint: did you mean `kill`?)"),
    );
    scenario(
        &format!("{HEAD}{KILL}fore = \"3s\"\n"),
        "x.toml:8: window[1].fore: unknown field; known here: fault, target, at, for, expect (hint: did you mean \
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
        "x.toml:8: window[1].level: unknown field; known here: fault, target, at, for, expect",
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
        "x.toml: window[1].for: ends at 1m 50s, past the end of the run at 1m 45s (hint: make `length` at least 2m \
         20s, or leave it out)",
    );
    scenario(
        &format!("{HEAD}[class]\nstudents = 1\n{KILL}"),
        "x.toml: window[1]: only 1 graded submissions are planned in it; expected at least 5 (hint: more students, a \
         smaller grade_every with more attempts, or a longer window)",
    );
    scenario(
        &format!("{HEAD}{}", KILL.replace("web1", "web.primary")),
        "x.toml: window[1].target: unknown target `web.primary`; known: db.any, db.primary, lb.any, manager.any, \
         web.any, db1, db2, lb, quorum, fencer, web1, web2",
    );
    scenario(
        &format!("{HEAD}{}", KILL.replace("kill", "disk-fill")),
        "x.toml: window[1].target: unknown volume `web1`; known: storage.courses",
    );
    scenario(
        &format!("{HEAD}[settings]\nfall = \"x\"\n{KILL}"),
        "x.toml: settings.fall: setting `fall`: expected a whole number from 1, got `x`",
    );
    scenario(&format!("app = \"moodle\"\n{HEAD}{KILL}"), "x.toml: app: unknown app `moodle`; two-node serves: standin");
    scenario(
        &format!("{HEAD}{KILL}{}", KILL.replace("for =", "at = \"70s\"\nfor =")),
        "x.toml: window[2].at: starts before the window before it has ended (hint: faults come one after the other)",
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
    wwchaos: x.toml:1: title: missing; expected a text
    x.toml:1: titel: unknown field; known here: class, title, topology, app, settings, baseline, recovery, length, window, expect (hint: did you mean `title`?)
    x.toml:4: class.students: out of range; expected a whole number from 1 to 500
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
    wwchaos: ./compose/mine/topology.toml:1: database: missing; expected a table with address, port, name and user
    ./compose/mine/topology.toml:3: entry.service: missing; expected a text
    ./compose/mine/topology.toml:4: entry.port: expected a whole number from 1 to 65535, got "eighty"
    "#);
}

#[test]
fn a_stored_run_that_cannot_be_read() {
    let desk = Desk::new();
    desk.write("broken/plan.json", "{}");
    let said = desk.call(&["check", "broken"]);
    assert_eq!(said.code, exit::USAGE);
    let said = said.err.replace(desk.path().canonicalize().unwrap().to_str().unwrap(), "");
    insta::assert_snapshot!(said, @"wwchaos: /broken/plan.json is not what this version writes: missing field `scenario` at line 1 column 2");
}

#[test]
fn a_reports_folder_that_cannot_be_written_to_starts_nothing() {
    let desk = Desk::new();
    desk.write("taken", "a file");
    for verb in ["run", "up"] {
        let said = desk.call(&[verb, "freeze", "--reports", "taken/reports"]);
        assert_eq!(said.code, exit::USAGE);
        let expected = "wwchaos: reports folder taken/reports: Not a directory (os error 20) (hint: --reports DIR)\n";
        assert_eq!((said.err.as_str(), said.out.as_str()), (expected, ""));
    }
}
