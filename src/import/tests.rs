use super::*;
use crate::history::Step;

fn read(logs: &[&str], chosen: &Chosen) -> Result<Recording, Failed> {
    let mut import = Import::new();
    for log in logs {
        import.read(log.as_bytes()).unwrap();
    }
    import.finish(chosen)
}

/// The journeys in words: seconds and steps.
fn journeys(logs: &[&str]) -> Vec<String> {
    let recording = read(logs, &Chosen::default()).unwrap();
    let deed = |deed: &crate::profile::Deed| format!("{} {}", deed.at().as_secs(), deed.step);
    recording.journeys.iter().map(|journey| journey.iter().map(deed).collect::<Vec<_>>().join(", ")).collect()
}

fn access(who: &str, clock: &str, request: &str) -> String {
    format!("{who} - - [22/Nov/2026:{clock} +0000] \"{request} HTTP/1.1\" 200 9 \"-\" \"x\"\n")
}

fn login(clock: &str, user: &str, host: &str) -> String {
    format!(
        "[Sun Nov 22 {clock} 2026] LOGIN OK user_id={user} login_type=n credential_source=p host={host} port=1 UA=x\n"
    )
}

#[test]
fn an_access_log_and_answers_are_journeys() {
    let at = |clock: &str, request: &str| access("192.0.2.1", clock, request);
    let log = [
        at("10:00:00", "GET /webwork2/quiz/Quiz1"),
        at("10:00:04", "POST /webwork2/quiz/Quiz1"),
        at("10:00:06", "GET /webwork2/quiz/test_mode/Quiz1"),
        at("10:00:06", "GET /webwork2_files/js/x.js"),
        at("10:01:00", "POST /webwork2/quiz/test_mode/Quiz1,v1"),
        at("10:02:00", "POST /webwork2/quiz/test_mode/Quiz1,v1"),
        at("10:02:05", "GET /webwork2/quiz/test_mode/Quiz1,v1"),
        at("10:02:15", "GET /webwork2/quiz/test_mode/Quiz1,v1"),
        at("10:02:20", "GET /webwork2/quiz/logout"),
    ]
    .concat();
    let answers = "[Sun Nov 22 10:01:59 2026] |a|Quiz1,v1|1|1\t1795341719\t4\n[Sun Nov 22 10:01:59 2026] |a|Quiz1,v1|2|1\t1795341719\t4\n";
    let journey = "0 refresh, 4 login, 6 start, 60 preview, 120 grade, 125 review, 135 view, 140 logout";
    assert_eq!(journeys(&[&log, answers]), [journey]);
    assert_eq!(journeys(&[&log]), [journey], "the last form of a student is taken for a graded submission");
}

#[test]
fn who_submits_twice_in_one_second_has_two_submissions_whatever_lines_a_full_disk_took() {
    let form = |clock: &str| access("192.0.2.1", clock, "POST /webwork2/quiz/test_mode/Quiz1,v1");
    let log = access("192.0.2.1", "10:00:00", "GET /webwork2/quiz/test_mode/Quiz1") + &form("10:01:00").repeat(2);
    let line =
        |user: &str, problem: u32| format!("[Sun Nov 22 10:01:00 2026] |{user}|Quiz1,v1|{problem}|1\t1795341660\t4\n");
    let whole = [line("a", 1), line("a", 2)].concat();
    let forms = |answers: &str| journeys(&[&log, answers]);
    assert_eq!(forms(&whole), ["0 start, 60 grade, 60 preview"]);
    let twice = "0 start, 60 grade, 60 grade";
    assert_eq!(forms(&whole.repeat(2)), [twice]);
    assert_eq!(forms(&(line("a", 1) + &line("a", 2).repeat(2))), [twice], "a line is missing");
    // Lines of two who submit at once may be mixed; the other one's requests are in no log.
    let mixed = [line("a", 1), line("b", 1), line("a", 2), line("a", 1), line("b", 2), line("a", 2)].concat();
    assert_eq!(forms(&mixed), [twice]);
}

/// A line of HAProxy, which stamps a request when it comes: WeBWorK gets to it later.
fn came(clock: &str, request: &str) -> String {
    format!(
        "192.0.2.1:4711 [22/Nov/2026:{clock}.000] e n/w 0/0/1/4/5 200 9 - - ---- 1/1/0/0/0 0/0 {{x}} \"{request} HTTP/1.1\"\n"
    )
}

fn submitted(clock: &str, seconds: u32) -> String {
    format!("[Sun Nov 22 {clock} 2026] |a|Quiz1,v1|1|1\t{}\t4\n", 1_795_341_600 + seconds)
}

#[test]
fn a_form_and_a_sign_in_that_waited_are_one_with_what_webwork_tells_of_them() {
    let test = "POST /webwork2/quiz/test_mode/Quiz1,v1";
    let log = [
        came("10:00:00", "POST /webwork2/quiz"),
        came("10:00:05", "GET /webwork2/quiz"),
        came("10:00:12", "GET /webwork2/quiz/test_mode/Quiz1"),
        came("10:01:00", test),
        came("10:01:40", test),
        came("10:01:55", test),
    ]
    .concat();
    let told = submitted("10:01:52", 112);
    let journey = ["0 login, 5 set list, 12 start, 60 preview, 100 grade, 115 preview"];
    assert_eq!(journeys(&[&log, &told, &login("10:00:10", "a", "192.0.2.1")]), journey);
    // Where nobody tells whose the client is, the submission is still that form's.
    assert_eq!(journeys(&[&log, &told, &login("10:00:10", "a", "198.51.100.1")]), journey);
    // The second one is sent while the first waits.
    let two = told + &submitted("10:01:58", 118);
    assert_eq!(journeys(&[&log, &two]), ["0 login, 5 set list, 12 start, 60 preview, 100 grade, 115 grade"]);
}

/// nginx stamps a request when it is done, and has the same lines as Apache.
#[test]
fn a_form_that_was_done_late_is_the_submission_and_the_one_before_is_none() {
    let form = |clock: &str| access("192.0.2.1", clock, "POST /webwork2/quiz/test_mode/Quiz1,v1");
    let log = form("10:00:47") + &form("10:01:00");
    assert_eq!(journeys(&[&log, &submitted("10:00:52", 52)]), ["0 preview, 13 grade"]);
}

#[test]
fn the_set_is_chosen_by_requests_and_submissions_and_not_by_lines() {
    let start = access("192.0.2.1", "10:00:00", "GET /webwork2/quiz/test_mode/Final");
    let log = start.repeat(3);
    let line = |problem: u32| format!("[Sun Nov 22 10:01:00 2026] |a|Quiz3,v1|{problem}|1\t1795341660\t4\n");
    let answers: String = (1..=20).map(line).collect();
    let recording = read(&[&log, &answers], &Chosen::default()).unwrap();
    assert_eq!((recording.set.0.as_str(), recording.set.1[1].1), ("Final", 1));
}

#[test]
fn a_client_is_the_user_who_signed_in_from_there() {
    let start = |who: &str, clock: &str| access(who, clock, "GET /webwork2/quiz/test_mode/Quiz1");
    // One who changes from one address to another, and a second one who comes to the first.
    let logins = login("10:00:00", "ada", "192.0.2.1")
        + &login("10:10:00", "ada", "192.0.2.2")
        + &login("10:20:00", "bob", "192.0.2.1");
    let log = start("192.0.2.1", "10:00:05") + &start("192.0.2.2", "10:10:05") + &start("192.0.2.1", "10:20:05");
    let expected = ["0 login, 5 start, 600 login, 605 start", "1200 login, 1205 start"];
    assert_eq!(journeys(&[&log, &logins]), expected);
    let backwards: String = logins.split_inclusive('\n').rev().collect();
    assert_eq!(journeys(&[&log, &backwards]), expected, "the lines of a log that several write are not in order");
    // Two who are there at once: a request is of neither.
    let both = login("10:00:00", "ada", "192.0.2.1") + &login("10:00:09", "bob", "192.0.2.1");
    assert_eq!(read(&[&log, &both], &Chosen::default()).unwrap().notes, []);
    // A room behind one address: nobody there can be told to be somebody.
    let crowd: String = (0..5).map(|number| login("10:00:00", &format!("s{number}"), "192.0.2.1")).collect();
    assert_eq!(read(&[&log, &crowd], &Chosen::default()).unwrap().notes, []);
}

#[test]
fn a_request_that_names_its_user_tells_whose_the_others_from_there_are() {
    // The session is in the address of pages, and a form that is sent has it inside.
    let page = access("192.0.2.1", "10:00:05", "GET /webwork2/quiz/test_mode/Quiz1,v1?user=ada%40x.edu&key=k");
    let form = access("192.0.2.1", "10:01:00", "POST /webwork2/quiz/test_mode/Quiz1,v1");
    let answers = "[Sun Nov 22 10:01:00 2026] |ada@x.edu|Quiz1,v1|1|1\t1795341660\t4\n";
    assert_eq!(journeys(&[&page, &form, answers]), ["0 view, 55 grade"]);
}

#[test]
fn sign_ins_tell_clients_of_a_log_without_browsers_and_say_where_they_tell_none() {
    let plain = |who: &str| {
        let line = access(who, "10:00:05", "GET /webwork2/quiz/test_mode/Quiz1");
        line.replace(" \"-\" \"x\"", "")
    };
    let recording = |who: &str| {
        let logins = login("10:00:00", "ada", "192.0.2.1") + &login("10:00:00", "bob", "192.0.2.2");
        read(&[&logins, &plain(who)], &Chosen::default()).unwrap()
    };
    assert_eq!(recording("192.0.2.1").notes[0], Note::Joined(1));
    assert_eq!(recording("198.51.100.1").notes[0], Note::SignedInElsewhere(2));
    // A request that names its user tells of that client, and not that sign-ins are from any.
    let named = plain("198.51.100.1").replace("Quiz1 HTTP", "Quiz1,v1?user=ada HTTP") + &plain("198.51.100.1");
    let notes = read(&[&login("10:00:00", "ada", "192.0.2.1"), &named], &Chosen::default()).unwrap().notes;
    assert!(notes.contains(&Note::SignedInElsewhere(1)), "{notes:?}");
}

#[test]
fn an_empty_log_hides_no_other_and_one_that_is_named_twice_is_refused() {
    let log = access("192.0.2.1", "10:00:05", "GET /webwork2/quiz/test_mode/Quiz1");
    assert_eq!(journeys(&["", &log]), ["0 start"]);
    let mut import = Import::new();
    import.read(log.as_bytes()).unwrap();
    let again = import.read(log.as_bytes()).unwrap_err().to_string();
    assert_eq!(again, "begins as another log does (hint: name each log once)");
}

#[test]
fn without_requests_a_class_is_said_to_seem_shorter_than_it_is() {
    let logins = login("10:00:00", "ada", "192.0.2.1") + &login("10:00:09", "bob", "192.0.2.2");
    let answers = "[Sun Nov 22 10:09:00 2026] |ada|Quiz1,v1|1|1\t1795341600\t4\n";
    let notes = |logs: &[&str]| read(logs, &Chosen::default()).unwrap().notes;
    assert!(notes(&[&logins, answers]).contains(&Note::NoRequests));
    let page = access("192.0.2.1", "10:00:05", "GET /webwork2/quiz/test_mode/Quiz1");
    assert!(!notes(&[&logins, answers, &page]).contains(&Note::NoRequests));
}

#[test]
fn one_set_of_one_course_is_taken() {
    let at =
        |course: &str, set: &str| access("192.0.2.1", "10:00:00", &format!("GET /webwork2/{course}/test_mode/{set}"));
    let log = at("a", "One").repeat(2) + &at("a", "Two") + &at("b", "Two").repeat(4);
    let taken = |course: Option<&str>, set: Option<&str>| {
        let chosen = Chosen { course: course.map(str::to_owned), set: set.map(str::to_owned), zone: None };
        read(&[&log], &chosen)
            .map(|recording| (recording.course.0, recording.set.0))
            .map_err(|failed| failed.to_string())
    };
    let pair = |course: &str, set: &str| Ok((course.to_owned(), set.to_owned()));
    assert_eq!(taken(None, None), pair("b", "Two"));
    assert_eq!(taken(Some("a"), None), pair("a", "One"));
    assert_eq!(taken(Some("a"), Some("Two")), pair("a", "Two"));
    assert_eq!(taken(Some("c"), None), Err("unknown course `c`; known: b, a".to_owned()));
    assert_eq!(taken(Some("b"), Some("One")), Err("unknown set `One`; known: Two".to_owned()));
}

#[test]
fn submissions_at_once_are_one_each() {
    let line = |second: u32, user: &str, problem: u32| {
        format!("[Sun Nov 22 10:01:{second:02} 2026] |{user}|Quiz1,v1|{problem}|1\t{}\t4\n", 1_795_341_660 + second)
    };
    // Lines of two students are mixed, and one of them submits again a second later.
    let mixed =
        line(0, "a", 1) + &line(0, "b", 1) + &line(0, "a", 2) + &line(0, "b", 2) + &line(1, "b", 1) + &line(1, "b", 2);
    assert_eq!(journeys(&[&mixed]), ["0 grade", "0 grade, 1 grade"]);
}

#[test]
fn a_stamp_that_is_off_by_a_second_is_no_zone_of_its_own() {
    let zone = |local: &str| {
        let mut import = Import::new();
        let line = format!("[Sun Nov 22 {local} 2026] |a|Quiz1,v1|1|1\t1795341600\t4\n");
        import.read(line.as_bytes()).unwrap();
        import.zones
    };
    assert_eq!(zone("11:00:01"), [Some(3600), None]);
    assert_eq!(zone("04:29:59"), [Some(-19_800), None]);
    let mut import = Import::new();
    // The last two are as far off as a number of seconds can be.
    for seconds in ["0", "3942825248", "3942825247"] {
        let line = format!("[Sun Nov 22 10:00:00 2026] |a|Quiz1,v1|1|1\t{seconds}\t4\n");
        import.read(line.as_bytes()).unwrap();
        assert_eq!(import.zones, [None, None], "{seconds}: no place on earth");
    }
    let named = access("192.0.2.1", "10:00:00", "GET /webwork2/quiz/Quiz1").replace("- - [", "- ada [");
    import.read(named.as_bytes()).unwrap();
    assert_eq!(import.zones, [None, Some(0)], "a proxy's clock is not WeBWorK's, whomever it names");
}

#[test]
fn who_asks_for_thousands_of_sets_hides_none() {
    let scan: String = (0..70_000)
        .map(|number| access("192.0.2.66", "09:00:00", &format!("GET /webwork2/scan/test_mode/S{number}")))
        .collect();
    let gone = access("192.0.2.66", "09:00:00", "GET /webwork2/quiz/test_mode/Gone").replace("200 9", "404 9");
    let first = access("192.0.2.1", "08:59:00", "GET /webwork2/quiz/Quiz1");
    let quiz = access("192.0.2.1", "10:00:00", "GET /webwork2/quiz/test_mode/Quiz1").repeat(2);
    let taken = |log: &str, set: &str| {
        let chosen = Chosen { course: Some("quiz".to_owned()), set: Some(set.to_owned()), zone: None };
        read(&[log], &chosen).map(|recording| recording.set.1).map_err(|failed| failed.to_string())
    };
    let noted = read(&[&(scan.clone() + &quiz)], &Chosen::default()).unwrap().notes;
    assert_eq!(noted[0], Note::TooManySets(70_000 - 65_535 + 2), "the quiz came after too many");
    assert_eq!(
        taken(&(first + &scan + &quiz), "Quiz1").unwrap(),
        [("Quiz1".to_owned(), 3)],
        "no foreign request counts"
    );
    assert_eq!(taken(&(quiz + &gone), "Gone"), Err("unknown set `Gone`; known: Quiz1".to_owned()));
}

#[test]
fn who_teaches_is_no_student_and_who_was_elsewhere_is_none_here() {
    let staff = access("192.0.2.9", "10:00:00", "GET /webwork2/quiz/instructor/users/ada");
    let theirs = access("192.0.2.9", "10:00:09", "GET /webwork2/quiz/test_mode/Quiz1");
    let other = access("192.0.2.8", "10:00:00", "POST /webwork2/quiz");
    let student = access("192.0.2.7", "10:00:10", "GET /webwork2/quiz/test_mode/Quiz1");
    // A visit of the day before to something else.
    let before = student.replace("22/Nov", "21/Nov").replace("test_mode/Quiz1", "");
    let log = staff + &theirs + &other + &before + &student;
    assert_eq!(journeys(&[&log]), ["0 start"]);
    let notes = read(&[&log], &Chosen::default()).unwrap().notes;
    assert_eq!(notes, [Note::StaffLeftOut(1), Note::OneClient(1.0)], "of those who had the set one is left");
}

#[test]
fn who_teaches_another_course_or_at_the_same_computer_before_is_a_student() {
    let start = |at| access("192.0.2.9", at, "GET /webwork2/quiz/test_mode/Quiz1");
    let elsewhere = access("192.0.2.9", "10:00:00", "GET /webwork2/other/instructor/users/ada");
    let chosen = Chosen { course: Some("quiz".to_owned()), ..Chosen::default() };
    let recording = read(&[&(elsewhere + &start("10:00:10"))], &chosen).unwrap();
    assert_eq!((recording.journeys.len(), recording.notes), (1, vec![Note::OneClient(1.0)]));
    let logins = login("09:50:00", "teacher", "192.0.2.9") + &login("10:00:00", "ada", "192.0.2.9");
    let here = access("192.0.2.9", "09:51:00", "GET /webwork2/quiz/instructor/users/ada");
    let log = here + &start("09:52:00") + &start("10:00:10");
    assert_eq!(journeys(&[&logins, &log]), ["0 login, 10 start"]);
}

#[test]
fn stamps_without_a_zone_have_that_of_other_logs() {
    let local = "[Sun Nov 22 11:00:00 2026] LOGIN OK user_id=ada\n";
    let answers = "[Sun Nov 22 11:01:00 2026] |ada|Quiz1,v1|1|1\t1795341660\t4\n";
    assert_eq!(journeys(&[local, answers]), ["0 login, 60 grade"]);
    let homework = access("192.0.2.1", "10:00:00", "GET /webwork2/quiz/Quiz1/3").replace("- - [", "- ada [");
    assert_eq!(journeys(&[local, &homework.replace("10:00:00 +0000", "11:00:30 +0100")]), ["0 login, 30 view"]);
    let chosen = Chosen { zone: Some(3600), ..Chosen::default() };
    let recording = read(&[local, &homework.replace("10:00:00", "10:00:40")], &chosen).unwrap();
    assert_eq!(recording.journeys[0].last().map(|deed| (deed.at().as_secs(), deed.step)), Some((40, Step::View)));
}

#[test]
fn starts_alone_are_arrivals() {
    let line = |seconds: u64| {
        format!(
            "[Sun Nov 22 10:00:00 2026] 1 {} - [/webwork2/quiz/test_mode/Quiz1] [runTime = 0.000 sec]\n",
            1_795_341_600 + seconds
        )
    };
    let recording = read(&[&(line(0) + &line(7))], &Chosen::default()).unwrap();
    assert_eq!((recording.journeys.len(), recording.notes), (2, vec![Note::StartsOnly]));
}

#[test]
fn a_log_of_nothing_known_says_what_is_known() {
    let said = Import::new().read(&b"a = 1\n"[..]).unwrap_err().to_string();
    assert!(said.starts_with("of no known format; expected one of: answer.log, login.log, timing.log, "), "{said}");
    let skipped = Import::new()
        .read(&b"[Sun Nov 22 10:00:00 2026] |a|Quiz1,v1|1|1\t1795341600\t4\n\xff\xfe secret\n"[..])
        .unwrap();
    assert_eq!((skipped.skipped, skipped.first_skipped), (1, Some((2, "no stamp of WeBWorK at its beginning"))));
}
