//! Docker Engine that is not there, or lacks what a run needs: one message, the code of a cluster that did not come
//! up, and nothing left.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use wwchaos::exit;
use wwchaos::history::History;
use wwchaos::store::{Damaged, Folder};

use crate::program::Desk;

#[test]
fn an_engine_that_is_not_there_is_one_message() {
    let desk = Desk::new();
    for words in [&["run", "freeze"][..], &["up", "freeze"], &["run", "nightly"], &["down"]] {
        let said = desk.call(words);
        assert_eq!(said.code, exit::NOT_UP, "{words:?}");
        assert_eq!(said.out, "");
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.err, @"wwchaos: Docker Engine does not answer at DOCKER_HOST=unix:///nonexistent.sock: Socket not found: /nonexistent.sock (hint: is this engine meant, and does it run? without DOCKER_HOST it is the one of this machine)");
        }
    }
    assert!(!desk.path().join("reports").exists(), "the engine is asked first");
}

#[test]
fn an_engine_that_refuses_is_one_message() {
    let desk = Desk::with_engine("tcp://127.0.0.1:1".to_owned());
    let said = desk.call(&["run", "freeze"]);
    assert_eq!(said.code, exit::NOT_UP);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert!(said.err.contains(" at DOCKER_HOST=tcp://127.0.0.1:1: ") && said.err.contains("(hint: "), "{}", said.err);
}

#[test]
fn a_base_image_that_is_missing_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(empty_engine(folder.path()));
    let said = desk.call(&["run", "freeze", "--seed", "7"]);
    assert_eq!(said.code, exit::NOT_UP, "{}", said.err);
    let messages: Vec<_> = said.err.lines().filter(|line| line.starts_with("wwchaos: ")).collect();
    insta::assert_snapshot!(messages.join("\n"), @"wwchaos: freeze: the cluster did not come up: image debian:bookworm-slim is not on this machine, and nothing is pulled unasked (hint: `docker pull debian:bookworm-slim`, or `make setup` in the repository, which also works where no registry answers)");
    assert_eq!(said.out, "");
}

#[test]
fn a_run_that_does_not_come_up_is_told_as_events() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(empty_engine(folder.path()));
    let said = desk.call(&["run", "freeze", "--seed", "7", "--json"]);
    assert_eq!(said.code, exit::NOT_UP, "{}", said.err);
    let events: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named = |name: &str| events.iter().find(|event| event["event"] == name).unwrap();
    assert_eq!((&events[0]["event"], events.last().unwrap()), (&"run".into(), named("end")));
    assert_eq!((&named("run")["seed"], &named("run")["windows"][0]["title"]), (&7.into(), &"freeze web1".into()));
    assert!(desk.path().join(named("run")["folder"].as_str().unwrap()).join("plan.json").exists());
    let why = named("failed")["why"].as_str().unwrap();
    assert_eq!(said.err, format!("wwchaos: freeze: {why}\n"), "and nothing else");
    assert_eq!((&named("failed")["code"], &named("end")["code"]), (&exit::NOT_UP.into(), &exit::NOT_UP.into()));
    let said = desk.call(&["run", "freeze", "--seed", "7", "--quiet"]);
    assert_eq!((said.code, said.out.as_str()), (exit::NOT_UP, ""));
    assert_eq!(said.err, format!("wwchaos: freeze: {why}\n"));
}

#[test]
fn a_reports_folder_that_cannot_be_written_to_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(empty_engine(folder.path()));
    desk.write("taken", "a file");
    for verb in ["run", "up"] {
        let said = desk.call(&[verb, "freeze", "--reports", "taken/reports"]);
        assert_eq!(said.code, exit::USAGE);
        let expected = "wwchaos: reports folder taken/reports: Not a directory (os error 20) (hint: --reports DIR)\n";
        assert_eq!((said.err.as_str(), said.out.as_str()), (expected, ""));
    }
}

#[test]
fn a_history_begins_with_the_plan_that_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(empty_engine(folder.path()));
    desk.call(&["run", "freeze", "--seed", "7"]);
    let folder = Folder::find(&desk.path().join("reports"), "freeze").unwrap();
    let read = || folder.read()?.2.collect::<Result<History, Damaged>>();
    let path = folder.path().to_owned();
    let history = std::fs::read_to_string(path.join("history.jsonl")).unwrap();
    assert!(history.lines().next().unwrap().contains(r#""fact":"origin""#), "{history}");
    let late = r#"{"at":9000000000000000000,"fact":"interrupted"}"#;
    let early = r#"{"at":1,"fact":"interrupted"}"#;
    // A history long enough to be read belongs to its plan, and to no other.
    std::fs::write(path.join("history.jsonl"), format!("{history}{late}\n")).unwrap();
    assert!(read().is_ok());
    std::fs::write(path.join("history.jsonl"), format!("{history}{late}\n{early}\n")).unwrap();
    let said = read().unwrap_err().to_string();
    assert!(said.contains("goes back in time"), "{said}");
    std::fs::write(path.join("history.jsonl"), format!("{history}{late}\n")).unwrap();
    let plan = std::fs::read_to_string(path.join("plan.json")).unwrap();
    std::fs::write(path.join("plan.json"), plan.replace(r#""seed": 7"#, r#""seed": 8"#)).unwrap();
    let said = read().unwrap_err().to_string();
    assert!(said.contains("of another run than the plan.json and preface.json beside it"), "{said}");
}

#[test]
fn down_on_an_engine_without_anything_of_ours_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(empty_engine(folder.path()));
    assert_eq!(desk.must(&["down"]), "nothing of wwchaos is left on this engine\n");
    assert_eq!(desk.must(&["down", "ww000000"]), "ww000000: nothing there\n");
    assert_eq!(desk.call(&["down", "web1"]).code, 2);
}

/// Refused when it is planned, on whichever way; where it is not known on which machine it will run, it is planned.
#[test]
fn a_fault_that_this_machine_cannot_make_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_engine(engine(
        folder.path(),
        r#"{"ServerVersion":"20.10.24","NCPU":2,"MemTotal":4000000000,"MemoryLimit":false}"#,
    ));
    for verb in ["plan", "run", "up"] {
        let said = desk.call(&[verb, "oom", "--seed", "7"]);
        assert_eq!(said.code, exit::NOT_UP, "{verb}: {}", said.err);
        let why = "fault oom: it needs memory limits of control groups: the engine says that the kernel has no memory control \
                   group (hint: a Linux machine with an unrestricted kernel has it)";
        assert!(
            said.err.starts_with("wwchaos: cannot be run here: ") && said.err.contains(why),
            "{verb}: {}",
            said.err
        );
        assert!(verb == "plan" || said.out.is_empty(), "{verb}: {}", said.out);
    }
    assert_eq!(desk.call(&["plan", "kill", "--seed", "7"]).code, exit::PASS);
    assert_eq!(Desk::new().call(&["plan", "oom", "--seed", "7"]).code, exit::PASS);
    assert!(
        std::fs::read_dir(desk.path().join("reports")).is_ok_and(|mut runs| runs.next().is_none()),
        "a run was begun"
    );
}

/// What is printed may be all that there is.
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for words in [&["list"][..], &["plan", "kill"]] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        let output =
            command.args(words).env("DOCKER_HOST", "unix:///nonexistent.sock").stdout(full()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "wwchaos: standard output: No space left on device (os error 28)\n", "{words:?}");
        assert_eq!(output.status.code(), Some(i32::from(exit::BUG)), "{words:?}");
    }
}

/// An engine with nothing on it: no image, no container. Answers until the test ends.
fn empty_engine(folder: &Path) -> String {
    engine(folder, r#"{"ServerVersion":"20.10.24","NCPU":2,"MemTotal":4000000000}"#)
}

/// The same, saying this of itself.
fn engine(folder: &Path, info: &'static str) -> String {
    let socket = folder.join("engine.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| answer(stream, info).unwrap_or_default())
    });
    format!("unix://{}", socket.display())
}

fn answer(mut stream: UnixStream, info: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&buffer[..read]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let (status, body) = match path.rsplit('/').next().unwrap_or_default() {
        "version" => ("200 OK", r#"{"ApiVersion":"1.41","MinAPIVersion":"1.12"}"#),
        "info" => ("200 OK", info),
        "networks" => ("200 OK", "[]"),
        "volumes" => ("200 OK", r#"{"Volumes":[]}"#),
        "json" if path.ends_with("/containers/json") => ("200 OK", "[]"),
        _ => ("404 Not Found", r#"{"message":"not on this engine"}"#),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    write!(stream, "{head}Connection: close\r\n\r\n{body}")
}
