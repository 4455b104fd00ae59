//! A scenario whose `[load]` names a profile → the same with what the profile says.

use std::path::Path;

use super::{Library, read};
use crate::file;
use crate::profile::{Profile, Recorded, Replay};
use crate::scenario::Scenario;
use crate::settings::{Problems, Refusal};

/// Most bytes of a file with recorded actions.
const REPLAY_MAX: u64 = 32 << 20;

impl Library {
    /// `scenario` with its profile, if it names one, and with as many students as that has where it says nothing else.
    pub(super) fn with_profile(&self, mut scenario: Scenario) -> Result<Scenario, Problems> {
        let Some(mut load) = scenario.load.take() else { return Ok(scenario) };
        let here = |field: &str, refusal: Refusal| {
            let problem = refusal.at(scenario.places.line(field), field);
            Problems { file: scenario.file.clone(), list: vec![problem] }
        };
        let (path, profile) = if Path::new(&load.profile).extension().is_some_and(|ending| ending == "toml") {
            let path = Path::new(&scenario.file).with_file_name(&load.profile);
            let file = path.display().to_string();
            let profile = Profile::read(&file, &read(&path)?)?;
            (file, profile)
        } else {
            let wrong = |error: anyhow::Error| match error.downcast::<Problems>() {
                Ok(problems) => problems,
                Err(error) => {
                    here("load.profile", error.downcast().unwrap_or_else(|other| Refusal::new(other.to_string())))
                }
            };
            self.profile(&load.profile).map_err(wrong)?
        };
        let replay = match (&profile.replay, load.replay) {
            (_, false) => None,
            (None, true) => {
                let message = format!("{path} names no recorded actions to replay");
                let hint = "wwchaos import --replay writes them beside the profile";
                return Err(here("load.replay", Refusal::new(message).hinted(hint)));
            }
            (Some(name), true) => Some(actions(&Path::new(&path).with_file_name(name))?),
        };
        let there = replay.as_ref().map(|replay| u32::try_from(replay.journeys.len()).unwrap_or(u32::MAX));
        scenario.class.students = load.students.or(there).unwrap_or(profile.students);
        scenario.class.preview_share = profile.previews;
        load.recorded = Some(Recorded { profile, replay });
        scenario.load = Some(load);
        Ok(scenario)
    }
}

/// The profile in the file at `path`, with each recorded action where it names them.
pub fn recorded(path: &Path) -> Result<Recorded, Problems> {
    let profile = Profile::read(&path.display().to_string(), &read(path)?)?;
    let replay = profile.replay.as_ref().map(|name| actions(&path.with_file_name(name))).transpose()?;
    Ok(Recorded { profile, replay })
}

fn actions(path: &Path) -> Result<Replay, Problems> {
    let file = path.display().to_string();
    let of = |problem| Problems { file: file.clone(), list: vec![problem] };
    let text = file::text(path, REPLAY_MAX).map_err(of)?;
    Replay::read(&text).map_err(of)
}
