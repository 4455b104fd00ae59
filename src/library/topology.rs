//! `topology.toml`, what it extends and what images lend it → a topology.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{CHANGES, COMPOSE, Library, SERVICES, strip, unknown};
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
        let Some((path, text)) = self.compose(name, DESCRIPTION)? else {
            bail!(self.no_topology(name)?);
        };
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
        self.check_usual(&topology, &path, &text)?;
        topology.fuse = self.checked_files(&topology)?.1.fuse;
        Ok(topology)
    }

    /// Why `name` is no topology: that of a folder with a compose file is what is missing in it.
    fn no_topology(&self, name: &str) -> Result<anyhow::Error> {
        for file in [SERVICES, CHANGES] {
            if let Some((path, _)) = self.compose(name, file)? {
                let refusal = Refusal::new(format!("missing; expected what the services of {file} are"));
                return Ok(Problems::one(path.replace(file, DESCRIPTION), refusal).into());
            }
        }
        Ok(unknown("topology", name, &self.topologies()).into())
    }

    /// What the table `[usual]` of `topology` names is a setting of it, or of an app that may run on it.
    fn check_usual(&self, topology: &Topology, path: &str, text: &str) -> Result<()> {
        let mut known: BTreeSet<_> = topology.settings.iter().map(|spec| spec.name.clone()).collect();
        for app in self.apps() {
            // What is wrong with an app is said where it is asked for.
            let Ok(app) = self.app(&app) else { return Ok(()) };
            known.extend(app.settings.into_iter().map(|spec| spec.name));
        }
        let known: Vec<_> = known.into_iter().collect();
        let mut list = Vec::new();
        for name in topology.usual.keys().filter(|name| !known.contains(name)) {
            let field = format!("usual.{name}");
            list.push(unknown("setting", name, &known).at(Topology::line_of(path, text, &field)?, &field));
        }
        if list.is_empty() { Ok(()) } else { bail!(Problems { file: path.to_owned(), list }) }
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
