//! Settings that are an image's, whichever topology runs it: `compose/images/<image>/settings.toml`. A topology that says
//! `settings_of` has them as if they were its own, each with the default that its table `[usual]` gives it.

use super::Topology;
use super::read::{named, setting};
use crate::settings::{Document, Problems, Refusal, Spec};

/// The field that names images whose settings a topology has.
pub(super) const SETTINGS_OF: &str = "settings_of";

impl Topology {
    /// The images whose settings `text`, the content of `file`, has, and the line that says so.
    pub fn settings_of(file: &str, text: &str) -> Result<(usize, Vec<String>), Problems> {
        let document = Document::parse(file, text)?;
        let images = document.root().texts(SETTINGS_OF).unwrap_or_default();
        document.verdict((document.places().line(SETTINGS_OF), images))
    }

    /// The line of `field` in `text`, the content of `file`; 0 where it is not there.
    pub fn line_of(file: &str, text: &str, field: &str) -> Result<usize, Problems> {
        Ok(Document::parse(file, text)?.places().line(field))
    }

    /// Gives settings the defaults that the topology's table `[usual]` names, and leaves there what is of its app.
    /// `own` are the settings of the file that says so.
    pub(super) fn take_usual(&mut self, usual: Vec<(String, String)>, own: &[Spec], document: &Document) {
        for (name, value) in usual {
            let field = format!("usual.{name}");
            match self.settings.iter_mut().find(|spec| spec.name == name) {
                None => drop(self.usual.insert(name, value)),
                Some(_) if own.iter().any(|spec| spec.name == name) => {
                    let refusal = Refusal::new("this file says itself what this setting is");
                    document.problem(&field, refusal.hinted(format!("[setting.{name}] has its default")));
                }
                Some(spec) => match spec.check(&value) {
                    Ok(()) => spec.default = value,
                    Err(refusal) => document.problem(&field, refusal),
                },
            }
        }
    }
}

/// Reads `text`, the content of `file`, as what an image can be set to.
pub fn lent(file: &str, text: &str) -> Result<Vec<Spec>, Problems> {
    let document = Document::parse(file, text)?;
    let root = document.root();
    let settings = root.named_sections("setting").into_iter().map(setting).collect();
    root.finish();
    named(&document, &["setting"]);
    document.verdict(settings)
}
