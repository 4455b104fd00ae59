//! Each expectation met, violated, and without anything to judge; the rules that stand above them; the sentence.

use std::time::Duration;

use crate::check::{CHECKS, Finding, Judgement, Scope, Verdict};
use crate::clock::Stamp;
use crate::history::{AuditSource, ErrorClass, Fact, Mark, Observation, ProbeKind, Step};
use crate::measure::synthetic::{Answer, Ask, Story};
use crate::plan::Hit;
use crate::scenario::{Place, expectations};
use crate::settings::Values;
use crate::topology::{Language, Source};

const EXPECT: &str = "error_rate = \"50%\"\nfailover_time = \"15s\"\nlost_answers = 0\n";

pub(super) fn hang_until(until: u64) -> impl Fn(&Ask) -> Answer {
    move |ask| if ask.node == "web1" && (30_100..until).contains(&ask.ms) { ask.hang() } else { ask.fine() }
}

pub(super) fn finding<'a>(verdict: &'a Verdict, check: &str, scope: &str) -> &'a Finding {
    let found = verdict.findings.iter().find(|finding| finding.check == check && finding.scope.to_string() == scope);
    found.unwrap_or_else(|| panic!("no finding of {check} on {scope} in {verdict:#?}"))
}

/// The judgement of `check` on `scope`, and what it found.
pub(super) fn check(story: &Story, check: &str, scope: &str, judgement: Judgement, found: &str) {
    let verdict = story.verdict();
    let finding = finding(&verdict, check, scope);
    assert_eq!((finding.judgement, finding.found.as_str()), (judgement, found), "{}", verdict.sentence);
}

#[test]
fn a_quick_failover_passes_and_is_told_in_one_sentence() {
    let verdict = Story::freeze(EXPECT).play(hang_until(41_800)).balancer(41_800, "web1", false).verdict();
    insta::assert_snapshot!(verdict.sentence, @"web1 froze for 20 s during a quiz of 10 students: 8 saw an error, writes failed over in 11.8 s ± 1.2 s, and no answer was lost (0 of 20; at most 15%, 95% bound)");
    assert_eq!(verdict.judgement, Judgement::Pass, "{:#?}", verdict.findings);
    assert!(verdict.left_behind.is_empty());
}

#[test]
fn everybody_who_is_hit_at_one_time_is_in_the_sentence() {
    let mut story = Story::freeze(EXPECT).play(hang_until(41_800)).balancer(41_800, "web1", false);
    let hit = |fault: &str, target: &str| Hit { fault: fault.into(), values: Values::default(), target: target.into() };
    story.plan.windows[0].also = vec![hit("kill", "db1"), hit("partition", "web2")];
    let (verdict, figures) = (story.verdict(), story.figures());
    assert_eq!(figures.windows[0].title, "freeze web1, kill db1, partition web2");
    let said = "web1 froze, db1 vanished and web2 was cut off for 20 s during a quiz of 10 students: ";
    assert!(verdict.sentence.starts_with(said), "{}", verdict.sentence);
}

#[test]
fn a_service_that_did_not_fail_over_violates_every_maximum() {
    let story = Story::freeze("failover_time = \"1h\"\nlost_answers = 0\n").play(hang_until(50_000));
    let found = "pages: did not fail over (at least 19.8 s; ended by heal); \
                 writes: did not fail over (at least 19.8 s; ended by heal)";
    check(&story, "failover_time", "freeze web1", Judgement::Fail, found);
    insta::assert_snapshot!(story.verdict().sentence, @"web1 froze for 20 s during a quiz of 10 students: 10 saw an error, pages and writes did not come back until the fault was ended (at least 19.8 s), and no answer was lost (0 of 20; at most 15%, 95% bound); not met: failover time at most 60 min");
}

#[test]
fn no_outage_meets_every_maximum_and_says_what_it_could_have_seen() {
    let story = Story::freeze("failover_time = \"0s\"\n").play(Ask::fine);
    let found = "pages: no outage (asked every 50 ms, limit 2 s); writes: no outage (asked every 1 s, limit 2 s)";
    check(&story, "failover_time", "freeze web1", Judgement::Pass, found);
    let silent = story.without(|fact| matches!(fact, Fact::Probe(_)));
    check(&silent, "failover_time", "freeze web1", Judgement::Unknown, "pages: not measured; writes: not measured");
}

/// `story` with a balancer that was configured like this.
fn configured(mut story: Story, text: &str) -> Story {
    let (detector, path) = ("balancer".to_owned(), "/etc/haproxy/haproxy.cfg".to_owned());
    let balancer = story.topology.detectors.iter_mut().find(|one| one.name == detector).unwrap();
    balancer.config.insert(Language::Haproxy, path.clone());
    let fact = Fact::Configuration { detector, language: Language::Haproxy, path, text: text.to_owned() };
    story.history.insert(0, Observation { at: Stamp(1), fact });
    story
}

#[test]
fn a_detector_that_is_not_as_its_configuration_predicts_is_noted_and_fails_nothing() {
    let httpchk = "backend nodes\n  option httpchk\n  server web1 10.0.0.1:80 check\n";
    let detected = |ms| Story::freeze(EXPECT).play(hang_until(ms)).balancer(ms, "web1", false);
    let late = configured(detected(44_800), httpchk);
    check(&late, "prediction", "freeze web1", Judgement::Note, "14.6 s by the balancer");
    let verdict = late.verdict();
    let note = finding(&verdict, "prediction", "freeze web1");
    assert_eq!(note.expected, "predicted 10–12 s from haproxy.cfg (inter 2s fall 3)");
    assert_eq!(verdict.judgement, Judgement::Pass, "{:#?}", verdict.findings);
    let verdict = configured(detected(41_800), httpchk).verdict();
    assert!(verdict.findings.iter().all(|finding| finding.check != "prediction"), "{:#?}", verdict.findings);
}

#[test]
fn advice_says_what_the_changed_setting_would_give() {
    let tcp = "backend nodes\n  server web1 10.0.0.1:80 check\n";
    let verdict = configured(Story::freeze("time_to_detect = \"15s\"\n").play(hang_until(50_000)), tcp).verdict();
    let advice = finding(&verdict, "time_to_detect", "freeze web1").advice.clone();
    assert_eq!(advice.as_deref(), Some("add `option httpchk` to backend `nodes`, and it should take 10–12 s"));
}

#[test]
fn a_freeze_that_a_tcp_check_never_sees_comes_with_advice() {
    let tables = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[settings]\ncheck = \"tcp\"\n";
    let story = Story::new(&format!("{tables}[expect]\ntime_to_detect = \"15s\"\n")).play(hang_until(50_000));
    let verdict = story.verdict();
    let never = finding(&verdict, "time_to_detect", "freeze web1");
    let found = "never by the balancer; blind for at least 19.8 s";
    assert_eq!((never.judgement, never.found.as_str()), (Judgement::Fail, found));
    assert!(never.advice.as_ref().unwrap().starts_with("set check = \"content\""));
    let unasked = Story::new(tables).play(hang_until(50_000)).verdict();
    let said = finding(&unasked, "time_to_detect", "freeze web1");
    assert_eq!(
        (said.judgement, said.advice.is_some()),
        (Judgement::Note, true),
        "nothing was met, for nothing was expected"
    );
    assert_eq!((said.expectation.as_ref(), unasked.judgement), (None, Judgement::Pass));
    let bad = |ask: &Ask| if ask.ms < 20_000 { ask.error(ErrorClass::Status(500)) } else { hang_until(50_000)(ask) };
    let baseline = Story::new(&format!("{tables}[expect]\nerror_rate = \"5%\"\n")).play(bad).verdict();
    assert_eq!(baseline.judgement, Judgement::Unknown);
    assert_eq!(finding(&baseline, "time_to_detect", "freeze web1").judgement, Judgement::Note, "a note stays one");
}

#[test]
fn what_a_balancer_asks_is_no_advice_where_it_is_not_why() {
    let advice = |story: Story| finding(&story.verdict(), "time_to_detect", "freeze web1").advice.clone();
    let tables = "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[settings]\ncheck = \"tcp\"\n\
                  [expect]\ntime_to_detect = \"15s\"\n";
    let story = || Story::new(tables).play(hang_until(50_000));
    let mut followed = story();
    let detector = followed.topology.detectors.iter_mut().find(|one| one.watches == "web").unwrap();
    detector.source = Source::Follow { command: Vec::new(), down: String::new(), up: String::new() };
    assert_eq!(advice(followed), None, "the silent one makes no health checks");
    let sees = "backend nodes\n  option httpchk\n  server web1 10.0.0.1:80 check\n";
    assert_eq!(advice(configured(story(), sees)), None, "its check sees a frozen node, by its configuration");
    let own = advice(configured(story(), "backend nodes\n  server web1 10.0.0.1:80 check\n"));
    assert!(own.as_ref().unwrap().starts_with("add `option httpchk`"), "its own configuration says it best: {own:?}");
}

#[test]
fn a_check_is_advised_only_where_the_topology_offers_it() {
    let advice = |present: &str, offered: &[&str]| {
        let tables = format!(
            "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[settings]\ncheck = \"{present}\"\n"
        );
        let mut story = Story::new(&tables).play(hang_until(50_000));
        story.plan.checks = offered.iter().map(|word| (*word).to_owned()).collect();
        let advice = finding(&story.verdict(), "time_to_detect", "freeze web1").advice.clone();
        advice.map(|text| text.split(':').next().unwrap().to_owned())
    };
    assert_eq!(advice("tcp", &["tcp", "status", "content"]).as_deref(), Some("set check = \"content\""));
    assert_eq!(advice("tcp", &["tcp", "status"]).as_deref(), Some("set check = \"status\""));
    assert_eq!(advice("tcp", &["tcp"]), None);
    assert_eq!(advice("tcp", &[]), None, "a plan of before says nothing of it");
}

#[test]
fn lost_answers_are_blamed_on_a_replica_only_where_there_is_one() {
    let story = |target: &str, beside: Option<(AuditSource, u64)>| {
        let tables =
            format!("[[window]]\nfault = \"kill\"\ntarget = \"{target}\"\nfor = \"20s\"\n[expect]\nlost_answers = 0\n");
        let mut story = Story::new(&tables).play(Ask::fine).forget(|row| row.student == "stu001");
        let at = story.history.iter().map(|one| one.at).max().unwrap();
        let read = |(source, rows)| Observation { at, fact: Fact::AuditRead { source, rows, failed: None } };
        story.history.extend(beside.map(read));
        finding(&story.verdict(), "lost_answers", "whole run").advice.clone().unwrap()
    };
    let service = || "db2".to_owned();
    let replica = || Some((AuditSource::Replica { service: service() }, 0));
    assert!(story("web1", None).starts_with("there is one database and no replica"));
    assert!(story("db.primary", None).starts_with("there is one database and no replica"));
    assert!(story("web1", replica()).starts_with("no fault hit a database"));
    assert!(story("db.primary", replica()).starts_with("asynchronous replication"));
    let copy = Some((AuditSource::Copy { service: service() }, 3));
    assert!(story("web1", copy).starts_with("asynchronous replication"), "something made it an old primary");
}

#[test]
fn an_outage_that_nobody_is_to_notice_is_told_unless_somebody_did() {
    let tables = "[[window]]\nfault = \"disk-fill\"\ntarget = \"storage.courses\"\nfor = \"20s\"\n[settings]\ncheck = \
                  \"tcp\"\n";
    let unnoticed = Story::new(tables).play(hang_until(50_000)).verdict();
    let said = finding(&unnoticed, "time_to_detect", "disk-fill courses");
    let found = "no detector watches the target, and none said down; blind for at least 19.8 s";
    assert_eq!((said.judgement, said.found.as_str()), (Judgement::Note, found));
    assert!(said.advice.is_some(), "{said:?}");
    let noticed = Story::new(tables).play(hang_until(50_000)).balancer(40_000, "web1", false).verdict();
    assert!(!noticed.findings.iter().any(|finding| finding.check == "time_to_detect"), "{noticed:?}");
}

#[test]
fn time_to_detect_is_judged_where_somebody_watches() {
    let expect = "time_to_detect = \"5s\"\n";
    let story = |at| Story::freeze(expect).play(hang_until(at)).balancer(at, "web1", false);
    check(&story(35_200), "time_to_detect", "freeze web1", Judgement::Pass, "5 s by the balancer");
    check(&story(35_300), "time_to_detect", "freeze web1", Judgement::Fail, "5.1 s by the balancer");
    check(&story(35_240), "time_to_detect", "freeze web1", Judgement::Fail, "just over 5 s by the balancer");
    let fill = "[[window]]\nfault = \"disk-fill\"\ntarget = \"storage.courses\"\nfor = \"20s\"\n[expect]\n";
    let volume = Story::new(&format!("{fill}{expect}")).play(Ask::fine);
    check(&volume, "time_to_detect", "disk-fill courses", Judgement::Unknown, "no detector watches the target");
}

#[test]
fn error_rate_judges_first_tries_only() {
    let down = |ask: &Ask| {
        let down = ask.step == Some(Step::View) && (35_000..45_000).contains(&ask.ms);
        if down { ask.error(ErrorClass::Status(502)) } else { ask.fine() }
    };
    let verdict = Story::freeze("error_rate = \"1%\"\n").play(down).verdict();
    let rate = finding(&verdict, "error_rate", "freeze web1");
    assert_eq!(rate.judgement, Judgement::Fail);
    let named =
        rate.found.split_once(" first tries); with retries, 502 (").is_some_and(|(_, rest)| rest.ends_with(')'));
    assert!(named, "{}", rate.found);
    assert_eq!(finding(&verdict, "error_rate", "baseline").judgement, Judgement::Pass);
    assert!(verdict.findings.iter().all(|one| one.check != "error_rate" || one.scope != Scope::Run));
}

#[test]
fn pages_are_judged_by_their_95th_percentile() {
    let slow = |ask: &Ask| {
        let slow = ask.probe.is_none() && ask.ms > 30_000;
        if slow { Answer { took: Duration::from_secs(3), ..ask.fine() } } else { ask.fine() }
    };
    let verdict = Story::freeze("page_p95 = \"2s\"\n").play(slow).verdict();
    let page = finding(&verdict, "page_p95", "freeze web1");
    assert_eq!(page.judgement, Judgement::Fail);
    assert_eq!(finding(&verdict, "page_p95", "baseline").judgement, Judgement::Pass);
}

#[test]
fn a_bad_baseline_withdraws_the_windows_but_not_lost_answers() {
    let bad = |ask: &Ask| {
        let bad = ask.probe.is_none() && ask.step != Some(Step::Grade) && ask.ms < 25_000 && ask.ms.is_multiple_of(3);
        if bad { ask.error(ErrorClass::Status(500)) } else { ask.fine() }
    };
    let expect = EXPECT.replace("50%", "1%");
    let story = || Story::freeze(&expect).play(bad);
    let verdict = story().verdict();
    assert_eq!(verdict.judgement, Judgement::Unknown, "{:#?}", verdict.findings);
    assert_eq!(finding(&verdict, "error_rate", "baseline").judgement, Judgement::Unknown);
    let failover = finding(&verdict, "failover_time", "freeze web1");
    assert_eq!(failover.judgement, Judgement::Unknown);
    assert!(failover.found.ends_with("not judged: the baseline did not meet what is expected of it"));
    let lost = story().forget(|row| row.student == "stu004").verdict();
    assert_eq!(lost.judgement, Judgement::Fail, "{}", lost.sentence);
    let alone = Story::new(&format!("[expect]\n{expect}")).play(bad).verdict();
    assert_eq!(alone.judgement, Judgement::Fail, "without a window the baseline is the run: {}", alone.sentence);
}

#[test]
fn load_that_was_not_offered_is_unknown() {
    let mut story = Story::freeze(EXPECT).play(Ask::fine);
    for ms in [20_000, 21_000] {
        let intended = crate::measure::synthetic::at(ms);
        story.tell(ms, Fact::NotOffered { student: "stu001".to_owned(), step: Step::View, intended });
    }
    let verdict = story.verdict();
    assert_eq!(finding(&verdict, "load_offered", "baseline").judgement, Judgement::Unknown);
    assert_eq!(finding(&verdict, "error_rate", "freeze web1").judgement, Judgement::Unknown);
    assert_eq!(verdict.judgement, Judgement::Unknown);
}

/// What a student could not send for want of a page is blamed on the page, not on the machine.
#[test]
fn load_that_was_not_offered_because_pages_failed_is_a_consequence() {
    let bad = |ask: &Ask| if ask.ms < 25_000 { ask.error(ErrorClass::SessionLost) } else { ask.fine() };
    let mut story = Story::freeze("error_rate = \"5%\"\n").play(bad);
    let intended = crate::measure::synthetic::at(20_000);
    story.tell(20_000, Fact::NotOffered { student: "stu001".to_owned(), step: Step::View, intended });
    story.tell(20_001, Fact::NotOffered { student: "stu001".to_owned(), step: Step::View, intended });
    let verdict = story.verdict();
    let load = finding(&verdict, "load_offered", "baseline");
    assert_eq!(load.judgement, Judgement::Unknown);
    assert!(load.advice.as_ref().unwrap().starts_with("the load generator was in time"), "{load:?}");
    assert!(
        verdict.sentence.contains("; not judged: baseline: ") && verdict.sentence.contains("session lost"),
        "{verdict:?}"
    );
}

#[test]
fn a_void_window_is_unknown_unless_an_answer_is_lost() {
    let mut story = Story::freeze(EXPECT).play(Ask::fine);
    story.tell(45_000, Fact::Window { window: 0, mark: Mark::Void { why: "never paused".to_owned() } });
    let verdict = story.verdict();
    assert_eq!(verdict.judgement, Judgement::Unknown);
    assert_eq!(finding(&verdict, "evidence", "freeze web1").found, "never paused");
    assert_eq!(finding(&verdict, "error_rate", "freeze web1").judgement, Judgement::Unknown);
    insta::assert_snapshot!(verdict.sentence, @"web1 may not have been hit by `freeze` as planned during a quiz of 10 students: nobody saw an error, the failover time was not measured, and no answer was lost (0 of 20; at most 15%, 95% bound); not judged: freeze web1: never paused (expected: the fault is seen to be there)");
    assert_eq!(story.forget(|row| row.student == "stu001").verdict().judgement, Judgement::Fail);
}

#[test]
fn phantoms_and_duplicates_fail_with_lost_answers_only() {
    let twice = |expect: &str| {
        let mut story = Story::freeze(expect).play(Ask::fine);
        let past = |fact: &Fact| match fact {
            Fact::Stored(row) => matches!(row.source, AuditSource::PastAnswer { .. }),
            _ => false,
        };
        let row = story.history.iter().find(|one| past(&one.fact)).cloned().unwrap();
        story.history.push(row);
        story
    };
    check(&twice(EXPECT), "phantom_answers", "whole run", Judgement::Fail, "0 phantoms, 1 duplicate");
    assert_eq!(twice("error_rate = \"30%\"\n").verdict().judgement, Judgement::Pass);
}

#[test]
fn lost_log_lines_come_with_advice() {
    let story = Story::freeze("log_lines_lost = 5\n").play(Ask::fine);
    check(&story, "log_lines_lost", "whole run", Judgement::Pass, "0 of 60 (0%)");
    let story = story.forget(|row| row.source == AuditSource::AnswerLog && row.student == "stu002");
    check(&story, "log_lines_lost", "whole run", Judgement::Fail, "6 of 60 (10%)");
    let verdict = story.verdict();
    assert!(finding(&verdict, "log_lines_lost", "whole run").advice.as_ref().unwrap().contains("free space"));
    let unread = story.bend(|fact| {
        if let Fact::AuditRead { source: AuditSource::AnswerLog, failed, .. } = fact {
            *failed = Some("no node runs".to_owned());
        }
    });
    let found = "answer.log could not be read: no node runs";
    check(&unread, "log_lines_lost", "whole run", Judgement::Unknown, found);
}

#[test]
fn lost_log_lines_are_in_the_sentence() {
    let story = Story::freeze("lost_answers = 0\n").play(Ask::fine);
    let story = story.forget(|row| row.source == AuditSource::AnswerLog && row.student == "stu002");
    insta::assert_snapshot!(story.verdict().sentence, @"web1 froze for 20 s during a quiz of 10 students: nobody saw an error, there was no outage, and no answer was lost (0 of 20; at most 15%, 95% bound), but 6 of 60 lines of answer.log were lost");
    let story = story.forget(|row| row.source != AuditSource::AnswerLog && row.student == "stu002");
    insta::assert_snapshot!(story.verdict().sentence, @"web1 froze for 20 s during a quiz of 10 students: nobody saw an error, there was no outage, and 2 of 20 acknowledged answers were lost, and so were 6 of 60 lines of answer.log; not met: no answer lost");
}

#[test]
fn a_run_that_expects_nothing_is_judged_by_its_conduct() {
    let verdict = Story::freeze("").play(hang_until(50_000)).verdict();
    assert_eq!(verdict.judgement, Judgement::Pass, "{:#?}", verdict.findings);
    assert!(verdict.sentence.ends_with("(nothing was expected of it)"), "{}", verdict.sentence);
    let nothing = Story::freeze("").verdict();
    assert_eq!(nothing.judgement, Judgement::Unknown, "{}", nothing.sentence);
}

#[test]
fn the_worst_of_several_windows_is_told() {
    let window = |fault: &str, at: u32, lasts: u32| {
        format!("[[window]]\nfault = \"{fault}\"\ntarget = \"web1\"\nat = \"{at}s\"\nfor = \"{lasts}s\"\n")
    };
    let tables = format!("{}{}[expect]\n{EXPECT}", window("kill", 30, 9), window("freeze", 42, 20));
    let rule = |ask: &Ask| if (45_000..47_000).contains(&ask.ms) { ask.hang() } else { ask.fine() };
    insta::assert_snapshot!(Story::of(30, &tables).play(rule).verdict().sentence, @"2 faults during a quiz of 30 students; at worst web1 froze for 20 s: 13 saw an error, pages and writes failed over in 4.8 s ± 250 ms; in all, no answer was lost (0 of 60; at most 5%, 95% bound)");
}

#[test]
fn without_a_fault_the_sentence_says_so() {
    insta::assert_snapshot!(Story::new("[expect]\nlost_answers = 0\n").play(Ask::fine).verdict().sentence, @"no fault during a quiz of 10 students: nobody saw an error, and no answer was lost (0 of 20; at most 15%, 95% bound)");
}

#[test]
fn findings_carry_what_they_are_about_and_where() {
    let verdict = Story::freeze(EXPECT).play(Ask::fine).verdict();
    for one in &verdict.findings {
        let check = CHECKS.iter().find(|check| check.name == one.check).unwrap();
        // What nobody wrote is judged by a usual limit, or not judged.
        let written = check.expects.filter(|name| *name != "load_not_offered");
        assert_eq!((one.about, one.expectation.as_deref()), (check.about, written), "{one:?}");
    }
    let lost = finding(&verdict, "lost_answers", "freeze web1");
    let json = serde_json::to_value(lost).unwrap();
    assert_eq!((json["window"].as_u64(), json["scope"].as_str()), (Some(0), Some("freeze web1")), "{json}");
    assert_eq!((json["about"].as_str(), json["expectation"].as_str()), (Some("integrity"), Some("lost_answers")));
    assert_eq!(&serde_json::from_value::<Finding>(json).unwrap(), lost);
}

#[test]
fn checks_have_names_of_their_own() {
    for (index, check) in CHECKS.iter().enumerate() {
        assert!(CHECKS[..index].iter().all(|other| other.name != check.name), "{}", check.name);
        assert!(!check.judges.ends_with('.') && !check.judges.is_empty());
    }
}

#[test]
fn a_path_that_was_not_measured_is_no_pass_and_hides_no_violation() {
    let out = |ask: &Ask| if (30_200..50_000).contains(&ask.ms) { ask.hang() } else { ask.fine() };
    let judged = |rule: fn(&Ask) -> Answer, blind: ProbeKind| {
        let story = Story::freeze("failover_time = \"10s\"").play(rule);
        let story = story.without(|fact| matches!(fact, Fact::Probe(probe) if probe.kind == blind));
        let verdict = story.verdict();
        let found = verdict.findings.iter().find(|one| one.check == "failover_time").unwrap();
        found.judgement
    };
    assert_eq!(judged(Ask::fine, ProbeKind::Write), Judgement::Unknown);
    assert_eq!(judged(out, ProbeKind::Entry), Judgement::Fail);
    assert_eq!(judged(out, ProbeKind::Write), Judgement::Fail);
}

#[test]
fn a_window_that_was_cut_short_is_not_judged_by_its_errors() {
    let error = |ask: &Ask| if ask.ms >= 30_200 { ask.hang() } else { ask.fine() };
    let story = Story::freeze("error_rate = \"1%\"").play(error);
    assert_eq!(finding(&story.verdict(), "error_rate", "freeze web1").judgement, Judgement::Fail);
    let mut cut = story.cut(40_000);
    cut.tell(40_000, Fact::Window { window: 0, mark: Mark::HealIssued });
    let verdict = cut.verdict();
    let found = finding(&verdict, "error_rate", "freeze web1");
    assert_eq!(found.judgement, Judgement::Unknown);
    assert!(found.found.ends_with("the window was cut short"), "{}", found.found);
}

#[test]
fn what_fails_after_the_fault_was_healed_is_no_pass() {
    let later = |ask: &Ask| {
        let out = ask.step.is_some() && ask.ms > 50_500;
        if out { ask.error(ErrorClass::Status(503)) } else { ask.fine() }
    };
    let verdict = Story::freeze("error_rate = \"10%\"\n").play(later).verdict();
    let rate = finding(&verdict, "error_rate", "freeze web1");
    assert_eq!(rate.judgement, Judgement::Fail, "{rate:?}");
    assert!(rate.found.contains("0% (0 of ") && rate.found.contains("; after heal "), "{rate:?}");
    assert!(verdict.sentence.contains("nobody saw an error, there was no outage, after heal "));
}

#[test]
fn a_window_that_expects_more_than_its_baseline_gave_is_not_judged() {
    let bad = |ask: &Ask| {
        let bad = ask.step == Some(Step::QuizInfo) && ask.ms < 25_000;
        if bad { ask.error(ErrorClass::Status(500)) } else { ask.fine() }
    };
    let window =
        "[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nfor = \"20s\"\n[window.expect]\nerror_rate = \"1%\"\n";
    let verdict = Story::new(&format!("{window}[expect]\nerror_rate = \"50%\"\n")).play(bad).verdict();
    assert_eq!(finding(&verdict, "error_rate", "baseline").judgement, Judgement::Pass);
    let rate = finding(&verdict, "error_rate", "freeze web1");
    assert_eq!(rate.judgement, Judgement::Unknown, "{rate:?}");
    assert!(rate.found.contains("not judged: the baseline had an error rate of "), "{rate:?}");
}

#[test]
fn no_answer_is_kept_by_a_window_whose_fault_was_never_there() {
    let mut story = Story::freeze(EXPECT).play(Ask::fine);
    story.tell(45_000, Fact::Window { window: 0, mark: Mark::Void { why: "never paused".to_owned() } });
    assert_eq!(finding(&story.verdict(), "lost_answers", "freeze web1").judgement, Judgement::Unknown);
    assert_eq!(finding(&story.verdict(), "lost_answers", "whole run").judgement, Judgement::Pass);
}

#[test]
fn a_detector_that_changes_its_mind_flaps() {
    let story = Story::freeze("flaps = 0\n").play(Ask::fine).balancer(35_000, "web1", false);
    let none = "0 changes of mind by the balancer after its first verdict";
    check(&story, "flaps", "freeze web1", Judgement::Pass, none);
    let flapping = story.balancer(38_000, "web1", true).balancer(41_000, "web1", false);
    let two = "2 changes of mind by the balancer after its first verdict";
    check(&flapping, "flaps", "freeze web1", Judgement::Fail, two);
    let silent = Story::freeze("flaps = 0\n").play(Ask::fine);
    check(&silent, "flaps", "freeze web1", Judgement::Pass, "none by the balancer, which never said down");
}

#[test]
fn a_service_that_keeps_itself_sick_is_noted() {
    let mut story = Story::freeze("");
    story.plan.deadline += Duration::from_secs(40);
    let stuck = |ask: &Ask| {
        if ask.ms > 30_200 { Answer { took: Duration::from_millis(1_500), ..ask.fine() } } else { ask.fine() }
    };
    let verdict = story.play(stuck).verdict();
    assert!(finding(&verdict, "recovery", "freeze web1").found.starts_with("metastable"), "{verdict:#?}");
}

#[test]
fn an_expectation_that_nothing_was_judged_by_is_unknown() {
    let story = Story::new("[expect]\nfailover_time = \"5s\"\nflaps = 0\n").play(Ask::fine);
    check(&story, "failover_time", "whole run", Judgement::Unknown, "nothing to judge it by: no window");
    assert_eq!(story.verdict().judgement, Judgement::Unknown);
}

#[test]
fn a_class_that_was_ended_may_have_sent_once_more() {
    let story = Story::freeze(EXPECT).play(Ask::fine);
    let late = |fact: &Fact| matches!(fact, Fact::Stored(row) if matches!(row.source, AuditSource::PastAnswer { .. }));
    let rows: Vec<_> = story.history.iter().filter(|one| late(&one.fact)).cloned().collect();
    let last = rows.iter().rfind(|one| matches!(&one.fact, Fact::Stored(row) if row.student == "stu001"));
    let row = last.cloned().unwrap();
    let twice = |mut story: Story| {
        story.history.push(row.clone());
        story.verdict()
    };
    let whole = twice(Story::freeze(EXPECT).play(Ask::fine));
    assert_eq!(finding(&whole, "phantom_answers", "whole run").judgement, Judgement::Fail);
    let ended = twice(story.bend(|fact| {
        if let Fact::LoadEnded { complete, why } = fact {
            (*complete, *why) = (false, Some("interrupted".to_owned()));
        }
    }));
    assert_ne!(finding(&ended, "phantom_answers", "whole run").judgement, Judgement::Fail, "{}", ended.sentence);
}

/// Where one may be written it is judged, and nowhere else.
#[test]
fn each_expectation_is_judged_where_it_may_be_written() {
    for name in expectations() {
        let limit = match name {
            "error_rate" | "error_rate_after" | "load_not_offered" => "= \"99%\"",
            "flaps" | "false_alarms" | "lost_answers" | "log_lines_lost" => "= 9",
            "page" => "= { p95 = \"1h\" }",
            _ => "= \"1h\"",
        };
        let story = Story::freeze(&format!("{name} {limit}\n")).play(hang_until(41_800));
        let verdict = story.balancer(41_800, "web1", false).balancer(55_000, "web1", true).verdict();
        let said = |finding: &&Finding| {
            finding.expectation.as_deref() == Some(name) && !finding.found.starts_with("nothing to judge it by")
        };
        let judged: Vec<_> = verdict.findings.iter().filter(said).map(|finding| &finding.scope).collect();
        let places = [Place::Baseline, Place::Window, Place::Run].map(|place| place.judges(name));
        let found = [
            judged.contains(&&Scope::Baseline),
            judged.iter().any(|scope| scope.window().is_some()),
            judged.contains(&&Scope::Run),
        ];
        assert_eq!(found, places, "{name}: {judged:?}");
    }
}
