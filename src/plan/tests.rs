use super::*;

const TOPOLOGY: &str = r#"
title = "a test"
images = ["standin", "helper"]
[entry]
service = "lb"
port = 80
[role.lb]
services = ["lb"]
cpu = "5%"
memory = "64MiB"
[role.web]
services = ["web1", "web2"]
port = 8080
cpu = "25%"
memory = "256MiB"
[role.db]
services = ["db1"]
cpu = "10%"
memory = "256MiB"
primary = { command = ["db-role"], expect = "primary" }
[volume.courses]
size = "48MiB"
[address]
lb = 10
web1 = 11
web2 = 12
db1 = 21
vip = 100
[database]
address = "vip"
port = 3306
name = "webwork"
user = "webworkWrite"
[setting.check]
values = ["tcp", "content"]
default = "content"
help = "how nodes are checked"
[app.standin]
title = "stand-in"
seed_service = "web1"
seed = ["standin-seed"]
"#;

fn plan(scenario: &str, seed: u64) -> Result<Plan, Problems> {
    let topology = Topology::read("test", TOPOLOGY).expect("a valid topology");
    let text = format!("title = \"t\"\ntopology = \"test\"\n{scenario}");
    Plan::new(&Scenario::read("x", "x.toml", &text).expect("a valid scenario"), &topology, seed)
}

fn refused(scenario: &str, expected: &str) {
    let said = plan(scenario, 1).expect_err("a problem").to_string();
    assert!(said.contains(expected), "{said}");
}

const KILL: &str = "[[window]]\nfault = \"kill\"\ntarget = \"web.any\"\nfor = \"30s\"\n";

#[test]
fn the_same_seed_gives_the_same_plan_byte_for_byte() {
    let scenario = format!("baseline = \"90s\"\n{KILL}");
    let text = |seed| serde_json::to_string(&plan(&scenario, seed).unwrap()).unwrap();
    assert_eq!(text(7), text(7));
    assert_ne!(text(7), text(8));
}

#[test]
fn students_act_in_order_and_grade_last_within_the_spike() {
    let plan = plan(&format!("baseline = \"90s\"\n{KILL}"), 3).unwrap();
    assert_eq!(plan.deadline, Duration::from_secs(150));
    for student in &plan.students {
        assert!(student.actions.is_sorted_by_key(|action| action.at), "{student:?}");
        let last = student.actions.iter().rfind(|action| action.step == Step::Grade).unwrap();
        assert!(last.at >= Duration::from_secs(130) && last.at <= plan.deadline, "{last:?}");
        assert!(student.patience <= plan.class.patience_max);
    }
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let plan = plan(&format!("baseline = \"90s\"\n{KILL}"), 3).unwrap();
    let read: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(read, plan);
}

#[test]
fn windows_follow_each_other() {
    let plan = plan(&format!("baseline = \"60s\"\nrecovery = \"20s\"\n{KILL}{KILL}"), 3).unwrap();
    let times: Vec<_> = plan.windows.iter().map(|window| (window.start.as_secs(), window.end.as_secs())).collect();
    assert_eq!(times, [(60, 90), (110, 140)]);
    assert_eq!(plan.deadline.as_secs(), 160);
}

#[test]
fn what_cannot_be_planned_is_refused_with_its_field() {
    refused(&format!("[class]\nstudents = 2\n{KILL}"), "window[1]: only");
    refused(
        &KILL.replace("web.any", "wbe.any"),
        "window[1].target: unknown target `wbe.any`; known: db.any, db.primary",
    );
    refused(&format!("length = \"60s\"\n{KILL}"), "window[1].for: ends at 1m 15s, past the end of the run at 1m");
    refused(
        &format!("[settings]\ncheck = \"udp\"\n{KILL}"),
        "settings.check: setting `check`: expected one of tcp, content",
    );
    refused(&format!("app = \"moodle\"\n{KILL}"), "app: unknown app `moodle`; test serves: standin");
    refused(&format!("[class]\ngrade_every = 1\nattempts = 2\n{KILL}"), "class.attempts: 5 graded attempts");
}

use crate::history::Step;
