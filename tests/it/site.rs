//! The logs that a class leaves on a site, in each format, as each program writes them.

use std::fmt::Write;

use wwchaos::history::Step;
use wwchaos::plan::Student;

/// 2026-11-22 10:00:00 in Greenwich: the first arrival.
pub const ZERO: u64 = 1_795_341_600;
/// Hours that the server's clock is ahead.
const ZONE_HOURS: u64 = 1;
/// Problems of the test.
const PROBLEMS: u32 = 5;

/// The logs of a site.
#[derive(Default)]
pub struct Logs {
    pub answer: String,
    pub login: String,
    pub timing: String,
    pub access: String,
    pub haproxy: String,
    pub balancer: String,
}

/// Who somebody is for a log: user, address, browser.
pub type Person = (String, String, String);

/// A student as anybody.
pub fn person(student: &Student) -> Person {
    let number: u32 = student.login.trim_start_matches("stu").parse().unwrap();
    let address = format!("10.{}.{}.7", number / 250, number % 250);
    (student.login.clone(), address, format!("Mozilla/5.0 (X11; Linux x86_64) Firefox/{}", 100 + number % 7))
}

/// The clock of the server `ms` after the first arrival: day and time, as WeBWorK and web servers write them.
fn clock(ms: u64) -> (String, String) {
    let seconds = ms / 1000 + 10 * 3600 + ZONE_HOURS * 3600;
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    (format!("Sun Nov 22 {time} 2026"), format!("22/Nov/2026:{time}"))
}

/// What `students` leave, each as `who` says.
pub fn logs(students: &[Student], who: impl Fn(&Student) -> Person) -> Logs {
    let mut all: Vec<_> =
        students.iter().flat_map(|student| student.actions.iter().map(move |action| (action, student))).collect();
    all.sort_by_key(|(action, _)| action.at);
    let mut logs = Logs::default();
    for (action, student) in all {
        let ms = u64::try_from(action.at.as_millis()).unwrap();
        let ((webwork, web), (user, address, agent)) = (clock(ms), who(student));
        let unix = ZERO + ms / 1000;
        let (method, path) = match action.step {
            Step::Refresh | Step::SetList => ("GET", "/webwork2/quiz"),
            Step::Login => ("POST", "/webwork2/quiz"),
            Step::QuizInfo => ("GET", "/webwork2/quiz/Quiz1"),
            Step::Start => ("GET", "/webwork2/quiz/test_mode/Quiz1"),
            Step::View | Step::Review => ("GET", "/webwork2/quiz/test_mode/Quiz1,v1"),
            Step::Preview | Step::Grade => ("POST", "/webwork2/quiz/test_mode/Quiz1,v1/"),
            Step::Logout => ("GET", "/webwork2/quiz/logout"),
            Step::Code | Step::Turn => unreachable!("never planned"),
        };
        if action.step == Step::Grade {
            for problem in 1..=PROBLEMS {
                writeln!(logs.answer, "[{webwork}] |{user}|Quiz1,v1|{problem}|1\t{unix}\t42").unwrap();
            }
        }
        let from = format!("login_type=normal credential_source=params host={address} port=4711 UA={agent}");
        if action.step == Step::Login {
            writeln!(logs.login, "[{webwork}] AUTH WWDB: password accepted user_id={user} {from}").unwrap();
            writeln!(logs.login, "[{webwork}] LOGIN OK user_id={user} {from}").unwrap();
        }
        writeln!(logs.timing, "[{webwork}] 77 {unix} - [{}] [runTime = 0.000 sec]", path.trim_end_matches('/'))
            .unwrap();
        let request = format!("\"{method} {path} HTTP/1.1\"");
        writeln!(logs.access, "{address} - - [{web} +0{ZONE_HOURS}00] {request} 200 9 \"-\" \"{agent}\"").unwrap();
        let thousandths = ms % 1000;
        writeln!(
            logs.haproxy,
            "{address}:4711 [{web}.{thousandths:03}] entry nodes/web1 0/0/1/4/5 200 9 - - ---- 1/1/0/0/0 0/0 {{{agent}}} {request}"
        )
        .unwrap();
        let (done, path) = (ms + 450, path.replace('/', "\\/"));
        let seconds = done / 1000 + 10 * 3600;
        writeln!(
            logs.balancer,
            "2026-11-22T{:02}:{:02}:{:02}.{:03}000000Z 2026-11-22T10:00:00+00:00 {{\"event\":\"request\",\"accepted\":\"x\",\
             \"client\":\"10.200.0.1:4711\",\"agent\":\"wwchaos\\/0.1.0 {user}\",\"method\":\"{method}\",\"path\":\"{path}\",\
             \"node\":\"web1\",\"status\":200,\"bytes\":9,\"total_ms\":450}}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            done % 1000
        )
        .unwrap();
    }
    logs
}
