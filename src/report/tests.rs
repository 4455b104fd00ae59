use super::terminal::{Style, render};
use super::{FORMATS, Report, format, names, sample};
use crate::check::Judgement;

#[test]
fn formats_are_found_by_name_and_have_files_of_their_own() {
    for (index, one) in FORMATS.iter().enumerate() {
        assert_eq!(format(one.name).map(|found| found.file), Some(one.file));
        assert!(FORMATS[..index].iter().all(|other| other.file != one.file));
    }
    assert_eq!(names(), ["terminal", "html", "json", "junit", "markdown", "hdr"]);
    assert!(format("pdf").is_none());
}

#[test]
fn json_reads_back_as_it_was_written() {
    for (name, report) in sample::all() {
        let bytes = (super::json::FORMAT.render)(&report).unwrap();
        let read: Report = serde_json::from_slice(&bytes).unwrap();
        assert!(read == report, "{name}");
    }
}

#[test]
fn every_report_is_as_its_schema_says() {
    let schema: serde_json::Value = serde_json::from_slice(&super::json::schema().unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, report) in sample::all() {
        let report = serde_json::to_value(&report).unwrap();
        let wrong: Vec<_> = schema.iter_errors(&report).map(|one| format!("{}: {one}", one.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_terminal_report_stays_within_its_width() {
    for (name, report) in sample::all() {
        for width in [80, 100, 140] {
            let text = render(&report, Style { width, colour: false });
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= usize::from(width), "{name} at {width}: {longest}\n{text}");
            assert!(!text.contains('\x1b'), "{name}");
        }
    }
    assert!(render(&sample::four_windows(), Style { width: 100, colour: true }).contains("\x1b["));
}

/// The table of four windows, and what stands below it.
fn four_windows() -> (String, String) {
    let text = render(&sample::four_windows(), Style::default());
    let (table, below) = text.split_once("Probes ask").expect("how probes asked");
    (table.to_owned(), format!("Probes ask{below}"))
}

#[test]
fn the_terminal_table_of_four_windows() {
    insta::assert_snapshot!(four_windows().0, @"
    quiz-spike: Four faults in the middle of an in-class quiz
    40 students, 5 problems, up to 6 attempts each (24 allowed); topology two-node; seed 20261122
    settings: check=content fall=3 inter=2s profile=class

    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Window          Error rate  Students   Failover time        Time to      Answers           Log lines
                                hit                             detect                         lost
    ════════════════════════════════════════════════════════════════════════════════════════════════════
    ✓ baseline      0%          0%         0% of probes failed  –            –                 –
    0:00–0:45       0 of 132    0 of 40
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✓ kill web1     9.4%        15%        6.3 s ± 50 ms        6.2 s        0 lost (≤ 9.7%)   0
    0:45–1:15       9 of 96     6 of 40    3.5% of probes       (balancer)   31 acknowledged   of 62
                                           failed               predicted    2 indeterminate
                                           writes: 7.1 s ± 1 s  4–6 s
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✗ freeze web2   42%         60%        did not fail over    never        0 lost (≤ 13.6%)  0
    1:50–2:20       37 of 88    24 of 40   (at least 30 s;      (balancer)   22 acknowledged   of 44
                                           ended by heal)       predicted    4 indeterminate
                                           48.5% of probes      never        1 torn
                                           failed
                                           writes: the same
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✗ oom web1      13.2%       20%        14.4 s ± 50 ms       14.2 s       1 lost            0
    2:55–3:25       12 of 91    8 of 40    9.7% of probes       (balancer; 2 27 acknowledged   of 54
                                           failed               flaps)       0 indeterminate
                                                                prediction
                                                                not modelled
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✓ disk-fill     0%          0%         no outage            no detector  0 lost (≤ 10.3%)  51
    courses,        0 of 93     0 of 40    (asked every 50 ms,               29 acknowledged   of 58
    latency db1                            limit 2 s)                        0 indeterminate
    4:00–4:30                              0% of probes failed
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✗ whole run     6%          100%       –                    –            1 lost            51
    0:00–5:00       61 of 1012  40 of 40                                     209 acknowledged  of 418
                                                                             6 indeterminate
                                                                             1 torn
    ────────────────────────────────────────────────────────────────────────────────────────────────────

    kill web1: put out again after heal, and started by wwchaos: web1 (at 1:26).
    Predicted detection of kill web1: 4–6 s from haproxy.cfg (inter 1s fall 3 timeout check 1s timeout
    connect 1s); measured as predicted.
    Predicted detection of freeze web2: never from haproxy.cfg: the check only connects, and the kernel
    of a frozen node accepts; add `option httpchk` to backend `nodes`, and it should take 5–6 s;
    measured as predicted.
    Predicted detection of oom web1: not modelled: what a check meets under `oom` depends on the moment.
    ");
}

#[test]
fn what_stands_below_the_table_of_four_windows() {
    insta::assert_snapshot!(four_windows().1, @r#"
    Probes ask for pages through the balancer: every 50 ms, limit 2 s; pages of each node directly:
    every 500 ms, limit 2 s; writes through the balancer: every 1 s, limit 2 s.
    Looking cost 14.5% of one processor (harness 6.2%, class 4.1%, Docker's daemons 4.2%), 31.0 MiB.
    A time to detect is true to 121 ms (balancer).
    0 lost (≤ x): none of n seen lost proves, at 95% confidence, that at most the share x = 3/n is.
    "lost" after kill: the page cache survives here, so writes that a real power failure loses because
    they were not yet on disk are not counted.
    Answers were judged by past_answer (418 rows) and problem_user (200 rows) of db1; read besides:
    answer.log (380 lines), past_answer of the replica db2 (418 rows).
    Load: 3 actions of the plan never sent, 5 sent more than 250 ms late.

    0 of 2 expectations met (judged in 10 places, met in 6).

    ✗ fail · whole run · lost answers
      expected  no lost answer
      found     1 of 209 lost
      advice    Use a health check that asks for a page (`check = "content"`) and lower inter or fall;
                the TCP check of a frozen host succeeds because its kernel still accepts connections.

    ✗ fail · freeze web2 · error rate
      expected  error rate at most 20%
      found     42% (37 of 88)
      advice    Use a health check that asks for a page (`check = "content"`) and lower inter or fall;
                the TCP check of a frozen host succeeds because its kernel still accepts connections.

    ? unknown · oom web1 · error rate
      expected  error rate at most 20%
      found     13.2% (12 of 91)

    ✗ fail · oom web1 · lost answers
      expected  no lost answer
      found     1 of 27 lost
      advice    Use a health check that asks for a page (`check = "content"`) and lower inter or fall;
                the TCP check of a frozen host succeeds because its kernel still accepts connections.

    FAIL: web2 froze for 30 s during a quiz of 40 students and the balancer never noticed: 24 students
    saw an error, one of them for 29.4 s; one answer was lost when web1 ran out of memory.

    Could not be measured
      - victims of the kernel by command: the kernel log cannot be read without CAP_SYSLOG; counters of
        the memory group were used

    The app is a stand-in (not WeBWorK): it fails as WeBWorK does, but it is not WeBWorK. Profile class
    makes problems cheap to render, so absolute capacity and memory are not WeBWorK's.
    "#);
}

#[test]
fn the_terminal_report_of_a_healthy_run() {
    insta::assert_snapshot!(render(&sample::no_window(), Style::default()), @"
    quiz-spike: Four faults in the middle of an in-class quiz
    40 students, 5 problems, up to 6 attempts each (24 allowed); topology two-node; seed 20261122
    settings: check=content fall=3 inter=2s profile=class

    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Window          Error rate  Students   Failover time        Time to      Answers           Log lines
                                hit                             detect                         lost
    ════════════════════════════════════════════════════════════════════════════════════════════════════
    baseline        0%          0%         0% of probes failed  –            –                 –
    0:00–0:45       0 of 132    0 of 40
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    ✓ whole run     0%          0%         –                    –            0 lost (≤ 3%)     0
    0:00–2:00       0 of 412    0 of 40                                      100 acknowledged  of 200
                                                                             0 indeterminate
    ────────────────────────────────────────────────────────────────────────────────────────────────────

    No fault was injected.
    Probes ask for pages through the balancer: every 50 ms, limit 2 s; pages of each node directly:
    every 500 ms, limit 2 s; writes through the balancer: every 1 s, limit 2 s.
    Looking cost 14.5% of one processor (harness 6.2%, class 4.1%, Docker's daemons 4.2%), 31.0 MiB.
    0 lost (≤ x): none of n seen lost proves, at 95% confidence, that at most the share x = 3/n is.
    Answers were judged by past_answer (418 rows) and problem_user (200 rows) of db1; read besides:
    answer.log (380 lines), past_answer of the replica db2 (418 rows).

    1 expectation met.

    PASS: 40 students took the quiz and nobody saw an error; no answer was lost.

    Could not be measured
      - victims of the kernel by command: the kernel log cannot be read without CAP_SYSLOG; counters of
        the memory group were used

    The app is a stand-in (not WeBWorK): it fails as WeBWorK does, but it is not WeBWorK. Profile class
    makes problems cheap to render, so absolute capacity and memory are not WeBWorK's.
    ");
}

#[test]
fn what_was_left_behind_is_listed_once() {
    let mut report = sample::void_window();
    report.figures.windows[1].timeline.healed = None;
    report.figures.windows[1].heal_failed = Some("still paused after 30 s".into());
    report.verdict.left_behind = vec!["freeze web2: still paused after 30 s".into()];
    for format in FORMATS.iter().filter(|format| !matches!(format.name, "json" | "hdr")) {
        let text = String::from_utf8((format.render)(&report).unwrap()).unwrap();
        assert_eq!(
            text.replace('\u{a0}', " ").matches("still paused after 30 s").count(),
            1,
            "{}: {text}",
            format.name
        );
    }
}

#[test]
fn a_note_is_no_met_expectation() {
    let mut report = sample::no_window();
    let finding = &mut report.verdict.findings[0];
    (finding.judgement, finding.expectation) = (Judgement::Note, None);
    finding.advice = Some("set check = \"content\"".into());
    let text = render(&report, Style::default());
    assert!(text.contains("· note · whole run") && !text.contains('✓') && !text.contains(" met"), "{text}");
}

#[test]
fn the_caveat_of_the_page_cache_names_the_faults_that_spare_it() {
    for kind in crate::fault::KINDS {
        let mut report = sample::four_windows();
        report.figures.windows.iter_mut().for_each(|window| window.fault = kind.name.to_owned());
        let caveat = super::words::loss_caveat(&report);
        assert_eq!(caveat.is_some_and(|text| text.contains(kind.name)), kind.spares_page_cache, "{}", kind.name);
    }
}

#[test]
fn the_page_is_whole_and_needs_nothing_else() {
    for (name, report) in sample::all() {
        let page = String::from_utf8((super::html::FORMAT.render)(&report).unwrap()).unwrap();
        assert!(page.len() < 2_000_000, "{name}: {} bytes", page.len());
        let document = scraper::Html::parse_document(&page);
        assert_eq!(unbalanced(&page), None, "{name}");
        let find = |selector: &str| scraper::Selector::parse(selector).unwrap();
        for svg in document.select(&find("svg")) {
            assert!(svg.select(&find("svg > title")).next().is_some(), "{name}: a chart without a title");
        }
        for table in document.select(&find("table")) {
            assert!(table.select(&find("caption")).next().is_some(), "{name}: a table without a caption");
        }
        assert_eq!(document.select(&find("script, link, img, iframe")).count(), 0, "{name}");
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("url("), "{name}");
        for link in document.select(&find("a")) {
            let anchor = link.value().attr("href").and_then(|href| href.strip_prefix('#')).expect("an anchor");
            assert!(document.select(&find(&format!("[id=\"{anchor}\"]"))).next().is_some(), "{name}: no {anchor}");
        }
    }
}

/// What reports/README.md says of an hour.
#[test]
fn an_hour_of_200_students_is_no_large_file() {
    let report = sample::measured_hour();
    assert!(report.figures.requests.students == 200 && report.figures.series.seconds.len() > 3500);
    let size = |format: &super::Format| (format.render)(&report).unwrap().len();
    let [html, json, log] = [super::html::FORMAT, super::json::FORMAT, super::hdr::FORMAT].map(|one| size(&one));
    println!("html {html} json {json} hdr {log}");
    assert!(html < 2_000_000, "html: {html} bytes");
    assert!(json < 4_000_000, "json: {json} bytes");
    assert!(log < 500_000, "hdr: {log} bytes");
}

#[test]
fn what_a_failed_page_said_is_shown_and_cannot_break_the_page() {
    let mut report = sample::four_windows();
    report.figures.windows[0].samples[0].text = "</blockquote><script>alert(1)</script>".into();
    let page = String::from_utf8((super::html::FORMAT.render)(&report).unwrap()).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;/blockquote&gt;&lt;script&gt;"));
    let document = scraper::Html::parse_document(&page);
    let said = scraper::Selector::parse("#window-3 .samples blockquote").unwrap();
    assert_eq!(document.select(&said).count(), report.figures.windows[2].samples.len());
}

#[test]
fn every_chart_has_its_definition_one_link_away() {
    let page = String::from_utf8((super::html::FORMAT.render)(&sample::measured()).unwrap()).unwrap();
    let document = scraper::Html::parse_document(&page);
    let select = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let ids: Vec<_> = document.select(&select("#time-line .panel")).filter_map(|panel| panel.value().id()).collect();
    let expected = ["requests", "error-rate", "latency", "heat", "probes", "write-probes", "nodes"]
        .map(|name| format!("chart-{name}"));
    assert_eq!(ids, expected, "no detector, no primary, no memory on paper");
    for panel in document.select(&select(".panel")) {
        assert!(panel.select(&select("h3 a.def")).next().is_some(), "{:?}", panel.value().id());
    }
}

#[test]
fn a_node_that_hangs_is_seen_to_keep_its_requests_and_to_use_nothing() {
    let page = String::from_utf8((super::html::FORMAT.render)(&sample::four_windows()).unwrap()).unwrap();
    let document = scraper::Html::parse_document(&page);
    let said = |chart: &str| -> String {
        let desc = scraper::Selector::parse(&format!("#time-line #{chart} desc")).unwrap();
        document.select(&desc).flat_map(|desc| desc.text()).collect()
    };
    assert!(said("chart-in-hand").contains("web2: at most 31 at once."), "{}", said("chart-in-hand"));
    let used = said("chart-processors");
    assert!(used.contains("web1: at most ") && used.contains("web2: at most ") && !used.contains("db1"), "{used}");
}

#[test]
fn every_chart_is_told_in_words() {
    let report = sample::measured();
    let page = String::from_utf8((super::html::FORMAT.render)(&report).unwrap()).unwrap();
    let document = scraper::Html::parse_document(&page);
    let select = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let said = |chart: &str| -> String {
        document.select(&select(&format!("#{chart} desc"))).flat_map(|desc| desc.text()).collect()
    };
    for chart in document.select(&select(".panel")).filter_map(|panel| panel.value().id()) {
        assert!(!said(chart).is_empty(), "{chart}");
    }
    let requests = &report.figures.requests;
    let (pages, failed) = (requests.latency.count, requests.classes["abandoned"]);
    assert!(said("chart-heat").starts_with(&format!("Of {pages} pages: ")), "{}", said("chart-heat"));
    assert!(
        said("chart-requests").ends_with(&format!("Failed in all: abandoned {failed}.")),
        "{}",
        said("chart-requests")
    );
    assert!(said("chart-nodes").ends_with(&format!("no node: {failed} requests.")), "{}", said("chart-nodes"));
}

#[test]
fn sittings_are_told_by_median_and_range() {
    let text = render(&sample::two_sittings(), Style::default());
    let from = text.find("Over 2 sittings").expect("the table of spreads");
    insta::assert_snapshot!(text[from..].lines().take(16).collect::<Vec<_>>().join("\n"), @"
    Over 2 sittings, median (least to most); answers are summed:
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    Window          Error rate  Students   Failover time        Time to      Answers           Log lines
                                hit                             detect                         lost
    ════════════════════════════════════════════════════════════════════════════════════════════════════
    kill web.any    9.4%        15%        6.3 s                6.2 s        0 lost (≤ 4.8%)   0
    2 times                                writes: 7.1 s        (balancer)   62 acknowledged   of 124
                                                                             4 indeterminate
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    freeze web.any  9%          15%        14.2 s               11.9 s       0 lost (≤ 6.8%)   0
    2 times         (9% to 42%) (15% to    (14.2 s to did not   (balancer)   44 acknowledged   of 88
                                60%)       fail over (at least  (11.9 s      8 indeterminate
                                           30 s; ended by       (balancer)
                                           heal))               to never
                                           writes: did not fail (balancer))
                                           over (at least 30 s;
    ");
}

#[test]
fn a_detector_is_named_where_its_name_is_not_cut() {
    let page = String::from_utf8((super::html::FORMAT.render)(&sample::four_windows()).unwrap()).unwrap();
    let document = scraper::Html::parse_document(&page);
    let texts = |selector: &str| -> Vec<String> {
        let selector = scraper::Selector::parse(selector).unwrap();
        document.select(&selector).map(|element| element.text().collect()).collect()
    };
    assert_eq!(texts("#chart-detectors .on-head"), ["balancer:", "database manager:"]);
    assert_eq!(texts("#chart-detectors .y"), ["web1", "web2", "db1"]);
    assert!(texts(".y").iter().all(|label| label.chars().count() <= 8), "the edge has room for no more");
}

#[test]
fn what_the_app_says_cannot_break_the_page() {
    let mut report = sample::four_windows();
    report.figures.windows[0].evidence = Some("<script>alert(1)</script>".into());
    let page = String::from_utf8((super::html::FORMAT.render)(&report).unwrap()).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
}

/// Writes every sample in every format: `WWCHAOS_SAMPLE_REPORT=DIR cargo test --lib sample_reports -- --ignored`.
#[test]
#[ignore = "writes files for looking at"]
fn sample_reports() {
    let folder = std::path::PathBuf::from(std::env::var("WWCHAOS_SAMPLE_REPORT").expect("a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, report) in sample::all().into_iter().chain([("measured-hour", sample::measured_hour())]) {
        for format in FORMATS {
            let ending = format.file.rsplit('.').next().unwrap();
            std::fs::write(folder.join(format!("{name}.{ending}")), (format.render)(&report).unwrap()).unwrap();
        }
    }
}

/// The first tag that is not closed where it should be.
fn unbalanced(page: &str) -> Option<String> {
    let tag = regex::Regex::new(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>").unwrap();
    let mut open: Vec<&str> = Vec::new();
    for found in tag.captures_iter(page) {
        let name = found.get(2).unwrap().as_str();
        match (&found[1], name) {
            (_, "meta") => {}
            ("", _) => open.push(name),
            _ if open.pop() == Some(name) => {}
            _ => return Some(format!("{} at {}", &found[0], found.get(0).unwrap().start())),
        }
    }
    open.pop().map(str::to_owned)
}

#[test]
fn markdown_keeps_code_and_lets_nothing_else_act() {
    use super::markdown::escaped;
    assert_eq!(escaped("set `a|b` to *2*"), "set `a\\|b` to \\*2\\*");
    assert_eq!(escaped("![x](http://e) <b> @root"), "!\\[x\\](http://e) &lt;b> &#64;root");
    assert_eq!(escaped("one ` alone\nand more"), "one ' alone and more");
}
