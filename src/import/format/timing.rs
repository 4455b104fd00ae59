//! WeBWorK's `timing.log`: `[Sun Nov 22 10:00:00 2026] 1234 1795341600 - [/webwork2/quiz/Quiz1] [runTime = 0.123 sec]`, written by
//! `writeTimingLogEntry` of `lib/WeBWorK/Utils/Logs.pm` when a page is done, with the brackets around the path that
//! `lib/Mojolicious/WeBWorK.pm` of WeBWorK 2.20 adds (the stand-in and older versions have none). It names no user and no method: a
//! preview, a graded submission and a look are all the page of a test.

use std::time::Duration;

use super::super::path::asked;
use super::super::record::{At, Parsed, Record, Who};
use super::super::stamp;
use super::{Format, cut};

/// `timing.log`.
pub const FORMAT: Format = Format {
    name: "timing.log",
    tells: "how often each page is asked for, of nobody in particular",
    resolution: Duration::from_secs(1),
    parse,
};

fn parse<'a>(line: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    let Some((local, rest)) = stamp::webwork(line) else {
        return Parsed::Unknown("no stamp of WeBWorK at its beginning");
    };
    let mut words = rest.splitn(3, |byte| *byte == b' ');
    let (process, seconds) = (words.next().and_then(stamp::whole), words.next().and_then(stamp::whole));
    let (Some(_), Some(done)) = (process, seconds) else {
        return Parsed::Unknown("no process and time after the stamp");
    };
    let page = words.next().and_then(|rest| rest.strip_prefix(b"- ")).and_then(|rest| cut(rest, b" [runTime = "));
    let Some((path, took)) = page else { return Parsed::Unknown("no page and run time") };
    let path = path.strip_prefix(b"[").and_then(|path| path.strip_suffix(b"]")).unwrap_or(path);
    let Some(asked) = asked(path, false) else { return Parsed::Nothing };
    let unix = done * 1000;
    Parsed::Record(Record {
        at: At::Unix(unix - took_ms(took)),
        zone: i32::try_from((local - unix) / 1000).ok(),
        who: Who::Nobody,
        course: asked.course,
        set: asked.set,
        problem: asked.problem,
        what: asked.what,
    })
}

/// `0.123 sec]` in milliseconds.
fn took_ms(took: &[u8]) -> i64 {
    let number = took.split(|byte| *byte == b' ').next().unwrap_or_default();
    let (whole, part) = cut(number, b".").unwrap_or((number, b""));
    let seconds = stamp::whole(whole).unwrap_or_default();
    let thousandths = part.get(..3).and_then(stamp::whole).unwrap_or_default();
    // A page that takes longer than a day is none.
    (seconds * 1000 + thousandths).min(86_400_000)
}
