use super::terminal::{Style, render};
use super::{FORMATS, Report, format, names, sample};

#[test]
fn formats_are_found_by_name_and_have_files_of_their_own() {
    for (index, one) in FORMATS.iter().enumerate() {
        assert_eq!(format(one.name).map(|found| found.file), Some(one.file));
        assert!(FORMATS[..index].iter().all(|other| other.file != one.file));
    }
    assert_eq!(names(), ["terminal", "html", "json"]);
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

#[test]
fn the_terminal_report_of_four_windows() {
    insta::assert_snapshot!(render(&sample::four_windows(), Style::default()), @"");
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
    for (name, report) in sample::all() {
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
