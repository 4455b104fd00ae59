//! Two reports against each other, in every format.

use std::time::Duration;

use super::*;
use crate::measure::{Blind, Detection, Failover};
use crate::regression::{Run, THRESHOLD};
use crate::report::{Report, sample};

fn run(name: &str, report: &Report) -> Run {
    let measured = (&report.plan, &report.figures, report.verdict.judgement);
    let (started, tool) = (report.started.clone(), report.tool.clone());
    Run::new(name.to_owned(), (started, tool), report.setup.clone(), measured)
}

/// The frozen node, which nobody had noticed, is noticed; the killed one later than before; one answer is lost.
fn changed() -> Report {
    let mut report = sample::four_windows();
    let windows = &mut report.figures.windows;
    let after = |seconds, figure: &mut Failover| {
        let time = Duration::from_secs(seconds);
        *figure = Failover::After { time, late: Duration::ZERO, effect_doubt: Duration::ZERO };
    };
    after(19, &mut windows[0].failover);
    after(5, &mut windows[1].failover);
    let (detector, time) = ("balancer".to_owned(), Duration::from_secs(4));
    windows[1].detection = Detection::After { detector, time, flaps: 0, within: None };
    windows[1].blind = Some(Blind { time, never_detected: false });
    windows[2].void = Some("web1 was never seen to be short of memory".into());
    windows[0].answers.lost = 1;
    report.plan.seed = 7;
    report
}

fn regression() -> Regression {
    let (base, new) = (run("reports/a", &sample::four_windows()), run("reports/b", &changed()));
    Regression::new(&[base], &[new], THRESHOLD).unwrap()
}

#[test]
fn what_is_worse_and_what_better_is_said_first_and_last() {
    insta::assert_snapshot!(words::gist(&regression()), @"Worse in kill web.any: failover time +12.8 s; lost answers +1. Better in freeze web.any: failover time; time to detect; blind time. 44 unchanged, 0 too noisy to tell, 13 not comparable.");
}

#[test]
fn the_table_of_a_window() {
    let text = terminal::render(&regression(), terminal::WIDTH);
    let from = text.find("\nfreeze ").unwrap();
    let to = text[from + 1..].find("\noom ").unwrap();
    insta::assert_snapshot!(&text[from..from + to], @r"

    freeze web.any
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Figure              Base                  New                   Difference      Outcome
    ════════════════════════════════════════════════════════════════════════════════════════════════════
    error rate          42% (37 of 88)        42% (37 of 88)        0 points        = unchanged
    students hit        60% (24 of 40)        60% (24 of 40)        0 points        = unchanged
    failover time       not within 30 s       5 s                   –               ✓ better
    failover time of    not within 30 s       not within 30 s       –               = unchanged
    writes
    time to detect      never                 4 s                   –               ✓ better
    blind time          at least 29.6 s,      4 s                   –               ✓ better
                        never detected
    unavailable         1.2 s                 1.2 s                 0 s             = unchanged
    recovery            33 s                  33 s                  0 s             = unchanged
    worst gap of a      29.4 s                29.4 s                0 s             = unchanged
    student
    time to a page,     412 ms                412 ms                0 s             = unchanged
    p95
    time to a page,     2.3 s                 2.3 s                 0 s             = unchanged
    p99
    lost answers        0% (0 of 22)          0% (0 of 22)          0               = unchanged
    phantom answers     0% (0 of 26)          0% (0 of 26)          0               = unchanged
    log lines lost      0% (0 of 44)          0% (0 of 44)          0 points        = unchanged
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ");
}

#[test]
fn every_format_has_every_figure_and_a_terminal_its_width() {
    let regression = regression();
    for format in FORMATS.iter().filter(|format| format.name != "json") {
        let text = String::from_utf8((format.render)(&regression).unwrap()).unwrap();
        for (place, one) in regression.differences() {
            let (place, figure) = (words::place_text(place), words::figure_text(one.figure));
            // A dot would make packages of a class.
            let place = if format.name == "junit" { place.replace('.', "·") } else { place };
            let broken = figure.rsplit(' ').next().unwrap();
            assert!(text.contains(&place) && text.contains(broken), "{}: {place}, {figure}", format.name);
        }
    }
    let text = terminal::render(&regression, terminal::WIDTH);
    assert!(text.lines().all(|line| line.chars().count() <= terminal::WIDTH), "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.ends_with(&words::gist(&regression)), "{text}");
}

#[test]
fn json_reads_back_as_it_was_written() {
    for file in FILES.iter().filter(|file| file.name.ends_with(".json")) {
        let read: Regression = serde_json::from_slice(&(file.render)(&regression()).unwrap()).unwrap();
        assert_eq!(read, regression());
    }
}

#[test]
fn what_others_wrote_starts_no_cell_and_no_tag() {
    let mut regression = regression();
    regression.scenario = "<b>a|b\x1b[2J".into();
    let text = |name: &str| {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        String::from_utf8((format.render)(&regression).unwrap()).unwrap()
    };
    assert!(text("markdown").starts_with("# &lt;b>a\\|b"), "{}", text("markdown"));
    assert!(!text("html").contains("<b>a"));
    assert!(["terminal", "html", "markdown", "json"].iter().all(|name| !text(name).contains('\x1b')));
}
