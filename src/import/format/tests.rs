use super::super::record::{At, Who};
use super::*;

/// 2026-11-22 10:00:00 in Greenwich.
const TEN: i64 = 1_795_341_600_000;

/// The one format that takes `line`, and what it says in words.
fn said(line: &str) -> String {
    let takes = |format: &&Format| !matches!((format.parse)(line.as_bytes(), &mut Vec::new()), Parsed::Unknown(_));
    let formats: Vec<_> = FORMATS.iter().filter(takes).collect();
    assert_eq!(formats.len(), 1, "{line}: {:?}", formats.iter().map(|format| format.name).collect::<Vec<_>>());
    let mut spare = Vec::new();
    let Parsed::Record(record) = (formats[0].parse)(line.as_bytes(), &mut spare) else { return "nothing".to_owned() };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let who = match record.who {
        Who::Nobody => "nobody".to_owned(),
        Who::User(user) => text(user),
        Who::Client { address, agent } => format!("{} by {:?}", text(address), text(agent)),
        Who::UserAt { user, address, agent } => format!("{} at {} by {:?}", text(user), text(address), text(agent)),
    };
    let at = match record.at {
        At::Unix(at) => format!("{}", at - TEN),
        At::Local(at) => format!("{} local", at - TEN),
    };
    let place = format!("{}/{}/{}", text(record.course), text(record.set), record.problem);
    format!("{at}, zone {:?}, {who}, {:?} {place}", record.zone, record.what)
}

#[test]
fn the_last_text_of_an_access_log_is_the_clients_address_only_if_it_is_one() {
    let addresses =
        [("[2001:db8::9]:443", "[2001:db8::9]:443"), ("ww.example.org", "192.0.2.7"), ("3.02", "192.0.2.7")];
    for (third, address) in addresses {
        let request =
            "192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] \"GET /webwork2/quiz/Quiz1 HTTP/1.1\" 200 1 \"-\" \"M\"";
        let expected = format!("0, zone Some(0), {address} by \"M\", Info quiz/Quiz1/0");
        assert_eq!(said(&format!("{request} \"{third}\"")), expected, "{third}");
    }
}

#[test]
fn each_format_reads_what_its_program_writes() {
    let check = |line: &str, expected: &str| assert_eq!(said(line), expected, "{line}");
    check(
        "[Sun Nov 22 11:00:00 2026] |stu001|Quiz1,v1|3|10\t1795341600\t42\tx|y",
        "0, zone Some(3600), stu001, GradedPart /Quiz1/3",
    );
    check("[Sun Nov 22 10:00:00 2026] |stu001|HW1|3|1\t1795341600\t42", "0, zone Some(0), stu001, Grade /HW1/3");
    check(
        "[Sun Nov 22 10:00:02 2026] LOGIN OK user_id=stu001 login_type=normal credential_source=params host=192.0.2.7 \
         port=4711 UA=Mozilla/5.0 (X11; Linux)",
        "2000 local, zone None, stu001 at 192.0.2.7 by \"Mozilla/5.0 (X11; Linux)\", Login //0",
    );
    check(
        "[Sun Nov 22 10:00:00 2026] LOGGED OUT user_id=stu001 login_type= credential_source= host=UNKNOWN port=UNKNOWN UA=",
        "0 local, zone None, stu001, Logout //0",
    );
    check("[Sun Nov 22 10:00:00 2026] AUTH WWDB: password accepted user_id=stu001 login_type=normal", "nothing");
    check(
        "[Sun Nov 22 10:00:01 2026] 1234 1795341601 - [/webwork2/quiz/test_mode/Quiz1,v1] [runTime = 0.250 sec]",
        "750, zone Some(0), nobody, Look quiz/Quiz1/0",
    );
    check(
        "[Sun Nov 22 10:00:00 2026] 7 1795341600 - /webwork2/quiz [runTime = 0.031 sec]",
        "-31, zone Some(0), nobody, Front quiz//0",
    );
    check(
        "192.0.2.7 - - [22/Nov/2026:03:00:00 -0700] \"POST /webwork2/quiz/test_mode/Quiz1,v1/ HTTP/1.1\" 200 24800 \
         \"https://x/\\\"y\" \"Mozilla/5.0 (a \\\"b\\\")\"",
        "0, zone Some(-25200), 192.0.2.7 by \"Mozilla/5.0 (a \\\\\\\"b\\\\\\\")\", Post quiz/Quiz1/0",
    );
    check(
        "2001:db8::1 - - [22/Nov/2026:10:00:00 +0000] \"GET /webwork2/quiz HTTP/1.1\" 200 4479",
        "0, zone Some(0), 2001:db8::1 by \"\", Front quiz//0",
    );
    check(
        "ww.example.org:443 10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] \"GET /webwork2/quiz/Quiz1 HTTP/2.0\" 200 1 \"-\" \"M\" \
         \"192.0.2.9, 10.0.0.1\"",
        "0, zone Some(0), 192.0.2.9 by \"M\", Info quiz/Quiz1/0",
    );
    check(
        "192.0.2.7 - somebody [22/Nov/2026:10:00:00 +0000] \"GET /webwork2/quiz/HW1/2 HTTP/1.1\" 200 1 \"-\" \"M\"",
        "0, zone Some(0), somebody at 192.0.2.7 by \"M\", Look quiz/HW1/2",
    );
    check("192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] \"GET /webwork2/quiz HTTP/1.1\" 301 0 \"-\" \"M\"", "nothing");
    check("192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] \"\\x16\\x03\" 400 150 \"-\" \"-\"", "nothing");
}

#[test]
fn the_logs_of_haproxy_are_read_whole_or_from_a_run() {
    let check = |line: &str, expected: &str| assert_eq!(said(line), expected, "{line}");
    check(
        "Nov 22 10:00:00 lb haproxy[14389]: 192.0.2.7:33317 [22/Nov/2026:10:00:00.123] entry nodes/web1 0/0/1/450/452 200 \
         13800 - - ---- 1/1/0/0/0 0/0 {Mozilla/5.0} {} \"GET /webwork2/quiz/test_mode/Quiz1 HTTP/1.1\"",
        "123 local, zone None, 192.0.2.7 by \"Mozilla/5.0\", Start quiz/Quiz1/0",
    );
    check(
        "::1:5 [22/Nov/2026:10:00:00.000] e n/w 0/0/1/4/5 200 1 - - ---- 1/1/0/0/0 0/0 \"GET /webwork2/quiz?user=a HTTP/1.1\"",
        "0 local, zone None, a at ::1 by \"\", Front quiz//0",
    );
    // A client that was gone before there was an answer.
    check(
        "::1:5 [22/Nov/2026:10:00:00.000] e n/w 0/0/1/-1/5 -1 1 - - CH-- 1/1/0/0/0 0/0 \"GET /webwork2/quiz?user=a HTTP/1.1\"",
        "0 local, zone None, a at ::1 by \"\", Front quiz//0",
    );
    check(
        "::1:5 [22/Nov/2026:10:00:00.000] e n/w 0/0/1/4/5 404 1 - - ---- 1/1/0/0/0 0/0 \"GET /webwork2/scan HTTP/1.1\"",
        "nothing",
    );
    check(
        "2026-11-22T10:00:00.700123456Z 2026-11-22T10:00:00+00:00 {\"event\":\"request\",\"accepted\":\"22/Nov/2026:09:59:00.1\",\
         \"client\":\"10.200.0.1:4711\",\"agent\":\"wwchaos\\/0.1.0 stu001\",\"method\":\"POST\",\"path\":\"\\/webwork2\\/quiz\",\"node\":\
         \"web1\",\"status\":200,\"bytes\":9,\"queue_ms\":0,\"total_ms\":450}",
        "250, zone Some(0), 10.200.0.1 by \"wwchaos/0.1.0 stu001\", Login quiz//0",
    );
    check(
        "2026-11-22T10:00:03.7Z 2026-11-22T10:00:00.500001+00:00 {\"event\":\"request\",\"client\":\"10.200.0.1:4711\",\"method\":\"GET\",\
         \"path\":\"\\/webwork2\\/quiz\",\"status\":200,\"total_ms\":450}",
        "50, zone Some(0), 10.200.0.1 by \"\", Front quiz//0",
    );
    check("2026-11-22T10:00:00.7Z 2026-11-22T10:00:00+00:00 Health check for server nodes/web1 succeeded", "nothing");
}

#[test]
fn a_log_is_of_the_format_of_most_of_its_lines() {
    let lines = |text: &str| text.lines().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>();
    let name = |text: &str| recognised(&lines(text)).map(|format| format.name);
    let answer = "[Sun Nov 22 10:00:00 2026] |a|HW1|3|1\t1795341600\t42\n";
    assert_eq!(name(&format!("cut off\n{answer}{answer}")), Some("answer.log"));
    assert_eq!(name("a = 1\n"), None);
    assert_eq!(name(""), None);
}

#[test]
fn what_is_no_line_of_any_format_says_why_without_repeating_it() {
    for format in FORMATS {
        for line in ["", "secret", "[secret", "[Sun Nov 22 10:00:00 2026] secret", "\u{0}\u{1b}[2J"] {
            if let Parsed::Unknown(why) = (format.parse)(line.as_bytes(), &mut Vec::new()) {
                assert!(!why.is_empty() && !why.contains("secret"), "{}: {why}", format.name);
            }
        }
    }
    assert!(matches!((FORMATS[0].parse)(b"[Sun Nov 22 10:00:00 2026] |a|b|c|d", &mut Vec::new()), Parsed::Unknown(_)));
}
