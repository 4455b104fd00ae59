//! Pages and statements recorded from the real application, where the folder with them is at hand.

use std::path::PathBuf;

use anyhow::{Context, Result};
use wwchaos::conformance::journey::Step;
use wwchaos::conformance::page::Page;
use wwchaos::conformance::statements::Statements;

/// The folder of recordings.
pub struct Recorded(PathBuf);

/// Sections of the recorded statements, by step.
const SECTIONS: [(&str, &str); 10] = [
    ("login page", "loginpage"),
    ("login", "login"),
    ("set list", "setlist"),
    ("quiz info", "quizinfo"),
    ("start", "start(new version)"),
    ("view", "view"),
    ("preview", "preview"),
    ("grade", "submit"),
    ("review", "review"),
    ("logout", "logout"),
];

impl Recorded {
    /// The folder that `WWCHAOS_WEBWORK_PAGES` names.
    pub fn find() -> Option<Self> {
        std::env::var_os("WWCHAOS_WEBWORK_PAGES").map(|folder| Self(PathBuf::from(folder)))
    }

    /// The page that the step's source names, if it names one.
    pub fn page(&self, step: &Step) -> Result<Option<Page>> {
        let Some((_, name)) = step.source.split_once("recorded page ") else { return Ok(None) };
        let text = self.text(&format!("{name}.txt"))?;
        let status = text.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        let (_, body) = text
            .replace("\r\n", "\n")
            .split_once("\n\n")
            .map(|(head, body)| (head.to_owned(), body.to_owned()))
            .context("no body")?;
        Ok(Some(Page { status: status.with_context(|| format!("{name}: no status"))?, body }))
    }

    /// The statements of the step, if they were recorded.
    pub fn statements(&self, step: &Step) -> Result<Option<Statements>> {
        let Some((_, section)) = SECTIONS.iter().find(|(name, _)| *name == step.name) else { return Ok(None) };
        let text = self.text("sql-per-step.txt")?;
        let head = format!("===== {section} ");
        let lines = text.lines().skip_while(|line| !line.starts_with(&head)).skip(1);
        let lines = lines.take_while(|line| !line.starts_with("===== "));
        let queries: Vec<_> = lines.filter_map(|line| line.strip_prefix("Query: ")).collect();
        Ok(Some(Statements::read(queries.into_iter())))
    }

    fn text(&self, name: &str) -> Result<String> {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}
