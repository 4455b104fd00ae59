//! One student's browser: a request → its page, judged by content. Cookies and connections are goose's.

use std::time::Duration;

use goose::goose::{GooseMethod, GooseRequest, GooseUser};

use crate::clock::Stamp;
use crate::history::{ErrorClass, Outcome, Step, Told};
use crate::webwork::{Asked, NODE_HEADER, PageVerdict, USER_AGENT, judge, read_page, sample, transport_class};

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
pub async fn send(user: &mut GooseUser, step: Step, asked: &Asked, patience: Duration) -> Answer {
    exchange(user, step, asked, patience).await.unwrap_or_else(|error| {
        let class = transport_class(&error, ErrorClass::Abandoned);
        let told = if class == ErrorClass::Refused { Told::Refused } else { Told::Indeterminate };
        let sample = Some(error.to_string());
        let outcome = Outcome::Failed(class);
        Answer { outcome, told, first_byte: None, node: None, warned: false, body: String::new(), sample }
    })
}

async fn exchange(user: &mut GooseUser, step: Step, asked: &Asked, patience: Duration) -> Result<Answer, Transport> {
    let method = if asked.form.is_some() { GooseMethod::Post } else { GooseMethod::Get };
    let builder = user.get_request_builder(&method, &asked.path).map_err(Transport::goose)?;
    let builder = builder.timeout(patience).header("User-Agent", USER_AGENT);
    let builder = match &asked.form {
        Some(form) => builder.form(form),
        None => builder,
    };
    let name = step.to_string();
    let request = GooseRequest::builder().set_request_builder(builder).name(name.as_str()).build();
    let response = user.request(request).await.map_err(Transport::goose)?.response?;
    let first_byte = Some(Stamp::now());
    let status = response.status().as_u16();
    let node = response.headers().get(NODE_HEADER).and_then(|node| node.to_str().ok()).map(str::to_owned);
    let body = read_page(response).await?;
    let PageVerdict { outcome, told, warnings: warned } = judge(asked.expected, status, &body);
    let unknown = matches!(outcome, Outcome::Failed(ErrorClass::Unforeseen | ErrorClass::Status(500)));
    let sample = unknown.then(|| sample(&body));
    Ok(Answer { outcome, told, first_byte, node, warned, body, sample })
}

/// A request that brought no whole page.
#[derive(Debug, thiserror::Error)]
enum Transport {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("goose: {0}")]
    Goose(String),
}

impl Transport {
    fn goose(error: impl std::fmt::Display) -> Self {
        Self::Goose(error.to_string())
    }
}
