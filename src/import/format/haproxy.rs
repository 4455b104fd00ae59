//! HAProxy's HTTP log (`option httplog`), with or without what syslog writes before it:
//! `192.0.2.7:33317 [22/Nov/2026:10:00:00.123] entry nodes/web1 0/0/1/450/452 200 13800 - - ---- 1/1/0/0/0 0/0 {Mozilla/5.0} "GET
//! /webwork2/quiz HTTP/1.1"`. The port is no part of who asks. Request headers that are captured are taken for the browser. The
//! stamp is when the request began, by the server's clock.

use std::time::Duration;

use super::super::path::asked;
use super::super::record::{At, Parsed, Record, Who};
use super::super::stamp;
use super::{Format, counts, cut, request, without_port};

/// HAProxy's HTTP log.
pub const FORMAT: Format = Format {
    name: "HTTP log of HAProxy",
    tells: "each request, by address, and by browser where that is captured",
    resolution: Duration::from_millis(1),
    is_own: false,
    stamps_arrival: true,
    parse,
};

fn parse<'a>(line: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    // Syslog writes its own brackets, `haproxy[123]: `, before.
    let mut places = memchr::memchr_iter(b'[', line).map(|open| (open, stamp::web(&line[open + 1..])));
    let Some((open, (local, rest))) = places.find_map(|(open, found)| Some((open, found?))) else {
        return Parsed::Unknown("no [time] such as 22/Nov/2026:10:00:00.123");
    };
    let parts = rest.strip_prefix(b".").and_then(|rest| Some((stamp::whole(rest.get(..3)?)?, rest.get(3..)?)));
    let Some((thousandths, rest)) = parts else { return Parsed::Unknown("no milliseconds in the time") };
    let Some(rest) = rest.strip_prefix(b"] ") else { return Parsed::Unknown("no ] after the time") };
    let address = line[..open].trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let mut words = rest.splitn(5, |byte| *byte == b' ');
    let (_entry, _server, timers) = (words.next(), words.next(), words.next());
    // Of a client that was gone before there was an answer it is -1.
    let status = words.next().and_then(|status| if status == b"-1" { Some(-1) } else { stamp::whole(status) });
    let (Some(timers), Some(status), Some(rest)) = (timers, status, words.next()) else {
        return Parsed::Unknown("no timers and status after the server");
    };
    if !timers.contains(&b'/') {
        return Parsed::Unknown("no timers and status after the server");
    }
    let Some((before, asked_for)) = cut(rest, b"\"") else { return Parsed::Unknown("no \"request\"") };
    let agent = cut(before, b"{").and_then(|(_, rest)| cut(rest, b"}")).map_or(&b""[..], |(agent, _)| agent);
    let Some((posts, target)) = request(asked_for).filter(|_| counts(status)) else {
        return Parsed::Nothing;
    };
    let Some(asked) = asked(target, posts) else { return Parsed::Nothing };
    Parsed::Record(Record {
        at: At::Local(local + thousandths),
        zone: None,
        who: Who::of(asked.user, without_port(address), agent),
        course: asked.course,
        set: asked.set,
        problem: asked.problem,
        what: asked.what,
    })
}
