use super::*;
use crate::history::Step;

/// A small file with everything in it.
pub const TEXT: &str = r#"title = "a class"
source = "made up"
students = 20
length = "10m"
opens = "20s"
refreshes = ["50%", "30%", "20%"]
grades = ["0%", "60%", "40%"]
previews = "40%"
reloads = "5%"
replay = "x.replay.jsonl"

[arrivals]
every = "10s"
counts = [5, 10, 0, 5]

[pauses]
at = ["0%", "50%", "100%"]
login = ["1s", "2s", "9s"]
start = ["1s", "2s", "9s"]
view = ["20s", "30s", "1m 30s"]
preview = ["20s", "30s", "1m 30s"]
grade = ["1s", "2s", "9s"]

[last_grade]
at = ["0%", "100%"]
before_deadline = ["0s", "20s"]
"#;

#[test]
fn a_profile_is_read_as_it_was_written() {
    let profile = Profile::read("x.toml", TEXT).unwrap();
    assert_eq!(Profile::read("x.toml", &profile.write(&["a note".to_owned()])).unwrap(), profile);
    assert_eq!(profile.pauses.len(), 5);
    assert_eq!(profile.arrivals.at(0.99).as_secs(), 39);
}

#[test]
fn every_problem_of_a_profile_is_said_with_its_line() {
    let text = TEXT
        .replace("students = 20", "students = 0")
        .replace("\"30%\", \"20%\"]", "\"30%\"]")
        .replace("counts = [5, 10, 0, 5]", "counts = [0]")
        .replace("login = [\"1s\", \"2s\", \"9s\"]", "login = [\"1s\", \"2s\"]")
        .replace("start = ", "strat = ")
        .replace("x.replay.jsonl", "../x")
        .replace("before_deadline", "after_start = [\"0s\", \"1s\"]\nbefore_deadline");
    let said = Profile::read("x.toml", &text).unwrap_err().to_string();
    let lines: Vec<_> = said.lines().map(|line| line.split(" (hint").next().unwrap()).collect();
    let expected = [
        "x.toml:3: students: out of range; expected a whole number from 1 to 100000, got 0",
        "x.toml:6: refreshes: expected 1 to 41 percentages that make up 100%",
        "x.toml:10: replay: expected the name of a file in the folder of this one",
        "x.toml:14: arrivals.counts: expected 1 to 1000 whole numbers, and not all of them 0",
        "x.toml:18: pauses.login: expected 3 durations, one for each level of `at`, none below the one before, got 2",
        "x.toml:19: pauses.strat: unknown field; known here: at, refresh, login, set_list, quiz_info, start, view, preview, grade, reload, review, logout",
        "x.toml:27: last_grade.before_deadline: expected either before_deadline or after_start",
    ];
    assert_eq!(lines, expected);
    let said = Profile::read("x.toml", "").unwrap_err().to_string();
    assert_eq!(said.lines().count(), 9, "{said}");
}

#[test]
fn recorded_actions_are_read_as_they_were_written() {
    let deed = |at, step, problem| Deed::new(Duration::from_millis(at), step, problem);
    let first = vec![deed(0, Step::Login, 0), deed(1501, Step::View, 3)];
    let replay = Replay { journeys: vec![first, vec![deed(1500, Step::Refresh, 0)]] };
    let text = replay.write();
    assert_eq!(text.lines().nth(1), Some(r#"{"student":2,"at_ms":1500,"step":"refresh","problem":0}"#));
    assert_eq!(Replay::read(&text).unwrap(), replay);
    let said = |text: &str| {
        let problem = Replay::read(text).unwrap_err();
        format!("{}: {}", problem.line, problem.refusal)
    };
    assert_eq!(said(""), "0: expected at least one action");
    assert_eq!(
        said("{\"student\":2,\"at_ms\":0,\"step\":\"login\"}"),
        "1: expected a student from 1 to 1, the next who arrives, got 2"
    );
    assert!(said("{\"student\":1,\"at_ms\":0,\"step\":\"lgin\"}").starts_with("1: expected an action such as {"));
    let back = "{\"student\":1,\"at_ms\":9,\"step\":\"login\"}\n{\"student\":1,\"at_ms\":8,\"step\":\"view\"}";
    assert_eq!(said(back), "2: expected actions in order of time, within 30 days");
}

#[test]
fn a_recording_that_tells_little_gives_a_profile_that_says_so() {
    let deed = |at, step| Deed::new(Duration::from_secs(at), step, 0);
    let journeys: Vec<Journey> = (0..8).map(|at| vec![deed(at, Step::Login), deed(600 + at, Step::Grade)]).collect();
    let measured = Measured::of(&journeys, Duration::from_secs(1));
    let (profile, untold) = measured.profile("t", "s").unwrap();
    assert_eq!((profile.students, profile.length.as_secs()), (8, 607));
    assert_eq!(profile.grades.shares(), [0.0, 1.0]);
    let names: Vec<_> = untold.into_iter().map(Part::key).collect();
    let expected = "refreshes previews pauses.refresh pauses.login pauses.set_list pauses.quiz_info pauses.start pauses.view \
                    pauses.preview pauses.grade pauses.review pauses.logout";
    assert_eq!(names.join(" "), expected);
    assert_eq!(Profile::read("x", &profile.write(&[])).unwrap(), profile);
}
