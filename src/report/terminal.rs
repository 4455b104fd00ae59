//! [`Report`] → a table and a few sentences for a terminal, within [`Style::width`] columns. Its colours are the only thing in
//! it that a terminal acts on.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::overview::{self, COLUMNS, Room, Row};
use super::spreads::{self, SpreadRow};
use super::{Format, Report, columns, words};
use crate::check::{Finding, Judgement};
use crate::foreign::plain;

/// Plain text, as a file or a log wants it.
pub const FORMAT: Format = Format {
    name: "terminal",
    file: "report.txt",
    does: "a table of windows and the verdict, as text",
    render: |report: &Report| Ok(render(report, Style::default()).into_bytes()),
};

/// Width of the text in each column when the table is 100 wide: 6 go between them.
const WIDTHS: [u16; 7] = [15, 11, 10, 20, 12, 17, 9];

/// How the text may look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns that it may use.
    pub width: u16,
    /// Whether it may use colour.
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

/// The report as text, ending in a line feed.
pub fn render(report: &Report, style: Style) -> String {
    let mut page = Page { page: columns::Page::new(style.width.into()), colour: style.colour };
    page.line(&format!("{}: {}", report.plan.scenario, report.plan.title));
    page.line(&format!(
        "{}; topology {}; seed {}",
        words::sittings_text(&report.plan),
        report.plan.topology,
        report.plan.seed
    ));
    page.line(&format!("settings: {}", words::settings_text(&report.plan)));
    page.blank();
    page.page.text.push_str(&table(report, style));
    page.blank();
    if let Some(spreads) = spread_table(report, style) {
        page.line(&words::spread_legend(report));
        page.page.text.push_str(&spreads);
        page.blank();
    }
    words::notes(report).iter().for_each(|note| page.line(note));
    findings(&mut page, report);
    verdict(&mut page, report);
    page.list(
        "Could not be measured",
        report.figures.unmeasured.iter().map(|one| format!("{}: {}", one.what, one.why)),
    );
    page.blank();
    page.line(&words::app_text(report));
    page.page.text
}

/// The table of windows.
fn table(report: &Report, style: Style) -> String {
    drawn(overview::rows(report, Room::Narrow).iter().map(cells), style)
}

/// Median and range of each window over the sittings; none when the class sat once.
fn spread_table(report: &Report, style: Style) -> Option<String> {
    let rows = spreads::rows(report);
    let row = |row: &SpreadRow| joined(Cell::new(plain(&format!("{}\n{}", row.title, row.counted))), &row.cells);
    (!rows.is_empty()).then(|| drawn(rows.iter().map(row), style))
}

fn drawn(rows: impl Iterator<Item = Vec<Cell>>, style: Style) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let titles = std::iter::once("Window").chain(COLUMNS.iter().map(|column| column.title));
    table.set_header(titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row);
    }
    for (column, width) in table.column_iter_mut().zip(WIDTHS) {
        let width = (style.width.saturating_sub(6) * width / 94).max(4);
        column.set_padding((0, 0)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    columns::drawn(&table)
}

fn cells(row: &Row) -> Vec<Cell> {
    let sign = row.judgement.map_or(String::new(), |judgement| format!("{} ", words::sign(judgement)));
    let void = if row.void.is_some() { "\nvoid" } else { "" };
    let title = Cell::new(plain(&format!("{sign}{}\n{}{void}", row.title, row.when)));
    let title = match row.judgement {
        Some(judgement) => title.fg(table_colour(judgement)),
        None => title,
    };
    joined(title, &row.cells)
}

fn joined(title: Cell, cells: &[Vec<String>]) -> Vec<Cell> {
    std::iter::once(title).chain(cells.iter().map(|lines| columns::cell(lines))).collect()
}

fn findings(page: &mut Page, report: &Report) {
    let all = &report.verdict.findings;
    let open: Vec<_> = all.iter().filter(|one| one.judgement != Judgement::Pass || one.advice.is_some()).collect();
    page.blank();
    if let Some(met) = words::met_text(all) {
        page.line(&met);
    }
    for finding in open {
        page.blank();
        finding_lines(page, finding);
    }
}

fn finding_lines(page: &mut Page, finding: &Finding) {
    let head =
        format!("{} {} · {} · {}", words::sign(finding.judgement), finding.judgement, finding.scope, finding.check);
    page.coloured(&head, finding.judgement);
    let found =
        [("expected", Some(&finding.expected)), ("found", Some(&finding.found)), ("advice", finding.advice.as_ref())];
    for (name, text) in found.into_iter().filter_map(|(name, text)| text.map(|text| (name, text))) {
        page.page.line(&format!("  {name:<8}  "), text);
    }
    finding.cases.iter().for_each(|case| page.page.line("            - ", case));
}

fn verdict(page: &mut Page, report: &Report) {
    page.blank();
    if report.figures.interrupted {
        page.line(&words::interrupted_text(report));
    }
    words::clock_text(report).iter().for_each(|text| page.line(text));
    let judgement = report.verdict.judgement;
    let word = judgement.to_string().to_uppercase();
    page.coloured(&format!("{word}: {}", report.verdict.sentence), judgement);
    page.list("Left behind", report.verdict.left_behind.iter().cloned());
}

/// A page with colours, where they are wanted.
struct Page {
    page: columns::Page,
    colour: bool,
}

impl Page {
    fn blank(&mut self) {
        self.page.blank();
    }

    fn line(&mut self, text: &str) {
        self.page.line("", text);
    }

    fn list(&mut self, title: &str, items: impl Iterator<Item = String>) {
        let items: Vec<_> = items.collect();
        if !items.is_empty() {
            self.blank();
            self.line(title);
            items.iter().for_each(|item| self.page.line("  - ", item));
        }
    }

    fn coloured(&mut self, text: &str, judgement: Judgement) {
        if self.colour {
            self.page.text.push_str(match judgement {
                Judgement::Note => "\x1b[1m",
                Judgement::Pass => "\x1b[1;32m",
                Judgement::Unknown => "\x1b[1;33m",
                Judgement::Fail => "\x1b[1;31m",
            });
        }
        self.line(text);
        if self.colour {
            self.page.text.truncate(self.page.text.trim_end_matches('\n').len());
            self.page.text.push_str("\x1b[0m\n");
        }
    }
}

fn table_colour(judgement: Judgement) -> Color {
    match judgement {
        Judgement::Note => Color::Reset,
        Judgement::Pass => Color::Green,
        Judgement::Unknown => Color::Yellow,
        Judgement::Fail => Color::Red,
    }
}
