//! Access logs of nginx and Apache, *common* and *combined*, also with the name of a virtual host before it:
//! `192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /webwork2/quiz HTTP/1.1" 200 4479 "-" "Mozilla/5.0 ..."`. Where a third text
//! follows, as in the format `main` of nginx's packages, it is `X-Forwarded-For`, whose first address is the client's: behind a
//! balancer all others are the balancer's. nginx stamps a request when it is done, Apache when it came.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::super::path::asked;
use super::super::record::{At, Parsed, Record, Who};
use super::super::stamp;
use super::{Format, counts, request};

/// An access log of nginx or Apache.
pub const FORMAT: Format = Format {
    name: "access log of nginx or Apache",
    tells: "each request, by address and browser",
    resolution: Duration::from_secs(1),
    is_own: false,
    stamps_arrival: false,
    parse,
};

fn parse<'a>(line: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    let Some(open) = memchr::memchr(b'[', line) else { return Parsed::Unknown("no [time]") };
    let mut words = line[..open].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let words = [words.next(), words.next(), words.next(), words.next()];
    let (address, user) = match words {
        [Some(address), Some(_), Some(user), None] | [Some(_), Some(address), Some(_), Some(user)] => (address, user),
        _ => return Parsed::Unknown("not address, identity and user before the time"),
    };
    let Some((local, rest)) = stamp::web(&line[open + 1..]) else {
        return Parsed::Unknown("no time such as 22/Nov/2026:10:00:00");
    };
    let zone = rest.strip_prefix(b" ").and_then(stamp::zone);
    let (Some(zone), Some(mut rest)) = (zone, rest.get(6..).and_then(|rest| rest.strip_prefix(b"] "))) else {
        return Parsed::Unknown("no zone such as +0100 after the time");
    };
    let Some(asked_for) = quoted(&mut rest) else { return Parsed::Unknown("no \"request\"") };
    let Some(status) = rest.get(1..4).and_then(stamp::whole) else {
        return Parsed::Unknown("no status after the request");
    };
    let (_referrer, agent, forwarded) = (quoted(&mut rest), quoted(&mut rest), quoted(&mut rest));
    // What is no request was refused.
    let Some((posts, target)) = request(asked_for).filter(|_| counts(status)) else {
        return Parsed::Nothing;
    };
    let Some(asked) = asked(target, posts) else { return Parsed::Nothing };
    let forwarded = forwarded.and_then(|list| list.split(|byte| *byte == b',').next());
    // Whatever else is written there, such as a host or an id of the request, is nobody's address.
    let address = forwarded.filter(|address| is_address(address)).unwrap_or(address);
    let named = if asked.user.is_empty() { user } else { asked.user };
    Parsed::Record(Record {
        at: At::Unix(local - i64::from(zone) * 1000),
        zone: Some(zone),
        who: Who::of(named, address, agent.unwrap_or_default()),
        course: asked.course,
        set: asked.set,
        problem: asked.problem,
        what: asked.what,
    })
}

/// Whether a text is an address, perhaps with a port.
fn is_address(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default().trim();
    text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok()
}

/// The next text in quotes, and what is after it; a quote in it has a backslash before it.
fn quoted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let begin = memchr::memchr(b'"', rest)? + 1;
    let mut end = begin;
    loop {
        end += memchr::memchr2(b'"', b'\\', rest.get(end..)?)?;
        if rest[end] == b'"' {
            break;
        }
        end += 2;
    }
    let text = &rest[begin..end];
    *rest = &rest[end + 1..];
    Some(text)
}
