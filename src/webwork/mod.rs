//! What a student's browser sends, and what the page that comes back means: a [`PageVerdict`], never the
//! status alone. Knows no fault and no cluster.

mod browser;
mod page;
mod request;
pub mod token;

pub use browser::{NODE_HOST, browser, direct};
pub use page::{Expected, PageVerdict, judge, transport_class};
pub use request::{Asked, Course, answers, answers_in};

/// How our requests name themselves; WeBWorK warns about requests without a User-Agent.
pub const USER_AGENT: &str = concat!("wwchaos/", env!("CARGO_PKG_VERSION"));

/// Header in which the balancer names the node that served an answer.
pub const NODE_HEADER: &str = "x-wwchaos-node";
