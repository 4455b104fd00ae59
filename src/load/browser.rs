//! One student's browser: a request → its page, judged by content. Cookies and connections are goose's.

use std::time::Duration;

use goose::goose::{GooseMethod, GooseRequest, GooseUser};

use crate::clock::Stamp;
use crate::foreign::without_secrets;
use crate::history::{ErrorClass, Outcome, Step, Told};
use crate::webwork::{Asked, NoPage, Page, PageVerdict, address, judge, node, sample, transport_class};

/// What a request brought.
pub struct Answer {
    pub outcome: Outcome,
    pub told: Told,
    pub first_byte: Option<Stamp>,
    pub node: Option<String>,
    pub warned: bool,
    pub body: String,
    pub sample: Option<String>,
}

/// Sends one request and waits for its page, at most for the student's patience.
pub async fn send(user: &mut GooseUser, (step, agent): (Step, &str), asked: &Asked, patience: Duration) -> Answer {
    exchange(user, (step, agent), asked, patience).await.unwrap_or_else(|error| {
        let class = transport_class(&error, ErrorClass::Abandoned);
        let told = if class == ErrorClass::Refused { Told::Refused } else { Told::Indeterminate };
        let sample = Some(without_secrets(&error.to_string()));
        let outcome = Outcome::Failed(class);
        Answer { outcome, told, first_byte: None, node: None, warned: false, body: String::new(), sample }
    })
}

async fn exchange(
    user: &mut GooseUser,
    (step, agent): (Step, &str),
    asked: &Asked,
    patience: Duration,
) -> Result<Answer, Transport> {
    let method = if asked.form.is_some() { GooseMethod::Post } else { GooseMethod::Get };
    // Whole, or goose would ask whomever the path names.
    let url = address(user.base_url.as_str(), &asked.path)?;
    let builder = user.get_request_builder(&method, url.as_str()).map_err(Transport::goose)?;
    let builder = builder.timeout(patience).header("User-Agent", agent);
    let builder = match &asked.form {
        Some(form) => builder.form(form),
        None => builder,
    };
    let name = step.to_string();
    let request = GooseRequest::builder().set_request_builder(builder).name(name.as_str()).build();
    let response = user.request(request).await.map_err(Transport::goose)?.response.map_err(NoPage::from)?;
    let first_byte = Some(Stamp::now());
    let node = node(&response);
    let Page { status, body } = Page::read(response).await?;
    let PageVerdict { outcome, told, warnings: warned } = judge(asked.expected, status, &body);
    let sample = (!outcome.is_success()).then(|| sample(&body));
    Ok(Answer { outcome, told, first_byte, node, warned, body, sample })
}

/// A request that brought no whole page.
#[derive(Debug, thiserror::Error)]
enum Transport {
    // Not transparent: its class is found by its type.
    #[error("{0}")]
    Page(#[from] NoPage),
    #[error("goose: {0}")]
    Goose(String),
}

impl Transport {
    fn goose(error: impl std::fmt::Display) -> Self {
        Self::Goose(error.to_string())
    }
}
