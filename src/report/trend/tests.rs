//! Some runs in every format.

use super::*;
use crate::measure::Detection;
use crate::regression::{Run, Skipped, Trend};
use crate::report::sample;

fn trend() -> Trend {
    let run = |name: &str, students: Option<u32>, noticed: bool| {
        let mut report = sample::four_windows();
        report.plan.class.students = students.unwrap_or(report.plan.class.students);
        if noticed {
            report.figures.windows[1].detection = report.figures.windows[0].detection.clone();
        }
        let measured = (&report.plan, &report.figures, report.verdict.judgement);
        Run::new(name.to_owned(), (report.started.clone(), report.tool.clone()), report.setup.clone(), measured)
    };
    let runs = [run("a", Some(20), true), run("b", None, false), run("c", None, true)];
    let skipped = Skipped { run: "reports/quiz-spike/d".into(), why: "nothing of the run was recorded".into() };
    Trend::new(&runs, vec![skipped]).unwrap()
}

#[test]
fn the_runs_of_a_trend_and_one_of_its_windows() {
    let text = terminal::render(&trend(), terminal::WIDTH);
    assert!(text.lines().all(|line| line.chars().count() <= terminal::WIDTH), "{text}");
    let from = text.find("\nfreeze ").unwrap();
    let to = text[from + 1..].find("\n\n").unwrap();
    let (runs, _) = text.split_once("\n\nbaseline").unwrap();
    insta::assert_snapshot!(format!("{runs}\n…\n{}", &text[from..=from + to]), @r"
    quiz-spike: the last 3 runs, oldest first

    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Run                           Version  Verdict  Error rate  Failover         Detected  p95     Lost
    ════════════════════════════════════════════════════════════════════════════════════════════════════
    2026-11-22 09:00Z             0.1.0    ✗ fail   42%         not within 30 s  14.2 s    412 ms  1
    ≠ the class is another: 40
    students and 20
    2026-11-22 09:00Z             0.1.0    ✗ fail   42%         not within 30 s  never     412 ms  1
    2026-11-22 09:00Z             0.1.0    ✗ fail   42%         not within 30 s  14.2 s    412 ms  1
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Error rate, failover time of pages and time to detect are the largest of the run's windows; p95
    (time to a page) and lost answers those of the whole run. ≠: the run was planned otherwise than the
    newest, in this.
    …

    freeze web.any
      error rate                ███  42%, newest 42%
      students hit              ███  60%, newest 60%
      failover time             ∞∞∞  not within 30 s, newest not within 30 s
      failover time of writes   ∞∞∞  not within 30 s, newest not within 30 s
      time to detect            █∞█  6.2 s to never, newest 6.2 s
      blind time                ∞∞∞  at least 29.6 s, never detected, newest at least 29.6 s, never
                                     detected
      unavailable               ███  1.2 s, newest 1.2 s
      recovery                  ███  33 s, newest 33 s
      worst gap of a student    ███  29.4 s, newest 29.4 s
      time to a page, p95       ███  412 ms, newest 412 ms
      time to a page, p99       ███  2.3 s, newest 2.3 s
      lost answers              ▁▁▁  0%, newest 0%
      phantom answers           ▁▁▁  0%, newest 0%
      log lines lost            ▁▁▁  0%, newest 0%
    ");
}

#[test]
fn every_format_has_every_run_and_every_figure() {
    let trend = trend();
    for format in FORMATS.iter().filter(|format| format.name != "json") {
        let text = String::from_utf8((format.render)(&trend).unwrap()).unwrap();
        for course in &trend.courses {
            assert!(text.contains(words::figure_text(course.figure)), "{}: {:?}", format.name, course.figure);
        }
        assert!(text.contains("reports/quiz-spike/d: nothing of the run was recorded"), "{}", format.name);
        assert_eq!(text.matches('≠').count(), 2, "{}: one run, and what the mark means", format.name);
    }
    let json = FORMATS.iter().find(|format| format.name == "json").unwrap();
    assert_eq!(serde_json::from_slice::<Trend>(&(json.render)(&trend).unwrap()).unwrap(), trend);
}

#[test]
fn a_page_has_a_chart_for_each_figure_that_says_itself_in_words() {
    let trend = trend();
    let page = html::render(&trend);
    assert_eq!(page.matches("<svg").count(), trend.courses.len());
    assert_eq!(page.matches("<desc").count(), trend.courses.len());
    assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN") && !page.contains("inf"));
    let never =
        trend.courses.iter().filter(|course| course.samples.iter().flatten().any(|sample| sample.size().is_infinite()));
    assert_eq!(page.matches("class=\"down\"").count(), never.count());
}

#[test]
fn a_line_of_characters_goes_from_nothing_to_the_largest() {
    let trend = trend();
    let course = |title: &str| {
        let here = |place: &Place| matches!(place, Place::Window { title: found, .. } if found.starts_with(title));
        trend.courses.iter().find(|one| here(&one.place) && one.figure == crate::regression::Figure::Detection).unwrap()
    };
    assert!(matches!(sample::four_windows().figures.windows[1].detection, Detection::Never { .. }));
    assert_eq!([words::spark(course("kill")), words::spark(course("freeze"))], ["███", "█∞█"]);
}
