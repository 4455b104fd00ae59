//! `topology.toml`, what it extends and what images lend it → a topology.

use anyhow::{Result, bail};

use super::{COMPOSE, Library, strip, unknown};
use crate::settings::{Problems, Refusal, Spec};
use crate::topology::{Topology, lent};

/// What a topology is.
pub(super) const DESCRIPTION: &str = "topology.toml";
/// What an image can be set to, in its folder.
const LENT: &str = "settings.toml";

/// What images lend a topology.
struct Lent {
    /// The line that names them.
    line: usize,
    /// The images.
    by: Vec<String>,
    /// Their settings.
    settings: Vec<Spec>,
}

impl Library {
    /// The topology called `name`, which its compose files fit.
    pub fn topology(&self, name: &str) -> Result<Topology> {
        let (path, text) =
            self.compose(name, DESCRIPTION)?.ok_or_else(|| unknown("topology", name, &self.topologies()))?;
        let mine = |problems| Problems { file: path.clone(), ..problems };
        let lent = self.lent(&path, &text)?;
        let mut topology = match Topology::base_of(&path, &text)? {
            None => Topology::read(name, &text, &lent.settings).map_err(mine)?,
            Some((line, base)) => {
                let refused =
                    |refusal: Refusal| mine(Problems { file: String::new(), list: vec![refusal.at(line, "extends")] });
                let Some((base_path, base_text)) = self.compose(&base, DESCRIPTION)? else {
                    bail!(refused(unknown("topology", &base, &self.topologies())));
                };
                if let Some((_, other)) = Topology::base_of(&base_path, &base_text)? {
                    let message = format!("`{base}` extends `{other}`; expected a topology that extends none");
                    bail!(refused(Refusal::new(message)));
                }
                let to_base = self.lent(&base_path, &base_text)?;
                let base = Topology::read(&base, &base_text, &to_base.settings)
                    .map_err(|problems| Problems { file: base_path, ..problems })?;
                base.extended(name, &text, &lent.settings).map_err(mine)?
            }
        };
        let images = self.images();
        let named = topology.images.iter().map(|image| (image, "images"));
        for (image, field) in named.chain(topology.over_app.iter().map(|image| (image, "over_app"))) {
            if !images.contains(image) {
                bail!(mine(Problems {
                    file: String::new(),
                    list: vec![unknown("image", image, &images).at(0, field)]
                }));
            }
        }
        if let Some(image) = lent.by.iter().find(|image| !topology.images.contains(image)) {
            let refusal = Refusal::new(format!("`{image}` is none of its `images`"));
            bail!(mine(Problems { file: String::new(), list: vec![refusal.at(lent.line, "settings_of")] }));
        }
        topology.fuse = self.checked_files(&topology)?.1.fuse;
        Ok(topology)
    }

    /// What images lend the topology that `text`, the content of `file`, describes.
    fn lent(&self, file: &str, text: &str) -> Result<Lent, Problems> {
        let (line, by) = Topology::settings_of(file, text)?;
        let mut settings = Vec::new();
        for image in &by {
            let Some((path, text)) = self.text("compose", &COMPOSE, &format!("images/{image}/{LENT}"))? else {
                let lending =
                    self.names("compose", &COMPOSE, |path| strip(path.strip_prefix("images/")?, &format!("/{LENT}")));
                let refusal = unknown("image with settings", image, &lending).at(line, "settings_of");
                return Err(Problems { file: file.to_owned(), list: vec![refusal] });
            };
            settings.extend(lent(&path, &text)?);
        }
        Ok(Lent { line, by, settings })
    }
}
