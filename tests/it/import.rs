//! `wwchaos import`: what logs say of a class, that nothing of a person is kept, and that a class from what was imported behaves as
//! the recorded one did.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use wwchaos::exit;
use wwchaos::history::Step;
use wwchaos::import::{Chosen, Import, Note, Recording};
use wwchaos::library::Library;
use wwchaos::plan::{Action, Plan, Shape, Student, students};
use wwchaos::profile::{Deed, Journey, Measured, Pair, Part, Profile, Recorded, Tally, pairs};
use wwchaos::scenario::Class;

use crate::program::Desk;
use crate::site::{Logs, logs, person};

/// Largest distance of a class that is drawn from what was imported, for 200 students: chance alone exceeds 0.136 in 5 of 100
/// cases with so many samples.
const D_MAX: f64 = 0.12;
/// And what is counted of it: how far the time from the first arrival to the last submission, counts of a student and shares of pages
/// may be off, the first two by so large a part of themselves.
const LENGTH_OFF: f64 = 0.02;
const COUNT_OFF: f64 = 0.1;
const SHARE_OFF: f64 = 0.05;
/// The seed of the recorded class, and that of the one that is held against it.
const SEEDS: (u64, u64) = (11, 12);

/// A class that is not drawn from a profile.
fn class() -> Vec<Student> {
    let class = Class { students: 200, problems: 12, attempts: 12, ..Class::default() };
    students(&class, Duration::from_secs(1800), SEEDS.0, 0)
}

fn imported(logs: &[&str]) -> Recording {
    let mut import = Import::new();
    for log in logs {
        let read = import.read(log.as_bytes()).unwrap();
        assert_eq!((read.skipped, read.lines), (0, log.lines().count() as u64), "{read:?}");
    }
    import.finish(&Chosen::default()).unwrap()
}

/// The journeys of students who were planned.
fn journeys(students: &[Student]) -> Vec<Journey> {
    let deed = |action: &Action| Deed::new(action.at, action.step, 0);
    students.iter().map(|student| student.actions.iter().map(deed).collect()).collect()
}

/// A class of the profile that `recording` makes, held against `recording`.
fn held(recording: &Recording) -> Vec<Pair> {
    let (profile, untold) = Measured::of(&recording.journeys, Duration::ZERO).profile("t", "s").unwrap();
    let read = Profile::read("x.toml", &profile.write(&[])).unwrap();
    assert_eq!(read, profile);
    let class = Class { students: profile.students, attempts: 50, ..Class::default() };
    let drawn = Shape { recorded: &Recorded { profile, replay: None }, time: 1.0 }.students(&class, SEEDS.1, 0);
    let [recorded, drawn] =
        [&recording.journeys, &journeys(&drawn)].map(|journeys| Measured::of(journeys, recording.resolution));
    let tallies = [&recorded, &drawn].map(Tally::of);
    println!("{tallies:?}");
    let [of, other] = tallies;
    let near = |one: f64, other: f64, by: f64| assert!((one - other).abs() <= by, "{tallies:?}");
    near(other.students as f64, of.students as f64, 0.0);
    near(other.length.as_secs_f64(), of.length.as_secs_f64(), LENGTH_OFF * of.length.as_secs_f64());
    near(other.grades.unwrap(), of.grades.unwrap(), COUNT_OFF * of.grades.unwrap());
    if !untold.contains(&Part::Refreshes) {
        near(other.refreshes.unwrap(), of.refreshes.unwrap(), COUNT_OFF * of.refreshes.unwrap());
    }
    if !untold.contains(&Part::Previews) {
        near(other.previews.unwrap(), of.previews.unwrap(), SHARE_OFF);
    }
    near(other.reloads.unwrap(), of.reloads.unwrap(), SHARE_OFF);
    pairs(recorded, drawn).into_iter().filter(|pair| pair.subject.is_told(&untold)).collect()
}

fn check(logs: &[&str], expected: &[&str]) -> Recording {
    let recording = imported(logs);
    assert_eq!(recording.journeys.len(), 200);
    let pairs = held(&recording);
    let names: BTreeSet<_> = pairs.iter().map(|pair| format!("{:?}", pair.subject)).collect();
    assert_eq!(names, expected.iter().map(|name| (*name).to_owned()).collect());
    for pair in pairs {
        println!("{:?}: {:?}", pair.subject, pair.distance);
        assert!(pair.distance.d <= D_MAX, "{:?}: {:?}", pair.subject, pair.distance);
    }
    recording
}

const ALL: &[&str] = &[
    "Arrivals",
    "LastGrade",
    "Stay",
    "Pause(Refresh)",
    "Pause(Login)",
    "Pause(SetList)",
    "Pause(QuizInfo)",
    "Pause(Start)",
    "Pause(View)",
    "Pause(Preview)",
    "Pause(Grade)",
    "Pause(Review)",
    "Pause(Logout)",
];

#[test]
fn a_class_from_imported_logs_behaves_as_the_recorded_one() {
    let Logs { answer, login, timing, access, haproxy, balancer } = logs(&class(), person);
    let all = check(&[&access, &answer, &login, &timing], ALL);
    assert_eq!((all.course.0.as_str(), all.set.0.as_str(), all.journeys.len()), ("quiz", "Quiz1", 200));
    assert_eq!(all.notes, [Note::Joined(200)]);
    // Without login.log who is who is told by when they submit.
    assert!(matches!(check(&[&access, &answer], ALL).notes[..], [Note::Joined(clients)] if clients > 190));
    // Nor by addresses: behind a balancer each sign-in is from its address, and seven browsers are those of two hundred.
    let behind = behind_a_balancer(&login);
    assert!(matches!(check(&[&access, &answer, &behind], ALL).notes[..], [Note::Joined(clients)] if clients > 195));
    check(&[&haproxy, &answer], ALL);
    check(&[&balancer, &answer], ALL);
    check(&[&login, &answer], &["Arrivals", "LastGrade"]);
}

/// `login.log` with the address of a balancer.
fn behind_a_balancer(login: &str) -> String {
    let host = regex::Regex::new("host=[0-9.]+").unwrap();
    host.replace_all(login, "host=10.255.0.5").into_owned()
}

#[test]
fn every_action_of_a_log_is_that_of_the_student() {
    // Half a class comes at once, and submits twice.
    let rush = Class { students: 20, arrival: Duration::from_secs(15), attempts: 2, ..Class::default() };
    let rush = students(&rush, Duration::from_secs(120), SEEDS.0, 0);
    for recorded in [class(), rush] {
        every_action_is_that_of(&recorded);
    }
}

fn every_action_is_that_of(recorded: &[Student]) {
    let Logs { answer, login, access, balancer, .. } = logs(recorded, person);
    let behind = behind_a_balancer(&login);
    // By the stamps of the balancer, of the same millisecond; by those of a web server, of the same second.
    for (log, login, milliseconds) in [(&balancer, &login, 1), (&access, &login, 1000), (&access, &behind, 1000)] {
        let recording = imported(&[log, &answer, login]);
        // Those who do something at the same time are told apart by all that they do: first of all by when they came.
        let coarse = |journeys: &[Journey]| -> Vec<(u128, Vec<(u128, Step)>)> {
            let first = journeys.iter().flatten().map(Deed::at).min().unwrap().as_millis() / milliseconds;
            let at = |deed: &Deed| deed.at().as_millis() / milliseconds - first;
            let times = |journey: &Journey| journey.iter().map(at).sum::<u128>();
            let steps = |journey: &Journey| journey.iter().map(|deed| (at(deed), deed.step)).collect();
            let mut all: Vec<_> = journeys.iter().map(|journey| (times(journey), steps(journey))).collect();
            all.sort();
            all
        };
        let (found, expected) = (coarse(&recording.journeys), coarse(&journeys(recorded)));
        assert_eq!(found.len(), expected.len());
        let (mut same, mut all) = (0, 0);
        for ((_, found), (_, expected)) in found.iter().zip(&expected) {
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(one, other)| one.0 == other.0), "{found:?} {expected:?}");
            same += found.iter().zip(expected).filter(|(one, other)| one.1 == other.1).count();
            all += found.len();
        }
        // A preview within a second of a graded submission may be taken for it.
        println!("{milliseconds}: {same} of {all}");
        assert!(same * 1000 >= all * 995, "{milliseconds}: {same} of {all}");
    }
}

#[test]
fn a_replay_keeps_order_and_gaps_to_the_millisecond() {
    let desk = Desk::new();
    let recorded = students(&Class { students: 30, ..Class::default() }, Duration::from_secs(600), SEEDS.0, 0);
    let Logs { answer, balancer, .. } = logs(&recorded, person);
    desk.write("lb.log", &balancer);
    desk.write("answer.log", &answer);
    desk.must(&["import", "lb.log", "answer.log", "--out", "mine.toml", "--replay"]);
    let scenario = |time: &str| {
        let text = format!(
            "title = \"t\"\ntopology = \"two-node\"\n[load]\nprofile = \"mine.toml\"\nreplay = true\n{time}\n[class]\nattempts = 9\n"
        );
        let file = desk.write("x.toml", &text);
        let library = Library::default();
        let scenario = library.scenario(file.to_str().unwrap()).unwrap();
        Plan::new(&scenario, &library.cluster("two-node", "standin").unwrap(), 7).unwrap()
    };
    let first = recorded.iter().flat_map(|student| &student.actions).map(|action| action.at).min().unwrap();
    let acts = |students: &[Student], first: Duration, factor: u32| -> BTreeSet<Vec<(Duration, Step)>> {
        let act = |action: &Action| ((action.at - first) * factor, action.step);
        students.iter().map(|student| student.actions.iter().map(act).collect()).collect()
    };
    assert_eq!(acts(&scenario("").students, Duration::ZERO, 1), acts(&recorded, first, 1));
    assert_eq!(acts(&scenario("time = 2").students, Duration::ZERO, 1), acts(&recorded, first, 2));
    let said = desk.call(&["plan", "x.toml", "--students", "20"]);
    let why = "wwchaos: --students 20: x.toml:5: load.replay: a replay has the 30 students that were recorded, got 20 (hint: \
               replay = false draws a class of any size)\n";
    assert_eq!((said.code, said.err.as_str()), (exit::USAGE, why));
}

#[test]
fn logs_are_held_against_the_recording_of_a_profile() {
    let desk = Desk::new();
    let recorded = |number: u32| {
        let class = Class { students: number, ..Class::default() };
        let Logs { answer, balancer, .. } = logs(&students(&class, Duration::from_secs(600), SEEDS.0, 0), person);
        desk.write("lb.log", &balancer);
        desk.write("answer.log", &answer);
    };
    recorded(30);
    desk.must(&["import", "lb.log", "answer.log", "--out", "mine.toml", "--replay"]);
    let held = |logs: &[&str]| {
        let said =
            desk.must(&[&["import", "--against", "mine.toml", "--out", "again.toml", "--force"][..], logs].concat());
        assert!(said.contains("Logs median, p95"), "{said}");
        let rows = said.lines().filter(|line| line.starts_with("pause before ") || line.starts_with("arrivals"));
        let d = |row: &str| row.split_whitespace().rev().nth(1).unwrap().parse::<f64>().unwrap();
        let all: Vec<f64> = rows.map(d).collect();
        assert!(all.len() > 8, "{said}");
        (all, said)
    };
    let (same, said) = held(&["lb.log", "answer.log"]);
    assert!(same.iter().all(|d| *d == 0.0) && said.contains("30; logs 30\n"), "{said}");
    recorded(15);
    let (other, said) = held(&["lb.log", "answer.log"]);
    assert!(other.iter().any(|d| *d > 0.05) && said.contains("30; logs 15\n"), "{said}");
    let said = desk.call(&["import", "lb.log", "--against", "none.toml", "--out", "x.toml"]);
    assert!(said.code == exit::INVALID && said.err.starts_with("wwchaos: none.toml: "), "{}", said.err);
}

/// Everything that a log may have of a person, marked so that it would be found anywhere.
#[test]
fn nothing_of_a_person_is_kept() {
    let marked = |student: &Student| {
        let number: u32 = student.login.trim_start_matches("stu").parse().unwrap();
        let address = format!("198.51.100.{number}");
        (format!("person-{number:03}-of-the-class"), address, format!("Browser-{number:03}-of-a-person"))
    };
    let students = students(&Class { students: 40, ..Class::default() }, Duration::from_secs(600), SEEDS.0, 0);
    let people: Vec<_> = students.iter().map(marked).collect();
    let Logs { answer, login, access, haproxy, timing, .. } = logs(&students, marked);
    let answer = answer.replace("\t42", "\tan-answer-of-somebody\t");
    // Lines that are of no format may hold anything too.
    let access = format!("{access}person-001-of-the-class 198.51.100.1 an-answer-of-somebody\n");
    let desk = Desk::new();
    let mut printed = String::new();
    for (name, text) in
        [("answer.log", &answer), ("login.log", &login), ("access.log", &access), ("timing.log", &timing)]
    {
        desk.write(name, text);
    }
    desk.write("haproxy.log", &haproxy);
    for (out, logs) in [
        ("a.toml", &["answer.log", "login.log", "access.log", "timing.log"][..]),
        ("b.toml", &["haproxy.log", "answer.log"]),
        ("c.toml", &["login.log", "answer.log"]),
        ("d.toml", &["access.log", "--course", "person-001"]),
    ] {
        let said = desk.call(&[&["import", "--out", out, "--replay"][..], logs].concat());
        printed += &(said.out + &said.err);
    }
    assert!(printed.contains("1 skipped (the first is line "), "{printed}");
    let mut bytes = printed.into_bytes();
    for file in std::fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending != "log") {
            bytes.extend(std::fs::read(file).unwrap());
        }
    }
    assert!(bytes.len() > 50_000, "{}: nothing was written", bytes.len());
    let all = String::from_utf8(bytes).unwrap().to_lowercase();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (user, address, agent) in &people {
        for word in [user, address, agent] {
            assert!(!all.contains(&word.to_lowercase()), "{word}");
            // A hash without a key is as good as the name: all names of a class are tried in no time.
            let plain = hex(&Sha256::digest(word));
            let length = 12;
            assert!(!all.contains(&plain[..length]), "{word}: {plain}");
            use std::hash::{DefaultHasher, Hash, Hasher};
            let mut hasher = DefaultHasher::new();
            word.hash(&mut hasher);
            let hash = hasher.finish();
            assert!(!all.contains(&hash.to_string()) && !all.contains(&format!("{hash:x}")), "{word}");
        }
    }
    for word in ["an-answer-of-somebody", "of-the-class", "198.51.100", "of-a-person"] {
        assert!(!all.contains(word), "{word}");
    }
}

#[test]
fn numbers_are_in_the_order_of_arrival_and_not_of_names() {
    let class = students(&Class { students: 20, ..Class::default() }, Duration::from_secs(600), SEEDS.0, 0);
    let backwards = |student: &Student| {
        let number: u32 = student.login.trim_start_matches("stu").parse().unwrap();
        (format!("user{:03}", 999 - number), format!("192.0.2.{}", 250 - number), "x".to_owned())
    };
    let one = imported(&[&logs(&class, person).access, &logs(&class, person).answer]).replay().write();
    let other = imported(&[&logs(&class, backwards).access, &logs(&class, backwards).answer]).replay().write();
    // Whoever they are called, and whatever the key was.
    assert_eq!(one, other);
}

#[test]
fn what_is_printed_says_what_was_read_and_what_not() {
    let desk = Desk::new();
    let class = students(&Class { students: 20, ..Class::default() }, Duration::from_secs(600), SEEDS.0, 0);
    let Logs { answer, access, .. } = logs(&class, person);
    let others = access
        .replace("/webwork2/quiz", "/webwork2/other")
        .lines()
        .take(30)
        .fold(String::new(), |all, line| all + line + "\n");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(format!("{access}no line\n{others}").as_bytes()).unwrap();
    std::fs::write(desk.path().join("access.log.gz"), packed.finish().unwrap()).unwrap();
    desk.write("answer.log", &answer);
    let out = desk.must(&["import", "access.log.gz", "answer.log", "--title", "a class of ours"]);
    assert!(out.contains(", 1 skipped (the first is line "), "{out}");
    assert!(out.contains("course: quiz; others, by requests: other (30) (hint: --course)\nset: Quiz1\n"), "{out}");
    assert!(out.contains("a class of ours\n  students                           20\n"), "{out}");
    assert!(out.contains("written: profile.toml, profile.html\n"), "{out}");
    let again = desk.call(&["import", "answer.log"]);
    let there = "wwchaos: profile.toml: is there already (hint: --out FILE, or --force)\n";
    assert_eq!((again.code, again.err.as_str()), (exit::USAGE, there));
    desk.must(&["import", "answer.log", "--force"]);
    let of_other = desk.call(&["import", "access.log.gz", "--course", "othr", "--force"]);
    let unknown = "wwchaos: unknown course `othr`; known: quiz, other (hint: did you mean `other`?)\n";
    assert_eq!((of_other.code, of_other.err.as_str()), (exit::USAGE, unknown));
    let gone = desk.call(&["import", "gone.log", "--force"]);
    assert_eq!(gone.code, exit::USAGE, "{}", gone.err);
    let page = std::fs::read_to_string(desk.path().join("profile.html")).unwrap();
    assert!(page.contains("Recorded against replayed") && !page.contains("<script"), "a page");
}

#[test]
fn one_client_for_all_is_warned_of() {
    let class = students(&Class { students: 20, ..Class::default() }, Duration::from_secs(600), SEEDS.0, 0);
    let behind = |student: &Student| (person(student).0, "192.0.2.1".to_owned(), "x".to_owned());
    let Logs { answer, access, .. } = logs(&class, behind);
    let recording = imported(&[&access, &answer]);
    assert!(matches!(recording.notes[..], [Note::OneClient(share)] if share > 0.9), "{:?}", recording.notes);
    // With nothing but who submitted when, the class is known as far as that goes.
    assert_eq!(imported(&[&answer]).journeys.len(), 20);
}

#[test]
fn a_homework_deadline_has_the_shares_of_its_source() {
    const DAY: u64 = 600;
    let (_, profile) = Library::default().profile("homework-deadline").unwrap();
    let class = Class { students: 3000, attempts: 50, ..Class::default() };
    let drawn = Shape { recorded: &Recorded { profile, replay: None }, time: 1.0 }.students(&class, SEEDS.1, 0);
    let day = |student: &Student, step: Step, last: bool| {
        let mut at = student.actions.iter().filter(|action| action.step == step).map(|action| action.at);
        let at = if last { at.next_back() } else { at.next() };
        at.unwrap().as_secs() / DAY
    };
    let days: Vec<_> = drawn.iter().map(|one| (day(one, Step::Start, false), day(one, Step::Grade, true))).collect();
    let share = |is: &dyn Fn(&(u64, u64)) -> bool| days.iter().filter(|days| is(days)).count() as f64 / 3000.0;
    // authorea 202237: of those in time 51 of 93.5 submit before the day that it is due, 42.5 begin and submit on it; nine of ten
    // begin and submit on one day.
    let [early, late, same] = [share(&|days| days.1 < 6), share(&|days| days.0 == 6), share(&|days| days.0 == days.1)];
    assert!((0.52..0.57).contains(&early), "{early}");
    assert!((0.42..0.48).contains(&late), "{late}");
    assert!((0.87..0.93).contains(&same), "{same}");
}

#[test]
fn a_scenario_has_the_class_of_its_profile() {
    let library = Library::default();
    let cluster = library.cluster("two-node", "standin").unwrap();
    let desk = Desk::new();
    for name in library.profiles() {
        let text = format!(
            "title = \"t\"\ntopology = \"two-node\"\n[load]\nprofile = \"{name}\"\nstudents = 100\ntime = 1.5\n"
        );
        let file = desk.write("x.toml", &text);
        let scenario = library.scenario(file.to_str().unwrap()).unwrap();
        let plan = Plan::new(&scenario, &cluster, 7).unwrap();
        let profile = library.profile(&name).unwrap().1;
        assert_eq!(plan.deadline, profile.length.mul_f64(1.5), "{name}");
        assert_eq!(plan.students.len(), 100);
        let json = |plan: &Plan| serde_json::to_string(plan).unwrap();
        assert_eq!(json(&plan), json(&Plan::new(&scenario, &cluster, 7).unwrap()));
        assert_ne!(json(&plan), json(&Plan::new(&scenario, &cluster, 8).unwrap()));
        let measured = Measured::of(&journeys(&plan.students), Duration::ZERO);
        for (pause, law) in &profile.pauses {
            let drawn = measured.pauses.get(pause).unwrap_or_else(|| panic!("{name}: {}", pause.key()));
            let (low, high) = (law.at(0.0).mul_f64(1.5), law.at(1.0).mul_f64(1.5));
            let inside = drawn.iter().filter(|span| **span >= low.mul_f64(0.9) && **span <= high.mul_f64(1.1)).count();
            assert!(inside * 100 >= drawn.len() * 85, "{name}: {}: {inside} of {}", pause.key(), drawn.len());
        }
    }
    let plan = desk.must(&["plan", "x.toml", "--seed", "7", "--students", "30", "--stretch", "2"]);
    assert!(plan.contains("30 students, 5 problems") && plan.contains(", 3 times as long"), "{plan}");
}
