//! The windows of a plan on a model of a cluster, on virtual time.

use std::fmt::Write;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wwchaos::clock::Stamp;
use wwchaos::cluster::fake::{Behaviour, FakeCluster};
use wwchaos::cluster::{Cluster, Step};
use wwchaos::fault::{Aim, KINDS, Strike};
use wwchaos::history::{Fact, Mark, Observation, Recorder};
use wwchaos::lease::{Debt, Journal};
use wwchaos::library::Library;
use wwchaos::plan::Plan;
use wwchaos::run::healing::{heal_again, heal_owed};
use wwchaos::run::windows::drive;
use wwchaos::scenario::Scenario;

/// A run of windows that is over.
struct Played {
    /// What was recorded: `15s 1 inject issued`, the time counted from the first arrival.
    marks: String,
    /// What was done to the cluster: `15s kill web1`.
    steps: String,
    /// Windows that healing again did not heal.
    unhealed: Vec<String>,
    /// Whether the cluster was as before, at the end.
    whole: bool,
}

fn window(fault: &str, target: &str) -> String {
    format!("[[window]]\nfault = \"{fault}\"\ntarget = \"{target}\"\nfor = \"30s\"\n")
}

fn cluster(behaviour: Behaviour) -> FakeCluster {
    FakeCluster::new(&Library::default().cluster("two-node", "standin").unwrap(), behaviour)
}

fn plan(windows: &str) -> Plan {
    let text = format!("title = \"t\"\ntopology = \"two-node\"\nbaseline = \"60s\"\nrecovery = \"20s\"\n{windows}");
    let scenario = Scenario::read("t", "t.toml", &text).unwrap();
    Plan::new(&scenario, &Library::default().cluster("two-node", "standin").unwrap(), 7).unwrap()
}

/// Plays `windows`; meanwhile `other` does things of its own.
async fn play_beside<F: Future<Output = ()>>(
    windows: &str,
    cluster: &FakeCluster,
    stop: &CancellationToken,
    other: F,
) -> Played {
    let (recorder, mut receiver) = Recorder::channel();
    let (plan, journal, zero) = (plan(windows), Journal::nowhere(), Stamp::now());
    let (driven, ()) = tokio::join!(drive(&plan, cluster, (&recorder, &journal), zero, stop), other);
    let unhealed = heal_again(cluster, (&recorder, &journal), driven).await;
    drop(recorder);
    let (mut marks, mut steps) = (String::new(), String::new());
    while let Some(Observation { at, fact }) = receiver.recv().await {
        let Fact::Window { window, mark } = fact else { continue };
        writeln!(marks, "{} {} {}", time(zero, at), window + 1, words(&mark)).unwrap();
    }
    for (at, step) in cluster.log() {
        writeln!(steps, "{} {step}", time(zero, at)).unwrap();
    }
    Played { marks, steps, unhealed, whole: cluster.missing().await.unwrap().is_none() }
}

async fn play(windows: &str, behaviour: Behaviour) -> Played {
    play_beside(windows, &cluster(behaviour), &CancellationToken::new(), async {}).await
}

/// Plays `fault` on the primary of the databases, which somebody kills after so many seconds.
async fn play_fenced(fault: &str, after: u64, behaviour: Behaviour) -> Played {
    let cluster = cluster(behaviour);
    let fence = async {
        tokio::time::sleep(seconds(after)).await;
        cluster.apply(&Step::Kill { service: "db1".to_owned() }).await.unwrap();
    };
    play_beside(&window(fault, "db.primary"), &cluster, &CancellationToken::new(), fence).await
}

fn time(zero: Stamp, at: Stamp) -> String {
    format!("{:.2}s", (at - zero).as_secs_f64())
}

fn words(mark: &Mark) -> String {
    match mark {
        Mark::Target { target } => format!("target {target}"),
        Mark::InjectIssued => "inject".to_owned(),
        Mark::EffectSeen { detail, not_before } => {
            assert!(not_before.is_some(), "since when it may have been there");
            format!("there: {detail}")
        }
        Mark::AlsoSeen { target, detail } => format!("{target} too: {detail}"),
        Mark::Void { why } => format!("void: {why}"),
        Mark::StillThere { .. } => "still there".to_owned(),
        Mark::EndedEarly { why } => format!("ended early: {why}"),
        Mark::HealIssued => "heal".to_owned(),
        Mark::HealConfirmed => "healed".to_owned(),
        Mark::HealFailed { why } => format!("not healed: {why}"),
        Mark::StartedAgain { target } => format!("started again: {target}"),
        Mark::Gone => "gone".to_owned(),
        Mark::Restored { last } => {
            format!("restored{}", last.as_ref().map(|last| format!(" after: {last}")).unwrap_or_default())
        }
    }
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_injected_seen_healed_and_confirmed_in_its_time() {
    for kind in KINDS {
        let (written, target) = match kind.aim {
            Aim::Service | Aim::Server | Aim::Port | Aim::App => ("web1", "web1"),
            Aim::Condition(..) => ("db2", "db2"),
            Aim::Volume => ("storage.courses", "courses"),
        };
        let late =
            Behaviour { evidence_after: Duration::from_millis(200), ready_after: seconds(2), ..Behaviour::default() };
        let played = play(&window(kind.name, written), late).await;
        let strikes = plan(&window(kind.name, written)).windows[0].strikes(target).unwrap();
        let [Strike { injection, .. }] = &strikes[..] else { panic!("{strikes:?}") };
        let healed = if kind.aim == Aim::Volume { "90.00s" } else { "92.00s" };
        let expected = format!(
            "60.00s 1 target {target}\n60.00s 1 inject\n60.20s 1 there: {}\n90.00s 1 still there\n90.00s 1 heal\n{healed} 1 healed\n{healed} 1 restored\n",
            injection.evidence
        );
        assert_eq!(played.marks, expected, "{}", kind.name);
        let inject = injection.inject.iter().map(|step| format!("60.00s {step}\n"));
        let heal = injection.heal.iter().map(|step| format!("90.00s {step}\n"));
        assert_eq!(played.steps, inject.chain(heal).collect::<String>(), "{}", kind.name);
        assert!(played.whole && played.unhealed.is_empty(), "{}", kind.name);
    }
}

#[tokio::test(start_paused = true)]
async fn evidence_that_never_shows_makes_the_window_void_and_it_is_healed() {
    let played = play(&window("freeze", "web2"), Behaviour { evidence_never: true, ..Behaviour::default() }).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web2
    60.00s 1 inject
    90.00s 1 void: evidence never seen: the engine says that web2 is paused
    90.00s 1 heal
    90.00s 1 healed
    90.00s 1 restored
    ");
    insta::assert_snapshot!(played.steps, @r"
    60.00s pause web2
    90.00s unpause web2
    90.00s start web2
    ");
    assert!(played.whole && played.unhealed.is_empty());
}

/// A fault that was ended by somebody else.
async fn ended_early(fault: &str, target: &str) -> String {
    play(&window(fault, target), Behaviour { ends_after: Some(seconds(10)), ..Behaviour::default() }).await.marks
}

#[tokio::test(start_paused = true)]
async fn what_the_cluster_ends_by_itself_is_told_and_measured() {
    insta::assert_snapshot!(ended_early("kill", "web1").await, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 does not run
    90.00s 1 ended early: not so before it was healed: the engine says that web1 does not run
    90.00s 1 heal
    90.00s 1 healed
    90.00s 1 restored
    ");
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_we_keep_up_and_that_ends_makes_the_window_void() {
    insta::assert_snapshot!(ended_early("disk-fill", "storage.courses").await, @r"
    60.00s 1 target courses
    60.00s 1 inject
    60.00s 1 there: the file system of courses is 100% full
    90.00s 1 void: not so before it was healed: the file system of courses is 100% full
    90.00s 1 heal
    90.00s 1 healed
    90.00s 1 restored
    ");
    let pressed = ended_early("oom", "web1").await;
    assert!(pressed.contains("90.00s 1 void: not so before it was healed: the kernel killed a process"), "{pressed}");
}

#[tokio::test(start_paused = true)]
async fn what_is_put_out_again_after_heal_is_started_and_told_once() {
    // Two looks find that it does not serve: it does not run, and it is on its way.
    let cluster = cluster(Behaviour { ready_after: seconds(12), ..Behaviour::default() });
    let fenced = async {
        tokio::time::sleep(seconds(103)).await;
        cluster.apply(&Step::Kill { service: "web1".to_owned() }).await.unwrap();
    };
    let another = "[[window]]\nfault = \"kill\"\ntarget = \"web2\"\nat = \"200s\"\nfor = \"30s\"\n";
    let windows = format!("{}{another}", window("kill", "web1"));
    let played = play_beside(&windows, &cluster, &CancellationToken::new(), fenced).await;
    assert_eq!(played.marks.matches("started again: web1").count(), 1, "{}", played.marks);
    assert!(played.whole, "{}", played.steps);
}

/// A cluster that takes some time for each answer: the last look of all is one that time runs out on, and says nothing.
#[tokio::test(start_paused = true)]
async fn what_comes_and_goes_has_ended_when_no_look_of_the_last_ones_saw_it() {
    let slow =
        Behaviour { answer_after: Duration::from_millis(45), ends_after: Some(seconds(10)), ..Behaviour::default() };
    let marks = play(&window("hang-oom", "web1"), slow).await.marks;
    assert!(marks.contains(" 1 ended early: not so before it was healed: "), "{marks}");
}

/// A look that hangs for most of the time that there is says nothing, whatever those before it saw.
#[tokio::test(start_paused = true)]
async fn a_last_look_that_hangs_leaves_unknown_whether_the_fault_lasted() {
    let hangs = Behaviour {
        ends_after: Some(seconds(10)),
        silent_after: Some(Duration::from_millis(30_050)),
        ..Behaviour::default()
    };
    let marks = play(&window("hang-oom", "web1"), hangs).await.marks;
    assert!(marks.contains(" 1 void: it could not be seen whether the fault lasted: no answer within 2s"), "{marks}");
}

#[tokio::test(start_paused = true)]
async fn an_inject_step_that_fails_makes_the_window_void_and_it_is_healed() {
    let refuses = Behaviour { failing: vec!["kill web1".to_owned()], ..Behaviour::default() };
    let played = play(&window("kill", "web1"), refuses).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 void: kill web1: the model refuses
    90.00s 1 heal
    90.00s 1 healed
    90.00s 1 restored
    ");
    assert!(played.whole && played.unhealed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_heal_in_time_is_healed_again_after_the_last_window() {
    let deaf = Behaviour { deaf_heals: 5, ..Behaviour::default() };
    let played = play(&window("kill", "web1"), deaf).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 does not run
    90.00s 1 still there
    90.00s 1 heal
    180.00s 1 not healed: web1 did not serve again within 1m 30s
    180.00s 1 heal
    180.00s 1 healed
    ");
    insta::assert_snapshot!(played.steps, @r"
    60.00s kill web1
    90.00s start web1
    110.00s start web1
    130.00s start web1
    150.00s start web1
    170.00s start web1
    180.00s start web1
    ");
    assert!(played.whole && played.unhealed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_somebody_has_removed_is_not_waited_for() {
    let gone = Behaviour { removed: vec!["web1".to_owned()], ..Behaviour::default() };
    let played = play(&window("kill", "web1"), gone).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 does not run
    90.00s 1 still there
    90.00s 1 heal
    90.00s 1 gone
    ");
    assert!(played.unhealed.is_empty(), "nothing is left behind of what is gone: {:?}", played.unhealed);
}

#[tokio::test(start_paused = true)]
async fn two_faults_at_one_time_are_there_when_both_are_and_gone_when_neither_is() {
    let both = format!("{}[[window.also]]\nfault = \"freeze\"\ntarget = \"db1\"\n", window("kill", "web1"));
    let late =
        Behaviour { evidence_after: Duration::from_millis(200), ready_after: seconds(2), ..Behaviour::default() };
    let played = play(&both, late).await;
    assert_eq!(
        played.marks,
        "60.00s 1 target web1\n60.00s 1 inject\n\
         60.20s 1 there: the engine says that web1 does not run\n60.20s 1 db1 too: the engine says that db1 is paused\n\
         90.00s 1 still there\n90.00s 1 heal\n92.00s 1 healed\n92.00s 1 restored\n"
    );
    assert_eq!(
        played.steps,
        "60.00s kill web1\n60.00s pause db1\n90.00s start web1\n90.00s unpause db1\n90.00s start db1\n"
    );
    assert!(played.whole && played.unhealed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_two_faults_that_do_not_heal_the_window_is_named_once() {
    let both = format!("{}[[window.also]]\nfault = \"freeze\"\ntarget = \"db1\"\n", window("kill", "web1"));
    let played = play(&both, Behaviour { deaf_heals: usize::MAX, ..Behaviour::default() }).await;
    assert_eq!(played.unhealed, ["kill web1, freeze db1"]);
    assert!(played.marks.contains("not healed: web1, db1 did not serve again within 1m 30s"), "{}", played.marks);
}

#[tokio::test(start_paused = true)]
async fn of_two_faults_one_of_which_lost_its_target_the_other_is_healed() {
    let both = plan(&format!("{}[[window.also]]\nfault = \"freeze\"\ntarget = \"db1\"\n", window("kill", "web1")));
    let debt = Debt { window: 0, title: both.windows[0].title(), strikes: both.windows[0].strikes("web1").unwrap() };
    let removed = Behaviour { removed: vec!["web1".to_owned()], ..Behaviour::default() };
    let cluster = cluster(removed);
    cluster.apply(&Step::Pause { service: "db1".to_owned() }).await.unwrap();
    assert!(heal_owed(&cluster, &debt).await);
    let steps: Vec<_> = cluster.log().iter().map(|(_, step)| step.to_string()).collect();
    assert_eq!(steps, ["pause db1", "unpause db1", "start db1"], "nothing is done to what is not there");
}

/// A restart of a server that is on its way would only send it back; the other one still shows its fault.
#[tokio::test(start_paused = true)]
async fn a_crashed_server_is_restarted_once_while_another_fault_lasts() {
    let both = format!("{}[[window.also]]\nfault = \"freeze\"\ntarget = \"db1\"\n", window("crash", "web1"));
    let played = play(&both, Behaviour { ready_after: seconds(30), ..Behaviour::default() }).await;
    assert_eq!(played.steps.matches("restart web1").count(), 1, "{}", played.steps);
    assert!(played.steps.matches("unpause db1").count() > 1, "{}", played.steps);
    assert!(played.unhealed.is_empty(), "{:?}", played.unhealed);
}

#[tokio::test(start_paused = true)]
async fn a_debt_of_what_somebody_has_removed_is_settled() {
    let topology = Library::default().cluster("two-node", "standin").unwrap();
    let plan = plan(&window("kill", "web1"));
    let strikes = plan.windows[0].strikes("web1").unwrap();
    let debt = Debt { window: 0, title: plan.windows[0].title(), strikes };
    let removed = Behaviour { removed: vec!["web1".to_owned()], ..Behaviour::default() };
    assert!(heal_owed(&FakeCluster::new(&topology, removed), &debt).await);
    let deaf = Behaviour { deaf_heals: usize::MAX, ..Behaviour::default() };
    let broken = FakeCluster::new(&topology, deaf);
    broken.apply(&debt.strikes[0].injection.inject[0]).await.unwrap();
    assert!(!heal_owed(&broken, &debt).await);
}

#[tokio::test(start_paused = true)]
async fn what_never_heals_is_named() {
    let deaf = Behaviour { deaf_heals: usize::MAX, ..Behaviour::default() };
    let played = play(&window("disk-fill", "storage.courses"), deaf).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target courses
    60.00s 1 inject
    60.00s 1 there: the file system of courses is 100% full
    90.00s 1 still there
    90.00s 1 heal
    180.00s 1 not healed: courses did not serve again within 1m 30s
    180.00s 1 heal
    270.00s 1 not healed: courses did not serve again within 1m 30s
    ");
    assert_eq!(played.unhealed, ["disk-fill courses"]);
    assert!(!played.whole);
}

#[tokio::test(start_paused = true)]
async fn a_heal_step_that_fails_is_said() {
    let refuses = Behaviour { failing: vec!["unpause web1".to_owned()], ..Behaviour::default() };
    let played = play(&window("freeze", "web1"), refuses).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 is paused
    90.00s 1 still there
    90.00s 1 heal
    180.00s 1 not healed: web1 did not serve again within 1m 30s; unpause web1: the model refuses
    180.00s 1 heal
    270.00s 1 not healed: web1 did not serve again within 1m 30s; unpause web1: the model refuses
    ");
    assert_eq!(played.unhealed, ["freeze web1"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_missing_last_is_told_when_the_cluster_is_whole_again() {
    let cluster = cluster(Behaviour::default());
    let other = async {
        tokio::time::sleep(seconds(85)).await;
        cluster.apply(&Step::Kill { service: "web2".to_owned() }).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10_500)).await;
        cluster.apply(&Step::Start { service: "web2".to_owned() }).await.unwrap();
    };
    let played = play_beside(&window("freeze", "web1"), &cluster, &CancellationToken::new(), other).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 is paused
    90.00s 1 still there
    90.00s 1 heal
    90.00s 1 healed
    96.00s 1 restored after: web2 is not ready
    ");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_ended_in_mid_window_heals_at_once() {
    let stop = CancellationToken::new();
    let windows = [window("freeze", "web1"), window("kill", "web2")].concat();
    let cluster = cluster(Behaviour::default());
    let end = async {
        tokio::time::sleep(seconds(70)).await;
        stop.cancel();
    };
    let played = play_beside(&windows, &cluster, &stop, end).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 is paused
    70.00s 1 still there
    70.00s 1 heal
    70.00s 1 healed
    ");
    insta::assert_snapshot!(played.steps, @r"
    60.00s pause web1
    70.00s unpause web1
    70.00s start web1
    ");
    assert!(played.whole);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_ended_while_evidence_is_awaited_heals_at_once() {
    let stop = CancellationToken::new();
    let slow = cluster(Behaviour { answer_after: seconds(8), ..Behaviour::default() });
    let end = async {
        tokio::time::sleep(seconds(70)).await;
        stop.cancel();
    };
    let played = play_beside(&window("freeze", "web1"), &slow, &stop, end).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    70.00s 1 void: the run was ended before the evidence was seen: the engine says that web1 is paused
    70.00s 1 heal
    102.00s 1 healed
    ");
    assert!(played.whole);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_ended_before_its_first_window_touches_nothing() {
    let stop = CancellationToken::new();
    stop.cancel();
    let played = play_beside(&window("freeze", "web1"), &cluster(Behaviour::default()), &stop, async {}).await;
    assert_eq!((played.marks.as_str(), played.steps.as_str()), ("", ""));
}

#[tokio::test(start_paused = true)]
async fn windows_come_one_after_the_other_and_each_asks_for_the_primary() {
    let windows = [window("kill", "db.primary"), window("freeze", "db.primary")].concat();
    let played = play(&windows, Behaviour::default()).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target db1
    60.00s 1 inject
    60.00s 1 there: the engine says that db1 does not run
    90.00s 1 still there
    90.00s 1 heal
    90.00s 1 healed
    90.00s 1 restored
    110.00s 2 target db2
    110.00s 2 inject
    110.00s 2 there: the engine says that db2 is paused
    140.00s 2 still there
    140.00s 2 heal
    140.00s 2 healed
    140.00s 2 restored
    ");
    insta::assert_snapshot!(played.steps, @r"
    60.00s kill db1
    90.00s start db1
    110.00s pause db2
    140.00s unpause db2
    140.00s start db2
    ");
}

#[tokio::test(start_paused = true)]
async fn without_a_primary_nothing_is_done() {
    let unknown = Behaviour { no_primary: true, ..Behaviour::default() };
    let played = play(&window("kill", "db.primary"), unknown).await;
    insta::assert_snapshot!(played.marks, @"60.00s 1 void: nobody was the primary, or two claimed to be");
    assert_eq!(played.steps, "");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_holds_nobody_up_for_ever() {
    let silent = Behaviour { answer_after: seconds(3600), ..Behaviour::default() };
    let played = play(&window("kill", "db.primary"), silent.clone()).await;
    insta::assert_snapshot!(played.marks, @"80.00s 1 void: the target could not be found: no answer within 20s");
    let played = play(&window("kill", "web1"), silent).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    80.00s 1 void: kill web1: no answer within 20s
    90.00s 1 heal
    180.00s 1 not healed: web1 did not serve again within 1m 30s; start web1: no answer within 20s
    180.00s 1 heal
    270.00s 1 not healed: web1 did not serve again within 1m 30s; start web1: no answer within 20s
    ");
    assert_eq!(played.unhealed, ["kill web1"]);
}

#[tokio::test(start_paused = true)]
async fn a_window_whose_time_passed_while_another_was_healed_keeps_its_length() {
    let windows = [window("kill", "web1"), window("kill", "web2")].concat();
    let slow = Behaviour { ready_after: seconds(55), ..Behaviour::default() };
    let played = play(&windows, slow).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: the engine says that web1 does not run
    90.00s 1 still there
    90.00s 1 heal
    145.00s 1 healed
    145.00s 1 restored
    145.00s 2 target web2
    145.00s 2 inject
    145.00s 2 there: the engine says that web2 does not run
    175.00s 2 still there
    175.00s 2 heal
    230.00s 2 healed
    230.00s 2 restored
    ");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_service_that_was_fenced_meanwhile_is_started() {
    let played = play_fenced("freeze", 70, Behaviour::default()).await;
    insta::assert_snapshot!(played.steps, @r"
    60.00s pause db1
    70.00s kill db1
    90.00s unpause db1
    90.00s start db1
    ");
    assert!(played.whole);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_fenced_while_it_starts_is_started_once_more() {
    let played = play_fenced("kill", 92, Behaviour { ready_after: seconds(5), ..Behaviour::default() }).await;
    insta::assert_snapshot!(played.steps, @r"
    60.00s kill db1
    90.00s start db1
    92.00s kill db1
    110.00s start db1
    ");
    assert!(played.whole && played.unhealed.is_empty());
}

/// As where fencing waits for as long as the fault lasts.
#[tokio::test(start_paused = true)]
async fn a_service_that_is_fenced_after_it_was_healed_is_started_again() {
    let played = play_fenced("freeze", 97, Behaviour::default()).await;
    insta::assert_snapshot!(played.steps, @r"
    60.00s pause db1
    90.00s unpause db1
    90.00s start db1
    97.00s kill db1
    100.00s unpause db1
    100.00s start db1
    ");
    assert!(played.whole && played.unhealed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_starts_slowly_is_not_restarted_again_and_again() {
    let slow = Behaviour { ready_after: seconds(45), ..Behaviour::default() };
    let played = play(&window("crash", "web1"), slow).await;
    insta::assert_snapshot!(played.marks, @r"
    60.00s 1 target web1
    60.00s 1 inject
    60.00s 1 there: no server process is left in web1
    90.00s 1 still there
    90.00s 1 heal
    135.00s 1 healed
    135.00s 1 restored
    ");
    insta::assert_snapshot!(played.steps, @r"
    60.00s kill the server process of web1
    90.00s restart web1
    110.00s start web1
    130.00s start web1
    ");
}
