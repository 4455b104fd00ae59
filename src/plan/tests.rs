use super::*;
use crate::topology::App;

const TOPOLOGY: &str = r#"
title = "a test"
images = ["helper"]
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
server = "^standin-"
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
"#;

fn plan(scenario: &str, seed: u64) -> Result<Plan, Problems> {
    let mut topology = Topology::read("test", TOPOLOGY, &[]).expect("a valid topology");
    topology.app.seed = vec!["{homework}".to_owned()];
    let text = format!("title = \"t\"\ntopology = \"test\"\n{scenario}");
    Plan::new(&Scenario::read("x", "x.toml", &text).expect("a valid scenario"), &topology, seed)
}

fn refused(scenario: &str, expected: &str) {
    let said = plan(scenario, 1).expect_err("a problem").to_string();
    assert!(said.contains(expected), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn what_happens_at_the_same_time_hits_each_target_once() {
    let window = |target: &str, also: &str| {
        format!(
            "[class]\nstudents = 30\ngrade_every = 1\nattempts = 9\n[[window]]\nfault = \"kill\"\ntarget = \"{target}\"\nfor = \"40s\"\n{also}"
        )
    };
    let also = |fault: &str, target: &str| format!("[[window.also]]\nfault = \"{fault}\"\ntarget = \"{target}\"\n");
    let both = plan(&window("web1", &also("freeze", "db1")), 1).unwrap();
    let [window_of_both] = &both.windows[..] else { panic!("{:?}", both.windows) };
    assert_eq!(window_of_both.title(), "kill web1, freeze db1");
    assert_eq!(window_of_both.as_written(), "kill web1, freeze db1");
    let strikes = window_of_both.strikes("web1").unwrap();
    assert_eq!(strikes.iter().map(|strike| strike.target.as_str()).collect::<Vec<_>>(), ["web1", "db1"]);
    let steps = strikes.iter().flat_map(|strike| strike.injection.inject.iter().chain(&strike.injection.heal));
    let steps: Vec<_> = steps.map(ToString::to_string).collect();
    assert_eq!(steps, ["kill web1", "start web1", "pause db1", "unpause db1", "start db1"]);
    let stored: Plan = serde_json::from_str(&serde_json::to_string(&both).unwrap()).unwrap();
    assert_eq!(stored, both);

    let by_name = "expected a service or a volume by name, got";
    refused(&window("web.any", &also("kill", "db1")), &format!("x.toml:9: window[1].target: {by_name} `web.any`"));
    refused(
        &window("web1", &also("kill", "db.primary")),
        &format!("x.toml:13: window[1].also[1].target: {by_name} `db.primary`"),
    );
    refused(
        &window("web1", &also("freeze", "web1")),
        "x.toml:13: window[1].also[1].target: expected another target than `web1`, which is hit already",
    );
    refused(
        &window("web1", &also("disk-fill", "web2")),
        "window[1].also[1].target: `web2` is a service; `disk-fill` needs a volume",
    );
    let cut = format!("{}from = \"web3\"\n", also("partition", "web2"));
    refused(&window("web1", &cut), "x.toml:14: window[1].also[1].from: unknown service or role `web3`");
}

#[test]
fn a_node_that_would_be_cut_off_from_itself_is_refused_in_whatever_sitting_it_is_drawn() {
    let scenario = "repeat = 8\nbaseline = \"60s\"\n[class]\nstudents = 30\ngrade_every = 1\nattempts = 9\n[[window]]\nfault = \"partition\"\n\
                    target = \"web.any\"\nfrom = \"web1\"\nfor = \"40s\"\n";
    for seed in 0..8 {
        let said = plan(scenario, seed).expect_err("of eight, one is drawn").to_string();
        assert!(said.contains("window[1].from: expected somebody who cannot be the target, got `web1`"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn only_what_the_topology_times_can_be_timed() {
    refused("length = \"3m\"\ntimings = [\"small_files\"]\n", "x.toml:4: timings: unknown timing `small_files`");
}

#[test]
fn homework_is_done_problem_by_problem() {
    let scenario = "length = \"3m\"\n[class]\nwork = \"homework\"\nstudents = 30\nproblems = 3\n";
    let plan = plan(scenario, 7).unwrap();
    assert_eq!((plan.set(), plan.is_homework()), (HOMEWORK, true));
    for student in &plan.students {
        let steps: Vec<_> = student.actions.iter().map(|action| (action.step, action.answered)).collect();
        let entered = steps.iter().position(|(step, _)| *step == Step::QuizInfo).unwrap();
        let mut work: Vec<_> =
            steps[entered + 1..].iter().filter(|(step, _)| *step != Step::Preview).copied().collect();
        // A problem may be submitted twice.
        work.dedup();
        let back = work[work.len() - 3];
        let each = (1..=3).flat_map(|problem| [(Step::View, problem), (Step::Grade, problem)]);
        let expected: Vec<_> = each.chain([back, (Step::QuizInfo, 3), (Step::Logout, 3)]).collect();
        assert_eq!((work, back.0), (expected, Step::View), "{}", student.login);
        assert!(student.actions.is_sorted_by_key(|action| action.at), "{student:?}");
        // A preview is of the problem that lies open.
        let previews = student.actions.windows(2).filter(|pair| pair[1].step == Step::Preview);
        assert!(previews.clone().all(|pair| (pair[0].step, pair[0].answered) == (Step::View, pair[1].answered)));
        let last = student.actions.iter().rfind(|action| action.step == Step::Grade).unwrap().at;
        assert!((Duration::from_secs(160)..=Duration::from_secs(180)).contains(&last), "{last:?}");
    }
    let grades = plan.students.iter().flat_map(|student| &student.actions).filter(|action| action.step == Step::Grade);
    assert!((100..=140).contains(&grades.count()), "ninety, and a third of them again");
    let previews =
        plan.students.iter().flat_map(|student| &student.actions).filter(|action| action.step == Step::Preview);
    assert!((25..=65).contains(&previews.count()), "half of ninety");
}

#[test]
fn a_rush_to_homework_starts_no_version() {
    let scenario = "length = \"3m\"\n[class]\nwork = \"homework\"\nstudents = 5\n[rush]\nat = \"2m\"\nfor = \"20s\"\nstudents = 2\n";
    let plan = plan(scenario, 7).unwrap();
    assert_eq!(plan.students[5].actions.iter().map(|action| action.step).collect::<Vec<_>>(), [Step::Login]);
}

#[test]
fn the_busiest_minute_is_the_one_with_most_work() {
    let at = |seconds, step| Action { at: Duration::from_secs(seconds), step, answered: 1 };
    let steps =
        [(0, Step::Login), (0, Step::View), (59, Step::View), (61, Step::Grade), (118, Step::View), (200, Step::View)];
    let mut plan = plan("length = \"3m\"\n", 1).unwrap();
    let actions = steps.map(|(seconds, step)| at(seconds, step)).to_vec();
    plan.students = vec![Student { actions, ..plan.students[0].clone() }];
    let ms = Duration::from_millis;
    let mut app = App { page_cpu: Some((ms(30), ms(145))), ..App::default() };
    let most = Busiest { from: Duration::from_secs(59), pages: 3, cpu: ms(3 * 755) };
    assert_eq!(plan.busiest_minute(&app), Some(most));
    plan.class.per_page = 1;
    assert_eq!(plan.busiest_minute(&app).unwrap().cpu, ms(2 * 175 + 755));
    plan.class.work = Work::Homework;
    assert_eq!(plan.busiest_minute(&app).unwrap().cpu, ms(3 * 175));
    app.page_cpu = None;
    assert_eq!(plan.busiest_minute(&app), None);
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
fn what_cannot_be_planned_is_refused_with_its_line_and_field() {
    refused(
        &format!("[class]\nstudents = 2\n{KILL}"),
        "x.toml:5: window[1]: expected at least 5 graded submissions planned in it, got 2 from a class of 2 (hint: more \
         students, a smaller grade_every with more attempts, a longer window, or another --seed)",
    );
    refused(
        &format!("length = \"60s\"\n{KILL}"),
        "x.toml:3: length: window[1] ends at 1m 15s, past the end of the run at 1m (hint: make it at least 1m 45s, or \
         leave it out)",
    );
    refused(
        &format!("[settings]\ncheck = \"tpc\"\n{KILL}"),
        "x.toml:4: settings.check: expected one of tcp, content, got `tpc` (hint: did you mean `tcp`?)",
    );
    refused(
        &format!("[class]\ngrade_every = 1\nattempts = 2\n{KILL}"),
        "x.toml:5: class.attempts: 5 graded attempts are planned for each student; the test allows 2 (hint: attempts = 5 \
         or more, or a larger grade_every)",
    );
    refused(
        &format!("{KILL}at = \"10s\"\n"),
        "x.toml:7: window[1].at: starts at 10s, before the baseline of 45s is over (hint: a shorter baseline, or a later \
         start)",
    );
    refused(
        &format!("{KILL}{KILL}at = \"60s\"\n"),
        "x.toml:11: window[2].at: starts at 1m, before window[1] has ended at 1m 15s (hint: faults come one after the \
         other)",
    );
    // No length is written, and none is at fault.
    refused(
        &format!("{KILL}at = \"130s\"\n{KILL}at = \"50s\"\n"),
        "x.toml:12: window[2].at: starts at 50s, before window[1] has ended at 2m 40s (hint: faults come one after the",
    );
}

#[test]
fn what_follows_from_a_wrong_time_line_is_not_said() {
    // Both windows end after the deadline, and neither class nor submissions fit: one mistake.
    refused(
        &format!("length = \"10s\"\n{KILL}{KILL}"),
        "x.toml:3: length: window[1] ends at 1m 15s, past the end of the run at 10s (hint: make it at least 2m 45s, or \
         leave it out)",
    );
    refused(
        "length = \"60s\"\n",
        "x.toml: class.arrival: the run ends at 1m; a class that arrives within 1m needs at least 1m 45s (hint: a shorter \
         arrival or deadline_spike, or a longer length)",
    );
    let windows = KILL.repeat(150).replace("30s", "90s");
    refused(&format!("length = \"60s\"\n{windows}"), "past the end of the run at 1m (hint: leave it out)");
}

#[test]
fn a_target_is_known_and_has_what_the_fault_needs() {
    let aimed = |fault: &str, target: &str, expected: &str| {
        let window = KILL.replace("kill", fault).replace("web.any", target);
        refused(&window, &format!("x.toml:5: window[1].target: {expected}"));
    };
    aimed(
        "kill",
        "wbe.any",
        "unknown target `wbe.any`; known: db.any, db.primary, lb.any, web.any, db1, lb, web1, web2 (hint: did you mean \
         `web.any`?)",
    );
    aimed("freeze", "storage.courses", "`storage.courses` is a volume; `freeze` needs a service (hint: targets that");
    aimed("freeze", "courses", "`courses` is a volume; `freeze` needs a service (hint: targets that fit: db.any,");
    aimed(
        "disk-fill",
        "web.any",
        "`web.any` is a service; `disk-fill` needs a volume (hint: targets that fit: storage.courses)",
    );
    for fault in ["crash", "oom"] {
        let expected = format!(
            "`db.primary` is a service without `server` in topology.toml; `{fault}` needs a service whose role names its \
             `server`, of a passive role the primary (hint: targets that fit: web.any, web1, web2)"
        );
        aimed(fault, "db.primary", &expected);
    }
}

use crate::history::Step;

#[test]
fn every_sitting_has_the_same_windows_and_students_of_its_own() {
    let once = plan(KILL, 3).expect("a plan");
    let often = plan(&format!("repeat = 3\n{KILL}"), 3).expect("a plan");
    assert_eq!((often.repeat, often.windows.len(), often.accounts()), (3, 3, 3 * once.accounts()));
    assert_eq!(often.repeats(), [[0, 1, 2]]);
    // The first sitting is what one sitting alone would be.
    assert_eq!(often.students[..once.students.len()], once.students);
    assert_eq!((often.windows[0].start, &often.windows[0].target), (once.windows[0].start, &once.windows[0].target));
    let sitting = often.windows[1].start - often.windows[0].start;
    assert_eq!(often.windows[2].start, often.windows[0].start + sitting * 2);
    assert_eq!(often.deadline, once.deadline + sitting * 2);
    // Nobody of one sitting is still at work when the next one begins.
    let per = once.students.len();
    for (number, students) in (0..).zip(often.students.chunks(per)) {
        let times = || students.iter().flat_map(|student| &student.actions).map(|action| action.at);
        assert!(times().min() >= Some(sitting * number) && times().max() < Some(sitting * (number + 1)), "{number}");
    }
    let logins: std::collections::BTreeSet<_> = often.students.iter().map(|student| &student.login).collect();
    assert_eq!(logins.len(), often.students.len());
}

#[test]
fn too_many_sittings_are_refused() {
    refused(
        &format!("repeat = 26\n{KILL}"),
        "x.toml:3: repeat: expected at most 1000 students over all sittings, got 26 of 40 (hint: repeat = 25 or less",
    );
    refused(
        &format!("repeat = 100\nlength = \"10m\"\n{KILL}[class]\nstudents = 10\n"),
        "repeat: 100 sittings of 10m 10s take 16h 56m 40s; expected at most 4h",
    );
}

const RUSH: &str = "[rush]\nfor = \"20s\"\nstudents = 7\n";

#[test]
fn a_rush_comes_after_the_last_window_with_students_of_its_own() {
    let class = plan(KILL, 3).unwrap();
    let both = plan(&format!("repeat = 2\n{KILL}{RUSH}"), 3).unwrap();
    // Window 45 to 75 s, then a recovery of 30 s on each side of the rush.
    let spans: Vec<_> = both.rushes.iter().map(|rush| (rush.start.as_secs(), rush.end.as_secs())).collect();
    assert_eq!(spans, [(105, 125), (105 + 165, 125 + 165)]);
    assert_eq!((both.deadline.as_secs(), both.accounts()), (155 + 165, 2 * (40 + 7)));
    let (of_class, of_rush) = both.students.split_at(80);
    assert!(of_class.iter().all(|student| student.rush_until.is_none()));
    for (number, student) in (0..).zip(of_rush) {
        let rush = both.rushes[number / 7];
        assert_eq!((student.rush_until, &student.login), (Some(rush.end), &login(u32::try_from(81 + number).unwrap())));
        let steps: Vec<_> = student.actions.iter().map(|action| action.step).collect();
        assert_eq!(steps, [Step::Login, Step::Start]);
        assert!(
            student
                .actions
                .iter()
                .all(|action| action.at >= rush.start && action.at < rush.start + Duration::from_secs(5))
        );
    }
    let patience = |plan: &Plan| plan.students[..40].iter().map(|student| student.patience).collect::<Vec<_>>();
    assert_eq!(patience(&class), patience(&both), "the class draws what it draws without a rush");
    assert_eq!(both, plan(&format!("repeat = 2\n{KILL}{RUSH}"), 3).unwrap());
}

#[test]
fn without_a_window_a_rush_ends_the_baseline() {
    let plan = plan(&format!("baseline = \"100s\"\n{RUSH}"), 3).unwrap();
    assert_eq!((plan.baseline_end().as_secs(), plan.deadline.as_secs()), (100, 150));
}

#[test]
fn a_rush_stands_apart_from_every_fault() {
    let at = |at: &str| format!("{KILL}{RUSH}at = \"{at}\"\n");
    refused(
        &at("90s"),
        "x.toml:7: rush: lasts from 1m 30s to 1m 50s, and window[1] from 45s to 1m 15s; expected a recovery of",
    );
    refused(
        &at("10s"),
        "x.toml:7: rush: begins at 10s, before the baseline of 45s is over (hint: a shorter baseline, or a",
    );
    refused(&format!("length = \"110s\"\n{}", at("105s")), "rush: ends at 2m 5s, past the end of the run at 1m 50s");
    let crowd = RUSH.replace('7', "500");
    let many = format!("repeat = 2\n{KILL}[class]\nstudents = 100\n{crowd}");
    refused(&many, "x.toml:3: repeat: expected at most 1000 students over all sittings, got 2 of 600");
}

#[test]
fn too_much_is_refused_before_it_is_made() {
    let windows = "[[window]]\nfault = \"kill\"\ntarget = \"web.any\"\nfor = \"5s\"\n".repeat(201);
    refused(
        &format!("recovery = \"5s\"\n{windows}"),
        "x.toml:4: window: expected at most 200 windows over all sittings, got 1 times 201 (hint: fewer windows, or fewer \
         sittings)",
    );
    refused(
        "[class]\nstudents = 500\narrival = \"1s\"\ntrickle = \"0%\"\ndeadline_spike = \"1s\"\n",
        "x.toml:4: class.students: expected at most 500 requests planned within one second, got ",
    );
}

#[test]
fn a_window_is_not_stretched_past_its_longest() {
    let text = format!("title = \"t\"\ntopology = \"test\"\n{}", KILL.replace("30s", "45m"));
    let scenario = Scenario::read("x", "x.toml", &text).unwrap().stretched(2.0);
    let topology = Topology::read("test", TOPOLOGY, &[]).unwrap();
    let said = Plan::new(&scenario, &topology, 1).expect_err("a problem").to_string();
    assert_eq!(
        said,
        "x.toml:6: window[1].for: expected at most 1h with --stretch, got 1h 30m (hint: stretch it less, or write a shorter one)"
    );
}

#[test]
fn a_class_that_comes_evenly_does_so_in_every_draw() {
    let [arrival, spike, deadline] = [40, 30, 120].map(Duration::from_secs);
    let class = Class { students: 20, arrival, deadline_spike: spike, evenly: true, ..Default::default() };
    let drawn = [1, 2].map(|seed| class::students(&class, deadline, seed, 0));
    for students in &drawn {
        let arrivals: Vec<_> = students.iter().map(|student| student.actions[0].at.as_secs()).collect();
        assert_eq!(arrivals, (1..40).step_by(2).collect::<Vec<_>>());
        let last = |student: &Student| {
            let grades = student.actions.iter().filter(|action| action.step == crate::history::Step::Grade);
            grades.map(|action| action.at).max().unwrap()
        };
        let mut last: Vec<_> = students.iter().map(last).collect();
        assert!(!last.is_sorted(), "who comes first does not submit first");
        last.sort_unstable();
        let third = |number: u32| {
            let from = deadline - spike + spike / 3 * number;
            last.iter().filter(|at| (from..from + spike / 3).contains(*at)).count()
        };
        assert!([0, 1, 2].map(third).iter().all(|count| (6..=8).contains(count)), "{last:?}");
    }
    assert_ne!(drawn[0], drawn[1], "what they think and do is drawn");
}
