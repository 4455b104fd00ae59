//! The image of the app under test → what it is: found on this machine, its version read out of it and understood.

use anyhow::{Result, bail};
use regex::Regex;

use super::Engine;
use super::errand::Errand;
use crate::topology::{App, Image};

/// Why no run of `app` can start on the engine's machine: the image that its user builds is not there. One that is built here
/// is built where it is missing.
pub async fn missing(engine: &Engine, app: &App) -> Option<String> {
    let Image::Named { name, missing, .. } = &app.image else { return None };
    let found = engine.docker().inspect_image(name).await;
    found.is_err().then(|| absent(app, name, missing))
}

/// That the image `name` of `app` is not there, and what helps.
fn absent(app: &App, name: &str, hint: &str) -> String {
    format!("image `{name}` of {} is not on this machine, and wwchaos ships none (hint: {hint})", app.title)
}

/// What `app` is on this machine, in words for a report. Fails where its image is missing or too old; an image that is
/// built here is what its folder says. A container of `run`, which the caller holds, reads its version.
pub async fn identify(engine: &Engine, app: &App, run: &str) -> Result<String> {
    let Image::Named { name, version, expect, least, missing } = &app.image else { return Ok(app.title.clone()) };
    let Ok(found) = engine.docker().inspect_image(name).await else { bail!(absent(app, name, missing)) };
    let errand = Errand {
        run: run.to_owned(),
        name: "version".to_owned(),
        image: name.clone(),
        command: version.clone(),
        ..Errand::default()
    };
    let said = match errand.run(engine).await {
        Ok(said) => said.text,
        Err(why) => {
            bail!("image `{name}` is none of {}, or its version cannot be read: {why:#} (hint: {missing})", app.title)
        }
    };
    let version =
        Regex::new(expect)?.captures(&said).and_then(|found| Some(found.name("version")?.as_str().to_owned()));
    let Some(version) = version else {
        let said = said.trim().lines().next().unwrap_or_default();
        bail!("image `{name}` does not say its version as {} does: `{said}` (hint: {missing})", app.title);
    };
    if parts(&version) < parts(least) {
        bail!("image `{name}` is {} {version}; expected {least} or later (hint: {missing})", app.title);
    }
    let id = found.id.unwrap_or_default();
    let id = id.trim_start_matches("sha256:").chars().take(12).collect::<String>();
    Ok(format!("{} {version} (image {name}, {id})", app.title))
}

/// A version's numbers, to be compared one after the other.
fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(parts("2.9") < parts("2.19"));
        assert!(parts("2.20") >= parts("2.19"));
        assert!(parts("3") > parts("2.20.1"));
    }
}
