//! What the lines of a set came to, in one report → bytes, one file per format, listed in [`FILES`]. Wording is that of the
//! reports of its runs.

use anyhow::{Context, Result};
use maud::html;

use super::markdown::escaped;
use super::{Rendering, Report, html as page, junit, markdown, shown};
use crate::check::Judgement;
use crate::quantity::{number, solid};

/// A set that has been run.
#[derive(Debug)]
pub struct SetReport {
    /// Its name.
    pub set: String,
    /// Who measured: `wwchaos 0.1.0`.
    pub tool: String,
    /// One for each line, in order.
    pub parts: Vec<Part>,
}

/// A line of it.
#[derive(Debug)]
pub struct Part {
    /// The line as it is written.
    pub name: String,
    /// The folder of its run, as seen from the folder of the set's report.
    pub folder: Option<String>,
    /// What its exit code means.
    pub meaning: &'static str,
    /// Its report, or why there is none.
    pub report: Result<Report, String>,
}

/// Every file that is written of a set.
pub const FILES: &[Rendering<SetReport>] = &[
    Rendering { name: "report.html", render: |set| Ok(shown(&web(set).into_string())) },
    Rendering { name: "report.md", render: |set| Ok(shown(&text(set))) },
    Rendering { name: "report.xml", render: |set| Ok(shown(&xml(set)?)) },
];

impl SetReport {
    /// How many lines came to what: `2 pass, 1 fail`.
    pub fn gist(&self) -> String {
        let kinds = [Judgement::Pass, Judgement::Unknown, Judgement::Fail];
        let count = |kind: Judgement| self.parts.iter().filter(|part| part.judgement() == Some(kind)).count();
        let counts = kinds.map(|kind| (kind.to_string(), count(kind)));
        let none = self.parts.iter().filter(|part| part.judgement().is_none()).count();
        let all = counts.into_iter().chain([("without a report".to_owned(), none)]);
        let said: Vec<_> = all.filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
        format!("{}: {}", number(self.parts.len(), "line"), said.join(", "))
    }
}

impl Part {
    fn judgement(&self) -> Option<Judgement> {
        self.report.as_ref().ok().map(|report| report.verdict.judgement)
    }

    /// Where the page of its run is.
    fn page(&self) -> Option<String> {
        self.folder.as_ref().filter(|_| self.report.is_ok()).map(|folder| format!("{folder}/report.html"))
    }

    /// What it came to, in a sentence.
    fn sentence(&self) -> &str {
        match &self.report {
            Ok(report) => &report.verdict.sentence,
            Err(why) => why,
        }
    }
}

fn web(set: &SetReport) -> maud::Markup {
    let body = html! {
                header {
                    p.brand { b { "wwchaos" } " · " (set.set) }
                    h1 { (set.gist()) }
                }
                main {
                    section {
                        table.listing {
                            caption { "What each line came to" }
                            thead { tr { th scope="col" { "Line" } th scope="col" { "Verdict" } th scope="col" { "In a sentence" } } }
                            tbody { @for part in &set.parts { (row(part)) } }
                        }
                    }
                    @for part in &set.parts {
                        @if let Ok(report) = &part.report {
                            section { h2 { (part.name) } (page::table(report, &part.page().unwrap_or_default())) }
                        }
                    }
                    (page::definitions())
                }
                footer { "Written by " (set.tool) }
    };
    page::document(&format!("{} · {}", set.set, set.gist()), &body)
}

fn row(part: &Part) -> maud::Markup {
    html! {
        tr {
            th scope="row" {
                @match part.page() {
                    Some(page) => a href=(page) { (part.name) },
                    None => (part.name),
                }
            }
            td { @match part.judgement() { Some(judgement) => (page::badge(judgement)), None => (part.meaning) } }
            td { (solid(part.sentence())) }
        }
    }
}

fn text(set: &SetReport) -> String {
    let mut page = format!("# {}: {}\n\n", escaped(&set.set), set.gist());
    for part in &set.parts {
        match &part.report {
            Ok(report) => page.push_str(&markdown::render(report, &part.name)),
            Err(why) => page.push_str(&format!("## {}: {}\n\n{}\n", escaped(&part.name), part.meaning, escaped(why))),
        }
        page.push('\n');
    }
    page
}

fn xml(set: &SetReport) -> Result<String> {
    let suites = set.parts.iter().map(|part| match &part.report {
        Ok(report) => junit::suite(report, &part.name),
        Err(why) => Ok(junit::without_report(&part.name, why)),
    });
    junit::text(&set.tool, suites.collect::<Result<Vec<_>>>()?).context("write JUnit XML")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn nightly() -> SetReport {
        let part = |name: &str, report| Part {
            name: name.to_owned(),
            folder: Some(format!("../../{name}/20260101T000000Z")),
            meaning: "the cluster did not come up",
            report,
        };
        let parts = vec![
            part("quiz-spike", Ok(sample::four_windows())),
            part("quiz-spike check=tcp", Ok(sample::no_window())),
            part("crash", Err("no `space` left | <b>".to_owned())),
        ];
        SetReport { set: "nightly".to_owned(), tool: "wwchaos 0.1.0".to_owned(), parts }
    }

    fn file(name: &str) -> String {
        let file = FILES.iter().find(|file| file.name == name).unwrap();
        String::from_utf8((file.render)(&nightly()).unwrap()).unwrap()
    }

    #[test]
    fn every_line_has_its_suite_and_no_two_cases_have_one_name() {
        let text = file("report.xml");
        let document = roxmltree::Document::parse(&text).unwrap();
        let all = |tag: &'static str| document.descendants().filter(move |node| node.has_tag_name(tag));
        let names: Vec<_> = all("testsuite").filter_map(|suite| suite.attribute("name")).collect();
        assert_eq!(names, ["quiz-spike", "quiz-spike check=tcp", "crash"]);
        let mut cases: Vec<_> =
            all("testcase").map(|one| (one.attribute("classname"), one.attribute("name"))).collect();
        let count = cases.len();
        cases.sort_unstable();
        cases.dedup();
        assert_eq!(cases.len(), count);
        let none = all("testcase").find(|one| one.attribute("classname") == Some("crash.whole run")).unwrap();
        let error = none.children().find(|node| node.has_tag_name("error")).unwrap();
        assert_eq!(error.attribute("message"), Some("no `space` left | <b>"));
    }

    #[test]
    fn the_page_leads_to_the_reports_of_the_runs() {
        let page = file("report.html");
        assert!(page.contains("href=\"../../quiz-spike/20260101T000000Z/report.html\""), "{page}");
        assert!(!page.contains("../../crash/") && page.contains("no `space` left | &lt;b&gt;"), "{page}");
        assert!(page.contains("3 lines: 1 pass, 1 fail, 1 without a report"), "{page}");
    }

    #[test]
    fn the_summary_begins_with_what_came_of_it() {
        let text = file("report.md");
        assert!(
            text.starts_with("# nightly: 3 lines: 1 pass, 1 fail, 1 without a report\n\n## ✗ FAIL: quiz-spike\n"),
            "{text}"
        );
        assert!(text.contains("## ✓ PASS: quiz-spike check=tcp\n"), "{text}");
        assert!(text.contains("## crash: the cluster did not come up\n\nno `space` left \\| &lt;b>\n"), "{text}");
    }
}
