//! What a student's browser sends, and what the page that comes back means: a [`PageVerdict`], never the
//! status alone. Knows no fault and no cluster.

mod browser;
mod exchange;
mod form;
mod page;
mod problem_page;
mod request;
mod sample;
mod second_factor;
mod test_page;
mod text;
pub mod token;
mod transport;
mod tree;

pub use browser::{NODE_HOST, browser, direct};
pub use exchange::{NoPage, Page, address, node};
pub use form::Form;
pub use page::{Expected, PageVerdict, judge};
pub use problem_page::ProblemPage;
pub use request::{Asked, Course, answers};
pub use sample::sample;
pub use second_factor::{Authenticator, Code};
pub use test_page::TestPage;
pub use transport::transport_class;

/// How our requests name themselves; WeBWorK warns about requests without a User-Agent.
pub const USER_AGENT: &str = concat!("wwchaos/", env!("CARGO_PKG_VERSION"));

/// Header in which the balancer names the node that served an answer.
pub const NODE_HEADER: &str = "x-wwchaos-node";
