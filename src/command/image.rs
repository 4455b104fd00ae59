//! The image of an app that users build themselves: an option names it for one command, a variable for whenever such an app
//! runs, a scenario for itself; who comes first in this list decides.

use crate::cli::{Choice, Usage};
use crate::scenario::Scenario;
use crate::settings::{Problems, Refusal, check_image};
use crate::topology::{App, Image};

/// The variable that names the image of WeBWorK; an empty one counts as none.
const VARIABLE: &str = "WWCHAOS_WEBWORK_IMAGE";
/// The field of a scenario that does.
const FIELD: &str = "webwork_image";

/// What the option of a command names, else the variable.
pub fn meant(option: Option<&String>) -> Result<Option<String>, Usage> {
    if let Some(option) = option {
        return Ok(Some(option.clone()));
    }
    let Some(named) = std::env::var(VARIABLE).ok().filter(|named| !named.is_empty()) else { return Ok(None) };
    check_image(&named).map_err(|refusal| Usage(format!("{VARIABLE}: {refusal}")))?;
    Ok(Some(named))
}

/// Whether users build the image of `app` themselves.
pub fn is_users(app: &App) -> bool {
    matches!(app.image, Image::Named { .. })
}

/// Lets `app` be of the image that a user has named, where it is of one that users build.
pub fn name(app: &mut App, named: Option<String>) {
    if let (Image::Named { name, .. }, Some(named)) = (&mut app.image, named) {
        *name = named;
    }
}

/// Refuses an image that the option names and none of `apps` would be of. One that the variable names is for when it is wanted.
pub fn check_option<'a>(choice: &Choice, mut apps: impl Iterator<Item = &'a App> + Clone) -> Result<(), Usage> {
    let (Some(named), Some(first)) = (&choice.webwork_image, apps.clone().next()) else { return Ok(()) };
    if apps.any(is_users) {
        return Ok(());
    }
    Err(Usage(format!("--webwork-image {named}: {}; expected with --app webwork", why_not(first))))
}

/// Refuses an image that `scenario` names for an app that would not be of it.
pub fn check_scenario(scenario: &Scenario, app: &App) -> Result<(), Problems> {
    if scenario.webwork_image.is_none() || is_users(app) {
        return Ok(());
    }
    let refusal = Refusal::new(format!("{}; expected beside app = \"webwork\"", why_not(app)));
    let problem = refusal.hinted("or --app webwork").at(scenario.places.line(FIELD), FIELD);
    Err(Problems { file: scenario.file.clone(), list: vec![problem] })
}

fn why_not(app: &App) -> String {
    format!("the app is `{}`, whose image is built here", app.name)
}
