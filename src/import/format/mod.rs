//! The formats of logs, one file each. To add one: a file with `pub const FORMAT`, its `mod`, and its line in [`FORMATS`].

mod answer;
mod balancer;
mod haproxy;
mod login;
mod timing;
mod web;

pub use timing::test_page;

use std::time::Duration;

use super::record::Parsed;

/// A format of logs.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// What such a log tells, in a few words.
    pub tells: &'static str,
    /// How finely its stamps are written.
    pub resolution: Duration,
    /// Whether WeBWorK itself writes it, by its own clock.
    pub is_own: bool,
    /// Whether its stamps are known to be those at which requests came. Others may be those at which they were done.
    pub stamps_arrival: bool,
    /// What one line says. The line may be cut, and need not be text; what had to be written otherwise to be read is in the
    /// second.
    pub parse: for<'a> fn(&'a [u8], &'a mut Vec<u8>) -> Parsed<'a>,
}

/// Every format.
pub const FORMATS: &[Format] =
    &[answer::FORMAT, login::FORMAT, timing::FORMAT, web::FORMAT, haproxy::FORMAT, balancer::FORMAT];

/// Lines by which a format is recognised.
pub const LINES: usize = 100;

/// The format by which most of the first lines of a log tell something; of those that tell nothing the one that most are of; none
/// where none is of any.
pub fn recognised(first: &[Vec<u8>]) -> Option<&'static Format> {
    let count = |format: &Format| {
        let (mut records, mut known) = (0, 0);
        for line in first {
            let mut spare = Vec::new();
            let parsed = (format.parse)(line, &mut spare);
            records += usize::from(matches!(parsed, Parsed::Record(_)));
            known += usize::from(!matches!(parsed, Parsed::Unknown(_)));
        }
        (records, known)
    };
    FORMATS.iter().rev().max_by_key(|format| count(format)).filter(|format| count(format).1 > 0)
}

/// What is before and after the first `part`.
fn cut<'a>(text: &'a [u8], part: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = memchr::memmem::find(text, part)?;
    Some((&text[..place], &text[place + part.len()..]))
}

/// An address without its port.
fn without_port(address: &[u8]) -> &[u8] {
    memchr::memrchr(b':', address).map_or(address, |place| &address[..place])
}

/// Method and target of `GET /path HTTP/1.1`: whether a form was sent, and the target.
fn request(text: &[u8]) -> Option<(bool, &[u8])> {
    let (method, rest) = cut(text, b" ")?;
    let target = rest.split(|byte| *byte == b' ').next()?;
    let plain = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    plain.then_some((method == b"POST", target))
}

/// Whether a request with this status counts: a redirect is asked for again, and what is not there is no course, which others look for.
fn counts(status: i64) -> bool {
    status != 404 && !(300..400).contains(&status)
}

#[cfg(test)]
mod tests;
