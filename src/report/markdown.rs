//! [`Report`] → Markdown: the summary of a job of CI, or a text to paste into a ticket. GitHub's and GitLab's flavour.

use std::fmt::Write;

use super::overview::{self, COLUMNS, Room, Row};
use super::{Format, Report, shown, words};
use crate::check::{Finding, Judgement};

/// The verdict, the table of windows, and what was not met.
pub const FORMAT: Format = Format {
    name: "markdown",
    file: "report.md",
    does: "verdict, table of windows and what was not met, for a CI job's summary or a ticket",
    render: |report: &Report| Ok(shown(&render(report, &report.plan.scenario))),
};

/// Most submissions that are named for one finding: a ticket is no log, and what GitHub shows of a job is bounded.
const CASES_MAX: usize = 10;

/// The report of what is called `name`.
pub(super) fn render(report: &Report, name: &str) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{text}");
    };
    let (plan, verdict) = (&report.plan, &report.verdict);
    let word = verdict.judgement.to_string().to_uppercase();
    line(&format!("## {} {word}: {}\n", words::sign(verdict.judgement), escaped(name)));
    line(&format!("**{}**\n", escaped(&verdict.sentence)));
    line(&format!("{}  ", escaped(&plan.title)));
    line(&format!("{}; topology {}; seed {}  ", escaped(&words::sittings_text(plan)), plan.topology, plan.seed));
    line(&format!("{}\n", escaped(&words::app_text(report))));
    for alarm in alarms(report) {
        line(&format!("> {}\n", escaped(&alarm)));
    }
    let titles = std::iter::once("Window").chain(COLUMNS.iter().map(|column| column.title));
    line(&head(titles));
    overview::rows(report, Room::Narrow).iter().for_each(|row| line(&row_text(row)));
    line("");
    let findings = &verdict.findings;
    if let Some(met) = words::met_text(findings) {
        line(&format!("{}\n", escaped(&met)));
    }
    let mut open: Vec<_> = findings.iter().filter(|one| one.judgement != Judgement::Pass).collect();
    open.sort_by_key(|one| std::cmp::Reverse(one.judgement));
    if !open.is_empty() {
        line("### Findings\n");
        open.iter().for_each(|one| line(&finding_text(one)));
        line("");
    }
    line("<details><summary>How this was measured</summary>\n");
    let settings = format!("settings: {}", words::settings_text(plan));
    let measured = format!("{}, {}; {}", report.started, report.tool, words::machine_text(report));
    let unmeasured = report.figures.unmeasured.iter();
    let unmeasured = unmeasured.map(|one| format!("could not be measured: {}: {}", one.what, one.why));
    for text in words::notes(report).into_iter().chain([settings, measured]).chain(unmeasured) {
        line(&format!("- {}", escaped(&text)));
    }
    line("\n</details>");
    page
}

/// What must be said before any figure.
fn alarms(report: &Report) -> Vec<String> {
    let interrupted = report.figures.interrupted.then(|| words::interrupted_text(report));
    let left = report.verdict.left_behind.iter().map(|what| format!("Left behind: {what}"));
    interrupted.into_iter().chain(words::clock_text(report)).chain(left).collect()
}

fn row_text(row: &Row) -> String {
    let sign = row.judgement.map_or(String::new(), |judgement| format!("{} ", words::sign(judgement)));
    let void = row.void.as_ref().map(|_| "void".to_owned());
    let title = [format!("{sign}{}", row.title), row.when.clone()].into_iter().chain(void).collect();
    self::row(std::iter::once(title).chain(row.cells.iter().cloned()))
}

/// The head of a table.
pub(super) fn head<'a>(titles: impl Iterator<Item = &'a str>) -> String {
    let titles: Vec<_> = titles.map(escaped).collect();
    format!("| {} |\n|{}", titles.join(" | "), "---|".repeat(titles.len()))
}

/// A row of a table, each cell in lines.
pub(super) fn row(cells: impl Iterator<Item = Vec<String>>) -> String {
    let cell = |lines: Vec<String>| lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>");
    format!("| {} |", cells.map(cell).collect::<Vec<_>>().join(" | "))
}

fn finding_text(finding: &Finding) -> String {
    let (sign, judgement) = (words::sign(finding.judgement), finding.judgement);
    let scope = escaped(&finding.scope.to_string());
    let mut lines = vec![format!("- {sign} **{judgement}** · {scope} · {}", escaped(&finding.check))];
    lines.push(format!("  - expected: {}", escaped(&finding.expected)));
    lines.push(format!("  - found: {}", escaped(&finding.found)));
    lines.extend(finding.cases.iter().take(CASES_MAX).map(|case| format!("    - {}", escaped(case))));
    let more = finding.cases.len().saturating_sub(CASES_MAX);
    lines.extend((more > 0).then(|| format!("    - and {more} more, in report.html")));
    lines.extend(finding.advice.as_ref().map(|advice| format!("  - advice: {}", escaped(advice))));
    lines.join("\n")
}

/// A text that starts no tag, cell, link, picture or emphasis, and calls nobody by name. What stands between backticks stays
/// code.
pub(super) fn escaped(text: &str) -> String {
    // An odd number of backticks would open code that nobody closes.
    let open = text.matches('`').count() % 2 == 1;
    let text = if open { text.replace('`', "'") } else { text.to_owned() };
    let part = |(place, part): (usize, &str)| {
        let code = place % 2 == 1;
        part.chars().fold(String::new(), |mut text, c| {
            match c {
                '|' => text.push_str("\\|"),
                '\r' | '\n' => text.push(' '),
                _ if code => text.push(c),
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '@' => text.push_str("&#64;"),
                '\\' | '[' | ']' | '*' | '~' => text.extend(['\\', c]),
                _ => text.push(c),
            }
            text
        })
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}
