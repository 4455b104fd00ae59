//! What the balancer of wwchaos' own clusters prints (`compose/images/lb`), as it lies in `logs/lb.log` of a run: the engine's
//! stamp, HAProxy's, and an object of JSON, `{"event":"request","client":"10.200.3.1:4711","agent":"wwchaos/0.1.0 stu001",
//! "method":"GET","path":"/webwork2/quiz","status":200,...,"total_ms":450,...}`. It is printed when a request is done; `total_ms`
//! before that it came. Done it was by HAProxy's stamp: an engine that has much to do stamps lines when it gets to them.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;

use super::super::path::asked;
use super::super::record::{At, Parsed, Record, Who};
use super::super::stamp;
use super::{Format, counts, without_port};

/// The balancer's log of a run.
pub const FORMAT: Format = Format {
    name: "lb.log of a run of wwchaos",
    tells: "each request, by address and browser",
    resolution: Duration::from_millis(1),
    is_own: false,
    stamps_arrival: true,
    parse,
};

/// What counts of a line.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    client: &'a str,
    /// Clusters of versions before did not tell.
    #[serde(borrow, default)]
    agent: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    // HAProxy writes `\/` for each `/` of a text.
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(default)]
    status: i64,
    #[serde(default)]
    total_ms: i64,
}

fn parse<'a>(line: &'a [u8], spare: &'a mut Vec<u8>) -> Parsed<'a> {
    let Some(open) = memchr::memchr(b'{', line) else { return other(line) };
    let mut stamps = line[..open].split(|byte| *byte == b' ').filter_map(|text| Some((text, stamp::iso(text)?)));
    let Some((_, first)) = stamps.next() else {
        return Parsed::Unknown("no stamp such as 2026-11-22T10:00:00.123Z before {");
    };
    let Ok(event) = serde_json::from_slice::<Event<'_>>(&line[open..]) else {
        return other(line);
    };
    if event.event != "request" || !counts(event.status) {
        return Parsed::Nothing;
    }
    spare.extend_from_slice(event.path.as_bytes());
    spare.extend_from_slice(event.agent.unwrap_or_default().as_bytes());
    let spare: &'a [u8] = spare;
    let (path, agent) = spare.split_at(event.path.len());
    let Some(asked) = asked(path, event.method == "POST") else { return Parsed::Nothing };
    let (text, own) = stamps.next().unwrap_or((b"", first));
    // One that is cut to seconds tells less than the engine's.
    let done = if text.contains(&b'.') { own.0 } else { first.0 };
    let address = without_port(event.client.as_bytes());
    Parsed::Record(Record {
        at: At::Unix(done - event.total_ms.clamp(0, 86_400_000)),
        zone: Some(own.1),
        who: Who::of(asked.user, address, agent),
        course: asked.course,
        set: asked.set,
        problem: asked.problem,
        what: asked.what,
    })
}

/// What else HAProxy prints after its stamp: what it thinks of its servers.
fn other(line: &[u8]) -> Parsed<'_> {
    let first = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    if stamp::iso(first).is_some() {
        Parsed::Nothing
    } else {
        Parsed::Unknown("no stamp such as 2026-11-22T10:00:00.123Z")
    }
}
