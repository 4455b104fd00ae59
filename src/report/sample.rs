//! Reports for tests: made-up figures of the right shape, the same every time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Report, SCHEMA};
use crate::check::{About, Finding, Judgement, Scope, Verdict};
use crate::history::{AuditSource, ProbeKind, Process, Step};
use crate::measure::synthetic::Story;
use crate::measure::{
    AnswerCase, Answers, Availability, Baseline, Blind, CaseKind, Count, Detection, Ended, ExpectedDetection, Failover,
    Figures, Intervals, Latency, ProbeSetting, ProbeShare, Recovery, Requests, Sample, Second, Series, Source,
    Spending, StartedAgain, StoreRead, StudentFigures, Timeline, Unmeasured, WindowFigures, Work, WorstGap, spreads,
};
use crate::plan::{Hit, Plan, Target, Window};
use crate::predict::{Gain, Prediction};
use crate::scenario::{Class, Expectations, Number, Share, Stop};
use crate::settings::{Kind, Spec, Values};
use crate::setup::Setup;

const LENGTH: u64 = 300;

fn s(seconds: f64) -> Duration {
    Duration::from_millis((seconds * 1000.0).round() as u64)
}

/// Four windows: kill, freeze, oom, disk-fill. The frozen node is never detected.
pub fn four_windows() -> Report {
    let windows = vec![kill(45.0), freeze(110.0), oom(175.0), disk_fill(240.0)];
    report(windows, LENGTH)
}

/// A healthy run without faults.
pub fn no_window() -> Report {
    let mut report = report(Vec::new(), 120);
    report.figures.requests = requests(412, 0, &[]);
    report.figures.series.memory.clear();
    report.verdict = Verdict {
        judgement: Judgement::Pass,
        sentence: "40 students took the quiz and nobody saw an error; no answer was lost.".into(),
        findings: vec![finding(
            Scope::Run,
            "lost answers",
            Judgement::Pass,
            "no lost answer",
            "0 of 100 lost (at most 3%, 95% bound)",
        )],
        left_behind: Vec::new(),
    };
    report
}

/// The baseline was already worse than expected, so windows are unknown.
pub fn failed_baseline() -> Report {
    let mut report = four_windows();
    report.figures.baseline.requests.first_tries.failed = 31;
    let found = "23.5% (31 of 132 first tries)";
    report.verdict.findings.iter_mut().for_each(|finding| finding.judgement = Judgement::Unknown);
    report
        .verdict
        .findings
        .insert(0, finding(Scope::Baseline, "error rate", Judgement::Unknown, "error rate at most 5%", found));
    report.verdict.judgement = Judgement::Unknown;
    report.verdict.sentence =
        "The class saw errors before any fault (23.5% of requests), so nothing can be said about the faults.".into();
    report
}

/// Ended by the user in the second window; the last two never ran.
pub fn interrupted() -> Report {
    let mut report = four_windows();
    report.figures.interrupted = true;
    report.figures.windows[1].timeline.restored = None;
    for window in &mut report.figures.windows[2..] {
        *window = WindowFigures {
            title: window.title.clone(),
            fault: window.fault.clone(),
            planned: window.planned,
            answers: Answers { unknown: Some("the window never began".into()), ..Answers::default() },
            detection: Detection::NotMeasured { why: "the window is void".into() },
            ..WindowFigures::default()
        };
    }
    let ran = intervals(&four_windows().figures.windows, 130);
    let series = &mut report.figures.series;
    series.intervals = ran;
    series.seconds.truncate(130);
    series.entry_probes.retain(|probe| probe.0 < 130_000);
    series.write_probes.retain(|probe| probe.0 < 130_000);
    series.memory.values_mut().for_each(|values| values.retain(|value| value.0 < 130_000));
    series.levels.values_mut().for_each(|values| values.retain(|value| value.0 < 130_000));
    series.detectors.retain(|change| change.0 < 130_000);
    report.verdict.judgement = Judgement::Unknown;
    report.verdict.sentence = "The run was interrupted after 2 of 4 faults; everything was healed and removed.".into();
    report.verdict.findings.retain(|finding| finding.scope.window().is_none_or(|window| window == 0));
    report
}

/// The oom window never took hold, and a container was left behind.
pub fn void_window() -> Report {
    let mut report = four_windows();
    report.figures.windows[2] = WindowFigures {
        void: Some("the kernel killed our own hog only, no process of the app".into()),
        heal_failed: Some("web1 did not serve a page within 60 s".into()),
        detection: Detection::NotMeasured { why: "the window is void".into() },
        failover: Failover::NotMeasured,
        oom_victims: BTreeMap::from([(Process::Hog, 3)]),
        ..report.figures.windows[2].clone()
    };
    report.verdict.left_behind = vec!["container ww1a2b3c-web1: memory limit still lowered".into()];
    report
}

/// Eight short windows.
pub fn eight_windows() -> Report {
    let makers: [fn(f64) -> WindowFigures; 4] = [kill, freeze, oom, disk_fill];
    let windows = (0..8_u32).map(|index| makers[index as usize % 4](45.0 + 65.0 * f64::from(index))).collect();
    report(windows, 570)
}

/// Two sittings of a class, the second one unluckier.
pub fn two_sittings() -> Report {
    let mut later = freeze(240.0);
    later.failover = Failover::After { time: s(14.2), late: Duration::ZERO, effect_doubt: Duration::ZERO };
    later.detection = Detection::After { detector: "balancer".into(), time: s(11.9), flaps: 0, within: Some(s(0.104)) };
    later.requests = Some(requests(100, 9, &[("abandoned", 9)]));
    let mut report = report(vec![kill(45.0), freeze(110.0), kill(175.0), later], 300);
    report.plan.repeat = 2;
    report.figures.spreads = spreads(&report.plan, &report.figures.windows);
    report
}

/// An hour of 200 students.
pub fn hour() -> Report {
    let makers: [fn(f64) -> WindowFigures; 4] = [kill, freeze, oom, disk_fill];
    let windows = (0..4_u32).map(|index| makers[index as usize](600.0 + 700.0 * f64::from(index))).collect();
    report(windows, 3600)
}

/// A class of ten on paper, whose web1 froze: every figure is measured.
pub fn measured() -> Report {
    let story = Story::freeze("lost_answers = 0").play(|ask| match ask.node {
        "web1" if (30_000..50_000).contains(&ask.ms) => ask.hang(),
        _ => ask.fine(),
    });
    of(&story)
}

/// An hour of 200 students on paper, in which web1 is frozen four times for 5 minutes.
pub fn measured_hour() -> Report {
    let windows: String = (0..4)
        .map(|index| {
            format!("[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nat = \"{}m\"\nfor = \"5m\"\n", 10 + 12 * index)
        })
        .collect();
    let story = Story::hour(200, &windows);
    let frozen = |ms: u64| (0..4).any(|index| (0..300_000).contains(&(ms as i64 - (600_000 + 720_000 * index))));
    let story = story.play(|ask| if ask.node == "web1" && frozen(ask.ms) { ask.hang() } else { ask.fine() });
    of(&story)
}

fn of(story: &Story) -> Report {
    Report { plan: story.plan.clone(), figures: story.figures(), verdict: story.verdict(), ..no_window() }
}

/// Every variant, by name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("four-windows", four_windows()),
        ("no-window", no_window()),
        ("failed-baseline", failed_baseline()),
        ("interrupted", interrupted()),
        ("void-window", void_window()),
        ("eight-windows", eight_windows()),
        ("two-sittings", two_sittings()),
        ("hour", hour()),
        ("measured", measured()),
    ]
}

fn report(windows: Vec<WindowFigures>, length: u64) -> Report {
    let series = series(&windows, length);
    let figures = Figures {
        class: None,
        usage: None,
        baseline: Baseline {
            requests: requests(132, 0, &[]),
            failed_probes: vec![share(ProbeKind::Entry, None, 900, 0)],
            length: s(45.0),
        },
        requests: Requests {
            not_offered: 3,
            late: 5,
            ..requests(1012, 61, &[("abandoned", 38), ("502", 14), ("reset", 9)])
        },
        answers: sum(&windows),
        stores: stores(),
        probes: vec![
            ProbeSetting { kind: ProbeKind::Entry, resolution: s(0.05), limit: s(2.0) },
            ProbeSetting { kind: ProbeKind::Node, resolution: s(0.5), limit: s(2.0) },
            ProbeSetting { kind: ProbeKind::Write, resolution: s(1.0), limit: s(2.0) },
        ],
        series,
        spreads: Vec::new(),
        rushes: Vec::new(),
        alarms: None,
        spending: Some(Spending {
            length: s(240.0),
            harness_cpu_share: 0.062,
            class_cpu_share: 0.041,
            daemons_cpu_share: Some(0.093),
            daemons_idle_cpu_share: Some(0.051),
            looking_cpu_share: Some(0.145),
            harness_peak_bytes: 31 << 20,
        }),
        unfinished: None,
        timings: Vec::new(),
        unmeasured: vec![Unmeasured {
            what: "victims of the kernel by command".into(),
            why: "the kernel log cannot be read without CAP_SYSLOG; counters of the memory group were used".into(),
        }],
        interrupted: false,
        stopped: None,
        clock_drift: s(0.004),
        class_started: Some(Duration::from_secs(1_763_802_060)),
        samples: vec![bad_gateway(s(45.9)), error_page(s(62.3))],
        windows,
    };
    let plan = plan(&figures.windows, length);
    Report {
        schema: SCHEMA,
        tool: "wwchaos 0.1.0".into(),
        started: "2026-11-22T09:00:00Z".into(),
        setup: setup(),
        verdict: verdict(&figures.windows),
        plan,
        figures,
    }
}

/// The stores of a primary, a log and a replica.
fn stores() -> Vec<StoreRead> {
    let service = || "db1".to_owned();
    let read = |source, rows| StoreRead { source, rows, failed: None };
    vec![
        read(AuditSource::PastAnswer { service: service() }, 418),
        read(AuditSource::ProblemUser { service: service() }, 200),
        read(AuditSource::AnswerLog, 380),
        read(AuditSource::Replica { service: "db2".into() }, 418),
    ]
}

/// The audit of all windows together, and a hundred answers outside of them.
fn sum(windows: &[WindowFigures]) -> Answers {
    let total = |count: fn(&Answers) -> u64| windows.iter().map(|window| count(&window.answers)).sum::<u64>();
    let acknowledged = 100 + total(|answers| answers.acknowledged);
    let lost = total(|answers| answers.lost);
    Answers {
        acknowledged,
        lost,
        indeterminate: total(|answers| answers.indeterminate),
        recovered: total(|answers| answers.recovered),
        torn: total(|answers| answers.torn),
        log_lines_expected: 200 + total(|answers| answers.log_lines_expected),
        log_lines_lost: total(|answers| answers.log_lines_lost),
        lost_share_upper_bound: (lost == 0).then(|| 3.0 / acknowledged as f64),
        ..Answers::default()
    }
}

fn setup() -> Setup {
    Setup {
        app: "stand-in (not WeBWorK)".into(),
        stand_in: true,
        topology: "HAProxy, two web nodes, MariaDB primary and replica, shared course volume".into(),
        stand_ins: Vec::new(),
        engine: "20.10.24 (API 1.41)".into(),
        cgroup: "v2".into(),
        kernel: "6.1.0-44-amd64".into(),
        cores: 2,
        memory_bytes: 8 << 30,
        limits: vec![("lb".into(), 250, 64 << 20), ("web1".into(), 500, 256 << 20), ("web2".into(), 500, 256 << 20)],
    }
}

fn plan(windows: &[WindowFigures], length: u64) -> Plan {
    let specs = [
        Spec::new("profile", Kind::choice(&["class", "real"]), "class", "cost of a problem"),
        Spec::new("check", Kind::choice(&["tcp", "content"]), "content", "how nodes are checked"),
        Spec::new("inter", Kind::Duration, "2s", "time between checks"),
        Spec::new("fall", Kind::Whole, "3", "failed checks until down"),
    ];
    let window = |figures: &WindowFigures| Window {
        fault: figures.fault.clone(),
        values: Values::defaults(&[]),
        written: "web.any".into(),
        target: Target::Service { service: figures.target.clone().unwrap_or_default() },
        also: figures.also.clone(),
        start: figures.timeline.inject.unwrap_or_default(),
        end: figures.timeline.inject.unwrap_or_default() + figures.planned,
        submissions: 12,
        expect: Expectations::default(),
    };
    Plan {
        scenario: "quiz-spike".into(),
        title: "Four faults in the middle of an in-class quiz".into(),
        topology: "two-node".into(),
        app: "standin".into(),
        image: None,
        seed: 20_261_122,
        settings: Values::defaults(&specs),
        checks: ["tcp", "content"].map(str::to_owned).to_vec(),
        configured: Vec::new(),
        timings: Vec::new(),
        class: Class::default(),
        load: None,
        repeat: 1,
        students: Vec::new(),
        rushes: Vec::new(),
        windows: windows.iter().map(window).collect(),
        recovery: s(35.0),
        deadline: Duration::from_secs(length),
        expect: Expectations {
            error_rate: Some(Share(0.05)),
            lost_answers: Some(Number(0)),
            ..Expectations::default()
        },
        expect_baseline: None,
        expect_run: None,
        stop: Stop::default(),
    }
}

/// The window's own detection is the balancer's, for no other is responsible.
fn expected(prediction: Prediction, measured: Detection, agrees: Option<bool>) -> Vec<ExpectedDetection> {
    vec![ExpectedDetection {
        detector: "balancer".into(),
        files: vec!["haproxy.cfg".into()],
        prediction,
        measured,
        agrees,
    }]
}

fn kill(at: f64) -> WindowFigures {
    WindowFigures {
        title: "kill web1".into(),
        fault: "kill".into(),
        target: Some("web1".into()),
        timeline: timeline(at, Some(0.9), Some(6.2), Some(6.4), Some(9.0)),
        failover: Failover::After { time: s(6.25), late: Duration::ZERO, effect_doubt: Duration::ZERO },
        failover_write: Failover::After { time: s(7.1), late: Duration::ZERO, effect_doubt: Duration::ZERO },
        started_again: vec![StartedAgain { target: "web1".into(), at: s(at + 41.0) }],
        failed_probes: shares(600, 21, 60, 60),
        detection: Detection::After { detector: "balancer".into(), time: s(6.2), flaps: 0, within: Some(s(0.104)) },
        expected_detections: expected(
            Prediction::Within {
                from: s(4.0),
                to: s(6.0),
                settings: "inter 1s fall 3 timeout check 1s timeout connect 1s".into(),
            },
            Detection::After { detector: "balancer".into(), time: s(6.2), flaps: 0, within: Some(s(0.104)) },
            Some(true),
        ),
        blind: Some(Blind { time: s(5.3), never_detected: false }),
        availability: Some(Availability { unavailable: Duration::ZERO, degraded: s(5.4), weighted: s(2.7) }),
        requests: Some(requests(96, 9, &[("abandoned", 3), ("502", 5), ("unreachable", 3)])),
        worst_gap: Some(WorstGap { p50: Some(s(8.1)), p95: Some(s(13.9)), max: Some(s(14.2)) }),
        recovery: Recovery::After { time: s(9.0) },
        without_redundancy: Some(s(36.4)),
        answers: Answers {
            acknowledged: 31,
            indeterminate: 2,
            recovered: 1,
            log_lines_expected: 62,
            cases: vec![case(CaseKind::Recovered, 7)],
            lost_share_upper_bound: Some(3.0 / 31.0),
            ..Answers::default()
        },
        also: Vec::new(),
        evidence: Some("container web1: not in the network, its processes gone".into()),
        samples: vec![bad_gateway(s(at + 0.9))],
        ..window()
    }
}

fn freeze(at: f64) -> WindowFigures {
    WindowFigures {
        title: "freeze web2".into(),
        fault: "freeze".into(),
        target: Some("web2".into()),
        timeline: timeline(at, Some(0.2), None, None, Some(33.0)),
        failover: Failover::DidNot { at_least: s(30.0) },
        failover_write: Failover::DidNot { at_least: s(30.0) },
        failed_probes: shares(600, 291, 60, 60),
        detection: Detection::Never { detector: "balancer".into(), health_check: true },
        expected_detections: expected(
            Prediction::Never {
                why: "the check only connects, and the kernel of a frozen node accepts".into(),
                change: "add `option httpchk` to backend `nodes`".into(),
                gives: Some(Gain { from: s(5.0), to: s(6.0) }),
            },
            Detection::Never { detector: "balancer".into(), health_check: true },
            Some(true),
        ),
        blind: Some(Blind { time: s(29.6), never_detected: true }),
        availability: Some(Availability { unavailable: s(1.2), degraded: s(28.4), weighted: s(14.9) }),
        requests: Some(requests(88, 37, &[("abandoned", 35), ("504", 6)])),
        students: vec![student("stu003", 29.4), student("stu017", 14.0)],
        worst_gap: Some(WorstGap { p50: Some(s(14.0)), p95: Some(s(28.8)), max: Some(s(29.4)) }),
        recovery: Recovery::After { time: s(33.0) },
        without_redundancy: Some(s(31.9)),
        answers: Answers {
            acknowledged: 22,
            indeterminate: 4,
            recovered: 3,
            torn: 1,
            log_lines_expected: 44,
            cases: vec![case(CaseKind::Torn, 19)],
            lost_share_upper_bound: Some(3.0 / 22.0),
            ..Answers::default()
        },
        also: Vec::new(),
        evidence: Some("container web2: paused".into()),
        ..window()
    }
}

fn oom(at: f64) -> WindowFigures {
    WindowFigures {
        title: "oom web1".into(),
        fault: "oom".into(),
        target: Some("web1".into()),
        timeline: timeline(at, Some(1.4), Some(14.2), Some(14.4), Some(31.0)),
        failover: Failover::After { time: s(14.4), late: Duration::ZERO, effect_doubt: Duration::ZERO },
        failover_write: Failover::NoOutage,
        failed_probes: shares(600, 58, 60, 22),
        detection: Detection::After { detector: "balancer".into(), time: s(14.2), flaps: 2, within: Some(s(0.121)) },
        expected_detections: expected(
            Prediction::NotModelled { why: "what a check meets under `oom` depends on the moment".into() },
            Detection::After { detector: "balancer".into(), time: s(14.2), flaps: 2, within: Some(s(0.121)) },
            None,
        ),
        blind: Some(Blind { time: s(11.8), never_detected: false }),
        availability: Some(Availability { unavailable: Duration::ZERO, degraded: s(12.9), weighted: s(3.1) }),
        requests: Some(requests(91, 12, &[("502", 9), ("reset", 4), ("software error page", 2)])),
        worst_gap: Some(WorstGap { p50: Some(s(5.2)), p95: Some(s(9.9)), max: Some(s(11.0)) }),
        recovery: Recovery::Metastable,
        without_redundancy: Some(s(44.0)),
        answers: Answers {
            acknowledged: 27,
            lost: 1,
            log_lines_expected: 54,
            cases: vec![case(CaseKind::LostScore, 23)],
            ..Answers::default()
        },
        also: Vec::new(),
        evidence: Some("oom_kill of web1 went from 0 to 14".into()),
        samples: vec![bad_gateway(s(at + 1.4)), error_page(s(at + 3.0))],
        oom_victims: BTreeMap::from([(Process::Worker, 12), (Process::Render, 2)]),
        ..window()
    }
}

fn disk_fill(at: f64) -> WindowFigures {
    WindowFigures {
        title: "disk-fill courses, latency db1".into(),
        fault: "disk-fill".into(),
        target: Some("courses".into()),
        timeline: Timeline { first_error: None, recover: None, ..timeline(at, None, None, None, None) },
        failover: Failover::NoOutage,
        failover_write: Failover::NoOutage,
        failed_probes: shares(600, 0, 60, 0),
        detection: Detection::NoDetector,
        requests: Some(requests(93, 0, &[])),
        recovery: Recovery::NeverLeft,
        answers: Answers {
            acknowledged: 29,
            log_lines_expected: 58,
            log_lines_lost: 51,
            cases: vec![case(CaseKind::LogLinesLost, 4)],
            lost_share_upper_bound: Some(3.0 / 29.0),
            ..Answers::default()
        },
        also: vec![Hit { fault: "latency".into(), values: Values::defaults(&[]), target: "db1".into() }],
        evidence: Some("courses: 100% used, 0 B free".into()),
        ..window()
    }
}

fn bad_gateway(intended: Duration) -> Sample {
    Sample {
        class: "502".into(),
        student: "stu012".into(),
        step: Step::Grade,
        intended,
        text: "502 Bad Gateway The server returned an invalid or incomplete response.".into(),
    }
}

fn error_page(intended: Duration) -> Sample {
    Sample {
        class: "software error page".into(),
        student: "stu031".into(),
        step: Step::View,
        intended,
        text: "WeBWorK error | An error occured while processing your request. For help, please send mail to this site's \
               webmaster, including all of the following information as well as what what you were doing when the error \
               occured. Error messages: Cannot allocate memory at /opt/webwork/pg/lib/WeBWorK/PG/Translator.pm line 411, \
               WeBWorKCourseSession.quiz=[removed]"
            .into(),
    }
}

fn window() -> WindowFigures {
    WindowFigures { planned: s(30.0), ..WindowFigures::default() }
}

fn timeline(at: f64, error: Option<f64>, detect: Option<f64>, route: Option<f64>, recover: Option<f64>) -> Timeline {
    let effect = at + 0.3;
    let after = |offset: Option<f64>| offset.map(|offset| s(effect + offset));
    Timeline {
        effect_doubt: Some(s(0.06)),
        inject: Some(s(at)),
        effect: Some(s(effect)),
        first_error: after(error),
        detect: after(detect),
        promoted: None,
        route: after(route),
        recover: after(recover),
        heal: Some(s(at + 30.0)),
        healed: Some(s(at + 31.7)),
        restored: Some(s(at + 36.7)),
        sources: sources(),
    }
}

fn student(login: &str, gap: f64) -> StudentFigures {
    StudentFigures {
        student: login.into(),
        first_tries: Count { total: 4, failed: 2 },
        retries: Count { total: 3, failed: 1 },
        classes: BTreeMap::from([("abandoned".into(), 3)]),
        worst_gap: Some(s(gap)),
        slowest_page: Some(s(gap / 2.0)),
        indeterminate: 1,
        acknowledged: 1,
        lost: 0,
    }
}

/// One of each kind of source.
fn sources() -> BTreeMap<String, Source> {
    let student = || Source::Student { student: "stu012".into(), step: Step::Grade, class: "abandoned".into() };
    let balancer = || Source::Detector { name: "balancer".into(), detail: "L7TOUT".into() };
    [
        ("inject", Source::Command),
        ("effect", Source::Evidence { detail: "the engine says that web1 is paused".into() }),
        ("first_error", student()),
        ("detect", balancer()),
        ("route", Source::Probe { kind: ProbeKind::Entry }),
        ("recover", Source::Traffic),
        ("heal", Source::Command),
        ("healed", Source::Target),
        ("promoted", Source::DatabaseRole { service: "db2".into() }),
        ("restored", Source::Cluster { awaited: Some("db1 is no replica that has caught up".into()) }),
    ]
    .map(|(name, source)| (name.to_owned(), source))
    .into()
}

fn requests(total: u64, failed: u64, classes: &[(&str, u64)]) -> Requests {
    Requests {
        first_tries: Count { total, failed },
        retries: Count { total: failed + 2, failed: failed / 3 },
        students: 40,
        students_with_error: failed * 2 / 3,
        warned: 0,
        classes: classes.iter().map(|(class, number)| ((*class).to_owned(), *number)).collect(),
        late: 0,
        held_up: 0,
        not_offered: 0,
        hindered: 0,
        latency: Latency {
            count: total - failed,
            ms_p50: Some(84.2),
            ms_p95: Some(412.0),
            ms_p99: Some(2310.0),
            ms_max: Some(8120.0),
        },
        latency_raw: Latency {
            count: total - failed,
            ms_p50: Some(83.0),
            ms_p95: Some(390.0),
            ms_p99: Some(2200.0),
            ms_max: Some(8001.0),
        },
        by_step: BTreeMap::new(),
        by_node: BTreeMap::from([("web1".into(), total / 2), ("web2".into(), total - total / 2 - failed)]),
    }
}

fn share(kind: ProbeKind, path: Option<&str>, total: u64, failed: u64) -> ProbeShare {
    ProbeShare { kind, path: path.map(str::to_owned), probes: Count { total, failed }, late: 0 }
}

fn shares(entry: u64, failed: u64, node: u64, node_failed: u64) -> Vec<ProbeShare> {
    vec![
        share(ProbeKind::Entry, None, entry, failed),
        share(ProbeKind::Node, Some("web1"), node, node_failed),
        share(ProbeKind::Node, Some("web2"), node, 0),
        share(ProbeKind::Write, None, 30, failed / 20),
    ]
}

fn case(kind: CaseKind, student: u32) -> AnswerCase {
    AnswerCase {
        kind,
        student: format!("stu{student:03}"),
        version: "Quiz1,v1".into(),
        number: 2,
        tokens: vec![(1, "k7f3q9".into()), (2, "m2x8d1".into())],
        sent: s(61.4),
        node: Some("web1".into()),
        windows: vec![2],
        note: Some("the row in problem_user is there, its two rows in past_answer are not".into()),
    }
}

fn finding(scope: Scope, check: &str, judgement: Judgement, expected: &str, found: &str) -> Finding {
    let advice = (judgement == Judgement::Fail).then(|| {
        "Use a health check that asks for a page (`check = \"content\"`) and lower inter or fall; the TCP check of a \
         frozen host succeeds because its kernel still accepts connections."
            .to_owned()
    });
    Finding {
        check: check.into(),
        about: About::Service,
        expectation: Some(check.into()),
        scope,
        judgement,
        expected: expected.into(),
        found: found.into(),
        cases: Vec::new(),
        advice,
    }
}

fn verdict(windows: &[WindowFigures]) -> Verdict {
    use Judgement::{Fail, Pass, Unknown};
    let mut findings = vec![
        finding(Scope::Baseline, "error rate", Pass, "error rate at most 5%", "0% (0 of 132 first tries)"),
        finding(Scope::Run, "lost answers", Fail, "no lost answer", "1 of 209 lost"),
    ];
    for (index, window) in windows.iter().enumerate() {
        let (rate, lost) = match window.fault.as_str() {
            "freeze" => (Fail, Pass),
            "oom" => (Unknown, Fail),
            _ => (Pass, Pass),
        };
        let found = super::words::count_text(window.requests.as_ref().unwrap().first_tries);
        let scope = Scope::Window { index, title: window.title.clone() };
        findings.push(finding(scope.clone(), "error rate", rate, "error rate at most 20%", &found));
        let found = super::words::lost_text(&window.answers);
        findings.push(finding(scope, "lost answers", lost, "no lost answer", &found));
    }
    Verdict {
        judgement: Fail,
        sentence:
            "web2 froze for 30 s during a quiz of 40 students and the balancer never noticed: 24 students saw an \
                   error, one of them for 29.4 s; one answer was lost when web1 ran out of memory."
                .into(),
        findings,
        left_behind: Vec::new(),
    }
}

/// Numbers from 0 to 1 that look drawn and are not.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

/// Share of requests that fail at a moment, and the class they fail with.
fn trouble(windows: &[WindowFigures], second: f64) -> (f64, &'static str) {
    for window in windows {
        let since = second - window.timeline.effect.unwrap_or_default().as_secs_f64();
        match window.fault.as_str() {
            "kill" if (0.0..6.4).contains(&since) => return (0.45, "502"),
            "freeze" if (0.0..30.0).contains(&since) => return (0.48, "abandoned"),
            "oom" if (0.0..14.4).contains(&since) => return (0.2, "reset"),
            _ => {}
        }
    }
    (0.0, "")
}

fn series(windows: &[WindowFigures], length: u64) -> Series {
    let mut drawn = Drawn(7);
    let mut series = Series::default();
    for second in 0..length {
        let at = second as f64;
        let (share, class) = trouble(windows, at);
        let spike = if length - second < 20 || second < 40 { 3.0 } else { 1.0 };
        let all = (drawn.next() * 5.0 * spike) as u64;
        let failed = (0..all).filter(|_| drawn.next() < share).count() as u64;
        let slow = 1.0 + share * 12.0 * drawn.next();
        let p50 = (all > failed).then(|| tenths(62.0 + 40.0 * drawn.next() * slow));
        series.seconds.push(Second {
            ok: all - failed,
            failed: if failed > 0 { BTreeMap::from([(class.to_owned(), failed)]) } else { BTreeMap::new() },
            ms_p50: p50,
            ms_p95: p50.map(|p50| tenths(p50 * (1.6 + 2.0 * drawn.next()) * slow)),
            active: 40,
        });
        for tick in 0..20_u64 {
            let ok = drawn.next() >= share;
            let latency = if ok { 22.0 + 30.0 * drawn.next().powi(4) * slow * 6.0 } else { 2000.0 };
            series.entry_probes.push((second * 1000 + tick * 50, tenths(latency), ok));
        }
        let write = series.entry_probes.last().map_or((0, 0.0, true), |probe| (second * 1000, probe.1 * 1.5, probe.2));
        series.write_probes.push((write.0, tenths(write.1.min(2000.0)), write.2));
        let oom = windows.iter().any(|w| w.fault == "oom" && trouble(std::slice::from_ref(w), at).0 > 0.0);
        let (used, limit) = if oom { (150.0 + 9.0 * drawn.next(), 160) } else { (118.0 + 12.0 * drawn.next(), 256) };
        series.memory.entry("web1".into()).or_default().push((second * 1000, (used * 1_048_576.0) as u64, limit << 20));
        let calm = ((110.0 + 10.0 * drawn.next()) * 1_048_576.0) as u64;
        series.memory.entry("web2".into()).or_default().push((second * 1000, calm, 256 << 20));
        let full = windows.iter().any(|w| {
            w.fault == "disk-fill" && (0.0..30.0).contains(&(at - w.timeline.effect.unwrap_or_default().as_secs_f64()))
        });
        series.levels.entry("courses".into()).or_default().push((second * 1000, if full { 1.0 } else { 0.11 }));
    }
    series.intervals = intervals(windows, length);
    series.work = work(windows, &series.intervals);
    detectors(windows, &mut series);
    series.primaries = vec![(0, "db".into(), "db1".into(), true)];
    series
}

/// What containers used, and what the balancer had in hand: a node that hangs keeps its requests, and uses nothing.
fn work(windows: &[WindowFigures], intervals: &Intervals) -> Work {
    let mut drawn = Drawn(13);
    let mut work = Work::default();
    for index in 0..intervals.latency.len() {
        let at = intervals.span(index).0.as_secs_f64();
        for node in ["web1", "web2"] {
            let hit = |window: &&WindowFigures| {
                window.target.as_deref() == Some(node) && trouble(std::slice::from_ref(window), at).0 > 0.0
            };
            let frozen = windows.iter().find(hit).is_some_and(|window| window.fault == "freeze");
            let gone = windows.iter().find(hit).is_some_and(|window| window.fault == "kill");
            let cores = if frozen { 0.0 } else { 0.15 + 0.2 * drawn.next() };
            work.cpu_cores.entry(node.to_owned()).or_default().push((!gone).then_some(cores));
            let requests = if frozen { 31 } else { (drawn.next() * 5.0) as u64 };
            work.in_hand_max.entry(node.to_owned()).or_default().push(Some(requests));
        }
        work.cpu_cores.entry("db1".to_owned()).or_default().push(Some(0.02 + 0.02 * drawn.next()));
    }
    work
}

/// Requests as the seconds have them, each with a time and a node.
fn intervals(windows: &[WindowFigures], length: u64) -> Intervals {
    let mut drawn = Drawn(11);
    let steps = [Step::Login, Step::Start, Step::View, Step::View, Step::Preview, Step::Grade];
    let mut ended = Vec::new();
    for second in 0..length {
        let (share, _) = trouble(windows, second as f64);
        let spike = if length - second < 20 || second < 40 { 3.0 } else { 1.0 };
        for _ in 0..(drawn.next() * 5.0 * spike) as u64 {
            let step = steps[(drawn.next() * 6.0) as usize % 6];
            let slow = 1.0 + share * 60.0 * drawn.next().powi(3) + 12.0 * drawn.next().powi(20);
            let took = s(0.06 * slow * (1.0 + drawn.next()) * if step == Step::Grade { 2.5 } else { 1.0 });
            let failed = drawn.next() < share;
            let sick = failed || share > 0.0 && drawn.next() < share;
            let node = if failed {
                None
            } else if sick || drawn.next() < 0.5 {
                Some("web2")
            } else {
                Some("web1")
            };
            ended.push(Ended { step, at: s(second as f64 + drawn.next()), took: (!failed).then_some(took), node });
        }
    }
    Intervals::of(Duration::from_secs(length), ended.into_iter())
}

fn detectors(windows: &[WindowFigures], series: &mut Series) {
    let change =
        |at: Duration, service: &str, up| (at.as_millis() as u64, "balancer".to_owned(), service.to_owned(), Some(up));
    series.detectors = vec![change(Duration::ZERO, "web1", true), change(Duration::ZERO, "web2", true)];
    for window in windows {
        let (Some(detect), Some(restored), Some(target)) =
            (window.timeline.detect, window.timeline.restored, window.target.as_deref())
        else {
            continue;
        };
        series.detectors.push(change(detect, target, false));
        series.detectors.push(change(restored, target, true));
    }
    let manager = |at: u64, up| (at, "database manager".to_owned(), "db1".to_owned(), Some(up));
    series.detectors.extend([manager(0, true), manager(60_000, false), manager(70_000, true)]);
}

/// A number that JSON keeps to the bit.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
